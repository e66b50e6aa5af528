"""Pods where they run, from a real API server: their node, their addresses, and what made them."""

from __future__ import annotations

from typing import Any

import pytest

from sg_integration.kubernetes import running_pods
from sg_integration.kubernetes.connection import ClusterConnection, connect
from sg_integration.model.landscape import RunningPod
from tests.engine.pods import Pods
from tests.sandbox.plugin_kubernetes_world import Server


@pytest.fixture
def pods(kubernetes_server: Server) -> Pods:
    """A namespace of the test's own."""
    return Pods.make(kubernetes_server)


def found(pods: Pods) -> dict[str, RunningPod]:
    """The pods of the test's namespace, by name."""
    api = connect(ClusterConnection(kubeconfig=str(pods.server.kubeconfig))).api
    return {each.pod.name: each for each in running_pods.listed(api) if each.pod.namespace == pods.namespace}


def make(pods: Pods, name: str, kind: str = "", owner: str = "", labels: dict[str, str] | None = None) -> None:
    """A pod on node-9 that something made."""
    owned = {"apiVersion": "v1", "kind": kind, "name": owner, "uid": "u-1", "controller": True}
    metadata: dict[str, Any] = {"name": name, "labels": labels or {}, **({"ownerReferences": [owned]} if kind else {})}
    spec = {"nodeName": "node-9", "containers": [{"name": "main", "image": "none"}]}
    body = {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec}
    pods.server.api.request("POST", f"/api/v1/namespaces/{pods.namespace}/pods", body=body)


def test_a_pod_of_a_deployment(pods: Pods) -> None:
    """It is its Deployment's, not its ReplicaSet's, with the labels that say its groups."""
    pods.deploy("web", replicas=1, app="web")
    ((name, each),) = found(pods).items()
    assert name.startswith("web-")
    assert each.owner == f"{pods.namespace}/deployment/web"
    assert each.pod.labels["app"] == "web"
    assert (each.node, each.addresses, each.pod.host_network) == ("", (), False)


@pytest.mark.parametrize(
    ("kind", "owner", "labels", "workload"),
    [
        ("ReplicaSet", "web-5f9c", {"pod-template-hash": "5f9c"}, "deployment/web"),
        ("ReplicaSet", "web", {}, "replicaset/web"),
        ("StatefulSet", "db", {}, "statefulset/db"),
        ("DaemonSet", "agent", {}, "daemonset/agent"),
        ("Job", "report-29384756", {}, "cronjob/report"),
        ("Job", "once", {}, "job/once"),
        ("", "", {}, ""),
    ],
)
def test_what_made_a_pod(pods: Pods, kind: str, owner: str, labels: dict[str, str], workload: str) -> None:
    """Every kind of owner is said as the workload that a person knows."""
    make(pods, "one", kind, owner, labels)
    assert found(pods)["one"].workload == workload


def test_where_a_pod_runs(pods: Pods) -> None:
    """Its node and all of its addresses are there; one that has ended is not."""
    make(pods, "one")
    make(pods, "over")
    where = f"/api/v1/namespaces/{pods.namespace}/pods"
    addresses = [{"ip": "10.0.1.9"}, {"ip": "2001:db8::9"}]
    status = {"podIP": "10.0.1.9", "podIPs": addresses, "phase": "Running"}
    pods.server.edit(f"{where}/one/status", {"status": status})
    pods.server.edit(f"{where}/over/status", {"status": {"phase": "Succeeded"}})
    each = found(pods)
    assert set(each) == {"one"}
    assert (each["one"].node, each["one"].addresses) == ("node-9", ("10.0.1.9", "2001:db8::9"))
