"""What the role for enforcement lets its identity do, with a real API server that asks."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import pytest

from sg_integration.kubernetes import api_server, connection
from sg_integration.kubernetes.cluster import Cluster
from sg_integration.kubernetes.connection import ClusterConnection, connect
from sg_integration.model import permissions
from sg_integration.model.errors import AccessDenied
from tests.kubernetes.policies import installed
from tests.policy.shop import objects, rule
from tests.sandbox.plugin_kubernetes_world import Server

pytest_plugins = ("tests.kubernetes.calico_fixtures",)


@pytest.fixture
def limited(calico_server: Server, calico: object, monkeypatch: pytest.MonkeyPatch) -> Iterator[Cluster]:
    """The cluster by somebody who has nothing but the role for enforcement."""
    del calico
    role, user = permissions.enforcement_role(), f"enforcer-{uuid.uuid4().hex[:8]}"
    name = f"{role['metadata']['name']}-{user}"
    binding = {
        "apiVersion": role["apiVersion"],
        "kind": "ClusterRoleBinding",
        "metadata": {"name": name},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": name},
        "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": user}],
    }
    monkeypatch.setattr(connection, "_OPEN", {})  # a client of his own, that no other test gets
    theirs = connect(ClusterConnection(kubeconfig=str(calico_server.kubeconfig)))
    theirs.api._client.headers["Impersonate-User"] = user
    with installed(calico_server, [{**role, "metadata": {"name": name}}, binding]):
        yield theirs


def test_the_role_is_enough_to_enforce(limited: Cluster) -> None:
    """Looking at Calico, at nodes and at the API server, and writing and deleting every kind of object, is let pass."""
    assert limited.calico.survey().serves_tiers
    limited.nodes()
    limited.ready_for_calico()
    assert api_server.addresses(limited.api) is not None
    for staged in (False, True):
        wanted = objects(rule(), staged=staged)
        for manifest in wanted.values():
            limited.calico.apply(manifest)
        assert {name for _, name in limited.calico.objects()} >= set(wanted)
    for kind, name in sorted(limited.calico.objects(), reverse=True):
        limited.calico.delete(kind, name)
    assert not limited.calico.objects()


def test_the_role_is_for_nothing_else(limited: Cluster) -> None:
    """Registrations of bindings, namespaces and the guard are not its business."""
    for ask in (limited.registry, limited.namespaces, limited.guard):
        with pytest.raises(AccessDenied):
            ask()
