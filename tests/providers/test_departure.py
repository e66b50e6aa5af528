"""Waiting for AWS to give a group up: patiently, only for those that matter, and not for ever."""

from __future__ import annotations

from typing import Any

import pytest

from sg_integration.model.errors import IntegrationError
from sg_integration.model.groups import Groups
from sg_integration.providers.departure import wait_until_left

from .carrier import Clock

TRUST: Groups = frozenset({"sg-b", "sg-a"})


class Slow:
    """Databases that are giving up a group for some seconds."""

    def __init__(self, clock: Clock, seconds: float) -> None:
        self.clock, self.until, self.asked = clock, clock.now + seconds, list[Groups]()

    def leaving(self, groups: Groups) -> dict[str, str]:
        """Both, until they are done."""
        self.asked.append(groups)
        return {"db-1": "orders", "db-2": "ledger"} if self.clock.now < self.until else {}


def wait(seconds: float, members: Any = None, groups: Groups = TRUST) -> tuple[Clock, Slow]:
    """Wait for databases that take so long."""
    clock = Clock()
    carrier: Any = Slow(clock, seconds)
    wait_until_left(carrier, groups, members, clock=clock, sleep=clock.sleep)
    return clock, carrier


@pytest.mark.parametrize(("seconds", "waited", "asked"), [(0, 0, 1), (1, 1, 2), (2, 3, 3), (16, 30, 6), (100, 105, 11)])
def test_it_looks_again_at_growing_distances(seconds: float, waited: float, asked: int) -> None:
    """After 1, 2, 4, 8 and then every 15 seconds, and returns as soon as nobody is left."""
    clock, carrier = wait(seconds)
    assert (clock.now, len(carrier.asked)) == (waited, asked)
    assert set(carrier.asked) == {TRUST}


def test_a_long_wait_is_said_now_and_then() -> None:
    """For whom, what it is about, how long so far and how long at most; a short one says nothing."""
    said, clock = list[str](), Clock()
    carrier: Any = Slow(clock, 100)
    wait_until_left(carrier, TRUST, say=said.append, clock=clock, sleep=clock.sleep)
    waits = "waiting for ledger, orders to give up sg-a, sg-b"
    assert said == [f"{waits}: {seconds} s so far, 15 min at most" for seconds in (15, 45)] + [
        f"{waits}: 90 s so far, 15 min at most".replace("90 s", "2 min")
    ]


def test_only_the_members_matter() -> None:
    """Others that give up the group are not waited for; without a list everybody is."""
    assert wait(100, {"db-3"})[0].now == 0
    assert wait(5, {"db-3": "x", "db-2": "y"})[0].now == 7
    assert wait(5, None)[0].now == 7


@pytest.mark.parametrize(("members", "groups"), [([], TRUST), (None, frozenset()), (["db-1"], frozenset())])
def test_for_nobody_or_no_group_nothing_is_asked(members: Any, groups: Groups) -> None:
    """There is nothing to wait for."""
    assert wait(100, members, groups)[1].asked == []


def test_it_gives_up_after_fifteen_minutes_with_a_list() -> None:
    """The error names who and what, sorted, and what to do."""
    with pytest.raises(IntegrationError) as caught:
        wait(10_000, ["db-1", "db-2"])
    assert str(caught.value) == (
        "waiting for ledger, orders to give up sg-a, sg-b: not done after 15 minutes. "
        "Look at their status in RDS, and run again."
    )


def test_what_is_done_just_in_time_is_no_failure() -> None:
    """A departure of almost 15 minutes is waited for."""
    assert 890 <= wait(890)[0].now <= 905
