"""Bearer tokens that end: kept as long as they are good, and fetched anew by one thread for all."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Token:
    """A bearer token.

    Args:
        value: the token; never shown.
        good_until: when it ends, in seconds since 1970; None if nobody knows.
    """

    value: str = field(repr=False)
    good_until: float | None = None


class Tokens:
    """One token after the other; safe to use from several threads.

    Args:
        fetch: gets a new one.
        clock: seconds since 1970.
    """

    def __init__(self, fetch: Callable[[], Token], clock: Callable[[], float] = time.time) -> None:
        self._fetch = fetch
        self._clock = clock
        self._held: Token | None = None
        self._lock = threading.Lock()

    def current(self, refused: str | None = None) -> str:
        """A token that should be good.

        Args:
            refused: the token that the server has just refused; it is fetched anew, unless another thread has done so.
        """
        with self._lock:
            held = self._held
            if held is None or held.value == refused or self._has_ended(held):
                self._held = held = self._fetch()
            return held.value

    def _has_ended(self, token: Token) -> bool:
        return token.good_until is not None and token.good_until <= self._clock()
