"""How later pods get their groups: what `auto` finds, what it means, and what is refused before that."""

from __future__ import annotations

from typing import Any

import pytest

from sg_integration.model.errors import (
    Unreachable,
)
from sg_integration.providers.pod_groups import PodGroupGrantProvider

from .pod_stacks import Bound, Deployed, Resource
from .pod_world import UNKNOWN, A, B, FakeCluster

pytestmark = pytest.mark.usefixtures("clock")


def mode_of(**more: Any) -> Any:
    """What check makes of the inputs."""
    return PodGroupGrantProvider().check({}, {**Bound("k", [A]).inputs(), **more})


@pytest.mark.parametrize(
    ("serves", "wanted", "found", "words"),
    [
        (True, "auto", "admission", "no rollout"),
        (False, "auto", "template", "THIS ROLLS OUT"),
        (True, "template", "template", "THIS ROLLS OUT"),
        (True, "template", "template", "such as a Job's, and of a workload that comes later HAS NO GROUPS"),
        (True, "live", "live", "HAS NO GROUPS until the next update"),
    ],
)
def test_the_mode_is_found_and_explained(
    cluster: FakeCluster, serves: bool, wanted: str, found: str, words: str
) -> None:
    """The preview shows what `auto` picks, what it means for pods that come later, and what a removal does."""
    cluster.serves = serves
    inputs = mode_of(wanted_mode=wanted).inputs
    assert inputs["mode"] == found
    assert words in inputs["durability"]
    assert "can widen or cut access" in inputs["on_removal"]
    assert cluster.asked["serves_admission_policies"] == (wanted == "auto")


@pytest.mark.parametrize(
    ("more", "name", "words"),
    [
        (
            {"wanted_mode": "admission"},
            "",
            'mode: this API server serves no MutatingAdmissionPolicy v1 (Kubernetes 1.36 does); write mode="template", which rolls out the workloads',
        ),
        ({"wanted_mode": "x"}, "", "mode: 'x' is none of auto, admission, template, live"),
        ({"binding": "x"}, "binding", "is no JSON"),
        ({"kubeconfig": " "}, "", "it is empty"),
        ({"kubeconfig": ""}, "", "it is empty"),
        ({"kubeconfig": 1.0}, "", "float is no text"),
        ({"eks_cluster_name": "x", "context": "y"}, "eks_cluster_name", "context is given, too"),
    ],
)
def test_bad_input_is_a_failure_of_its_property(cluster: FakeCluster, more: Any, name: str, words: str) -> None:
    """Each has its own failure; an empty kubeconfig does not lead to whatever cluster the environment names."""
    cluster.serves = False
    failures = mode_of(**more).failures
    assert [one.property for one in failures] == [name]
    assert words in failures[0].reason


def test_nobody_is_asked_before_the_cluster_is_known(cluster: FakeCluster) -> None:
    """While the kubeconfig is not known the mode is not known, and nothing fails."""
    found = mode_of(kubeconfig=UNKNOWN)
    assert not found.failures
    assert "mode" not in found.inputs
    assert not cluster.asked


def test_a_mode_that_no_preview_could_find_is_found_by_the_update(cluster: FakeCluster) -> None:
    """With `warn`, a first update of a cluster that answers again knows its mode."""
    cluster.broken["serves_admission_policies"] = Unreachable("asking", "ConnectError", "nobody")
    made = Resource(PodGroupGrantProvider())
    news = {**Bound("k", [A]).inputs(), "cluster_unreachable": "warn"}
    checked = made.check(news)
    assert "mode" not in checked
    cluster.broken.clear()
    assert made.provider.create(checked).outs["mode"] == "admission"


def test_the_order_of_groups_is_no_change(cluster: FakeCluster) -> None:
    """Groups are a set; another mode, another binding, another way to the cluster or an unknown group is a change."""
    made = Deployed(cluster)
    made.up(Bound("k", [A, B]))
    news = {**Bound("k", [B, A]).inputs(), "wanted_mode": "auto"}
    assert not made.grant.changes(made.grant.check(news))
    for other in ({"wanted_mode": "live"}, {"context": "x"}, {"security_group_ids": [A, UNKNOWN]}, {"security_group_ids": [A]}):  # fmt: skip
        assert made.grant.changes(made.grant.check({**news, **other})), other
