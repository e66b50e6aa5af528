"""What tests of the edge put on the API server, and how they look at it."""

from __future__ import annotations

from typing import Any

from sg_integration.kubernetes.cluster import Cluster
from sg_integration.model import annotation
from sg_integration.model.bindings import Pod, PodChange
from tests.sandbox.plugin_kubernetes_world import Server

A, B, C = "sg-0a", "sg-0b", "sg-0c"
RIVAL = "kubectl-annotate"  # the field manager of who annotates by hand
SPEC = {"containers": [{"name": "main", "image": "example"}]}


def groups_of(*groups: str) -> dict[str, str]:
    """The annotation of these groups."""
    return {annotation.GROUPS: annotation.render(groups)}


def make_pod(
    server: Server,
    namespace: str,
    name: str = "web",
    *,
    labels: dict[str, str] | None = None,
    annotations: dict[str, str] | None = None,
    manager: str = "kubectl-create",
    **spec: Any,
) -> dict[str, Any]:
    """Create a pod, as a field manager."""
    metadata = {"name": name, "labels": labels or {}, "annotations": annotations or {}}
    body = {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": {**SPEC, **spec}}
    query = {"fieldManager": manager}
    return server.api.request("POST", f"/api/v1/namespaces/{namespace}/pods", query=query, body=body)


def pod_path(namespace: str, name: str = "web") -> str:
    """The path of a pod."""
    return f"/api/v1/namespaces/{namespace}/pods/{name}"


def remove_pod(server: Server, namespace: str, name: str = "web") -> None:
    """Delete a pod at once: no kubelet would end it."""
    server.api.request("DELETE", pod_path(namespace, name), query={"gracePeriodSeconds": "0"})


def annotate(server: Server, namespace: str, *groups: str, manager: str = RIVAL) -> None:
    """Somebody else writes the annotation."""
    server.edit(pod_path(namespace), {"metadata": {"annotations": groups_of(*groups)}}, manager)


def read(cluster: Cluster, namespace: str, name: str = "web") -> Pod:
    """The pod, as the edge reads it."""
    found = cluster.pod(namespace, name)
    assert found is not None
    return found


def listed(cluster: Cluster, namespace: str, name: str = "web") -> Pod:
    """The pod, as the edge lists it: with those who own its annotation."""
    (found,) = (pod for pod in cluster.pods(namespace) if pod.name == name)
    return found


def given(pod: Pod, *groups: str, attached: tuple[str, ...] | None = None) -> PodChange:
    """The change that gives a pod these groups, all of them or some by bindings."""
    return PodChange(pod, frozenset(groups), frozenset(groups if attached is None else attached))


def says(pod: Pod, *groups: str) -> bool:
    """Whether annotation and labels alike say these groups, and all of them are by bindings."""
    wanted = given(pod, *groups)
    return not wanted and not wanted.removes
