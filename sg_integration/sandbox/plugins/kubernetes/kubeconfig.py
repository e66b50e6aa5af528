"""Where the API server is and how to log in, read from a kubeconfig; only loopback servers are accepted."""

from __future__ import annotations

import base64
import ipaddress
import os
import ssl
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import yaml

from sg_integration.sandbox.plugins.errors import PluginError

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Access:
    """One way into one cluster.

    Args:
        server: the API server's address, without a trailing slash.
        namespace: the context's default namespace.
        headers: what every request carries (the bearer token).
        tls: what the connection trusts and shows.
    """

    server: str
    namespace: str
    headers: Mapping[str, str]
    tls: ssl.SSLContext


def access(kubeconfig: str | None, *, context: str | None, cluster: str | None, environ: Mapping[str, str]) -> Access:
    """Read a kubeconfig, by the order of the provider: the argument, `$KUBECONFIG`, `~/.kube/config`.

    Args:
        kubeconfig: a path or the contents of a kubeconfig; `None` to look for one.
        context: the context to use instead of the current one.
        cluster: the cluster to use instead of the context's.
        environ: the environment.

    Raises:
        PluginError: there is no kubeconfig, it lacks what is asked for, the server is not on loopback, or the way to
            log in is not supported.
    """
    document, base = _document(kubeconfig or environ.get("KUBECONFIG") or str(Path.home() / ".kube" / "config"))
    chosen = context or document.get("current-context") or ""
    entry = _named(document, "contexts", "context", chosen)
    target = _named(document, "clusters", "cluster", cluster or entry.get("cluster", ""))
    user = _named(document, "users", "user", entry["user"]) if entry.get("user") else {}
    server = str(target.get("server", "")).rstrip("/")
    _demand_loopback(server)
    return Access(
        server=server,
        namespace=entry.get("namespace") or "default",
        headers=_headers(user, base),
        tls=_tls(target, user, base),
    )


def _document(text: str) -> tuple[dict[str, Any], Path]:
    """The kubeconfig, and the directory that its relative paths start from."""
    path, base = Path(text).expanduser() if "\n" not in text and "{" not in text else None, Path.cwd()
    if path is not None:
        if not path.is_file():
            raise PluginError(
                f"reading the kubeconfig: {text}: no such file. Set `kubeconfig` or KUBECONFIG to one file."
            )
        text, base = path.read_text(encoding="utf-8"), path.parent
    try:
        document = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise PluginError("reading the kubeconfig: it is not YAML") from error
    if not isinstance(document, dict):
        raise PluginError("reading the kubeconfig: it is neither the path of a kubeconfig nor its contents")
    return document, base


def _named(document: Mapping[str, Any], table: str, what: str, name: str) -> dict[str, Any]:
    for entry in document.get(table) or ():
        if entry.get("name") == name:
            return dict(entry.get(what) or {})
    raise PluginError(f"reading the kubeconfig: it has no {what} named {name!r}")


def _demand_loopback(server: str) -> None:
    host = urlsplit(server).hostname or ""
    try:
        loopback = host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        loopback = False
    if not loopback:
        raise PluginError(
            f"the kubernetes stand-in only talks to an API server on loopback, not to {server or 'an empty address'!r}."
            " Install the official plugin for real clusters."
        )


def _headers(user: Mapping[str, Any], base: Path) -> dict[str, str]:
    for refused in ("exec", "auth-provider", "username", "password", "as"):
        if refused in user:
            raise PluginError(
                f"the kubernetes stand-in cannot log in by {refused!r} of the kubeconfig; give a token or a certificate"
            )
    token = user.get("token")
    if token is None and "tokenFile" in user:
        token = (base / user["tokenFile"]).read_text(encoding="utf-8").strip()
    return {"Authorization": f"Bearer {token}"} if token else {}


def _tls(cluster: Mapping[str, Any], user: Mapping[str, Any], base: Path) -> ssl.SSLContext:
    authority = _pem(cluster, "certificate-authority", base)
    tls = ssl.create_default_context(cadata=authority)
    if cluster.get("insecure-skip-tls-verify"):
        tls.check_hostname, tls.verify_mode = False, ssl.CERT_NONE
    certificate, key = _pem(user, "client-certificate", base), _pem(user, "client-key", base)
    if certificate and key:
        _load_chain(tls, certificate + "\n" + key)
    return tls


def _pem(entry: Mapping[str, Any], key: str, base: Path) -> str | None:
    if f"{key}-data" in entry:
        return base64.b64decode(entry[f"{key}-data"]).decode()
    return (base / entry[key]).read_text(encoding="utf-8") if key in entry else None


def _load_chain(tls: ssl.SSLContext, pem: str) -> None:
    """Load certificate and key; the ssl module reads them from a file only, so one that nobody else can read."""
    handle, path = tempfile.mkstemp(suffix=".pem")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(pem)
        tls.load_cert_chain(path)
    finally:
        Path(path).unlink()
