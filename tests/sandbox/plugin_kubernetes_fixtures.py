"""Fixtures for programs on the real engine against the stand-in kubernetes plugin and a real API server."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from sg_integration.sandbox.plugins.install import install
from sg_integration.sandbox.plugins.kubernetes.package import KubernetesPackage
from sg_integration.sandbox.plugins.serve import start
from sg_integration.sandbox.toolchain.obtain import obtain
from tests.engine.stacks import EngineStack
from tests.sandbox.plugin_kubernetes_world import Server, make_namespace


@pytest.fixture(scope="session")
def plugin_env(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The engine's environment, without a kubeconfig; our `pulumi` comes first for this process, too."""
    path = os.pathsep.join([str(obtain(["pulumi"])), str(Path(sys.executable).parent), os.environ["PATH"]])
    os.environ["PATH"] = path
    home = tmp_path_factory.mktemp("home")
    install(home)
    return {
        "PATH": path,
        "PULUMI_HOME": str(home),
        "PULUMI_BACKEND_URL": tmp_path_factory.mktemp("state").as_uri(),
        "PULUMI_CONFIG_PASSPHRASE": "test",
        "PULUMI_SKIP_UPDATE_CHECK": "1",
        "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
    }


@pytest.fixture
def namespace(kubernetes_server: Server) -> str:
    """A namespace of the test's own."""
    return make_namespace(kubernetes_server)


@pytest.fixture(scope="session")
def served_here() -> Iterator[int]:
    """The stand-in in this process, which saves each operation the start of a plugin; the port it listens on."""
    server, port = start(KubernetesPackage())
    yield port
    server.stop(grace=None)


@pytest.fixture
def process_stack(
    kubernetes_server: Server, plugin_env: dict[str, str], namespace: str, tmp_path: Path
) -> Iterator[EngineStack]:
    """A stack whose default namespace is the test's own, with the plugin as installed; destroyed at the end."""
    config = kubernetes_server.config(tmp_path, namespace)
    stack = EngineStack("dev", tmp_path, {**plugin_env, "KUBECONFIG": str(config)}, f"p-{namespace}")
    yield stack
    stack.destroy()


@pytest.fixture
def kube_stack(process_stack: EngineStack, served_here: int, monkeypatch: pytest.MonkeyPatch) -> EngineStack:
    """The same, with the plugin in this process."""
    monkeypatch.setenv("KUBECONFIG", process_stack.env["KUBECONFIG"])
    process_stack.env = {**process_stack.env, "PULUMI_DEBUG_PROVIDERS": f"kubernetes:{served_here}"}
    return process_stack
