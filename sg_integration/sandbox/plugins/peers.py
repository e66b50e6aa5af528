"""Which provider a call is for: the engine opens one connection for each provider that it configures."""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import Final, Generic, TypeVar

from sg_integration.sandbox.plugins.errors import PluginError

_T = TypeVar("_T")

# A server that many engines attach to, one after the other, must not grow for ever.
_KEPT: Final = 256


class Peers(Generic[_T]):
    """Values by the peer address of a connection, the latest `_KEPT` of them; safe to use from several threads.

    Args:
        package: the package's name, for messages.
    """

    def __init__(self, package: str) -> None:
        self._package = package
        self._lock = threading.Lock()
        self._values: OrderedDict[str, _T] = OrderedDict()

    def put(self, peer: str, value: _T) -> None:
        """Remember the value of a peer."""
        with self._lock:
            self._values[peer] = value
            self._values.move_to_end(peer)
            while len(self._values) > _KEPT:
                self._values.popitem(last=False)

    def get(self, peer: str) -> _T:
        """The value of a peer; where only one is known, a peer that came back on a new port is that one.

        Raises:
            PluginError: the peer configured nothing, and it cannot be told which of several providers it is.
        """
        with self._lock:
            if peer in self._values:
                return self._values[peer]
            if len(self._values) == 1:
                return next(iter(self._values.values()))
        raise PluginError(f"the {self._package} stand-in got a call from {peer} before that provider was configured")
