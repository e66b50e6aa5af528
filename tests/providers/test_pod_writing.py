"""Writing pods and templates: races between look and write, refusals that stop the rest, and nobody lost."""

from __future__ import annotations

from dataclasses import replace
from itertools import count
from typing import Any

import pytest

from sg_integration.model import annotation
from sg_integration.model.errors import AccessDenied, CredentialsMissing, MemberBusy, MemberChanged, Unreachable
from sg_integration.providers.pod_sight import Scope
from sg_integration.providers.pod_writing import PodWriter

from .pod_stacks import Bound
from .pod_world import A, B, C, FakeCluster

HERE = Bound("k", [A]).binding("live")
ROLLING = replace(HERE, mode="template")


@pytest.fixture
def cluster(cluster: FakeCluster) -> FakeCluster:
    """A cluster with one namespace and one binding."""
    cluster.register(HERE)
    return cluster


def writer(cluster: FakeCluster, now: Any = HERE, before: Any = None, **more: Any) -> PodWriter:
    """Who writes the pods of the binding."""
    return PodWriter(cluster, Scope("k", now, before), **more)  # type: ignore[arg-type]


def test_a_pod_that_is_gone_is_a_success(cluster: FakeCluster) -> None:
    """Between look and write it went: nothing is written, nothing failed."""
    pod = cluster.run("web-1", app="web")
    cluster.before_write = lambda _: cluster.live.clear()
    assert writer(cluster).run() == {}
    assert pod not in cluster.live


def test_a_pod_that_is_reborn_is_judged_anew(cluster: FakeCluster) -> None:
    """Another pod under the name gets what is its due; one that no binding matches is left as it came."""
    pod, other = cluster.run("web-1", app="web"), cluster.run("web-2", app="web")

    def reborn(_: str) -> None:
        cluster.before_write = lambda _: None
        cluster.run("web-1", B, app="web")
        cluster.run("web-2", B, app="api")

    cluster.before_write = reborn
    assert writer(cluster).run() == {}
    assert cluster.groups(pod) == {A, B}
    assert cluster.live[other].groups == {B}
    assert cluster.writes == [pod]


def test_what_somebody_writes_meanwhile_stays(cluster: FakeCluster) -> None:
    """A group that came between look and write is not overwritten, nor is a binding that came then."""
    pod = cluster.run("web-1", app="web")

    def meanwhile(_: str) -> None:
        cluster.before_write = lambda _: None
        cluster.register(replace(HERE, key="other", groups=frozenset([C])))
        cluster.annotate(pod, B)

    cluster.before_write = meanwhile
    assert writer(cluster).run() == {}
    assert cluster.groups(pod) == {A, B, C}


def test_a_binding_that_comes_between_the_lists_is_seen(cluster: FakeCluster) -> None:
    """Pods are listed before the registry: a pod that has the groups of a new binding keeps them."""
    real = cluster.pods

    def pods(namespace: str | None = None, selector: str = "") -> Any:
        found = real(namespace, selector)
        cluster.register(Bound("new", [B]).binding("admission"))
        return [*found, cluster.live[cluster.run("web-1", app="web")]]

    cluster.pods = pods  # type: ignore[method-assign]
    assert writer(cluster).run() == {}
    assert cluster.groups("shop/web-1") == {A, B}


def test_a_pod_that_changes_all_the_time_fails_alone(cluster: FakeCluster) -> None:
    """After eight tries it is given up, with the words of the last refusal; the others are written."""
    pod, other = cluster.run("web-1", app="web"), cluster.run("web-2", app="web")
    cluster.refusals[pod] = [MemberChanged("writing", "Conflict", "modified") for _ in range(8)]
    failed = writer(cluster).run()
    assert failed == {pod: "writing: Conflict: modified It was tried 8 times."}
    assert cluster.groups(other) == {A}
    cluster.refusals[pod] = [MemberChanged("writing", "Conflict", "modified") for _ in range(7)]
    assert writer(cluster).run() == {}


@pytest.mark.parametrize(
    "error",
    [
        AccessDenied("writing", "Forbidden", "no", 'Grant the verb "patch"'),
        CredentialsMissing("writing", "Unauthorized", "expired"),
        Unreachable("writing", "ConnectError", "nobody"),
    ],
)
def test_what_is_refused_for_all_stops_the_rest(cluster: FakeCluster, error: Exception) -> None:
    """The first few are refused in the server's words, and nobody asks a hundred times more; each pod is named."""
    for at in range(100):
        cluster.run(f"web-{at}", app="web")
    cluster.broken["write"] = error  # type: ignore[assignment]
    failed = writer(cluster).run()
    assert len(failed) == 100
    assert set(failed.values()) == {str(error), "not tried, since what was refused before it is refused for all"}
    assert cluster.asked["write"] <= 16


@pytest.mark.parametrize("error", [MemberBusy("writing", "x", "refused by a policy"), RuntimeError("a defect")])
def test_what_is_refused_for_one_stops_nobody(cluster: FakeCluster, error: Exception) -> None:
    """One pod's refusal, or a defect of ours, is reported with its name, and the others are written."""
    pods = [cluster.run(f"web-{at}", app="web") for at in range(20)]
    cluster.refusals[pods[3]] = [error]
    failed = writer(cluster).run()
    assert failed.keys() == {pods[3]}
    assert ("refused by a policy" in failed[pods[3]]) or ("RuntimeError" in failed[pods[3]])
    assert all(cluster.groups(pod) == {A} for pod in pods if pod != pods[3])


def test_long_runs_say_how_far_they_are(cluster: FakeCluster) -> None:
    """Whoever writes 30 pods at a second each hears of it after 10 seconds, and how long it took; three pods are not worth it."""
    for at in range(3):
        cluster.run(f"web-{at}", app="web")
    said: list[str] = []
    writer(cluster, say=said.append, clock=count().__next__).run()
    assert said == []
    for at in range(3, 33):
        cluster.run(f"web-{at}", app="web")
    writer(cluster, say=said.append, clock=count().__next__).run()
    assert said == [
        "writing groups on pods: 10 of 30 pods, about 22 s left",
        "writing groups on pods: 29 of 30 pods, about 1 s left",
        "writing groups on pods: 30 of 30 pods, 32 s in all",
    ]


def test_who_was_selected_before_is_freed_and_known_as_left_behind(cluster: FakeCluster) -> None:
    """A pod of the former selector is written too, and told from those whom the binding is still about."""
    old, new = cluster.run("old", app="web"), cluster.run("new", app="api")
    writer(cluster).run()
    now = Bound("k", [A], pods={"app": "api"}).binding("live")
    moved = writer(cluster, replace(now, groups=frozenset([B])), HERE)
    assert moved.run() == {}
    assert (cluster.groups(old), cluster.groups(new)) == (set(), {B})
    assert moved.left_behind == {old}


def test_templates_are_written_until_it_holds(cluster: FakeCluster) -> None:
    """The controller that writes the workload's status meanwhile does not make it fail; what is foreign there stays."""
    name = cluster.deploy("web", B, app="web")
    cluster.register(ROLLING)
    times = iter(range(3))

    def status(workload: str) -> None:
        if next(times, None) is not None:
            there = cluster.templates[workload]
            cluster.templates[workload] = replace(there, resource_version=f"{there.resource_version}0")

    cluster.before_write = status
    assert writer(cluster, ROLLING).run() == {}
    found = cluster.templates["web"]
    assert annotation.parse(found.annotations[annotation.GROUPS]) == {A, B}
    assert annotation.parse(found.annotations[annotation.ATTACHED]) == {A}
    assert found.labels["app"] == "web"
    cluster.refusals["web"] = [MemberChanged("writing", "Conflict", "modified") for _ in range(8)]
    changed = writer(cluster, replace(ROLLING, groups=frozenset([C])))
    assert changed.run() == {name: "writing: Conflict: modified It was tried 8 times."}


@pytest.mark.parametrize("gone", [True, False])
def test_a_workload_that_goes_or_is_made_anew_is_no_failure(cluster: FakeCluster, gone: bool) -> None:
    """It is gone, or another one, or has what it needs by then."""
    cluster.deploy("web", app="web")
    cluster.register(ROLLING)

    def meanwhile(_: str) -> None:
        there = cluster.templates.pop("web")
        if not gone:
            attached = {annotation.GROUPS: annotation.render([A]), annotation.ATTACHED: annotation.render([A])}
            labels = {**there.labels, **annotation.labels([A])}
            cluster.templates["web"] = replace(there, resource_version="99", annotations=attached, labels=labels)

    cluster.before_write = meanwhile
    assert writer(cluster, ROLLING).run() == {}
    assert cluster.writes == []


def test_templates_give_back_when_the_mode_changes(cluster: FakeCluster) -> None:
    """What a template got goes when pods get it otherwise; a template that cannot be written counts as left behind."""
    name = cluster.deploy("web", app="web")
    cluster.register(ROLLING)
    writer(cluster, ROLLING).run()
    cluster.refusals["web"] = [MemberBusy("writing", "x", "no")]
    cluster.register(HERE)
    one = writer(cluster, HERE, ROLLING)
    assert one.run().keys() == {name} == one.left_behind
    assert writer(cluster, HERE, ROLLING).run() == {}
    assert cluster.templates["web"].annotations == {}
    assert writer(cluster, HERE, ROLLING).run() == {}


def test_a_template_that_is_selected_no_more_counts_as_left_behind(cluster: FakeCluster) -> None:
    """It is freed, and told from one that the binding is still about."""
    old, new = cluster.deploy("old", app="web"), cluster.deploy("new", app="api")
    cluster.register(ROLLING)
    writer(cluster, ROLLING).run()
    moved = replace(Bound("k", [B], pods={"app": "api"}).binding("template"))
    one = writer(cluster, moved, ROLLING)
    assert one.run() == {}
    assert one.left_behind == {old} != {new}
    assert cluster.templates["old"].annotations == {}


def test_a_refusal_of_templates_does_not_hide_the_pods(cluster: FakeCluster) -> None:
    """Who may not write workloads may still write pods, and is told who is missing."""
    name, pod = cluster.deploy("web", app="web"), cluster.run("web-1", app="web")
    cluster.register(ROLLING)
    cluster.broken["write_template"] = AccessDenied("writing", "Forbidden", "no", 'Grant the verb "patch"')
    assert writer(cluster, ROLLING).run().keys() == {name}
    assert cluster.groups(pod) == {A}
