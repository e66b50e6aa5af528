"""How pods that come later get their groups: what `auto` picks, and what the other modes do and say."""

from __future__ import annotations

import pytest

from sg_integration.kubernetes.cluster import Cluster
from tests.sandbox.plugin_kubernetes_world import eventually

from .pods import A, B, Pods, binding, listed
from .stacks import EngineStack

pytest_plugins = ("tests.engine.pod_fixtures",)


@pytest.fixture
def old_cluster(monkeypatch: pytest.MonkeyPatch) -> None:
    """An API server that serves no MutatingAdmissionPolicy, as those before 1.36."""
    monkeypatch.setattr(Cluster, "serves_admission_policies", lambda _: False)


@pytest.mark.usefixtures("old_cluster")
def test_an_older_cluster_rolls_out_and_says_so(pods: Pods, pod_stack: EngineStack) -> None:
    """Where admission is not served, `auto` writes templates; the preview names each workload that is rolled out."""
    pods.deploy("web", app="web")
    preview = pod_stack.preview(binding(pods, A), diff=True).succeeded()
    assert '"template"' in preview.output
    assert "THIS ROLLS OUT" in preview.output
    assert f"{pods.namespace}/Deployment web" in preview.output
    assert f"+ {A} (rolls out)" in preview.output
    pod_stack.up(binding(pods, A)).succeeded()
    assert pods.deployment("web")["metadata"]["generation"] == 2
    assert eventually(lambda: {pods.groups(pod) for pod in pods.names()} == {listed(A)})
    assert pod_stack.up(binding(pods, A)).succeeded().counts == {}
    assert pods.deployment("web")["metadata"]["generation"] == 2
    pod_stack.destroy().succeeded()
    assert pods.deployment("web")["metadata"]["generation"] == 3
    assert eventually(lambda: {pods.groups(pod) for pod in pods.names()} == {None})


def test_live_is_said_not_to_last(pods: Pods, pod_stack: EngineStack) -> None:
    """In mode `live` a replaced pod has nothing until the next update, as the preview says; then it has."""
    pods.deploy("web", replicas=1, app="web")
    live = binding(pods, A, mode="live")
    preview = pod_stack.preview(live, diff=True).succeeded()
    assert "HAS NO GROUPS until the next update" in preview.output
    pod_stack.up(live).succeeded()
    (pod,) = pods.names()
    assert pods.groups(pod) == listed(A)
    assert pods.policies() == []
    pods.kill(pod)
    assert eventually(lambda: pods.names() not in ([], [pod]))
    (later,) = pods.names()
    assert pods.groups(later) is None
    assert later in pod_stack.preview(live, diff=True).succeeded().output
    pod_stack.up(live).succeeded()
    assert pods.groups(later) == listed(A)
    assert pods.deployment("web")["metadata"]["generation"] == 1
    pod_stack.destroy().succeeded()
    assert pods.groups(later) is None


@pytest.mark.usefixtures("old_cluster")
def test_admission_that_is_not_served_is_refused_in_the_preview(pods: Pods, pod_stack: EngineStack) -> None:
    """Who demands admission from a cluster that does not serve it reads what to write instead."""
    outcome = pod_stack.preview(binding(pods, A, mode="admission"))
    assert outcome.failed
    assert 'write mode="template", which rolls out the workloads, or mode="live"' in outcome.output


def test_an_upgraded_cluster_moves_from_templates_to_admission(
    pods: Pods, pod_stack: EngineStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After an upgrade `auto` moves on: live pods keep their groups throughout, and what was in templates is taken out."""
    pods.deploy("web", replicas=1, app="web")
    with monkeypatch.context() as before:
        before.setattr(Cluster, "serves_admission_policies", lambda _: False)
        pod_stack.up(binding(pods, A)).succeeded()
    preview = pod_stack.preview(binding(pods, A), diff=True).succeeded()
    assert '"template" => "admission"' in preview.output
    pod_stack.up(binding(pods, A)).succeeded()
    assert eventually(lambda: {pods.groups(pod) for pod in pods.names()} == {listed(A)})
    template = pods.deployment("web")["spec"]["template"]["metadata"]
    assert "annotations" not in template or "aws.tigera.io/security-groups" not in template["annotations"]
    assert pod_stack.up(binding(pods, A)).succeeded().counts == {}


def test_templates_that_others_write_keep_their_groups(
    pods: Pods, pod_stack: EngineStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A group that somebody wrote into a template is still there after a binding in mode `template` came and went."""
    monkeypatch.setattr(Cluster, "serves_admission_policies", lambda _: False)
    pods.deploy("web", replicas=1, app="web")
    pods.template("web", listed(B))
    pod_stack.up(binding(pods, A, on_conflict="force")).succeeded()
    assert pods.deployment("web")["spec"]["template"]["metadata"]["annotations"][
        "aws.tigera.io/security-groups"
    ] == listed(A, B)
    pod_stack.destroy().succeeded()
    assert pods.deployment("web")["spec"]["template"]["metadata"]["annotations"][
        "aws.tigera.io/security-groups"
    ] == listed(B)
