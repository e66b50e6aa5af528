"""The token bucket keeps its pace to the microsecond, on a clock that the test moves."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sg_integration.aws.pacing import Pace, TokenBucket, shared_bucket


@dataclass
class Clock:
    """Time that passes only when somebody sleeps."""

    now: float = 1000.0
    slept: float = 0.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        """Wait."""
        assert seconds > 0
        self.now += seconds
        self.slept += seconds


def bucket(capacity: int = 50, refill: float | None = 2.5) -> tuple[TokenBucket, Clock]:
    """A bucket and its clock."""
    clock = Clock()
    return TokenBucket(Pace(capacity, refill), clock, clock.sleep), clock


@given(st.integers(0, 400), st.integers(1, 100), st.sampled_from([0.1, 0.3, 1.0, 2.5, 5.0, 1000.0]))
def test_writes_take_exactly_what_the_bucket_says(writes: int, capacity: int, refill: float) -> None:
    """N writes wait max(0, (N - capacity) / refill) seconds in all."""
    made, clock = bucket(capacity, refill)
    for _ in range(writes):
        made.take()
    assert clock.slept == pytest.approx(max(0.0, (writes - capacity) / refill), abs=1e-6)


def test_the_default_is_half_of_what_aws_gives() -> None:
    """50 at once, then 2.5 a second: 300 writes take 100 seconds."""
    clock = Clock()
    made = TokenBucket(Pace(), clock, clock.sleep)
    for _ in range(300):
        made.take()
    assert clock.slept == pytest.approx(100.0)


def test_without_a_refill_nobody_waits() -> None:
    """Pace off: the clock does not move, however many there are."""
    made, clock = bucket(1, None)
    for _ in range(1000):
        made.take()
    assert clock.slept == 0


def test_time_that_passes_otherwise_refills_up_to_the_capacity() -> None:
    """A pause gives tokens back, but never more than the bucket holds."""
    made, clock = bucket(2, 1.0)
    made.take()
    made.take()
    clock.now += 100
    for _ in range(3):
        made.take()
    assert clock.slept == pytest.approx(1.0)


def test_who_writes_to_one_account_shares_one_bucket() -> None:
    """One key and one pace are one bucket; another key or another pace is another."""
    first = shared_bucket("test-a", Pace(3, 1.0))
    assert shared_bucket("test-a", Pace(3, 1.0)) is first
    assert shared_bucket("test-b", Pace(3, 1.0)) is not first
    assert shared_bucket("test-a", Pace(4, 1.0)) is not first
