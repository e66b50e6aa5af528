"""What a client sends and verifies is what its kubeconfig says: user, impersonation, server name and proxies."""

from __future__ import annotations

import copy
import json
import ssl
from pathlib import Path
from typing import Any

import httpx2
import pytest

from sg_integration.kubernetes import kubeconfig
from sg_integration.kubernetes.clients import client
from sg_integration.kubernetes.connection import ClusterConnection, connect
from sg_integration.model.errors import AccessDenied, CredentialsMissing, Unreachable
from tests.sandbox.plugin_kubernetes_world import Server

from .kubeconfigs import CONFIG, SECRET, config

pytestmark = pytest.mark.usefixtures("home")


def sent(document: dict[str, Any], context: str | None = None) -> httpx2.Request:
    """What the client of a kubeconfig would send."""
    found: list[httpx2.Request] = []

    def answer(request: httpx2.Request) -> httpx2.Response:
        found.append(request)
        return httpx2.Response(200, json={})

    client = connect(ClusterConnection(json.dumps(document), context)).api._client
    client._transport = httpx2.MockTransport(answer)
    client._mounts = {}
    client.get("/x")
    return found[0]


def test_the_user_of_the_context_is_sent() -> None:
    """By token, by name and password, or as nobody."""
    assert sent(CONFIG).headers["Authorization"] == f"Bearer {SECRET}"
    basic = config(user={"username": "u", "password": "p"})
    assert sent(basic).headers["Authorization"] == "Basic dTpw"
    nobody = copy.deepcopy(CONFIG)
    del nobody["contexts"][1]["context"]["user"]
    assert "Authorization" not in sent(nobody, "prod").headers


def test_a_token_file_starts_at_the_kubeconfig(home: Path) -> None:
    """Not at the working directory."""
    (home / "t").write_text("from-file\n")
    (home / "config").write_text(json.dumps(config(user={"tokenFile": "t"})))
    client = connect(ClusterConnection(str(home / "config"))).api._client
    auth: Any = client._auth
    request = next(auth.sync_auth_flow(httpx2.Request("GET", "https://c.test")))
    assert request.headers["Authorization"] == "Bearer from-file"


def test_impersonation_is_not_passed_over() -> None:
    """Else we would act as a more powerful user than the kubeconfig says."""
    extra = {"scopes": ["a", "b"], "x/y": ["c"]}
    user = {"token": "t", "as": "jane", "as-uid": "7", "as-groups": ["dev", "ops"], "as-user-extra": extra}
    headers = sent(config(user=user)).headers
    assert headers["Impersonate-User"] == "jane"
    assert headers["Impersonate-Uid"] == "7"
    assert headers.get_list("Impersonate-Group") == ["dev", "ops"]
    assert headers.get_list("Impersonate-Extra-scopes") == ["a", "b"]
    assert headers["Impersonate-Extra-x%2Fy"] == "c"


def test_impersonation_works_on_a_real_cluster(kubernetes_server: Server) -> None:
    """The server takes us for somebody who may do nothing, and the error names the rule that is missing."""
    document = json.loads(kubernetes_server.kubeconfig.read_text())
    document["users"][0]["user"].update({"as": "jane", "as-groups": ["dev"]})
    with pytest.raises(
        AccessDenied,
        match='User "jane" cannot list resource "nodes" .* Grant the verb "list" on "nodes" of API group "" in the whole cluster',
    ):
        connect(ClusterConnection(json.dumps(document))).nodes()


def test_another_server_name_is_verified(kubernetes_server: Server) -> None:
    """`tls-server-name` replaces the address in what the certificate must say."""
    document = json.loads(kubernetes_server.kubeconfig.read_text())
    target = document["clusters"][0]["cluster"]
    target["tls-server-name"] = "kubernetes.default.svc"
    assert "default" in connect(ClusterConnection(json.dumps(document))).namespaces()
    target["tls-server-name"] = "elsewhere.test"
    with pytest.raises(Unreachable, match="CERTIFICATE_VERIFY_FAILED"):
        connect(ClusterConnection(json.dumps(document))).namespaces()


def test_a_proxy_of_the_kubeconfig_is_used() -> None:
    """Here nobody listens there, so it cannot be reached."""
    document = config(cluster={"proxy-url": "http://127.0.0.1:9", "server": "http://c.test"})
    with pytest.raises(Unreachable, match="reaching Kubernetes at http://c.test.*: ConnectError"):
        connect(ClusterConnection(json.dumps(document))).namespaces()


def test_loopback_is_reached_past_the_proxies_of_the_environment(
    kubernetes_server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As kubectl does; others go through them."""
    for name in ("HTTPS_PROXY", "https_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    text = json.dumps({**json.loads(kubernetes_server.kubeconfig.read_text()), "preferences": {"past": "proxies"}})
    assert "default" in connect(ClusterConnection(text)).namespaces()
    with pytest.raises(Unreachable):
        connect(ClusterConnection(json.dumps(config(cluster={"server": "https://192.0.2.1"})))).namespaces()


def test_a_token_file_that_vanished_is_a_missing_login(home: Path) -> None:
    """It is read when the first request needs it."""
    (home / "config").write_text(json.dumps(config(user={"tokenFile": "t"})))
    with pytest.raises(
        CredentialsMissing, match="listing the nodes: ConfigError: Token file .*/t not found. Log in again"
    ):
        connect(ClusterConnection(str(home / "config"))).nodes()


def test_certificates_are_judged_as_kubectl_judges_them(monkeypatch: pytest.MonkeyPatch) -> None:
    """Python 3.13 demands more of an authority than those of EKS have; the rest of the verification stays."""
    real = ssl.create_default_context

    def strict(*arguments: Any, **more: Any) -> ssl.SSLContext:
        made = real(*arguments, **more)
        made.verify_flags |= ssl.VERIFY_X509_STRICT
        return made

    monkeypatch.setattr(ssl, "create_default_context", strict)
    context = client(kubeconfig.select(kubeconfig.find(json.dumps(CONFIG)), None))._transport._pool._ssl_context  # type: ignore[attr-defined]
    assert not context.verify_flags & ssl.VERIFY_X509_STRICT
    assert context.verify_mode == ssl.CERT_REQUIRED
    assert context.check_hostname
