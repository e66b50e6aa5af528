"""What the roles of single features let their identity do, with a real API server that asks."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack

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
def acting(
    calico_server: Server, calico: object, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[str], Cluster]]:
    """The cluster by somebody who has nothing but the roles of one feature."""
    del calico
    monkeypatch.setattr(connection, "_OPEN", {})  # a client of his own, that no other test gets
    theirs = connect(ClusterConnection(kubeconfig=str(calico_server.kubeconfig)))
    with ExitStack() as stack:

        def act(feature: str) -> Cluster:
            user = f"somebody-{uuid.uuid4().hex[:8]}"
            roles = manifests([feature], [{"kind": "User", "name": user}])
            stack.enter_context(installed(calico_server, roles))
            theirs.api._client.headers["Impersonate-User"] = user
            return theirs

        yield act


@pytest.fixture
def looking(acting: Callable[[str], Cluster]) -> Cluster:
    """Somebody who has nothing but the roles for the commands."""
    cluster = acting("commands")
    assert eventually(lambda: is_let(cluster.registry))
    return cluster


def is_let(ask: Callable[[], object]) -> bool:
    """Whether the API server lets somebody ask by now: of new roles it hears a moment later."""
    try:
        ask()
    except AccessDenied:
        return False
    return True


def test_the_roles_are_enough_to_look(looking: Cluster) -> None:
    """Everything that pods, explain and reach ask a cluster for."""
    looking.registry()
    looking.nodes()
    looking.guard()
    looking.namespaces()
    looking.pods()
    looking.calico.objects()
    running_pods.listed(looking.api)
    assert api_server.addresses(looking.api) is not None


def test_who_looks_writes_nothing(looking: Cluster) -> None:
    """Neither an object of Calico nor the guard; and it makes no pod, not even to try."""
    with pytest.raises(AccessDenied):
        looking.calico.apply(next(iter(objects(rule()).values())))
    with pytest.raises(AccessDenied):
        looking.probe("default", {"app": "web"})
    with pytest.raises(AccessDenied):
        looking.delete_guard()


def test_the_roles_are_enough_for_branch_interfaces(acting: Callable[[str], Cluster]) -> None:
    """All that is asked about SecurityGroupPolicies, and about what makes interfaces of them."""
    there = acting("security-group-policy").branch_interfaces
    assert eventually(lambda: is_let(there.plugin_settings))
    assert there.served()
    there.listed("default")
    there.service_accounts("default")
    with pytest.raises(AccessDenied):
        there.api.request("trying", "GET", "/apis/apps/v1/namespaces/kube-system/daemonsets/kube-proxy")


def test_the_roles_are_enough_to_list_nodes(acting: Callable[[str], Cluster]) -> None:
    """And for nothing else."""
    cluster = acting("nodes")
    assert eventually(lambda: is_let(cluster.nodes))
    with pytest.raises(AccessDenied):
        cluster.pods()
