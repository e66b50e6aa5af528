"""Pods are listed by their metadata alone, and those that no binding can touch are known or left out."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from sg_integration.kubernetes import api as requests
from sg_integration.kubernetes.cluster import Cluster
from sg_integration.model.errors import AccessDenied, ProbeRefused, Refused
from sg_integration.sandbox.plugins.kubernetes.api import Refused as Denied
from tests.sandbox.plugin_kubernetes_world import Server, eventually

from .objects import A, B, groups_of, listed, make_pod, pod_path, remove_pod
from .scripted import Script, no

RESTRICTED = {f"pod-security.kubernetes.io/{mode}": "restricted" for mode in ("enforce", "warn")}


def finish(server: Server, namespace: str, name: str, phase: str) -> None:
    """Let a pod end, as its kubelet would say."""
    server.edit(f"{pod_path(namespace, name)}/status", {"status": {"phase": phase}}, "kubelet")


def test_a_pod_is_read_as_it_is(kubernetes_server: Server, cluster: Cluster, namespace: str) -> None:
    """Name, uid, version, labels, annotations and the owner of the annotation; alone it reads as in the list."""
    made = make_pod(kubernetes_server, namespace, labels={"app": "web"}, annotations=groups_of(A))
    pod = listed(cluster, namespace)
    assert str(pod) == f"{namespace}/web"
    assert (pod.uid, pod.resource_version) == (made["metadata"]["uid"], made["metadata"]["resourceVersion"])
    assert (dict(pod.labels), dict(pod.annotations)) == ({"app": "web"}, groups_of(A))
    assert (pod.managers, pod.host_network) == (("kubectl-create",), False)
    assert cluster.pod(namespace, "web") == pod


def test_who_owns_other_annotations_does_not_own_ours(
    kubernetes_server: Server, cluster: Cluster, namespace: str
) -> None:
    """Only the owner of the annotation of the groups counts."""
    make_pod(kubernetes_server, namespace, annotations={"note": "theirs"})
    assert listed(cluster, namespace).managers == ()


def test_a_pod_with_nothing_on_it_has_no_labels_and_no_annotations(
    kubernetes_server: Server, cluster: Cluster, namespace: str
) -> None:
    """Missing maps are empty ones."""
    make_pod(kubernetes_server, namespace)
    assert (listed(cluster, namespace).labels, listed(cluster, namespace).annotations) == ({}, {})


def test_pods_on_the_nodes_own_interface_are_known(kubernetes_server: Server, cluster: Cluster, namespace: str) -> None:
    """One request more than the pages marks them; a single one is marked too."""
    make_pod(kubernetes_server, namespace)
    make_pod(kubernetes_server, namespace, "agent", hostNetwork=True)
    before = cluster.api.sent
    assert {pod.name: pod.host_network for pod in cluster.pods(namespace)} == {"web": False, "agent": True}
    assert cluster.api.sent == before + 2
    found = cluster.pod(namespace, "agent")
    assert found is not None
    assert found.host_network
    assert found.left_alone


def test_pods_that_have_ended_are_left_out(kubernetes_server: Server, cluster: Cluster, namespace: str) -> None:
    """Succeeded and Failed pods send no packets, and one that is being deleted soon sends none."""
    for name in ("web", "done", "failed", "going"):
        make_pod(kubernetes_server, namespace, name)
    finish(kubernetes_server, namespace, "done", "Succeeded")
    finish(kubernetes_server, namespace, "failed", "Failed")
    kubernetes_server.edit(pod_path(namespace, "going"), {"metadata": {"finalizers": ["example.com/wait"]}})
    remove_pod(kubernetes_server, namespace, "going")
    assert [pod.name for pod in cluster.pods(namespace)] == ["web"]
    assert [cluster.pod(namespace, name) for name in ("done", "failed", "going", "never")] == [None] * 4
    kubernetes_server.edit(pod_path(namespace, "going"), {"metadata": {"finalizers": None}})


def test_a_selector_and_a_namespace_narrow_the_list(
    kubernetes_server: Server, cluster: Cluster, namespace: str
) -> None:
    """Without a namespace all of them are listed, with a selector only what it matches."""
    make_pod(kubernetes_server, namespace, labels={"app": "web"})
    make_pod(kubernetes_server, namespace, "db", labels={"app": "db"})
    assert [pod.name for pod in cluster.pods(namespace, "app in (db,cache)")] == ["db"]
    assert {pod.name for pod in cluster.pods() if pod.namespace == namespace} == {"web", "db"}
    assert cluster.pods("no-such-namespace") == []


def test_a_long_list_is_read_to_its_last_page(
    kubernetes_server: Server, cluster: Cluster, namespace: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With pages of five, twelve pods are three requests, and one for those on the nodes' interfaces."""
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(lambda n: make_pod(kubernetes_server, namespace, f"p{n}"), range(12)))
    monkeypatch.setattr(requests, "_PAGE", "5")
    before = cluster.api.sent
    assert {pod.name for pod in cluster.pods(namespace)} == {f"p{n}" for n in range(12)}
    assert cluster.api.sent == before + 4


def test_a_bad_selector_is_refused_in_the_servers_words(cluster: Cluster) -> None:
    """The error says what was listed, and what the server thinks of it."""
    with pytest.raises(Refused, match="listing the pods of namespace shop with a in: BadRequest: .*unable to parse"):
        cluster.pods("shop", "a in")


def test_a_tried_pod_passes_the_strictest_standard_and_is_not_stored(
    kubernetes_server: Server, cluster: Cluster, namespace: str
) -> None:
    """In a namespace that enforces "restricted" and asks for limits by quota, with the labels and annotations given."""
    kubernetes_server.edit(f"/api/v1/namespaces/{namespace}", {"metadata": {"labels": RESTRICTED}})
    status = {"hard": {"limits.cpu": "1"}, "used": {"limits.cpu": "0"}}
    quota = {
        "apiVersion": "v1",
        "kind": "ResourceQuota",
        "metadata": {"name": "q"},
        "spec": {"hard": {"limits.cpu": "1"}},
    }
    kubernetes_server.api.request("POST", f"/api/v1/namespaces/{namespace}/resourcequotas", body=quota)
    kubernetes_server.edit(f"/api/v1/namespaces/{namespace}/resourcequotas/q/status", {"status": status})
    with pytest.raises(Denied, match="violates PodSecurity"):
        make_pod(kubernetes_server, namespace)
    assert eventually(lambda: _is_tried(cluster, namespace))
    pod = cluster.probe(namespace, {"app": "web"}, groups_of(A, B))
    assert (pod.namespace, dict(pod.labels)) == (namespace, {"app": "web"})
    assert pod.groups == {A, B}
    assert cluster.pods(namespace) == []


def _is_tried(cluster: Cluster, namespace: str) -> bool:
    """Whether the quota that was just made is known to admission."""
    try:
        return bool(cluster.probe(namespace, {}).namespace)
    except ProbeRefused:
        return False


def test_a_tried_pod_that_admission_refuses(kubernetes_server: Server, cluster: Cluster, namespace: str) -> None:
    """The error says that it was only tried, and what the server's words were: here a LimitRange that it breaks."""
    limits = [{"type": "Container", "min": {"memory": "1Gi"}}]
    body = {"apiVersion": "v1", "kind": "LimitRange", "metadata": {"name": "big"}, "spec": {"limits": limits}}
    kubernetes_server.api.request("POST", f"/api/v1/namespaces/{namespace}/limitranges", body=body)
    assert eventually(lambda: not _is_tried(cluster, namespace))
    with pytest.raises(ProbeRefused) as caught:
        cluster.probe(namespace, {"app": "web"})
    text = str(caught.value)
    assert text.startswith(f"trying a pod in namespace {namespace}: Forbidden: pods ")
    assert "minimum memory usage per Container is 1Gi" in text
    assert "It was only tried" in text


def test_who_may_not_try_a_pod_is_told_what_to_grant() -> None:
    """A missing permission is no refusal of such a pod."""
    words = 'pods is forbidden: User "dev" cannot create resource "pods" in API group "" in the namespace "shop"'
    with pytest.raises(AccessDenied, match='Grant the verb "create" on "pods" of API group "" in namespace shop'):
        Script([no(403, "Forbidden", words)]).cluster().probe("shop", {})


def test_a_tried_pod_in_a_namespace_that_is_not_there(cluster: Cluster) -> None:
    """That is no refusal of such a pod, and is told apart from it."""
    with pytest.raises(Refused, match='NotFound: namespaces "no-such-namespace" not found') as caught:
        cluster.probe("no-such-namespace", {})
    assert not isinstance(caught.value, ProbeRefused)
