"""What goes wrong while pods are bound: pods that go or change, processes that die, clusters that do not answer."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from sg_integration import ClusterAccess, PodGroupGuard
from sg_integration.kubernetes.cluster import Cluster
from sg_integration.model.bindings import PodChange
from sg_integration.providers.pod_waiting import Admission
from sg_integration.providers.pod_writing import PodWriter
from tests.sandbox.plugin_kubernetes_world import eventually

from .pods import A, B, Pods, binding, declare, listed
from .stacks import EngineStack, Program

pytest_plugins = ("tests.engine.pod_fixtures",)


def before_writing(monkeypatch: pytest.MonkeyPatch, act: Callable[[PodChange], None]) -> None:
    """Do something just before each pod is written for the first time."""
    real, seen = Cluster.write, set[str]()

    def write(self: Cluster, change: PodChange, *, force: bool) -> None:
        if str(change.pod) not in seen:
            seen.add(str(change.pod))
            act(change)
        real(self, change, force=force)

    monkeypatch.setattr(Cluster, "write", write)


def test_a_pod_that_goes_between_list_and_write_is_a_success(
    pods: Pods, pod_stack: EngineStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A pod that is gone when it is written needs nothing, and the others are bound."""
    gone, stays = pods.run("web-1", app="web"), pods.run("web-2", app="web")
    before_writing(monkeypatch, lambda change: pods.kill(gone) if str(change.pod) == gone else None)
    pod_stack.up(binding(pods, A)).succeeded()
    assert pods.names() == [stays]
    assert pods.groups(stays) == listed(A)


def test_a_pod_that_is_reborn_is_bound_as_what_it_is_now(
    pods: Pods, pod_stack: EngineStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another pod under the same name gets what is its due, not what the first one's was."""
    pod = pods.run("web-0", app="web")

    def reborn(change: PodChange) -> None:
        if str(change.pod) == pod:
            pods.kill(pod)
            pods.run("web-0", app="web", tier="new", annotation=listed(B))

    before_writing(monkeypatch, reborn)
    pod_stack.up(binding(pods, A, on_conflict="force", mode="live")).succeeded()
    assert pods.groups(pod) == listed(A, B)


def test_a_pod_that_somebody_changes_meanwhile_keeps_both(
    pods: Pods, pod_stack: EngineStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A group that somebody writes between our reading and our writing is not overwritten."""
    pod = pods.run("web-1", app="web")
    before_writing(monkeypatch, lambda _: pods.annotate(pod, listed(B)))
    pod_stack.up(binding(pods, A, on_conflict="force")).succeeded()
    assert pods.groups(pod) == listed(A, B)


@pytest.mark.parametrize("killed_in", ["wait_until_given", "run"])
def test_what_a_killed_run_left_is_finished_or_undone(
    pods: Pods, pod_stack: EngineStack, monkeypatch: pytest.MonkeyPatch, killed_in: str
) -> None:
    """A run that dies after the policy was made, before or while pods are written, is finished by the next; or undone."""
    pod = pods.run("web-1", app="web")
    owner = Admission if killed_in == "wait_until_given" else PodWriter
    with monkeypatch.context() as dying:
        dying.setattr(owner, killed_in, _dies)
        assert pod_stack.up(binding(pods, A)).failed
    assert pods.groups(pod) is None
    if killed_in == "run":
        pod_stack.up(binding(pods, A)).succeeded()
        assert pods.groups(pod) == listed(A)
    pod_stack.destroy().succeeded()
    assert pods.groups(pod) is None
    assert pods.policies() == []


def test_a_farewell_that_fails_is_tried_again(
    pods: Pods, pod_stack: EngineStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When a pod cannot be returned, destroy fails and names it; the next one returns it."""
    pod = pods.run("web-1", app="web")
    pod_stack.up(binding(pods, A)).succeeded()
    with monkeypatch.context() as failing:
        failing.setattr(Cluster, "write", _dies)
        outcome = pod_stack.destroy()
        assert outcome.failed
        assert pod in outcome.output
    assert pods.groups(pod) == listed(A)
    pod_stack.destroy().succeeded()
    assert pods.groups(pod) is None


def test_a_cluster_that_does_not_answer_is_one_clear_line(pods: Pods, pod_stack: EngineStack, tmp_path: Path) -> None:
    """A preview that cannot reach the cluster fails with one line that says where it tried."""
    outcome = pod_stack.preview(_at(pods, _nowhere(pods, tmp_path)))
    assert outcome.failed
    lines = [line for line in outcome.output.splitlines() if "error:" in line and "127.0.0.1:1" in line]
    assert len(set(lines)) >= 1
    assert "reaching" in lines[0] or "asking" in lines[0]


@pytest.mark.parametrize("what", ["binding", "guard"])
def test_a_kubeconfig_is_never_shown(pods: Pods, pod_stack: EngineStack, tmp_path: Path, what: str) -> None:
    """When the cluster does not answer, no word of a kubeconfig that was given as text stands in the engine's error."""
    text = _nowhere(pods, tmp_path).read_text()

    def program() -> None:
        access = ClusterAccess("cluster", kubeconfig=text)
        if what == "guard":
            PodGroupGuard("guard", cluster=access)
        else:
            declare(pods, A, access=access)

    outcome = pod_stack.preview(program)
    assert outcome.failed
    assert "127.0.0.1:1" in outcome.output
    assert json.loads(text)["users"][0]["user"]["token"] not in outcome.output


def test_a_preview_may_go_on_without_the_cluster(
    pods: Pods, pod_stack: EngineStack, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """With `warn`, a preview without the cluster says so and shows what was known at the last update."""
    config = tmp_path / "kubeconfig"
    config.write_text(pods.server.kubeconfig.read_text())
    pods.run("web-1", app="web")
    pod_stack.up(_at(pods, config, cluster_unreachable="warn", mode="admission")).succeeded()
    there, gone = config.read_text(), _nowhere(pods, tmp_path).read_text()
    config.write_text(gone)
    try:
        preview = pod_stack.preview(_at(pods, config, cluster_unreachable="warn", mode="admission"), diff=True)
        assert not preview.failed, preview.output
        assert preview.counts == {}
        assert (
            "as of the last update" in capfd.readouterr().out
        )  # which is the engine's when a provider is not served here
    finally:
        config.write_text(there)


def test_a_provider_that_writes_to_another_cluster_is_noticed(
    pods: Pods, pod_stack: EngineStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When the policy is not where the pods are, the update says so instead of waiting."""
    with monkeypatch.context() as elsewhere:
        elsewhere.setattr(Cluster, "registry", lambda _: [])
        outcome = pod_stack.up(binding(pods, A))
    assert outcome.failed
    assert "give both the same kubeconfig or context" in outcome.output


def test_a_policy_that_was_deleted_by_hand_comes_back_with_refresh(pods: Pods, pod_stack: EngineStack) -> None:
    """A plain update notices pods that no policy binds any more; with a refresh the policy is made again."""
    pods.run("web-1", app="web")
    pod_stack.up(binding(pods, A)).succeeded()
    (name,) = pods.policies()
    for kind in ("mutatingadmissionpolicybindings", "mutatingadmissionpolicies"):
        pods.server.api.request("DELETE", f"/apis/admissionregistration.k8s.io/v1/{kind}/{name}")
    pod_stack.up(binding(pods, A), refresh=True).succeeded()
    numbers = itertools.count(2)
    assert eventually(lambda: pods.groups(pods.run(f"web-{next(numbers)}", app="web")) == listed(A))


def _dies(*_: object, **__: object) -> None:
    raise RuntimeError("killed here")


def _nowhere(pods: Pods, directory: Path) -> Path:
    """A kubeconfig of a server that does not answer."""
    path = directory / "nowhere"
    path.write_text(re.sub(r"https://127\.0\.0\.1:\d+", "https://127.0.0.1:1", pods.server.kubeconfig.read_text()))
    return path


def _at(pods: Pods, kubeconfig: Path, *, cluster_unreachable: str = "fail", **arguments: str) -> Program:
    def program() -> None:
        access = ClusterAccess("cluster", kubeconfig=str(kubeconfig), cluster_unreachable=cluster_unreachable)
        declare(pods, A, access=access, **arguments)

    return program
