"""Groups are written on real pods, and everything that can have happened to a pod in between is told apart."""

from __future__ import annotations

from typing import Any

import pytest

from sg_integration.kubernetes.cluster import Cluster
from sg_integration.kubernetes.writes import MANAGER
from sg_integration.model import annotation
from sg_integration.model.errors import MemberChanged, MemberOwned
from tests.sandbox.plugin_kubernetes_world import Server

from .objects import RIVAL, A, B, C, annotate, given, groups_of, listed, make_pod, pod_path, read, says


def metadata_of(server: Server, namespace: str) -> dict[str, Any]:
    """The pod's metadata, raw."""
    found = server.get(pod_path(namespace))
    assert found is not None
    return dict(found["metadata"])


def test_a_pod_gets_its_groups_and_keeps_what_is_its_own(
    kubernetes_server: Server, cluster: Cluster, namespace: str
) -> None:
    """Annotations and labels of ours are added in one request; all others stay, and our field manager owns ours."""
    make_pod(kubernetes_server, namespace, labels={"app": "web"}, annotations={"note": "theirs"})
    change, before = given(read(cluster, namespace), A, B), cluster.api.sent
    cluster.write(change, force=False)
    assert cluster.api.sent == before + 1
    pod = listed(cluster, namespace)
    assert says(pod, A, B)
    assert pod.labels["app"] == "web"
    assert pod.annotations["note"] == "theirs"
    assert pod.managers == (MANAGER,)


def test_more_groups_are_applied_and_fewer_are_taken_away(
    kubernetes_server: Server, cluster: Cluster, namespace: str
) -> None:
    """A pod goes from one group to two, to another one, and back to the node groups, with nothing of ours left."""
    make_pod(kubernetes_server, namespace, labels={"app": "web"})
    for groups in ((A,), (A, B), (C,), (B, C), ()):
        cluster.write(given(listed(cluster, namespace), *groups), force=False)
        assert says(read(cluster, namespace), *groups)
    metadata = metadata_of(kubernetes_server, namespace)
    assert metadata["labels"] == {"app": "web"}
    assert "annotations" not in metadata


def test_what_a_policy_wrote_is_nobodys_and_can_be_removed(
    kubernetes_server: Server, cluster: Cluster, namespace: str
) -> None:
    """Fields that no managed field names, as admission leaves them, go with the merge patch; apply would keep them."""
    labels = annotation.labels([A])
    make_pod(
        kubernetes_server, namespace, labels=labels, annotations={**groups_of(A), annotation.ATTACHED: '["sg-0a"]'}
    )
    # Managed fields that are reset are what admission leaves behind: values without an owner.
    kubernetes_server.edit(pod_path(namespace), {"metadata": {"managedFields": [{}]}})
    pod = listed(cluster, namespace)
    assert pod.managers == ()
    assert says(pod, A)
    cluster.write(given(pod), force=False)
    assert says(read(cluster, namespace))
    assert "annotations" not in metadata_of(kubernetes_server, namespace)


def test_an_apply_conflicts_with_whoever_annotated_by_hand(
    kubernetes_server: Server, cluster: Cluster, namespace: str
) -> None:
    """Nothing is written, and the error names the other manager and what to do."""
    make_pod(kubernetes_server, namespace)
    annotate(kubernetes_server, namespace, A)
    with pytest.raises(MemberOwned) as caught:
        cluster.write(given(listed(cluster, namespace), A, B), force=False)
    text = str(caught.value)
    assert text.startswith(f"writing the groups of pod {namespace}/web: Conflict: Apply failed with 1 conflict")
    assert f'{RIVAL} set it. Take it off there, or let us take it over with on_conflict="force"' in text
    assert read(cluster, namespace).annotations == groups_of(A)


def test_force_takes_it_over(kubernetes_server: Server, cluster: Cluster, namespace: str) -> None:
    """With force the same write succeeds, and the annotation is ours alone."""
    make_pod(kubernetes_server, namespace)
    annotate(kubernetes_server, namespace, A)
    cluster.write(given(listed(cluster, namespace), A, B), force=True)
    assert says(listed(cluster, namespace), A, B)
    assert listed(cluster, namespace).managers == (MANAGER,)


def test_a_removal_asks_the_owner_too(kubernetes_server: Server, cluster: Cluster, namespace: str) -> None:
    """A merge patch would not conflict, so the owner that was read stops it, before any request, unless forced."""
    make_pod(kubernetes_server, namespace)
    annotate(kubernetes_server, namespace, A, B)
    pod, before = listed(cluster, namespace), cluster.api.sent
    with pytest.raises(MemberOwned, match=f"{RIVAL} set it"):
        cluster.write(given(pod), force=False)
    assert cluster.api.sent == before
    cluster.write(given(pod), force=True)
    assert says(read(cluster, namespace))


def test_the_same_value_is_no_conflict(kubernetes_server: Server, cluster: Cluster, namespace: str) -> None:
    """Two managers may own the same value; the labels that were missing are added."""
    make_pod(kubernetes_server, namespace)
    annotate(kubernetes_server, namespace, A)
    cluster.write(given(listed(cluster, namespace), A, attached=()), force=False)
    pod = listed(cluster, namespace)
    assert annotation.labelled(pod.labels) == {A}
    assert pod.managers == tuple(sorted([RIVAL, MANAGER]))


def test_our_own_merge_patch_is_no_rival(kubernetes_server: Server, cluster: Cluster, namespace: str) -> None:
    """What our merge patch set is owned by our name for updates, with which our apply would conflict; it takes it over.

    In one request; when somebody wrote the pod since, it is read again first.
    """
    make_pod(kubernetes_server, namespace)
    cluster.write(given(listed(cluster, namespace), A, B), force=False)
    cluster.write(given(listed(cluster, namespace), A), force=False)
    operations = [entry["operation"] for entry in metadata_of(kubernetes_server, namespace)["managedFields"]]
    assert operations.count("Update") >= 2
    stale = listed(cluster, namespace)
    kubernetes_server.edit(pod_path(namespace), {"metadata": {"labels": {"touched": "yes"}}})
    with pytest.raises(MemberChanged):
        cluster.write(given(stale, A, C), force=False)
    pod, before = listed(cluster, namespace), cluster.api.sent
    cluster.write(given(pod, A, C), force=False)
    assert cluster.api.sent == before + 1
    assert says(read(cluster, namespace), A, C)


def test_who_takes_it_over_meanwhile_is_heard(kubernetes_server: Server, cluster: Cluster, namespace: str) -> None:
    """A pod that was ours when it was read is not taken from whoever annotated it since."""
    make_pod(kubernetes_server, namespace)
    cluster.write(given(read(cluster, namespace), A), force=False)
    pod = listed(cluster, namespace)
    annotate(kubernetes_server, namespace, C)
    with pytest.raises(MemberChanged):
        cluster.write(given(pod, A, B), force=False)
    with pytest.raises(MemberOwned, match=f"{RIVAL} set it"):
        cluster.write(given(listed(cluster, namespace), A, B), force=False)
    assert read(cluster, namespace).groups == {C}


def test_an_older_reading_takes_nothing_from_another_stack(
    kubernetes_server: Server, cluster: Cluster, namespace: str
) -> None:
    """Two stacks write under one manager's name: the one that decided earlier must look again, and finds the other's group."""
    make_pod(kubernetes_server, namespace)
    early = listed(cluster, namespace)
    cluster.write(given(listed(cluster, namespace), A, B), force=False)
    for force in (False, True):
        with pytest.raises(MemberChanged):
            cluster.write(given(early, A), force=force)
    assert read(cluster, namespace).groups == {A, B}


def test_the_maker_of_pods_is_no_rival(kubernetes_server: Server, cluster: Cluster, namespace: str) -> None:
    """A controller writes a pod's metadata once; a group from its template does not hold up the groups of bindings."""
    make_pod(kubernetes_server, namespace, annotations=groups_of(A), manager="kube-controller-manager")
    cluster.write(given(listed(cluster, namespace), A, B, attached=(B,)), force=False)
    assert read(cluster, namespace).groups == {A, B}
