"""Others read and write at the same time: their groups survive, ours are looked for, and nobody is left without a group."""

from __future__ import annotations

import pytest

from sg_integration.aws.pacing import Pace, TokenBucket
from sg_integration.model.errors import Refused
from sg_integration.providers.reconcile import Reconciler, Wish

from .carrier import TRUST, Fleet, joining, leaving


def test_a_foreign_group_that_came_before_our_reading_survives() -> None:
    """What somebody attached after the preview is in what we write, because we read just before."""
    fleet = Fleet({"a": ("web",)})
    wishes = joining("a")
    fleet.groups["a"] = ("web", "foreign")
    fleet.run(wishes)
    assert fleet.groups["a"] == ("web", "foreign", "trust")


def test_an_old_reading_is_taken_again_before_the_next_write() -> None:
    """When writes take long, members are read again, so that a foreign group that came meanwhile survives."""
    fleet = Fleet({"a": ("web",), "b": ("web",)})

    def slow(member: str) -> None:
        fleet.clock.now += 15.1
        if member == "a":
            fleet.groups["b"] = ("web", "foreign")

    fleet.after_write = slow
    fleet.run(joining("a", "b"))
    assert fleet.groups["b"] == ("web", "foreign", "trust")
    assert fleet.reads[:2] == [["a", "b"], ["b"]]


def test_a_fresh_reading_is_not_taken_again() -> None:
    """Within 15 seconds one reading serves all its members."""
    fleet = Fleet({"a": ("web",), "b": ("web",)})
    fleet.after_write = lambda _: fleet.clock.sleep(15.0)
    fleet.run(joining("a", "b"))
    assert fleet.reads == [["a", "b"], ["a", "b"]]


@pytest.mark.parametrize("lag", [1, 2, 4])
def test_answers_that_lag_are_waited_for(lag: int) -> None:
    """A reading that still shows what was before is taken again after 1, 2, 4 and 8 seconds."""
    fleet = Fleet({"a": ("web",)}, lag=lag)
    results = fleet.run(joining("a"))
    assert results.failed == {}
    assert len(fleet.reads) == 2 + lag
    assert fleet.clock.now == 2**lag - 1
    assert len(fleet.writes) == 1


def test_only_who_does_not_show_it_is_looked_at_again() -> None:
    """The second look is at the late ones alone."""
    fleet = Fleet({"a": ("web",), "b": ("web",)})
    fleet.after_write = lambda member: setattr(fleet, "lag", 1 if member == "a" else 0)
    fleet.run(joining("a", "b"))
    assert fleet.reads == [["a", "b"], ["a", "b"], ["b"]]


def overwriting(fleet: Fleet, *groups: str) -> None:
    """Somebody replaces every member's groups right after we wrote them."""
    fleet.after_write = lambda member: fleet.groups.update({member: groups})


def test_a_foreign_write_over_ours_is_reported() -> None:
    """A joiner that lost our group again is a failure that says so, after looking for 15 seconds."""
    fleet = Fleet({"a": ("web",)})
    overwriting(fleet, "web", "foreign")
    results = fleet.run(joining("a"))
    assert results.failed["a"] == (
        "A: attaching trust to network interface a: overwritten: somebody else changed its groups after us. "
        "Find who else manages its groups (another stack, an autoscaler); the next run tries again."
    )
    assert fleet.clock.now == 15
    assert len(fleet.writes) == 1


def test_what_a_foreign_write_puts_back_is_still_ours() -> None:
    """Who leaves, or swaps, and is given the old group again by somebody stays recorded, and the next run takes it away."""
    fleet = Fleet({"leaves": ("web", "old"), "swaps": ("web", "old")})
    overwriting(fleet, "web", "old", "new")
    old, new = frozenset({"old"}), frozenset({"new"})
    results = fleet.run({"leaves": Wish("L", frozenset(), old, ("web",)), "swaps": Wish("S", new, old, ("web",))})
    assert set(results.failed) == {"leaves", "swaps"}
    assert results.attached == {"leaves": old, "swaps": old | new}
    assert results.originals == {"leaves": ("web",), "swaps": ("web",)}
    fleet.after_write = lambda _: None
    fleet.groups["leaves"] = ("web", "old")
    assert fleet.run(leaving(results)).failed == {}
    assert fleet.groups == {"leaves": ("web",), "swaps": ("web",)}


def test_what_others_change_beside_us_is_theirs() -> None:
    """Groups that somebody adds or removes after our write, other than ours, are no failure."""
    fleet = Fleet({"a": ("web",)})
    overwriting(fleet, "trust", "another")
    results = fleet.run(joining("a"))
    assert results.failed == {}


def test_who_vanishes_after_the_write_is_no_failure() -> None:
    """There is nothing left to look for."""
    fleet = Fleet({"a": ("web",)})
    fleet.after_write = fleet.groups.__delitem__
    assert fleet.run(joining("a")).failed == {}


def last_group(**options: object) -> tuple[Fleet, dict[str, str]]:
    """A member whose only group is ours leaves; its groups of before were web and gone."""
    fleet = Fleet({"a": ("trust",), "b": ("other", "trust")})
    wishes = {member: Wish(member.upper(), frozenset(), TRUST, ("web", "gone")) for member in "ab"}
    return fleet, fleet.run(wishes, **options).failed


def test_the_last_group_gives_way_to_what_was_there_before() -> None:
    """The original groups that exist still come back, in place of a fallback too."""
    fleet, failed = last_group(exist=lambda groups: frozenset(groups) - {"gone"}, fallback="spare")
    assert (fleet.groups, failed) == ({"a": ("web",), "b": ("other",)}, {})


def test_the_last_group_gives_way_to_the_fallback() -> None:
    """When none of the originals exists, the member gets the fallback."""
    fleet, failed = last_group(exist=lambda _: frozenset(), fallback="spare")
    assert (fleet.groups, failed) == ({"a": ("spare",), "b": ("other",)}, {})


def test_without_either_the_member_stays_and_is_named() -> None:
    """It is refused with what to do, without a write, and holds up nobody."""
    fleet, failed = last_group(exist=lambda _: frozenset())
    assert failed == {
        "a": "A: taking trust off network interface a (A): last group: ours is its only group, and AWS requires one. "
        "Give it another group, or name one with fallback_security_group_id."
    }
    assert fleet.groups == {"a": ("trust",), "b": ("other",)}
    assert fleet.writes_each["a"] == 0


def test_looking_up_originals_that_fails_is_the_members_own_failure() -> None:
    """When the groups of before cannot be looked up, that member fails and the others leave."""

    def broken(_: object) -> frozenset[str]:
        raise Refused("looking up", "Throttling", "Slow down.")

    fleet, failed = last_group(exist=broken)
    assert failed == {"a": "A: looking up: Throttling: Slow down."}
    assert fleet.groups["b"] == ("other",)


def test_each_write_waits_for_its_token_and_a_skip_takes_none() -> None:
    """With a pace, N writes take (N - capacity) / refill seconds; who needs no write costs none."""
    fleet = Fleet(
        {f"m{number}": ("web",) for number in range(8)} | {f"n{number}": ("web", "trust") for number in range(50)}
    )
    bucket = TokenBucket(Pace(3, 2.0), fleet.clock, fleet.clock.sleep)
    Reconciler(fleet, bucket, clock=fleet.clock, sleep=fleet.clock.sleep).run(joining(*fleet.groups))
    assert len(fleet.writes) == 8
    assert fleet.clock.now == pytest.approx((8 - 3) / 2.0)
