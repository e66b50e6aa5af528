"""When a request is tried again, and how long we wait before: for about 30 seconds in all."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from typing import Final, Protocol, TypeVar

_PATIENCE: Final = 30.0  # seconds from the first try to the start of the last one
_FIRST_PAUSE: Final = 0.25  # seconds; doubled each time, up to:
_LONGEST_PAUSE: Final = 5.0
_TRIES_TO_CONNECT: Final = 3  # who is not there is not waited for as long as who is busy
_BUSY: Final = frozenset([429, 500, 502, 503, 504])


class Answered(Protocol):
    """What is known of an answer before it is read."""

    @property
    def code(self) -> int:
        """The HTTP status."""

    @property
    def retry_after(self) -> float:
        """How many seconds the server wants us to wait; 0 if it says nothing."""


Result = TypeVar("Result", bound=Answered)


@dataclass(frozen=True)
class Patience:
    """Tries again what can succeed later.

    Args:
        clock: monotonic seconds.
        sleep: waits for seconds.
        jitter: a number between two, so that many threads do not come back at once.
    """

    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    jitter: Callable[[float, float], float] = random.uniform

    def persist(self, send: Callable[[], Result]) -> Result:
        """Send, and again while the server is busy or the connection drops; the last answer, or the last error."""
        import httpx2  # noqa: PLC0415  only those who call need the client

        end = self.clock() + _PATIENCE
        for tries in count(1):
            pause = self.jitter(0.5, 1.0) * min(_FIRST_PAUSE * 2 ** (tries - 1), _LONGEST_PAUSE)
            try:
                answer = send()
            except httpx2.TransportError as error:
                if not _can_help(error, tries) or self.clock() + pause > end:
                    raise
            else:
                pause = max(pause, answer.retry_after)
                if answer.code not in _BUSY or self.clock() + pause > end:
                    return answer
            self.sleep(pause)
        raise AssertionError  # count() has no end


def _can_help(error: Exception, tries: int) -> bool:
    """Whether to try again after no answer came."""
    import httpx2  # noqa: PLC0415

    if isinstance(error, httpx2.UnsupportedProtocol) or "CERTIFICATE" in str(error):
        return False
    if isinstance(error, (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.ProxyError)):
        return tries < _TRIES_TO_CONNECT
    return True
