"""What a run costs in calls, what it says on the way, and how it lists who failed."""

from __future__ import annotations

from math import ceil

import pytest

from sg_integration.aws.pacing import Pace, TokenBucket
from sg_integration.model.errors import AccessDenied, IntegrationError, Refused
from sg_integration.providers.reconcile import Reconciler, raise_if_failed, report

from .carrier import Fleet, joining


@pytest.mark.parametrize("count", [0, 1, 200, 201, 300, 3000])
def test_calls_are_as_few_as_can_be(count: int) -> None:
    """A read for each 200, a write each, and a look for each 200: at most 1.03 calls a member from 300 on."""
    members = [f"m{number}" for number in range(count)]
    fleet = Fleet(dict.fromkeys(members, ("web",)))
    assert fleet.run(joining(*members)).failed == {}
    calls = sum(ceil(len(ids) / 200) for ids in fleet.reads)
    assert calls == 2 * ceil(count / 200)
    assert len(fleet.writes) == count
    assert count < 300 or calls + count <= 1.03 * count


def paced(members: int, pace: Pace, **options: object) -> Fleet:
    """A fleet that joined at a pace."""
    names = [f"m{number}" for number in range(members)]
    fleet = Fleet(dict.fromkeys(names, ("web",)))
    bucket = TokenBucket(pace, fleet.clock, fleet.clock.sleep)
    waits = {"clock": fleet.clock, "sleep": fleet.clock.sleep, "say": fleet.said.append, **options}
    Reconciler(fleet, bucket, **waits).run(joining(*names))  # type: ignore[arg-type]
    return fleet


def test_what_is_left_is_known_from_the_pace() -> None:
    """After the first burst the past says nothing of the future: 2.5 writes a second do, from the first line on."""
    fleet = paced(3000, Pace(), doing="joining trust")
    assert fleet.clock.now == pytest.approx(2950 / 2.5)
    assert fleet.said[0] == "joining trust: 76 of 3,000 network interfaces, about 19 min left"
    assert fleet.said[-1] == "joining trust: 3,000 of 3,000 network interfaces, 20 min in all"


def test_lines_come_at_distances_that_grow_to_a_minute() -> None:
    """The engine prints every line twice: 20 minutes are 22 lines, not 120."""
    fleet = paced(3000, Pace())
    assert len(fleet.said) == 22


def test_a_short_run_says_nothing() -> None:
    """Less than ten seconds are not worth a line."""
    assert paced(74, Pace()).said == []
    assert paced(120, Pace(refill=None)).said == []


def test_who_is_refused_counts_and_who_was_not_tried_does_not() -> None:
    """A run that gives up half-way says where it stopped."""
    names = [f"m{number}" for number in range(100)]
    fleet = Fleet(dict.fromkeys(names, ("web",)))
    fleet.refusals = {
        "m3": Refused("x", "AuthFailure", "No."),
        "m80": AccessDenied("x", "UnauthorizedOperation", "No."),
    }
    bucket = TokenBucket(Pace(50, 1.0), fleet.clock, fleet.clock.sleep)
    Reconciler(fleet, bucket, say=fleet.said.append, clock=fleet.clock, sleep=fleet.clock.sleep).run(joining(*names))
    assert fleet.said[0] == "writing: 60 of 100 network interfaces, about 40 s left"
    assert fleet.said[-1] == "writing: stopped at 80 of 100 network interfaces, 31 s in all"


def test_failures_are_listed_a_line_each() -> None:
    """One error counts and lists everybody, sorted; nobody failed raises nothing."""
    assert report({"b": "why"}, "enrolled") == "1 member could not be enrolled:\n  b: why"
    with pytest.raises(IntegrationError, match="^2 members could not be un-enrolled:\n  a: x\n  b: y$"):
        raise_if_failed({"b": "y", "a": "x"}, "un-enrolled")
    raise_if_failed({}, "un-enrolled")
