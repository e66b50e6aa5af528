"""What was seen a moment ago serves every preview that asks within a minute."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from sg_integration.aws import sightings
from sg_integration.aws.sightings import Sighting, lately
from sg_integration.model.errors import IntegrationError


class Looking:
    """Counts how often somebody looks; it can be told to fail."""

    def __init__(self) -> None:
        self.times, self.fails, self.gate = 0, False, threading.Event()
        self.gate.set()

    def __call__(self) -> Sighting:
        """Look once."""
        self.gate.wait(10)
        self.times += 1
        if self.fails:
            raise IntegrationError("AWS did not answer.")
        return Sighting(({"NetworkInterfaceId": f"eni-{self.times}"},), {})


@pytest.fixture
def look() -> Iterator[Looking]:
    """Somebody who looks; nothing is kept from test to test."""
    sightings._SEEN.clear()
    yield Looking()
    sightings._SEEN.clear()


def test_within_a_minute_nobody_looks_again(look: Looking, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same place is looked at once a minute, another place by itself."""
    now = [1000.0]
    monkeypatch.setattr("sg_integration.aws.sightings.time.monotonic", lambda: now[0])
    first = lately("here", look)
    now[0] += 59
    assert lately("here", look) is first
    assert lately("there", look) is not first
    now[0] += 2
    assert lately("here", look) is not first
    assert look.times == 3


def test_what_failed_is_asked_again(look: Looking) -> None:
    """An error is told to who asked, and kept from nobody else."""
    look.fails = True
    with pytest.raises(IntegrationError, match="did not answer"):
        lately("here", look)
    look.fails = False
    assert lately("here", look).interfaces


def test_several_at_a_time_look_once(look: Looking) -> None:
    """Who asks while somebody looks gets what that one sees."""
    look.gate.clear()
    with ThreadPoolExecutor(4) as pool:
        asked = [pool.submit(lately, "here", look) for _ in range(4)]
        look.gate.set()
        assert len({id(each.result(10)) for each in asked}) == 1
    assert look.times == 1
