"""Calico's own pods say on which nodes it enforces."""

from __future__ import annotations

import uuid

from sg_integration.kubernetes.cluster import Cluster
from sg_integration.sandbox.kubernetes.calico_pods import remove_calico_pod, seed_calico_pod
from tests.sandbox.plugin_kubernetes_world import Server, make_namespace


def test_a_node_is_ready_when_calicos_pod_on_it_is(cluster: Cluster, kubernetes_server: Server) -> None:
    """The pod's condition counts; without a pod there is no Calico."""
    one, other, none = (f"node-{uuid.uuid4().hex[:8]}" for _ in range(3))
    seed_calico_pod(kubernetes_server.api, one)
    seed_calico_pod(kubernetes_server.api, other, ready=False)
    assert {one, other, none} & cluster.ready_for_calico() == {one}
    seed_calico_pod(kubernetes_server.api, other)
    assert other in cluster.ready_for_calico()
    for name in (one, other, none):
        remove_calico_pod(kubernetes_server.api, name)
    assert not {one, other} & cluster.ready_for_calico()


def test_nobody_else_can_say_that_calico_is_ready(cluster: Cluster, kubernetes_server: Server) -> None:
    """A pod that calls itself Calico's in a namespace of users says nothing about a node."""
    node, namespace = f"node-{uuid.uuid4().hex[:8]}", make_namespace(kubernetes_server)
    where = f"/api/v1/namespaces/{namespace}/pods"
    spec = {"nodeName": node, "containers": [{"name": "a", "image": "a"}]}
    metadata = {"name": "calico-node", "labels": {"k8s-app": "calico-node"}}
    body = {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec}
    kubernetes_server.api.request("POST", where, body=body)
    kubernetes_server.edit(
        f"{where}/calico-node/status", {"status": {"conditions": [{"type": "Ready", "status": "True"}]}}
    )
    assert node not in cluster.ready_for_calico()
    kubernetes_server.api.request("DELETE", f"{where}/calico-node", query={"gracePeriodSeconds": "0"})
