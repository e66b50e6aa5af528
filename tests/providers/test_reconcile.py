"""Members come to what is wished with one write each at most; who fails holds up nobody; what was done is recorded."""

from __future__ import annotations

import pytest

from sg_integration.model.errors import (
    AccessDenied,
    CredentialsMissing,
    MemberBusy,
    Refused,
    Throttled,
    Unreachable,
)
from sg_integration.providers.reconcile import Wish

from .carrier import TRUST, Fleet, joining, leaving


def refusal(kind: type[Refused] = Refused, code: str = "AuthFailure") -> Refused:
    """An error of AWS."""
    return kind("attaching", code, "No.")


def test_who_differs_is_written_once_and_who_does_not_is_not() -> None:
    """One write for each member that lacks the group, keeping its groups in their places; none for the others."""
    fleet = Fleet({"a": ("web", "app"), "b": ("web", "trust"), "c": ("web",)})
    results = fleet.run(joining("a", "b", "c"), owned=TRUST)
    assert fleet.writes == [("a", ("web", "app", "trust")), ("c", ("web", "trust"))]
    assert results.attached == dict.fromkeys("abc", TRUST)
    assert results.originals == {"a": ("web", "app"), "b": ("web",), "c": ("web",)}
    assert (results.failed, results.written) == ({}, 2)
    again = fleet.run(joining("a", "b", "c"), owned=TRUST)
    assert (again.written, len(fleet.writes)) == (0, 2)


def test_a_group_that_somebody_else_attached_is_not_recorded() -> None:
    """A wanted group that was there, and is not ours alone, is left on the member when it leaves."""
    fleet = Fleet({"a": ("web", "orders")})
    results = fleet.run(joining("a", desired=("trust", "orders")), owned=TRUST)
    assert results.attached == {"a": TRUST}
    left = fleet.run(leaving(results))
    assert fleet.groups == {"a": ("web", "orders")}
    assert (left.attached, left.originals) == ({}, {})


def test_a_group_that_another_of_our_enrollments_attached_is_recorded() -> None:
    """Found on the member and recorded in this run, it is ours: whoever goes last takes it away."""
    fleet = Fleet({"a": ("web", "trust", "orders")})
    results = fleet.run(joining("a", desired=("trust", "orders")), recorded=lambda _: frozenset({"orders", "x"}))
    assert results.attached == {"a": {"orders"}}


def test_a_repaired_member_keeps_all_that_is_ours() -> None:
    """A member that lost one of two groups has both recorded afterwards, also though we claim them ourselves."""
    fleet = Fleet({"a": ("web", "orders")})
    both = frozenset({"trust", "orders"})
    results = fleet.run({"a": Wish("A", both, both, ("web",))}, claimed=lambda _: both)
    assert results.attached == {"a": both}


def test_what_another_enrollment_claims_stays() -> None:
    """Who leaves keeps the group that another enrollment wants on it, and gives up the other."""
    fleet = Fleet({"a": ("web", "trust", "orders")})
    wish = Wish("A", frozenset(), frozenset({"trust", "orders"}), ("web",))
    results = fleet.run({"a": wish}, claimed=lambda _: TRUST)
    assert fleet.groups == {"a": ("web", "trust")}
    assert (results.failed, results.attached) == ({}, {})


def test_a_swap_is_one_write() -> None:
    """The new group comes and the old one goes in the same write."""
    fleet = Fleet({"a": ("old", "web")})
    results = fleet.run({"a": Wish("A", frozenset({"new"}), frozenset({"old"}), ("web",))})
    assert fleet.writes == [("a", ("web", "new"))]
    assert results.attached == {"a": {"new"}}
    assert results.originals == {"a": ("web",)}


@pytest.mark.parametrize("kind", [Refused, Throttled, MemberBusy])
def test_one_of_many_is_refused_and_the_others_are_done(kind: type[Refused]) -> None:
    """The refused one is in `failed` by name with AWS's words; the others are written and recorded."""
    fleet = Fleet(dict.fromkeys("abc", ("web",)), refusals={"b": refusal(kind)})
    results = fleet.run(joining("a", "b", "c"))
    assert results.failed == {"b": "B: attaching: AuthFailure: No."}
    assert set(results.attached) == {"a", "c"}
    assert fleet.groups["b"] == ("web",)
    assert fleet.run(joining("b")).failed == {}


@pytest.mark.parametrize("kind", [AccessDenied, CredentialsMissing, Unreachable])
def test_what_is_refused_for_all_is_tried_once(kind: type[Refused]) -> None:
    """After a missing permission, bad credentials or no answer nobody else is tried; each is listed as not tried."""
    fleet = Fleet(dict.fromkeys("abcd", ("web",)), refusals={"b": refusal(kind)}, stubborn=True)
    results = fleet.run(joining("a", "b", "c", "d"))
    assert set(results.attached) == {"a"}
    assert fleet.doing[-1].startswith("attaching trust to network interface b (B)")
    assert len(fleet.doing) == 2
    not_tried = "not tried, since what was refused before it is refused for all"
    assert results.failed["c"] == f"C: {not_tried}"
    assert results.failed["d"] == f"D: {not_tried}"
    assert "AuthFailure" in results.failed["b"]


def test_what_was_written_is_recorded_when_the_credentials_expire_half_way() -> None:
    """Neither the refused write nor the reading after it raises: a state without the first writes would lose them."""
    expired = refusal(CredentialsMissing, "ExpiredToken")
    fleet = Fleet(dict.fromkeys("abc", ("web",)), refusals={"c": expired}, read_errors=[None, expired])
    results = fleet.run(joining("a", "b", "c"))
    assert set(results.attached) == {"a", "b"}
    assert "ExpiredToken" in results.failed["c"]
    assert results.failed["looking again"].startswith("what was written could not be read again: attaching")


def test_a_reading_that_fails_later_keeps_what_was_done() -> None:
    """When the second 200 cannot be read, the first 200 are recorded and the rest are listed."""
    members = [f"m{number:03}" for number in range(250)]
    fleet = Fleet(dict.fromkeys(members, ("web",)), read_errors=[None, refusal(Throttled, "Throttling")])
    results = fleet.run(joining(*members))
    assert set(results.attached) == set(members[:200])
    assert set(results.failed) == set(members[200:])
    assert "Throttling" in results.failed["m200"]


def test_throttling_that_does_not_end_stops_after_three() -> None:
    """Each had ten tries; the rest is listed as not tried. A success in between starts the count anew."""
    throttled = refusal(Throttled, "RequestLimitExceeded")
    members = "abcdefg"
    fleet = Fleet(dict.fromkeys(members, ("web",)), refusals=dict.fromkeys("abdef", throttled), stubborn=True)
    results = fleet.run(joining(*members))
    assert set(results.attached) == {"c"}
    assert len(fleet.doing) == 6
    assert "not tried" in results.failed["g"]
    assert "RequestLimitExceeded" in results.failed["f"]


def test_a_defect_loses_nothing_that_was_done() -> None:
    """An error that is none of ours stops the run, is reported by its words, and what was written is recorded."""
    fleet = Fleet(dict.fromkeys("abc", ("web",)))

    def break_down(member: str) -> None:
        if member == "b":
            raise KeyError

    fleet.before_write = break_down
    results = fleet.run(joining("a", "b", "c"))
    assert set(results.attached) == {"a"}
    assert results.failed["b"] == "B: KeyError()"
    assert "not tried" in results.failed["c"]


def test_who_is_gone_when_joining_is_said_and_when_leaving_is_done() -> None:
    """A joiner that vanished is a failure that the next run will not list; a leaver that vanished has left."""
    fleet = Fleet({"here": ("web", "trust")})
    wishes = {**joining("gone"), "left": Wish("LEFT", frozenset(), TRUST, ("web",)), "was": Wish("WAS", TRUST, TRUST)}
    results = fleet.run(wishes)
    assert set(results.failed) == {"gone"}
    assert "it is gone. Run again; it will not be listed." in results.failed["gone"]
    assert (results.attached, results.originals, fleet.doing) == ({}, {}, [])


@pytest.mark.parametrize("joins", [True, False], ids=["joining", "leaving"])
def test_who_vanishes_between_reading_and_writing(joins: bool) -> None:
    """It is recorded no more; that is a failure only for who should have joined."""
    fleet = Fleet({"a": ("web", "trust"), "b": ("web",)})
    fleet.before_write = fleet.groups.__delitem__
    wish = Wish("B", TRUST) if joins else Wish("A", frozenset(), TRUST, ("web",))
    results = fleet.run({"b" if joins else "a": wish})
    assert (results.attached, results.originals) == ({}, {})
    assert set(results.failed) == ({"b"} if joins else set())
