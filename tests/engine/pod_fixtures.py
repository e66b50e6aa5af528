"""Fixtures of tests about pods: a namespace of the test's own, and stacks that reach the cluster."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from sg_integration.model.rbac import FEATURES
from tests.sandbox.plugin_kubernetes_world import Server

from .limited import limited_kubeconfig
from .pods import Pods, unguarded
from .stacks import EngineStack


@pytest.fixture
def pods(kubernetes_server: Server) -> Pods:
    """A namespace of the test's own."""
    return Pods.make(kubernetes_server)


# What tests use, by the beginning of their module's name; the others may use everything.
_USED = {
    "test_enforcement": ("bindings", "nodes", "enforcement"),
    "test_iam_policy": ("bindings", "nodes", "enforcement"),
    "test_pod_bindings": ("bindings",),
    "test_pod_guard": ("bindings", "guard"),
    "test_pod_modes": ("bindings", "templates"),
    "test_security_group_policies": ("bindings", "security-group-policy"),
    "test_tigera": ("bindings", "nodes", "tigera"),
}


@pytest.fixture(scope="session")
def limited_to(kubernetes_server: Server, tmp_path_factory: pytest.TempPathFactory) -> Callable[[Sequence[str]], Path]:
    """Makes the kubeconfig of somebody who has the roles that we print for some features, and nothing else."""
    made: dict[Sequence[str], Path] = {}

    def limit(features: Sequence[str]) -> Path:
        if features not in made:
            made[features] = limited_kubeconfig(kubernetes_server, tmp_path_factory.mktemp("limited"), features)
        return made[features]

    return limit


@pytest.fixture
def limited(request: pytest.FixtureRequest, limited_to: Callable[[Sequence[str]], Path]) -> Path:
    """The kubeconfig of somebody who has the roles for what the test uses: every flow must do with them."""
    name = request.module.__name__.rpartition(".")[2]
    return limited_to(next((used for begins, used in _USED.items() if name.startswith(begins)), tuple(FEATURES)))


@pytest.fixture
def new_pod_stack(
    new_stack: Callable[..., EngineStack], kubernetes_server: Server, limited: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., EngineStack]]:
    """Makes stacks that reach the cluster; what they declared is gone at the end."""
    monkeypatch.setenv("KUBECONFIG", str(limited))  # for providers that are served here
    made: list[EngineStack] = []

    def make(name: str = "dev", **env: str) -> EngineStack:
        made.append(new_stack(name, KUBECONFIG=str(limited), **env))
        return made[-1]

    yield make
    for stack in made:
        stack.destroy().succeeded()
    assert unguarded(kubernetes_server)


@pytest.fixture
def pod_stack(new_pod_stack: Callable[..., EngineStack]) -> EngineStack:
    """The test's one stack."""
    return new_pod_stack()
