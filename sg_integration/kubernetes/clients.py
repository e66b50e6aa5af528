"""The configured client of one cluster: TLS by lightkube, and what lightkube does not know besides.

That is: credential plugins of version v1, `proxy-url`, `tls-server-name` and impersonation. To pass over the last two
silently would mean to trust, or to be, somebody else.
"""

from __future__ import annotations

import binascii
import ssl
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final, cast
from urllib.parse import quote, urlsplit

from sg_integration.kubernetes.eks import EksCluster
from sg_integration.kubernetes.exec_plugins import ExecPlugin
from sg_integration.kubernetes.kubeconfig import Selected
from sg_integration.kubernetes.tokens import Tokens
from sg_integration.model.errors import InvalidInput

if TYPE_CHECKING:
    import httpx2
    from lightkube.config.kubeconfig import SingleConfig

_CONNECT: Final = 5.0  # seconds
_READ: Final = 30.0
_CONNECTIONS: Final = 32
_LOOPBACK: Final = ("127.0.0.1", "::1", "localhost")


def client(selected: Selected, tokens: Tokens | None = None) -> httpx2.Client:
    """A client for a context of a kubeconfig.

    Args:
        selected: the context.
        tokens: where bearer tokens come from, if not from what the kubeconfig says of its user.

    Raises:
        InvalidInput: the kubeconfig says what cannot be.
    """
    import httpx2  # noqa: PLC0415  only those who connect need the client
    from lightkube.config.client_adapter import ConnectionParams  # noqa: PLC0415
    from lightkube.config.models import User  # noqa: PLC0415
    from lightkube.core.exceptions import ConfigError  # noqa: PLC0415

    config = selected.config._replace(user=selected.config.user or User())
    loopback = urlsplit(config.cluster.server).hostname in _LOOPBACK  # never through a proxy, as client-go has it
    proxy = selected.cluster.get("proxy-url")
    parameters = ConnectionParams(
        timeout=httpx2.Timeout(_READ, connect=_CONNECT, pool=None), trust_env=not loopback, proxy=proxy
    )
    try:
        found = parameters.httpx_params(config)
        found["auth"] = _auth(selected, tokens) or found["auth"]
        _relax(found["verify"])
        return httpx2.Client(
            **found,
            headers=[("User-Agent", "sg-integration"), *_impersonation(selected.user)],
            limits=httpx2.Limits(max_connections=_CONNECTIONS, max_keepalive_connections=_CONNECTIONS),
            event_hooks={"request": _named(selected.cluster.get("tls-server-name"))},
        )
    except (ConfigError, OSError, binascii.Error, httpx2.InvalidURL) as error:
        raise InvalidInput("kubeconfig", f"context {config.context_name}: {type(error).__name__}: {error}.") from error


def eks_client(cluster: EksCluster) -> httpx2.Client:
    """A client for a cluster of EKS.

    Raises:
        InvalidInput: there is no such cluster.
        ServiceError: AWS refused to say where it is.
    """
    from lightkube.config.kubeconfig import KubeConfig  # noqa: PLC0415
    from lightkube.config.models import Cluster  # noqa: PLC0415

    server, certificate = cluster.describe()
    config = KubeConfig.from_one(cluster=Cluster(server=server, certificate_auth_data=certificate)).get()
    return client(Selected(cast("SingleConfig", config), {}, {}), Tokens(cluster.token))


def _auth(selected: Selected, tokens: Tokens | None) -> httpx2.Auth | None:
    """What lightkube has no authentication for."""
    from lightkube.config.client_adapter import BearerTokenFileAuth  # noqa: PLC0415

    from sg_integration.kubernetes.bearer import BearerAuth  # noqa: PLC0415

    if tokens is not None:
        return BearerAuth(tokens)
    user = selected.user
    if user.get("tokenFile"):  # lightkube looks for it from the working directory
        return BearerTokenFileAuth(str(selected.config.abs_file(user["tokenFile"])))
    if user.get("exec") and not user.get("token"):
        return BearerAuth(Tokens(ExecPlugin(user["exec"], selected.cluster, selected.directory).fetch))
    return None


def _relax(context: ssl.SSLContext) -> None:
    """Accept what client-go accepts: certificates of EKS lack what Python 3.13 demands by RFC 5280."""
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT


def _impersonation(user: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The headers that make the server take us for somebody else."""
    one = [("Impersonate-User", user.get("as")), ("Impersonate-Uid", user.get("as-uid"))]
    groups = [("Impersonate-Group", group) for group in user.get("as-groups") or ()]
    extra = [
        (f"Impersonate-Extra-{quote(key, safe='')}", value)
        for key, values in (user.get("as-user-extra") or {}).items()
        for value in values
    ]
    return [(name, value) for name, value in (*one, *groups, *extra) if value]


def _named(server_name: str | None) -> list[Any]:
    """What makes requests ask for, and verify, another name than the address has."""
    return [lambda request: request.extensions.update(sni_hostname=server_name)] if server_name else []
