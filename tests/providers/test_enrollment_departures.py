"""How members are given back: by a refresh and an update, by a deletion, and beside other enrollments."""

from __future__ import annotations

import pytest

from sg_integration.model.errors import IntegrationError, Throttled
from sg_integration.providers import claims

from .world import ORDERS, SPARE, TRUST, WEB, done, world

REFUSAL = Throttled("writing", "RequestLimitExceeded", "Slow down.")


def test_a_refresh_shows_what_was_lost_and_the_next_run_mends_it() -> None:
    """Reading keeps of what is attached what is there, gives the inputs back, and does not touch who is gone."""
    made = world("a", "b", "c", security_group_ids=[TRUST, ORDERS])
    made.up()
    made.fleet.groups.update(a=(WEB,), b=(WEB, ORDERS))
    del made.fleet.groups["c"]
    made.refresh()
    assert made.outs
    assert made.outs["attached"] == {"b": [ORDERS]}
    assert not set(done(made.outs)) & set(made.old_inputs)
    assert made.old_inputs["members"] == {"a": "A", "b": "B", "c": "C"}
    made.up()
    assert made.fleet.groups == {"a": (WEB, TRUST, ORDERS), "b": (WEB, ORDERS, TRUST)}
    made.destroy()
    assert made.fleet.groups == {"a": (WEB,), "b": (WEB,)}


def test_deleting_gives_everybody_back_and_waits() -> None:
    """Each member is as it was found, foreign groups of later included; who is gone is no obstacle; AWS is waited for."""
    made = world("a", "b", "c")
    made.up()
    made.fleet.groups["b"] = (WEB, SPARE, TRUST)
    del made.fleet.groups["c"]
    made.destroy()
    assert made.fleet.groups == {"a": (WEB,), "b": (WEB, SPARE)}
    assert made.fleet.waiting_for == [{TRUST}]


def test_deleting_what_has_nobody_asks_nothing() -> None:
    """An empty enrollment goes without a call."""
    made = world()
    made.up()
    made.destroy()
    assert made.fleet.reads == []


def test_who_cannot_leave_stops_the_deletion() -> None:
    """The others leave; the error lists the one; a second try does it."""
    made = world("a", "b")
    made.up()
    made.fleet.refusals["a"] = REFUSAL
    with pytest.raises(IntegrationError, match="^1 member could not be un-enrolled:\n  a: A: writing"):
        made.destroy()
    assert made.fleet.groups == {"a": (WEB, TRUST), "b": (WEB,)}
    made.destroy()
    assert made.fleet.groups["a"] == (WEB,)


def test_what_a_killed_run_left_is_taken_for_ours() -> None:
    """A reserved group that is found without a record leaves with us; another group that is found stays."""
    made = world("a", groups=(WEB, TRUST, ORDERS), security_group_ids=[TRUST, ORDERS])
    assert made.up()["attached"] == {"a": [TRUST]}
    assert made.fleet.writes == []
    made.destroy()
    assert made.fleet.groups == {"a": (WEB, ORDERS)}


def test_a_forced_replacement_loses_nothing() -> None:
    """Deleted and made again in one deployment, members keep their groups in between, and all stay recorded as ours."""
    made = world("a", security_group_ids=[TRUST, ORDERS])
    made.up()
    claims.forget()  # the next deployment
    news = made.check()
    made.fleet.writes.clear()
    made.provider.delete(made.id, made.outs or {})
    made.outs = dict(made.provider.create(news).outs or {})
    assert made.fleet.writes == []
    assert made.outs["attached"] == {"a": [TRUST, ORDERS]}
    made.destroy()
    assert made.fleet.groups == {"a": (WEB,)}


def test_what_another_enrollment_of_the_run_wants_stays() -> None:
    """Claimed by another that is in the program, the group stays on the shared member when this one goes."""
    made = world("a", "b")
    made.up()
    claims.forget()
    claims.claim(["a"], frozenset({TRUST}), by="another")
    made.provider.delete(made.id, made.outs or {})
    assert made.fleet.groups == {"a": (WEB, TRUST), "b": (WEB,)}


def test_who_left_unseen_and_comes_back_joins() -> None:
    """One whose leaving could not be read back is recorded still; selected again, he is looked at, and not believed to be in."""
    made = world("a", "b")
    made.up()
    del made.selected["b"]
    made.fleet.read_errors[:] = [None, REFUSAL]
    assert "looking again" in made.up()["failed"]
    assert made.fleet.groups == {"a": (WEB, TRUST), "b": (WEB,)}
    made.selected["b"] = None
    assert not made.up()["failed"]
    assert made.fleet.groups["b"] == (WEB, TRUST)
    assert not made.changed()
    made.destroy()
    assert made.fleet.groups == {"a": (WEB,), "b": (WEB,)}
