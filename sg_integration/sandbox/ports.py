"""Loopback ports for servers that run side by side without clashing."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING, TypeVar

from sg_integration.sandbox.errors import PortTaken

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")


def free_port() -> int:
    """Return a loopback TCP port that nobody listens on now; another process may take it, see `on_free_ports`."""
    return free_ports(1)[0]


def free_ports(count: int) -> list[int]:
    """Return `count` different loopback TCP ports that nobody listens on now."""
    sockets = [socket.socket(socket.AF_INET, socket.SOCK_STREAM) for _ in range(count)]
    try:
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]
    finally:
        for each in sockets:
            each.close()


def on_free_ports(count: int, start: Callable[[list[int]], T], *, attempts: int = 5) -> T:
    """Call `start` with `count` free ports; if one was lost before it was listened on, again with other ports.

    Raises:
        PortTaken: each of the `attempts` lost a port.
    """
    try:
        return start(free_ports(count))
    except PortTaken:
        if attempts == 1:
            raise
        return on_free_ports(count, start, attempts=attempts - 1)
