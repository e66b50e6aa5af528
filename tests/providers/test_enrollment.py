"""What an enrollment does from run to run: found in check, compared by meaning, done once, recorded."""

from __future__ import annotations

from typing import Any

import pytest

from sg_integration.model.errors import Throttled

from .world import NEW_TRUST, ORDERS, SPARE, TRUST, VPC, WEB, done, world

REFUSAL = Throttled("writing", "RequestLimitExceeded", "Slow down.")


def test_the_first_run_attaches_and_records_and_the_second_does_nothing() -> None:
    """Members join with one write each; right after it there is no change, and nothing is read or written for one."""
    made = world("a", "b", security_group_ids=[TRUST, ORDERS])
    checked = made.check()
    assert checked["members"] == {"a": "A", "b": "B"}
    assert (checked["skipped"], checked["deferred"], checked["repair"]) == ({}, {}, {})
    outs = made.up()
    assert done(outs) == {
        "attached": {"a": [TRUST, ORDERS], "b": [TRUST, ORDERS]},
        "originals": {"a": [WEB], "b": [WEB]},
        "failed": {},
    }
    assert made.id.startswith(f"{VPC}/")
    assert all(outs[name] == value for name, value in checked.items()), "inputs are echoed"
    reads = len(made.fleet.reads)
    assert not made.changed()
    made.up()
    assert (len(made.fleet.reads), len(made.fleet.writes)) == (reads, 2)


def test_who_joins_and_who_leaves_are_written_and_nobody_else_is_read() -> None:
    """An update touches those that come and those that go."""
    made = world("stays", "leaves", "comes")
    del made.selected["comes"]
    made.up()
    made.selected = {"stays": None, "comes": None}
    made.fleet.reads.clear()
    made.fleet.writes.clear()
    outs = made.up()
    assert made.fleet.writes == [("leaves", (WEB,)), ("comes", (WEB, TRUST))]
    assert made.fleet.reads[0] == ["leaves", "comes"]
    assert set(outs["attached"]) == set(outs["originals"]) == {"stays", "comes"}


def test_who_is_gone_leaves_without_a_write() -> None:
    """A terminated member is in nobody's list afterwards."""
    made = world("a", "b")
    made.up()
    del made.fleet.groups["a"]
    made.fleet.writes.clear()
    assert set(made.up()["attached"]) == {"b"}
    assert made.fleet.writes == []
    assert not made.changed()


def test_a_member_that_lost_a_group_is_repaired_each_time() -> None:
    """A plain run attaches again what was lost, says so in a line that reads differently each time, also after quiet runs."""
    made = world("a", "b", security_group_ids=[TRUST, ORDERS])
    made.up()
    lines = []
    for quiet in (1, 0, 2):
        made.fleet.groups["a"] = (WEB, ORDERS)
        lines.append(made.check()["repair"]["a"])
        made.up()
        assert set(made.fleet.groups["a"]) == {WEB, ORDERS, TRUST}
        for _ in range(quiet):
            assert not made.changed()
            made.up()
    once = f"A: lost {TRUST}, which is attached again"
    assert lines == [once, f"{once} (once more)", once]
    made.destroy()
    assert made.fleet.groups == {"a": (WEB,), "b": (WEB,)}


def test_a_repair_that_was_made_is_shown_in_no_later_preview() -> None:
    """When somebody joins after a repair, the line of the repair is as it was; when its member is gone, it goes unseen."""
    made = world("a", "b")
    made.up()
    made.fleet.groups["a"] = (WEB,)
    said = made.up()["repair"]
    made.fleet.groups["c"], made.selected["c"] = (WEB,), None
    assert made.check()["repair"] == said
    made.up()
    del made.selected["a"]
    assert made.check()["repair"] == said
    made.up()
    assert not made.changed()
    assert made.check()["repair"] == {}


def test_a_replaced_group_is_swapped() -> None:
    """Every member gets the new group and gives up the old one in one write; that the old one is gone is waited for."""
    made = world("a", "b")
    made.up()
    made.fleet.writes.clear()
    made.inputs.update(security_group_ids=[NEW_TRUST], reserved_group_ids=[NEW_TRUST])
    made.up()
    assert made.fleet.writes == [("a", (WEB, NEW_TRUST)), ("b", (WEB, NEW_TRUST))]
    assert made.fleet.waiting_for[-1] == {TRUST}
    assert not made.changed()


def test_who_failed_is_tried_again_alone() -> None:
    """The failure is in the outputs by name; the next run does only that member, and then all is quiet."""
    made = world("a", "b", "c")
    made.fleet.refusals["b"] = REFUSAL
    outs = made.up()
    assert outs["failed"] == {"b": "B: writing: RequestLimitExceeded: Slow down."}
    assert set(outs["attached"]) == {"a", "c"}
    made.fleet.writes.clear()
    assert made.changed()
    assert made.up()["failed"] == {}
    assert list(made.fleet.writes_each) == ["b"]
    assert not made.changed()


def test_who_could_not_leave_is_tried_again() -> None:
    """A member that was refused while leaving is recorded until it has left."""
    made = world("a", "b")
    made.up()
    del made.selected["a"]
    made.fleet.refusals["a"] = REFUSAL
    outs = made.up()
    assert (set(outs["failed"]), outs["attached"]["a"]) == ({"a"}, [TRUST])
    assert made.up()["failed"] == {}
    assert made.fleet.groups["a"] == (WEB,)
    assert not made.changed()


@pytest.mark.parametrize(
    "manner",
    [
        {"region": "eu-west-1"}, {"profile": "p"}, {"role_arn": "r"}, {"endpoint_url": "http://x"},
        {"pace": {"capacity": 2.0}}, {"fallback_security_group_id": SPARE},
    ],
    ids=lambda manner: next(iter(manner)),
)  # fmt: skip
def test_how_to_reach_aws_is_recorded_without_a_write(manner: dict[str, Any]) -> None:
    """A change of manner is an update, never a replacement, reads and writes nobody, and keeps what is attached."""
    made = world("a")
    before = done(made.up())
    made.fleet.writes.clear()
    made.fleet.reads.clear()
    without = {name: value for name, value in made.inputs.items() if name not in manner}
    for inputs in ({**made.inputs, **manner}, without):
        made.inputs = inputs
        assert made.changed()
        assert done(made.up()) == before
        assert not made.changed()
    assert (made.fleet.reads, made.fleet.writes) == ([], [])


def test_who_waits_gets_a_further_group_later() -> None:
    """A group that is added to the enrollment while a member is stopped is attached when it runs, and said then."""
    made = world("db", "b")
    made.up()
    made.inputs["security_group_ids"] = [TRUST, ORDERS]
    made.deferred = {"db": "DB: stopped; wait"}
    made.up()
    assert made.fleet.groups == {"db": (WEB, TRUST), "b": (WEB, TRUST, ORDERS)}
    assert not made.changed()
    made.deferred = {}
    assert made.check()["repair"] == {"db": f"DB: had to wait for {ORDERS}, which is attached now"}
    made.up()
    assert made.fleet.groups["db"] == (WEB, TRUST, ORDERS)
    assert not made.changed()


def test_who_is_deferred_joins_when_it_may() -> None:
    """It is no change and not written while it waits; then it joins; a member that waits stays in, and is not written."""
    made = world("db")
    made.deferred = {"db": "DB: stopped; wait"}
    made.up()
    assert not made.changed()
    assert made.fleet.writes == []
    made.fleet.groups["first"], made.selected["first"] = (WEB,), None
    made.up()
    assert (made.fleet.groups["db"], made.fleet.groups.pop("first")) == ((WEB,), (WEB, TRUST))
    made.deferred = {}
    made.up()
    assert made.fleet.groups["db"] == (WEB, TRUST)
    made.deferred = {"db": "DB: stopped; wait"}
    made.fleet.groups.update(db=(WEB,), other=(WEB,))
    made.selected["other"] = None
    made.up()
    assert made.fleet.groups == {"db": (WEB,), "other": (WEB, TRUST)}
    made.deferred = {}
    assert made.check()["repair"] == {"db": f"DB: had to wait for {TRUST}, which is attached now"}
    made.up()
    assert made.fleet.groups["db"] == (WEB, TRUST)
