"""What can have happened to a pod between its reading and its writing is told apart by the API server's own answers."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sg_integration.kubernetes.cluster import Cluster
from sg_integration.kubernetes.writes import MANAGER
from sg_integration.model.errors import MemberChanged, MemberNotFound, Refused
from tests.sandbox.plugin_kubernetes_world import Server

from .objects import A, B, C, annotate, given, groups_of, listed, make_pod, pod_path, read, remove_pod, says


@pytest.mark.parametrize("groups", [(A, B), ()], ids=["apply", "removal"])
def test_a_pod_that_is_gone(
    kubernetes_server: Server, cluster: Cluster, namespace: str, groups: tuple[str, ...]
) -> None:
    """Between list and write it was deleted: said so, and no pod is made of what we send."""
    make_pod(kubernetes_server, namespace, annotations=groups_of(A))
    pod = listed(cluster, namespace)
    remove_pod(kubernetes_server, namespace)
    with pytest.raises(MemberNotFound, match=f"writing the groups of pod {namespace}/web: .* It is gone"):
        cluster.write(given(pod, *groups), force=True)
    assert kubernetes_server.get(pod_path(namespace)) is None


@pytest.mark.parametrize("groups", [(A, B), ()], ids=["apply", "removal"])
def test_a_pod_that_was_reborn(
    kubernetes_server: Server,
    cluster: Cluster,
    namespace: str,
    groups: tuple[str, ...],
) -> None:
    """A pod of the same name with another uid, as a StatefulSet makes it, is not written from an old reading.

    The server looks at the version first; reading again then shows the other uid.
    """
    make_pod(kubernetes_server, namespace, annotations=groups_of(A))
    pod = listed(cluster, namespace)
    remove_pod(kubernetes_server, namespace)
    make_pod(kubernetes_server, namespace, annotations=groups_of(C))
    with pytest.raises(MemberChanged, match="Somebody wrote it since it was read"):
        cluster.write(given(pod, *groups), force=True)
    assert read(cluster, namespace).annotations == groups_of(C)
    assert read(cluster, namespace).uid != pod.uid


def test_a_removal_knows_a_reborn_pod_by_its_uid_alone(
    kubernetes_server: Server, cluster: Cluster, namespace: str
) -> None:
    """Without a version in the reading the uid decides."""
    made = make_pod(kubernetes_server, namespace, annotations=groups_of(A))
    pod = replace(listed(cluster, namespace), uid="0" + made["metadata"]["uid"][1:-1] + "0", resource_version="")
    with pytest.raises(MemberNotFound, match="another one has its name"):
        cluster.write(given(pod), force=True)
    assert read(cluster, namespace).annotations == groups_of(A)


def test_a_removal_from_a_pod_that_was_changed(kubernetes_server: Server, cluster: Cluster, namespace: str) -> None:
    """Somebody wrote since it was read: nothing is written, and whoever asked reads again."""
    make_pod(kubernetes_server, namespace, annotations=groups_of(A), manager=MANAGER)
    pod = listed(cluster, namespace)
    annotate(kubernetes_server, namespace, B, manager=MANAGER)
    with pytest.raises(MemberChanged, match=f"pod {namespace}/web: Conflict: .* Somebody wrote it since it was read"):
        cluster.write(given(pod), force=False)
    assert read(cluster, namespace).annotations == groups_of(B)
    cluster.write(given(listed(cluster, namespace)), force=False)
    assert says(read(cluster, namespace))


def test_another_refusal_passes_in_the_servers_words(
    kubernetes_server: Server, cluster: Cluster, namespace: str
) -> None:
    """What is neither gone, changed nor owned is not mistaken for it: here a value that the server does not take."""
    make_pod(kubernetes_server, namespace)
    bad = given(read(cluster, namespace), "sg-" + "x" * 70)
    with pytest.raises(Refused, match="must be no more than 63") as caught:
        cluster.write(bad, force=False)
    assert caught.value.code == "Invalid"
