"""Members whose owner declares the groups: an enrollment keeps its hands off what is his."""

from __future__ import annotations

import pytest

from sg_integration.model.declared import LIMIT, TAG, declared, tag_value
from sg_integration.model.errors import InvalidInput

from .world import ORDERS, TRUST, WEB, world

ALL = frozenset([TRUST])


def test_who_declares_trust_is_a_member_without_a_write() -> None:
    """An enrollment that selects a member whose owner declares `trust` records nothing as its own, and is quiet afterwards."""
    made = world("a", "b")
    made.fleet.groups["a"], made.fleet.owners = (WEB, TRUST), {"a": ALL}
    outs = made.up()
    assert outs["attached"] == {"a": [], "b": [TRUST]}
    assert [member for member, _ in made.fleet.writes] == ["b"]
    assert not made.changed()
    made.refresh()
    assert not made.changed()


@pytest.mark.parametrize("goes", ["selection", "enrollment"])
def test_what_the_owner_declares_stays_when_the_member_leaves(goes: str) -> None:
    """Also if it was the enrollment that attached it, before the owner declared it; what he does not declare goes."""
    made = world("a", security_group_ids=[TRUST, ORDERS])
    made.up()
    made.fleet.owners = {"a": ALL}
    if goes == "selection":
        made.selected["a"] = "no more"
        made.up()
        assert made.outs
        assert made.outs["attached"] == {}
        assert not made.changed()
    else:
        made.destroy()
    assert made.fleet.groups["a"] == (WEB, TRUST)


def test_who_declared_from_the_beginning_leaves_without_a_trace() -> None:
    """A member of which nothing was ever ours leaves the record, and no later run looks changed."""
    made = world("a", "b")
    made.fleet.groups["a"], made.fleet.owners = (WEB, TRUST), {"a": ALL}
    made.up()
    made.selected["a"] = "no more"
    assert made.up()["attached"] == {"b": [TRUST]}
    assert not made.changed()
    assert made.fleet.groups["a"] == (WEB, TRUST)


def test_who_is_declared_no_more_is_an_enrollments_again() -> None:
    """When its owner takes `trust` out of the list, the next run attaches it, and then it is the enrollment's to take away."""
    made = world("a")
    made.fleet.groups["a"], made.fleet.owners = (WEB, TRUST), {"a": ALL}
    made.up()
    made.fleet.groups["a"], made.fleet.owners = (WEB,), {}
    assert made.up()["attached"] == {"a": [TRUST]}
    made.destroy()
    assert made.fleet.groups["a"] == (WEB,)


def test_a_tag_keeps_no_node_in_enforced() -> None:
    """Who may tag an instance cannot keep it in a group of nodes: nobody declares a node."""
    made = world("a", nodes=True, select={"tags": {"role": "node"}})
    made.up()
    made.fleet.owners = {"a": ALL}
    made.destroy()
    assert made.fleet.groups["a"] == (WEB,)


def test_the_tag_names_the_groups() -> None:
    """Sorted, each once; what is in it is read again; and what does not fit is refused."""
    assert declared({TAG: tag_value([ORDERS, TRUST, ORDERS])}) == {TRUST, ORDERS}
    assert tag_value([ORDERS, TRUST]) == f"{TRUST} {ORDERS}"
    assert declared({}) == frozenset()
    longest = [f"sg-{number:017x}" for number in range(LIMIT)]
    assert len(tag_value(longest)) <= 256
    with pytest.raises(InvalidInput, match="13 groups are too many"):
        tag_value([*longest, TRUST])
