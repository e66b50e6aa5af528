"""Credential plugins: the programs that a kubeconfig names under `exec`, as client-go runs them.

lightkube runs only those of version v1beta1 and tells them nothing of the cluster, so we run them ourselves.
"""

from __future__ import annotations

import base64
import json
import os
import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from sg_integration.kubernetes.tokens import Token
from sg_integration.model.errors import CredentialsMissing, InvalidInput

_GROUP: Final = "client.authentication.k8s.io"
_VERSIONS: Final = (f"{_GROUP}/v1", f"{_GROUP}/v1beta1")
_PATIENCE: Final = 60.0  # seconds for a program that nobody can answer
# What a kubeconfig says of a cluster, and a plugin that asks for it is told.
_CLUSTER: Final = ("server", "tls-server-name", "insecure-skip-tls-verify", "certificate-authority-data", "proxy-url")
_LONGEST: Final = 1000  # characters of what a plugin says when it fails
_FINE: Final = re.compile(r"\.\d+")  # parts of a second, which Python 3.10 reads in two lengths only
_DOING: Final = "getting a token from the credential plugin {command}"


@dataclass(frozen=True)
class ExecPlugin:
    """A credential plugin.

    Args:
        document: what the kubeconfig says under the user's `exec`.
        cluster: what it says of the cluster.
        directory: of the kubeconfig, from where a relative command starts; None if it is no file.
    """

    document: Mapping[str, Any] = field(repr=False)
    cluster: Mapping[str, Any] = field(repr=False)
    directory: Path | None = None

    def __post_init__(self) -> None:
        version = self.document.get("apiVersion")
        if version not in _VERSIONS:
            known = " or ".join(_VERSIONS)
            raise InvalidInput(
                "kubeconfig", f"exec.apiVersion is {version!r}; set it to {known}, as the plugin allows."
            )
        if not self.document.get("command"):
            raise InvalidInput("kubeconfig", "exec.command is missing; name the program that gives credentials.")
        if self.document.get("interactiveMode") == "Always":
            raise InvalidInput(
                "kubeconfig", f"exec.interactiveMode is Always, but nobody can answer {self.command} here."
            )

    @property
    def command(self) -> str:
        """The program; a relative path starts at the kubeconfig."""
        command = str(self.document["command"])
        is_relative = os.sep in command and not Path(command).is_absolute()
        return str(self.directory / command) if is_relative and self.directory else command

    def fetch(self) -> Token:
        """Run it.

        Raises:
            CredentialsMissing: it is not installed, failed, or gave no token.
        """
        doing = _DOING.format(command=self.command)
        arguments = [str(each) for each in self.document.get("args") or ()]
        try:
            done = subprocess.run(  # noqa: S603  the user's own kubeconfig names it
                [self.command, *arguments],
                env=self._environment(),
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=_PATIENCE,
                check=False,
            )
        except OSError as error:
            hint = str(self.document.get("installHint") or "Install it, or correct exec.command in the kubeconfig.")
            raise CredentialsMissing(doing, type(error).__name__, str(error), hint) from error
        except subprocess.TimeoutExpired as error:
            words = f"it gave nothing within {_PATIENCE:.0f} seconds"
            raise CredentialsMissing(
                doing, "TimeoutExpired", words, "Run it by hand, and see what it waits for."
            ) from error
        if done.returncode:
            said = done.stderr.decode(errors="replace").strip()[-_LONGEST:] or "it says nothing more"
            raise CredentialsMissing(doing, f"ended with {done.returncode}", said, "Log in again.")
        return _token(doing, done.stdout, str(self.document["apiVersion"]))

    def _environment(self) -> dict[str, str]:
        spec: dict[str, Any] = {"interactive": False}
        if self.document.get("provideClusterInfo"):
            extensions = self.cluster.get("extensions") or ()
            config = [each.get("extension") for each in extensions if each.get("name") == f"{_GROUP}/exec"]
            told = {key: self.cluster[key] for key in _CLUSTER if key in self.cluster}
            spec["cluster"] = {**told, **self._authority(), **({"config": config[0]} if config else {})}
        about = {"apiVersion": self.document["apiVersion"], "kind": "ExecCredential", "spec": spec}
        own = {each["name"]: str(each["value"]) for each in self.document.get("env") or ()}
        return {**os.environ, **own, "KUBERNETES_EXEC_INFO": json.dumps(about)}

    def _authority(self) -> dict[str, str]:
        """The certificate to trust, if the kubeconfig names a file that has it."""
        name = self.cluster.get("certificate-authority")
        if not name:
            return {}
        content = ((self.directory or Path()) / name).read_bytes()
        return {"certificate-authority-data": base64.b64encode(content).decode()}


def _token(doing: str, output: bytes, version: str) -> Token:
    """The token in a plugin's answer; the answer itself, which is a secret, is never quoted."""
    try:
        answer = json.loads(output)
        found, status = answer.get("apiVersion"), answer.get("status") or {}
        value, ends = status.get("token"), status.get("expirationTimestamp")
        good_until = datetime.fromisoformat(_FINE.sub("", ends).replace("Z", "+00:00")).timestamp() if ends else None
    except (AttributeError, ValueError):
        words, advice = "its answer is no ExecCredential", "Run it by hand, and look at what it prints."
        raise CredentialsMissing(doing, "malformed", words, advice) from None
    if found != version:
        words = f"it answers in version {found}, and the kubeconfig asks for {version}"
        raise CredentialsMissing(doing, "apiVersion", words, "Set exec.apiVersion to what it gives.")
    if "clientCertificateData" in status:
        words = "it gives a client certificate, which we do not support"
        raise CredentialsMissing(doing, "clientCertificateData", words, "Use a plugin that gives tokens.")
    if not value:
        raise CredentialsMissing(doing, "no token", "its status has no token", "Log in again.")
    return Token(str(value), good_until)
