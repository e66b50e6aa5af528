"""The live pods of a binding: what an update makes of them, and what it leaves to the next one."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from sg_integration.model import annotation
from sg_integration.model.errors import IntegrationError, Throttled
from sg_integration.model.label_selectors import in_namespace, label_selector
from sg_integration.providers.pod_groups import PodGroupsProvider

from .pod_stacks import Bound, Deployed
from .pod_world import NAME, A, B, C, FakeCluster

pytestmark = pytest.mark.usefixtures("clock")

SENTINEL = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"


def test_a_life_of_a_binding(cluster: FakeCluster) -> None:
    """Who lacks groups is listed and gets them, a second run is quiet and writes nothing, and all ends as it began."""
    one, other = cluster.run("web-1", B, app="web"), cluster.run("other", app="other")
    cluster.annotate(one, B)
    cluster.live[one] = replace(cluster.live[one], managers=())
    made, bound = Deployed(cluster), Bound("k", [A])
    assert made.preview(bound)["pods"] == {one: f"+ {A}"}
    assert made.preview(bound)["summary"] == "1 of 1 live pods change"
    made.up(bound)
    assert (cluster.groups(one), cluster.groups(other)) == ({A, B}, set())
    cluster.writes.clear()
    assert made.up(bound) == []
    made.destroy()
    assert (cluster.groups(one), cluster.groups(other)) == ({B}, set())
    assert cluster.writes == [one]


def test_a_repair_after_a_quiet_run_is_done_and_shown(cluster: FakeCluster) -> None:
    """A pod that loses its groups once more gets them, also when a run with nothing to do was in between."""
    pod, made, bound = cluster.run("web-1", app="web"), Deployed(cluster), Bound("k", [A])
    made.up(bound)
    for quiet in (True, False, True, False, False):
        if quiet:
            assert made.up(bound) == []
        cluster.annotate(pod)
        shown = made.preview(bound)
        assert shown["pods"][pod].startswith(f"+ {A}")
        assert shown["pods"] != made.pods.inputs["pods"]  # or the engine would show nothing
        assert made.up(bound) == ["pods"]
        assert cluster.groups(pod) == {A}


def test_a_state_without_a_binding_says_what_to_do() -> None:
    """An update of a resource whose state is damaged does not guess."""
    with pytest.raises(
        IntegrationError, match=r"missing from the state; remove the resource with `pulumi state delete`"
    ):
        PodGroupsProvider().update("id", {}, {})


def test_a_policy_in_another_cluster_is_noticed(cluster: FakeCluster) -> None:
    """When the policy is not where the pods are, the update says so instead of waiting."""
    with pytest.raises(IntegrationError, match="give both the same kubeconfig or context"):
        PodGroupsProvider().create({**Bound("k", [A]).inputs(), "mode": "admission"})
    assert not cluster.probes


def test_an_owner_is_asked_unless_forced(cluster: FakeCluster) -> None:
    """A pod that another manager owns fails alone and is tried again by the next run; with force it is taken over."""
    pod, free = cluster.run("web-1", app="web"), cluster.run("web-2", app="web")
    cluster.annotate(pod, B, manager="kubectl-annotate")
    made, bound = Deployed(cluster), Bound("k", [A])
    made.up(bound)
    assert made.failed.keys() == {pod}
    assert "kubectl-annotate" in made.failed[pod]
    assert cluster.groups(free) == {A}
    assert made.up(bound) == ["pods"]
    forced = Bound("k", [A], more={"on_conflict": "force"})
    made.up(forced)
    assert made.failed == {}
    assert cluster.groups(pod) == {A, B}
    assert made.up(forced) == []


def test_a_failure_is_tried_again_although_nothing_is_listed(cluster: FakeCluster) -> None:
    """After a failed run the next one runs, also when somebody else has mended the pod by then."""
    pod, made, bound = cluster.run("web-1", app="web"), Deployed(cluster), Bound("k", [A])
    cluster.refusals[pod] = [Throttled("writing", "TooManyRequests", "busy")]
    made.up(bound)
    assert made.failed.keys() == {pod}
    attached = {annotation.GROUPS: f'["{A}"]', annotation.ATTACHED: f'["{A}"]'}
    cluster.live[pod] = replace(
        cluster.live[pod], annotations=attached, labels={"app": "web", **annotation.labels([A])}
    )
    assert made.preview(bound)["pods"] == {}
    assert made.up(bound) == ["pods"]
    assert made.failed == {}


def test_who_is_left_behind_is_not_forgotten(cluster: FakeCluster) -> None:
    """When a pod that is no longer selected cannot be freed, the update fails whole and the next one frees it."""
    cluster.spaces["other"] = {NAME: "other"}
    pod, made = cluster.run("web-1", app="web"), Deployed(cluster)
    made.up(Bound("k", [A]))
    moved = Bound("k", [B], namespaces=in_namespace("other"))
    cluster.refusals[pod] = [Throttled("writing", "TooManyRequests", "busy")]
    with pytest.raises(IntegrationError, match=f"1 member could not be bound:\n  {pod}: writing: TooManyRequests"):
        made.up(moved)
    assert made.up(moved) == ["pods"]
    assert cluster.groups(pod) == set()
    assert made.up(moved) == []


def test_a_renamed_binding_leaves_nothing(cluster: FakeCluster) -> None:
    """Under a new key, with other groups and other pods, nothing of the old name is left on any pod."""
    old, new = cluster.run("old", app="web"), cluster.run("new", app="api")
    made = Deployed(cluster)
    made.up(Bound("before", [A]))
    renamed = Bound("after", [B], pods={"app": "api"})
    made.up(renamed)
    assert (cluster.groups(old), cluster.groups(new)) == (set(), {B})
    assert made.up(renamed) == []
    assert list(cluster.registered) == ["after"]


def test_a_name_that_somebody_takes_over_counts(cluster: FakeCluster) -> None:
    """A new binding under the name that another one had before keeps its groups."""
    pod = cluster.run("web-1", app="web")
    made, next_one = Deployed(cluster), Deployed(cluster)
    made.up(Bound("before", [A]))
    made.key = ""  # its policy is taken over, not deleted
    next_one.up(Bound("before", [C]))
    made.up(Bound("after", [B]))
    assert cluster.groups(pod) == {B, C}


def test_what_others_bind_stays(cluster: FakeCluster) -> None:
    """Two bindings add up, and each goes alone; namespaces may be chosen by their labels."""
    cluster.spaces["blue"] = {NAME: "blue", "team": "x"}
    pod = cluster.run("web-1", namespace="blue", app="web")
    team, mine = Deployed(cluster), Deployed(cluster)
    team.up(Bound("team", [A, B], namespaces=label_selector({"team": "x"}, "")))
    mine.up(Bound("mine", [B, C], namespaces=in_namespace("blue")))
    assert cluster.groups(pod) == {A, B, C}
    team.destroy()
    assert cluster.groups(pod) == {B, C}
    mine.destroy()
    assert cluster.groups(pod) == set()


def test_a_pod_that_comes_while_groups_are_exchanged_has_the_new_ones(cluster: FakeCluster) -> None:
    """Pods are listed only when new ones come without the groups of before, also if those they keep act at once."""
    made, real = Deployed(cluster), cluster.pods
    made.up(Bound("k", [A, B]))
    cluster.lag = 5

    def pods(namespace: str | None = None, selector: str = "") -> Any:
        found = real(namespace, selector)
        if cluster.asked["probe"] > 3:  # the update looks, not the preview
            cluster.run("late", app="web")
        return found

    cluster.pods = pods  # type: ignore[method-assign]
    made.up(Bound("k", [B]))
    assert cluster.groups("shop/late") == {B}


def test_a_pod_that_was_given_other_labels_is_freed(cluster: FakeCluster) -> None:
    """Who has our groups and is selected no more gives them back at the next run."""
    pod, made, bound = cluster.run("web-1", app="web"), Deployed(cluster), Bound("k", [A])
    made.up(bound)
    labels = {**cluster.live[pod].labels, "app": "other"}
    cluster.live[pod] = replace(cluster.live[pod], labels=labels)
    assert made.preview(bound)["pods"] == {pod: f"- {A} (back to the node groups)"}
    made.up(bound)
    assert cluster.groups(pod) == set()
