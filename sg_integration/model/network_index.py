"""Finds which of many networks an address is in, and where in a network the answer changes."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable
from functools import lru_cache
from ipaddress import ip_address
from typing import Generic, TypeVar

from sg_integration.model.policy_networks import span

Value = TypeVar("Value")
_BITS = {4: 32, 6: 128}


@lru_cache(maxsize=65_536)
def number(address: str) -> tuple[int, int]:
    """An address as its family and its number."""
    parsed = ip_address(address)
    return parsed.version, int(parsed)


class NetworkIndex(Generic[Value]):
    """Values by network; a value may have several networks, a network several values.

    Args:
        entries: networks and their values.
    """

    def __init__(self, entries: Iterable[tuple[str, Value]] = ()) -> None:
        self._known: defaultdict[tuple[int, int, int], list[Value]] = defaultdict(list)
        lengths: set[tuple[int, int]] = set()
        edges: set[tuple[int, int]] = set()
        for network, value in entries:
            version, first, last = span(network)
            bits = (last - first).bit_length()
            self._known[version, bits, first >> bits].append(value)
            lengths.add((version, bits))
            edges |= {(version, first), (version, last + 1)}
        self._lengths = {family: sorted(bits for version, bits in lengths if version == family) for family in _BITS}
        self.edges = sorted(edges)

    def at(self, place: tuple[int, int]) -> list[Value]:
        """The values of every network that an address is in."""
        version, value = place
        found: list[Value] = []
        for bits in self._lengths[version]:
            found += self._known.get((version, bits, value >> bits), ())
        return found


def places(network: str, edges: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Addresses of a network that stand for all of it: the first, and each at which something begins or ends.

    Args:
        network: the network.
        edges: where something begins or ends, sorted.
    """
    version, first, last = span(network)
    start, end = bisect_right(edges, (version, first)), bisect_right(edges, (version, last))
    return [(version, first), *edges[start:end]]


def merged(*several: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Edges of several indexes as one."""
    return sorted({each for some in several for each in some})
