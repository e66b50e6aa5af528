"""The time of the embedded AWS, which can be moved and sped up, and what is to happen later."""

from __future__ import annotations

import heapq
import itertools
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


class Clock:
    """Seconds that pass as the machine's do, faster, or when told to."""

    def __init__(self) -> None:
        self._scale, self._at, self._since = 1.0, 0.0, time.monotonic()

    def now(self) -> float:
        """The time in seconds; only differences mean anything."""
        return self._at + (time.monotonic() - self._since) * self._scale

    def advance(self, seconds: float) -> None:
        """Let that many seconds pass at once."""
        self._at += seconds

    def run_at(self, scale: float) -> None:
        """From now on, let a second of the machine be `scale` seconds here."""
        self._at, self._since, self._scale = self.now(), time.monotonic(), scale


class Timeline:
    """What is to happen later, by that clock. Nothing happens by itself: `settle` does what is due."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._numbers = itertools.count()
        self._later: list[tuple[float, int, Callable[[], None]]] = []

    def after(self, seconds: float, action: Callable[[], None]) -> None:
        """Do it once that many seconds have passed; at once if it is none."""
        if seconds <= 0:
            action()
        else:
            heapq.heappush(self._later, (self._clock.now() + seconds, next(self._numbers), action))

    def settle(self) -> None:
        """Do what is due, in order."""
        while self._later and self._later[0][0] <= self._clock.now():
            heapq.heappop(self._later)[2]()

    def clear(self) -> None:
        """Forget it all."""
        self._later.clear()
