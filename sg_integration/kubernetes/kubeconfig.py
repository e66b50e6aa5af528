"""Kubeconfigs: find one, read it, and pick a context's cluster and user. Nothing of its text is ever quoted."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, cast

from sg_integration.model.errors import CredentialsMissing, InvalidInput

if TYPE_CHECKING:
    from lightkube.config.kubeconfig import SingleConfig

DEFAULT: Final = "~/.kube/config"
SERVICE_ACCOUNT: Final = Path("/var/run/secrets/kubernetes.io/serviceaccount")
_FIND: Final = "finding a kubeconfig"


@dataclass(frozen=True)
class Source:
    """Where the kubeconfig is.

    Args:
        name: for messages: a path as the user wrote it.
        file: the file, unless it was given as text.
        text: the text, if it was given as such.
        changed: when the file was last written, so that a cached client ends with it.
    """

    name: str
    file: Path | None = None
    text: str | None = field(default=None, repr=False)
    changed: int = 0

    def read(self) -> str:
        """The text."""
        return self.text if self.text is not None else (self.file.read_text() if self.file else "")


@dataclass(frozen=True)
class Selected:
    """A context: its cluster and its user, as the kubeconfig has them and as lightkube reads them.

    Args:
        config: what lightkube reads of them.
        cluster: the cluster's entry.
        user: the user's entry.
        directory: of the file, from where its relative paths start.
    """

    config: SingleConfig = field(repr=False)
    cluster: Mapping[str, Any] = field(repr=False)
    user: Mapping[str, Any] = field(repr=False)
    directory: Path | None = None


def is_text(kubeconfig: str) -> bool:
    """Whether it is a kubeconfig itself, rather than the path of one."""
    return "\n" in kubeconfig or kubeconfig.lstrip().startswith("{") or "apiVersion:" in kubeconfig


def find(kubeconfig: str | None) -> Source | None:
    """The kubeconfig that was given, else `$KUBECONFIG`, else `~/.kube/config`; None when none of them is there.

    Raises:
        InvalidInput: what was given or what `$KUBECONFIG` names is no file, or several.
    """
    if kubeconfig is not None:
        if is_text(kubeconfig):
            return Source("the kubeconfig that was given", text=kubeconfig)
        return _file(kubeconfig, "kubeconfig")
    listed = [each for each in os.environ.get("KUBECONFIG", "").split(os.pathsep) if each]
    if len(listed) > 1:
        advice = "write them into one with `kubectl config view --flatten`, or set kubeconfig"
        raise InvalidInput("KUBECONFIG", f"it names {len(listed)} files, {', '.join(listed)}; {advice}.")
    if listed:
        return _file(listed[0], "KUBECONFIG")
    return _file(DEFAULT, "kubeconfig") if Path(DEFAULT).expanduser().is_file() else None


def select(source: Source | None, context: str | None) -> Selected:
    """A context of a kubeconfig, or the service account of this pod.

    Raises:
        InvalidInput: the kubeconfig is malformed, or has no such context.
        CredentialsMissing: there is neither a kubeconfig nor a service account.
    """
    if source is None:
        return _service_account()
    from lightkube.config.kubeconfig import KubeConfig  # noqa: PLC0415  only those who connect need lightkube
    from lightkube.core.exceptions import ConfigError  # noqa: PLC0415
    from msgspec import ValidationError  # noqa: PLC0415

    document = _parse(source)
    try:
        config = cast("SingleConfig", KubeConfig.from_dict(document, fname=source.file).get(context))
        cluster = _entry(document, "clusters", "cluster", config.context.cluster)
        user = _entry(document, "users", "user", config.context.user) if config.context.user else {}
    except ConfigError as error:
        known = ", ".join(sorted(str(each.get("name")) for each in document.get("contexts") or ())) or "none"
        raise InvalidInput("context", f"{error} in {source.name}; it has: {known}.") from error
    except KeyError as error:
        raise InvalidInput("kubeconfig", f"{source.name} has no {error}, which it needs.") from error
    except (AttributeError, TypeError, ValidationError) as error:
        raise InvalidInput("kubeconfig", f"{source.name} is no kubeconfig: {error}.") from None
    return Selected(config, cluster, user, source.file.parent if source.file else None)


def _file(name: str, where: str) -> Source:
    path = Path(name).expanduser()
    try:
        if path.is_file():
            return Source(name, path, changed=path.stat().st_mtime_ns)
    except OSError:  # too long for a path, so it is something else
        raise InvalidInput(where, "it is neither a path nor the text of a kubeconfig.") from None
    raise InvalidInput(where, f"there is no file {name}; correct the path.")


def _parse(source: Source) -> dict[str, Any]:
    import yaml  # noqa: PLC0415

    try:
        document = yaml.safe_load(source.read())
    except yaml.MarkedYAMLError as error:
        line = f" in line {error.problem_mark.line + 1}" if error.problem_mark else ""
        raise InvalidInput("kubeconfig", f"{source.name} is no YAML: {error.problem}{line}.") from None
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise InvalidInput("kubeconfig", f"{source.name} cannot be read ({type(error).__name__}).") from None
    if not isinstance(document, dict):
        raise InvalidInput("kubeconfig", f"{source.name} is no kubeconfig: it is no mapping.")
    return document


def _entry(document: Mapping[str, Any], plural: str, key: str, name: str) -> Mapping[str, Any]:
    return next(each[key] for each in document[plural] if each["name"] == name)


def _service_account() -> Selected:
    from lightkube.config.kubeconfig import KubeConfig  # noqa: PLC0415
    from lightkube.core.exceptions import ConfigError  # noqa: PLC0415

    try:
        config = cast("SingleConfig", KubeConfig.from_service_account(SERVICE_ACCOUNT).get())
    except (ConfigError, KeyError, OSError) as error:
        words = f"there is no $KUBECONFIG, no {DEFAULT} and no service account of a pod"
        advice = "Give kubeconfig, or eks_cluster_name, or log in to the cluster."
        raise CredentialsMissing(_FIND, "NotFound", words, advice) from error
    return Selected(config, {}, {})
