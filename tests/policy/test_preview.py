"""What a preview says of objects: what comes and goes, in the words of their meaning."""

from __future__ import annotations

import copy

import pytest

from sg_integration.model.calico import Manifest, write_order
from sg_integration.model.calico_preview import EDITED, REMOVED, changes, drift
from sg_integration.model.calico_state import Identity, identity
from tests.policy.shop import objects, rule


def standing(found: dict[str, Manifest]) -> dict[Identity, Manifest]:
    """Objects as they are read."""
    return {identity(each): copy.deepcopy(each) for each in found.values()}


BEFORE, AFTER = objects(rule()), objects(rule(from_port=5433, to_port=5433), rule(2, from_port=443, to_port=443))


def test_new_objects_are_shown_with_their_meaning_and_equal_ones_not_at_all() -> None:
    """Everything at first, nothing when it stands, whatever others added to it."""
    assert changes({}, BEFORE)["sg-local.sg-0b"] == "(orders-db): ingress tcp/5432 from orders-api"
    assert changes({}, BEFORE).keys() == BEFORE.keys()
    found = standing(BEFORE)
    for each in found.values():
        each["metadata"]["labels"]["team"] = "net"
    assert changes(found, BEFORE) == drift(found, BEFORE) == {}


def test_a_change_is_shown_by_what_it_closes_and_opens() -> None:
    """Phrases that go and come, and not those that stay."""
    found = changes(standing(BEFORE), AFTER)
    expected = "(orders-db): - ingress tcp/5432 from orders-api; + ingress tcp/443 from orders-api; + ingress tcp/5433 from orders-api"
    assert found == {"sg-local.sg-0b": expected}


def test_an_object_that_goes_is_shown_with_what_it_meant() -> None:
    """Without its last rule a policy is needed no more."""
    found = changes(standing(BEFORE), objects())
    assert found == {"sg-local.sg-0b": "no longer needed: (orders-db): ingress tcp/5432 from orders-api"}


@pytest.mark.parametrize("field", ["selector", "ingress", "meaning"])
def test_what_somebody_did_is_called_so(field: str) -> None:
    """When nothing else is wanted, an edited object and a removed one are somebody's work, whatever was edited."""
    found = standing(BEFORE)
    edited = found["GlobalNetworkPolicy", "sg-local.sg-0b"]
    if field == "meaning":
        edited["metadata"]["annotations"] = {}
    else:
        edited["spec"][field] = "all()" if field == "selector" else []
    del found["GlobalNetworkPolicy", "sg-local.unfiltered"]
    assert drift(found, BEFORE) == {"sg-local.sg-0b": EDITED, "sg-local.unfiltered": REMOVED}
    assert changes(found, BEFORE).keys() == {"sg-local.sg-0b", "sg-local.unfiltered"}


@pytest.mark.parametrize(
    ("name", "place", "more"),
    [
        ("sg-remote.members", "spec", {"serviceAccountSelector": "role == 'none'"}),
        ("sg-remote.hosts-members", "spec", {"doNotTrack": True}),
        ("sg-local.sg-0b", "labels", {"sg.aws.tigera.io/sg-0a": ""}),
    ],
)
def test_a_field_or_a_label_that_somebody_added_is_his_work_too(name: str, place: str, more: dict[str, str]) -> None:
    """What narrows a policy that denies, or puts networks into another group, is written again."""
    found = standing(BEFORE)
    edited = found["GlobalNetworkPolicy", name]
    (edited["spec"] if place == "spec" else edited["metadata"]["labels"]).update(more)
    assert drift(found, BEFORE) == {name: EDITED}
    assert [each.manifest["metadata"]["name"] for each in write_order({str(k): v for k, v in found.items()}, BEFORE)]
