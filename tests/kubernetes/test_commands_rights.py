"""What the role for the commands lets its identity do, with a real API server that asks."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import pytest

from sg_integration.kubernetes import api_server, connection, running_pods
from sg_integration.kubernetes.cluster import Cluster
from sg_integration.kubernetes.connection import ClusterConnection, connect
from sg_integration.model.errors import AccessDenied
from sg_integration.model.rbac import manifests
from tests.kubernetes.policies import installed
from tests.policy.shop import objects, rule
from tests.sandbox.plugin_kubernetes_world import Server, eventually

pytest_plugins = ("tests.kubernetes.calico_fixtures",)


@pytest.fixture
def looking(calico_server: Server, calico: object, monkeypatch: pytest.MonkeyPatch) -> Iterator[Cluster]:
    """The cluster by somebody who has nothing but the role for the commands."""
    del calico
    user = f"reader-{uuid.uuid4().hex[:8]}"
    monkeypatch.setattr(connection, "_OPEN", {})  # a client of his own, that no other test gets
    theirs = connect(ClusterConnection(kubeconfig=str(calico_server.kubeconfig)))
    theirs.api._client.headers["Impersonate-User"] = user
    with installed(calico_server, manifests(["commands"], [{"kind": "User", "name": user}])):
        assert eventually(lambda: _is_let_in(theirs))
        yield theirs


def _is_let_in(cluster: Cluster) -> bool:
    """Whether the API server knows of both roles by now."""
    try:
        cluster.registry()
    except AccessDenied:
        return False
    return True


def test_the_role_is_enough_to_look(looking: Cluster) -> None:
    """Everything that pods, explain and reach ask a cluster for."""
    looking.registry()
    looking.nodes()
    looking.guard()
    looking.namespaces()
    looking.pods()
    looking.calico.objects()
    running_pods.listed(looking.api)
    assert api_server.addresses(looking.api) is not None


def test_the_role_writes_nothing(looking: Cluster) -> None:
    """Neither an object of Calico nor the guard; and it makes no pod, not even to try."""
    with pytest.raises(AccessDenied):
        looking.calico.apply(next(iter(objects(rule()).values())))
    with pytest.raises(AccessDenied):
        looking.probe("default", {"app": "web"})
    with pytest.raises(AccessDenied):
        looking.delete_guard()
