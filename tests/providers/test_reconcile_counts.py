"""What a run costs in calls, what it says on the way, and how it lists who failed."""

from __future__ import annotations

from math import ceil

import pytest

from sg_integration.model.errors import IntegrationError
from sg_integration.providers.reconcile import raise_if_failed, report

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


def test_progress_is_told_every_fifty_writes() -> None:
    """A line for each 50 writes says how many are done and how many are left."""
    members = [f"m{number}" for number in range(120)]
    fleet = Fleet(dict.fromkeys(members, ("web",)))
    fleet.run(joining(*members))
    assert fleet.said == [
        "50 network interfaces written, 70 to look at",
        "100 network interfaces written, 20 to look at",
    ]


def test_failures_are_listed_a_line_each() -> None:
    """One error counts and lists everybody, sorted; nobody failed raises nothing."""
    assert report({"b": "why"}, "enrolled") == "1 member could not be enrolled:\n  b: why"
    with pytest.raises(IntegrationError, match="^2 members could not be un-enrolled:\n  a: x\n  b: y$"):
        raise_if_failed({"b": "y", "a": "x"}, "un-enrolled")
    raise_if_failed({}, "un-enrolled")
