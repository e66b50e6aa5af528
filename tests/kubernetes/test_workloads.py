"""The templates of workloads are listed and written as pods are, and only their metadata is touched."""

from __future__ import annotations

from typing import Any

import pytest

from sg_integration.kubernetes.cluster import Cluster
from sg_integration.kubernetes.writes import MANAGER
from sg_integration.model import annotation
from sg_integration.model.errors import MemberChanged, MemberNotFound, MemberOwned
from sg_integration.model.workloads import Workload
from tests.sandbox.plugin_kubernetes_world import Server

from .objects import SPEC, A, B, groups_of

KINDS = ("CronJob", "DaemonSet", "Deployment", "StatefulSet")
APPS = ("DaemonSet", "Deployment", "StatefulSet")


def path_of(kind: str, namespace: str) -> str:
    """The path of the workload `web`, or of all."""
    group = "batch" if kind == "CronJob" else "apps"
    return f"/apis/{group}/v1/namespaces/{namespace}/{kind.lower()}s"


def make(server: Server, kind: str, namespace: str, annotations: dict[str, str] | None = None) -> dict[str, Any]:
    """Create the workload `web`; it makes no pods."""
    metadata = {"labels": {"app": "web"}, "annotations": annotations or {}}
    template = {"metadata": metadata, "spec": SPEC}
    spec: dict[str, Any] = {"selector": {"matchLabels": {"app": "web"}}, "template": template}
    if kind == "CronJob":
        job = {"metadata": {"annotations": {"of": "the job"}}, "spec": {"template": {**template, "spec": {**SPEC, "restartPolicy": "Never"}}}}  # fmt: skip
        spec = {"schedule": "0 0 1 1 *", "suspend": True, "jobTemplate": job}
    elif kind != "DaemonSet":
        spec["replicas"] = 0
    if kind == "StatefulSet":
        spec["serviceName"] = "web"
    api = "batch/v1" if kind == "CronJob" else "apps/v1"
    body = {"apiVersion": api, "kind": kind, "metadata": {"name": "web", "labels": {"own": "label"}}, "spec": spec}
    query = {"fieldManager": "helm"}
    return server.api.request("POST", path_of(kind, namespace), query=query, body=body)


def found(cluster: Cluster, namespace: str) -> Workload:
    """The one workload."""
    (workload,) = cluster.workloads(namespace)
    return workload


def template_of(server: Server, kind: str, namespace: str) -> dict[str, Any]:
    """The metadata of the pod template, raw."""
    live = server.get(f"{path_of(kind, namespace)}/web")
    assert live is not None
    spec = live["spec"]["jobTemplate"]["spec"] if kind == "CronJob" else live["spec"]
    return {key: value for key, value in spec["template"]["metadata"].items() if value}


def give(cluster: Cluster, workload: Workload, *groups: str, force: bool = False, once: bool = False) -> None:
    """Write groups into a template; its controller writes the status meanwhile, and then it is read once more."""
    try:
        cluster.write_template(workload, groups_of(*groups) if groups else {}, annotation.labels(groups), force=force)
    except MemberChanged:
        if once:
            raise
        workload = found(cluster, workload.namespace)
        cluster.write_template(workload, groups_of(*groups) if groups else {}, annotation.labels(groups), force=force)


def test_every_kind_is_listed(kubernetes_server: Server, cluster: Cluster, namespace: str) -> None:
    """With the metadata of the pod template, not of the workload, nor of a CronJob's jobs; a request for each kind."""
    made = {kind: make(kubernetes_server, kind, namespace, groups_of(A)) for kind in KINDS}
    before = cluster.api.sent
    workloads = cluster.workloads(namespace)
    assert cluster.api.sent == before + 4
    assert [workload.kind for workload in workloads] == list(KINDS)
    for workload in workloads:
        assert workload.uid == made[workload.kind]["metadata"]["uid"]
        assert (dict(workload.labels), dict(workload.annotations)) == ({"app": "web"}, groups_of(A))
        assert workload.managers == ("helm",)
        assert str(workload) == f"{workload.kind.lower()}/web in {namespace}"
    everywhere = [each for each in cluster.workloads() if each.namespace == namespace]
    assert [each.uid for each in everywhere] == [each.uid for each in workloads]


@pytest.mark.parametrize("kind", KINDS)
def test_a_template_gets_groups_and_loses_them(
    kubernetes_server: Server, cluster: Cluster, namespace: str, kind: str
) -> None:
    """One group, two, one again and none; the rest of the template and of the workload is as it was."""
    make(kubernetes_server, kind, namespace, {"note": "theirs"})
    before = template_of(kubernetes_server, kind, namespace)
    for groups in ((A,), (A, B), (B,)):
        give(cluster, found(cluster, namespace), *groups)
        workload = found(cluster, namespace)
        assert dict(workload.annotations) == {"note": "theirs", **groups_of(*groups)}
        assert dict(workload.labels) == {"app": "web", **annotation.labels(groups)}
        assert workload.managers == (MANAGER,)
    give(cluster, found(cluster, namespace))
    assert template_of(kubernetes_server, kind, namespace) == before


def test_a_template_that_somebody_annotated_is_his(kubernetes_server: Server, cluster: Cluster, namespace: str) -> None:
    """Neither a change nor a removal is written without force, and the owner is named."""
    make(kubernetes_server, "Deployment", namespace, groups_of(A))
    for groups in ((A, B), ()):
        with pytest.raises(MemberOwned, match=f"template of deployment/web in {namespace}: .*helm set it"):
            give(cluster, found(cluster, namespace), *groups)
    give(cluster, found(cluster, namespace), A, B, force=True)
    assert found(cluster, namespace).annotations == groups_of(A, B)


@pytest.mark.parametrize("kind", APPS)
@pytest.mark.parametrize("groups", [(A, B), ()], ids=["apply", "removal"])
def test_a_workload_that_is_gone(
    kubernetes_server: Server, cluster: Cluster, namespace: str, kind: str, groups: tuple[str, ...]
) -> None:
    """It is not made anew of what we send."""
    make(kubernetes_server, kind, namespace, groups_of(A))
    workload = found(cluster, namespace)
    kubernetes_server.api.request("DELETE", f"{path_of(kind, namespace)}/web")
    with pytest.raises(MemberNotFound, match="It is gone"):
        give(cluster, workload, *groups, force=True)
    assert cluster.workloads(namespace) == []


def test_a_removal_from_a_workload_that_was_changed(
    kubernetes_server: Server, cluster: Cluster, namespace: str
) -> None:
    """Somebody wrote the workload since it was read."""
    make(kubernetes_server, "Deployment", namespace)
    give(cluster, found(cluster, namespace), A)
    workload = found(cluster, namespace)
    kubernetes_server.edit(f"{path_of('Deployment', namespace)}/web", {"metadata": {"labels": {"own": "other"}}})
    with pytest.raises(MemberChanged, match="Somebody wrote it since it was read"):
        give(cluster, workload, once=True)


def test_workloads_that_are_about_to_go_are_left_out(
    kubernetes_server: Server, cluster: Cluster, namespace: str
) -> None:
    """What a finalizer still holds makes no more pods."""
    make(kubernetes_server, "Deployment", namespace)
    where = f"{path_of('Deployment', namespace)}/web"
    kubernetes_server.edit(where, {"metadata": {"finalizers": ["example.com/wait"]}})
    kubernetes_server.api.request("DELETE", where)
    assert cluster.workloads(namespace) == []
    kubernetes_server.edit(where, {"metadata": {"finalizers": None}})
