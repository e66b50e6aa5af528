"""What a long run says while it lasts; a run of less than ten seconds says nothing."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from types import TracebackType
from typing import Final, final

from sg_integration.aws.pacing import Pace
from sg_integration.model.progress import Rhythm, duration, last_line, line, seconds_left
from sg_integration.providers.saying import say

_LONG: Final = 60.0  # an update that takes longer than this only because of the pace is foretold
_NAMED: Final = 5


def _nothing(_left: int) -> float:
    return 0.0


@final
@dataclass
class Progress:
    """Counts what is done of a number of things; used as a context, at whose end the last line is said.

    Args:
        doing: what is done, as in `joining trust`.
        total: how many things there are.
        what: what they are, in the plural.
        known: how many seconds so many things take at least.
        say: receives the lines.
        clock: seconds that only go forward.
    """

    doing: str
    total: int
    what: str
    known: Callable[[int], float] = _nothing
    say: Callable[[str], None] = say
    clock: Callable[[], float] = time.monotonic
    _done: int = field(default=0, init=False)
    _rhythm: Rhythm = field(init=False)

    def __post_init__(self) -> None:
        self._rhythm = Rhythm(self.clock())

    def __enter__(self) -> Progress:
        """Begin."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Say the last line, if there was a first one."""
        if self._rhythm.spoke:
            self.say(last_line(self.doing, self._done, self.total, self.what, self._elapsed))

    def step(self) -> None:
        """One more is done."""
        self._done += 1
        if self._done < self.total and self._rhythm.is_due(self.clock()):
            known = self.known(self.total - self._done)
            left = seconds_left(self._done, self.total, self._elapsed, known)
            self.say(line(self.doing, self._done, self.total, self.what, left))

    @property
    def _elapsed(self) -> float:
        return self.clock() - self._rhythm.begun


@dataclass
class Waiting:
    """Says now and then what is waited for.

    Args:
        longest: how many seconds are waited at most.
        say: receives the lines.
        clock: seconds that only go forward.
    """

    longest: float
    say: Callable[[str], None] = say
    clock: Callable[[], float] = time.monotonic
    _rhythm: Rhythm = field(init=False)

    def __post_init__(self) -> None:
        self._rhythm = Rhythm(self.clock())

    def still(self, doing: str) -> None:
        """It is not there yet; `doing` begins with "waiting"."""
        now = self.clock()
        if self._rhythm.is_due(now):
            self.say(f"{doing}: {duration(now - self._rhythm.begun)} so far, {duration(self.longest)} at most")


def named(names: Collection[str]) -> str:
    """The first names of many, in their order, and how many more there are."""
    more = f" and {len(names) - _NAMED:,} more" if len(names) > _NAMED else ""
    return ", ".join(sorted(names)[:_NAMED]) + more


def foretell(doing: str, writes: int, what: str, pace: Pace, say: Callable[[str], None] = say) -> None:
    """Say in a preview that the update will take long, and why; nothing if the pace does not hold it up for a minute."""
    seconds = pace.seconds_for(writes)
    if seconds >= _LONG:
        say(f"{doing}: {writes:,} {what} to write, about {duration(seconds)} at {pace.refill:g} writes a second (pace)")
