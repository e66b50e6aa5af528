"""Fixtures of tests about pods: a namespace of the test's own, and stacks that reach the cluster."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.sandbox.plugin_kubernetes_world import Server

from .pods import Pods
from .stacks import EngineStack


@pytest.fixture
def pods(kubernetes_server: Server) -> Pods:
    """A namespace of the test's own."""
    return Pods.make(kubernetes_server)


@pytest.fixture
def new_pod_stack(
    new_stack: Callable[..., EngineStack], kubernetes_server: Server, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., EngineStack]]:
    """Makes stacks that reach the cluster; what they declared is gone at the end."""
    monkeypatch.setenv("KUBECONFIG", str(kubernetes_server.kubeconfig))  # for providers that are served here
    made: list[EngineStack] = []

    def make(name: str = "dev") -> EngineStack:
        made.append(new_stack(name, KUBECONFIG=str(kubernetes_server.kubeconfig)))
        return made[-1]

    yield make
    for stack in made:
        stack.destroy().succeeded()


@pytest.fixture
def pod_stack(new_pod_stack: Callable[..., EngineStack]) -> EngineStack:
    """The test's one stack."""
    return new_pod_stack()
