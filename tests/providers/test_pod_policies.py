"""What registers a binding is deleted behind Pulumi's back: its pods look well, and the next ones have no groups."""

from __future__ import annotations

import pytest

from sg_integration.model.errors import Refused

from .pod_stacks import Bound, Deployed
from .pod_world import UNKNOWN, A, FakeCluster

pytestmark = pytest.mark.usefixtures("clock")


def test_a_policy_that_was_deleted_is_news(cluster: FakeCluster) -> None:
    """The preview says so although every live pod has its groups, and the update fails with what to do; then all is quiet."""
    made, bound = Deployed(cluster), Bound("k", [A], more={"policy": "sg-integration-k"})
    pod = cluster.run("web-1", app="web")
    made.up(bound)
    cluster.unregister("k")
    said = made.preview(bound)
    assert "sg-integration-k was deleted, so NEW PODS GET NO GROUPS" in said["repair"]
    assert made.pods.changes(said)
    assert said["pods"] == {pod: f"+ {A}"}  # as the last update has it, or its going would be shown
    assert said["summary"] == "0 of 1 live pods change"
    with pytest.raises(Refused, match="`pulumi up --refresh` makes it again"):
        made.pods.provider.update(made.pods.id, made.pods.outs, said)
    assert made.up(bound) == []  # which makes it again
    assert "repair" not in made.pods.inputs


def test_a_policy_that_is_about_to_be_made_is_no_news(cluster: FakeCluster) -> None:
    """Before the first update, or after a refresh that saw it gone, its name is not known and nothing is said."""
    made = Deployed(cluster)
    assert "repair" not in made.preview(Bound("k", [A], more={"policy": UNKNOWN}))
    made.up(Bound("k", [A], more={"policy": "sg-integration-k"}))
    cluster.unregister("k")
    assert "repair" not in made.preview(Bound("k", [A], more={"policy": UNKNOWN}))
