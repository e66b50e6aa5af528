"""How far a long run is, how long the rest takes, and when that is worth a line: decided on numbers and readings of a clock."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

FIRST: Final = 10.0
"""Seconds after which a run is long, and says so."""
_LONGEST: Final = 60.0  # the engine prints every line a second time at its end: a run of an hour shall not fill pages
_MINUTE: Final = 60.0
_HOUR: Final = 3600.0
_COARSE: Final = 90.0  # from so many of one unit on, the next one says enough


@dataclass
class Rhythm:
    """When a line is due: after 10 seconds, and then at distances that double, up to a minute.

    Args:
        begun: the reading of the clock when the run began.
    """

    begun: float
    spoke: bool = field(default=False, init=False)
    _next: float = field(init=False)
    _distance: float = field(default=FIRST, init=False)

    def __post_init__(self) -> None:
        self._next = self.begun + FIRST

    def is_due(self, now: float) -> bool:
        """Whether a line is due at that reading of the clock; a line that is due counts as said."""
        if now < self._next:
            return False
        self._distance = min(self._distance * 2, _LONGEST)
        self._next, self.spoke = now + self._distance, True
        return True


def seconds_left(done: int, total: int, elapsed: float, known: float = 0.0) -> float:
    """How long the rest takes: as long as is known, but not less than the pace so far lets expect.

    Args:
        done: how many are done.
        total: how many there are.
        elapsed: the seconds that those took.
        known: the seconds that the rest takes at least, as a limit of the pace says.
    """
    return max(known, (total - done) * elapsed / done if done else 0.0)


def duration(seconds: float) -> str:
    """A time in words: `40 s`, `19 min`, `2 h 5 min`."""
    if seconds < _COARSE:
        return f"{max(1, round(seconds))} s"
    if seconds < _COARSE * _MINUTE:
        return f"{round(seconds / _MINUTE)} min"
    minutes = round(seconds / _MINUTE)
    hours, rest = divmod(minutes, int(_HOUR / _MINUTE))
    return f"{hours} h {rest} min"


def line(doing: str, done: int, total: int, what: str, left: float) -> str:
    """One line of progress: `joining trust: 120 of 3,000 network interfaces, about 19 min left`."""
    return f"{doing}: {done:,} of {total:,} {what}, about {duration(left)} left"


def last_line(doing: str, done: int, total: int, what: str, elapsed: float) -> str:
    """The line at the end of a run: done, or stopped before all were."""
    stopped = "" if done == total else "stopped at "
    return f"{doing}: {stopped}{done:,} of {total:,} {what}, {duration(elapsed)} in all"
