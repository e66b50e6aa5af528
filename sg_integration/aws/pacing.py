"""A client-side token bucket, so that our writes leave room for everybody else who shares AWS's."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast to write.

    AWS gives ModifyNetworkInterfaceAttribute 100 tokens, refilled by 5 a second, per account and region; the VPC CNI of every
    node draws from the same bucket. Half of it is our default.

    Args:
        capacity: how many writes may come at once (1 or more).
        refill: how many more each second (above 0); `None` for no limit.
    """

    capacity: int = 50
    refill: float | None = 2.5

    def seconds_for(self, writes: int, tokens: float | None = None) -> float:
        """How long so many writes are held up: when the bucket is full, or has so many tokens."""
        missing = writes - (self.capacity if tokens is None else tokens)
        return 0.0 if self.refill is None else max(0.0, missing / self.refill)


_SHARED: dict[object, TokenBucket] = {}
_LOCK = threading.Lock()


def shared_bucket(key: object, pace: Pace) -> TokenBucket:
    """The bucket of all who write under one key in this process with one pace, since AWS counts them together."""
    with _LOCK:
        return _SHARED.setdefault((key, pace), TokenBucket(pace))


@dataclass
class TokenBucket:
    """Waits before a write when the bucket is empty.

    Args:
        pace: how fast.
        clock: seconds that only go forward.
        sleep: waits for seconds.
    """

    pace: Pace
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    _tokens: float = field(init=False)
    _at: float = field(init=False)

    def __post_init__(self) -> None:
        self._tokens = float(self.pace.capacity)
        self._at = self.clock()

    def take(self) -> None:
        """Take one token, waiting until there is one."""
        if self.pace.refill is None:
            return
        self._fill(self.pace.refill)
        if self._tokens < 1:
            self.sleep((1 - self._tokens) / self.pace.refill)
            self._fill(self.pace.refill)
        self._tokens = max(0.0, self._tokens - 1)

    def seconds_for(self, writes: int) -> float:
        """How long so many writes are held up from now on."""
        if self.pace.refill is not None:
            self._fill(self.pace.refill)
        return self.pace.seconds_for(writes, self._tokens)

    def _fill(self, refill: float) -> None:
        now = self.clock()
        self._tokens = min(float(self.pace.capacity), self._tokens + (now - self._at) * refill)
        self._at = now
