"""The arguments of a provider of the stand-in kubernetes plugin: which cluster, how to log in, what is refused."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import pytest
import yaml

from sg_integration.sandbox.plugins.errors import PluginError
from sg_integration.sandbox.plugins.kubernetes.kubeconfig import Access, access
from sg_integration.sandbox.plugins.kubernetes.package import KubernetesPackage


def kubeconfig(server: str = "https://127.0.0.1:6443", user: dict[str, Any] | None = None) -> str:
    """The contents of a kubeconfig."""
    return yaml.safe_dump(
        {
            "current-context": "here",
            "contexts": [{"name": "here", "context": {"cluster": "c", "user": "u"}}],
            "clusters": [{"name": "c", "cluster": {"server": server}}],
            "users": [{"name": "u", "user": {"token": "t"} if user is None else user}],
        }
    )


def opened(text: str | None, *, context: str | None = None, environ: dict[str, str] | None = None) -> Access:
    """Read a kubeconfig as the plugin does."""
    return access(text, context=context, cluster=None, environ=environ or {})


@pytest.mark.parametrize(
    "server", ["https://example.com:6443", "https://10.0.0.1", "https://127.0.0.1.example.com", ""]
)
def test_only_a_server_on_loopback_is_talked_to(server: str) -> None:
    """A kubeconfig of a real cluster is refused before any call."""
    with pytest.raises(PluginError, match="only talks to an API server on loopback"):
        opened(kubeconfig(server))


@pytest.mark.parametrize("way", ["exec", "auth-provider", "username", "as"])
def test_ways_to_log_in_that_are_not_supported(way: str) -> None:
    """Anything but a token or a certificate is refused by its name."""
    with pytest.raises(PluginError, match=f"cannot log in by '{way}'"):
        opened(kubeconfig(user={way: {"command": "aws"}}))


def test_a_kubeconfig_that_cannot_be_used(tmp_path: Path) -> None:
    """A missing file, a text that is no kubeconfig and an unknown context each say what is missing."""
    with pytest.raises(PluginError, match="no such file"):
        opened(str(tmp_path / "absent"))
    with pytest.raises(PluginError, match="neither the path"):
        opened("one\ntwo")
    with pytest.raises(PluginError, match="no context named 'there'"):
        opened(kubeconfig(), context="there")


def test_the_kubeconfig_is_found_in_order(tmp_path: Path) -> None:
    """The argument comes before KUBECONFIG; both may be a path, and files it names are found beside it."""
    user = {"tokenFile": "token"}
    (tmp_path / "token").write_text("from-file\n")
    (tmp_path / "config").write_text(kubeconfig("https://localhost:1", user))
    by_environment = opened(None, environ={"KUBECONFIG": str(tmp_path / "config")})
    by_argument = opened(kubeconfig("https://[::1]:2"), environ={"KUBECONFIG": str(tmp_path / "config")})

    assert (by_environment.server, by_environment.headers) == (
        "https://localhost:1",
        {"Authorization": "Bearer from-file"},
    )
    assert (by_argument.server, by_argument.namespace) == ("https://[::1]:2", "default")


def test_a_client_certificate_is_loaded() -> None:
    """A certificate in the kubeconfig is used to log in: one that is none is an error, not ignored."""
    nonsense = base64.b64encode(b"no certificate").decode()
    with pytest.raises(OSError, match="PEM"):
        opened(kubeconfig(user={"client-certificate-data": nonsense, "client-key-data": nonsense}))


def test_provider_arguments_that_are_not_applied() -> None:
    """Turning off server-side apply, rendering YAML and the like are refused by name; what only silences is not."""
    package = KubernetesPackage()
    refused = package.check_config({"enableServerSideApply": "false", "renderYamlToDirectory": "out"})
    taken = package.check_config(
        {"enableServerSideApply": True, "namespace": "n", "suppressDeprecationWarnings": "true"}
    )

    assert [failure.property for failure in refused.failures] == ["renderYamlToDirectory", "enableServerSideApply"]
    assert taken.failures == ()
    with pytest.raises(PluginError, match="renderYamlToDirectory"):
        package.configure({"kubeconfig": kubeconfig(), "renderYamlToDirectory": "out"})


def test_another_cluster_replaces_the_provider() -> None:
    """Another address in the kubeconfig is another cluster; another token or namespace is not."""
    package = KubernetesPackage()
    old = {"kubeconfig": kubeconfig()}

    assert package.diff_config(old, {"kubeconfig": kubeconfig("https://127.0.0.1:7")}).replaces == ("kubeconfig",)
    assert package.diff_config(old, {"kubeconfig": kubeconfig(user={"token": "new"})}).replaces == ()
    assert package.diff_config(old, {**old, "namespace": "n"}).changed == ("namespace",)
    assert package.diff_config(old, old).changed == ()
