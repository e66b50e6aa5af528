"""Sets of traffic: several ports together, what two sets share, what one has and the other has not."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Final, TypeAlias

from sg_integration.model.errors import InvalidInput
from sg_integration.model.ports import ALL, ALL_TCP, ALL_UDP, Port, icmp, icmpv6, protocol, tcp, udp

Traffic: TypeAlias = tuple[Port, ...]
"""Ports of which none is inside another and no two touch, in one order; so two equal sets are equal tuples."""

NOTHING: Final[Traffic] = ()
EVERYTHING: Final[Traffic] = (ALL,)
_RANGED: Final = ("tcp", "udp")
_ICMP: Final = ("icmp", "icmpv6")
_ANY: Final = -1
_HIGHEST_PORT: Final = 65535
_TYPED: Final = re.compile(r"(tcp|udp|icmp|icmpv6|protocol)(?:/([0-9]+|all)(?:-([0-9]+))?)?|all|([0-9]+)")


def traffic_of(ports: Iterable[Port]) -> Traffic:
    """The set of some ports, which may overlap."""
    return _traffic(frozenset(ports))


def common(one: Traffic, other: Traffic) -> Traffic:
    """What is in both sets."""
    if other in (one, EVERYTHING):
        return one
    if one == EVERYTHING:
        return other
    return _common(one, other)


def without(one: Traffic, other: Traffic) -> Traffic:
    """The ports of the one set that are not wholly in the other; ranges are cut, so that only the difference is left."""
    return traffic_of(part for each in one for part in _left(each, other))


def includes(some: Traffic, port: Port) -> bool:
    """Whether all of one port's traffic is in a set."""
    return common(some, (port,)) == (port,)


def said(some: Traffic) -> str:
    """As a person reads it: `tcp/5432 udp/53`, `all`, and `-` for nothing."""
    return " ".join(map(str, some)) or "-"


def parse_port(text: str, where: str) -> Port:
    """One kind of traffic as `Port` says itself: `tcp/5432`, `udp/8000-8100`, `icmp/8-0`, `protocol/50`, `all`; `5432` is tcp.

    Capitals are as small letters.

    Raises:
        InvalidInput: it is none of these.
    """
    found = _TYPED.fullmatch(text.lower())
    if not found:
        words = "is no port: write tcp/5432, udp/8000-8100, icmp/8-0, protocol/50 or all."
        raise InvalidInput(where, f"{text!r} {words}")
    name, first, last, plain = found.groups()
    if plain:
        return tcp(int(plain))
    return _named(name, first, last) if name else ALL


def _named(name: str, first: str | None, last: str | None) -> Port:
    if first is None or first == "all":
        whole = {"tcp": ALL_TCP, "udp": ALL_UDP, "icmp": Port("icmp", -1, -1), "icmpv6": Port("icmpv6", -1, -1)}
        return whole.get(name, ALL)
    number, end = int(first), None if last is None else int(last)
    if name in _RANGED:
        return (tcp if name == "tcp" else udp)(number, end)
    if name in _ICMP:
        return (icmp if name == "icmp" else icmpv6)(number, _ANY if end is None else end)
    return protocol(number)


@lru_cache(maxsize=65_536)
def _traffic(ports: frozenset[Port]) -> Traffic:
    if ALL in ports:
        return EVERYTHING
    ranged = [each for name in _RANGED for each in _merged(name, ports)]
    rest = {each for each in ports if each.protocol not in _RANGED}
    kept = {each for each in rest if not any(other != each and _inside(each, other) for other in rest)}
    return tuple(sorted([*ranged, *kept], key=_place))


def _merged(name: str, ports: Iterable[Port]) -> list[Port]:
    """Ranges of one protocol, joined where they overlap or touch."""
    found: list[tuple[int, int]] = []
    for first, last in sorted(_range(each) for each in ports if each.protocol == name):
        if found and first <= found[-1][1] + 1:
            found[-1] = found[-1][0], max(found[-1][1], last)
        else:
            found.append((first, last))
    return [Port(name, *each) for each in found]


@lru_cache(maxsize=65_536)
def _common(one: Traffic, other: Traffic) -> Traffic:
    both = (_both(each, another) for each in one for another in other)
    return traffic_of(each for each in both if each is not None)


def _both(one: Port, other: Port) -> Port | None:
    if one.protocol == "-1" or other.protocol == "-1":
        return other if one.protocol == "-1" else one
    if one.protocol != other.protocol:
        return None
    if one.protocol in _RANGED:
        (low, high), (other_low, other_high) = _range(one), _range(other)
        first, last = max(low, other_low), min(high, other_high)
        return Port(one.protocol, first, last) if first <= last else None
    if one.protocol in _ICMP:
        kind, code = (_narrowed(*each) for each in zip(_range(one), _range(other), strict=True))
        return None if kind is None or code is None else Port(one.protocol, kind, code)
    return one


def _narrowed(one: int, other: int) -> int | None:
    if _ANY in (one, other):
        return max(one, other)
    return one if one == other else None


def _inside(one: Port, other: Port) -> bool:
    return _both(one, other) == one


def _left(port: Port, other: Traffic) -> list[Port]:
    """What is left of one port; only ranges are cut, of anything else all or nothing is left."""
    left = [port]
    for each in other:
        left = [part for one in left for part in _cut(one, each)]
    return left


def _cut(port: Port, other: Port) -> list[Port]:
    both = _both(port, other)
    if both is None:
        return [port]
    if both == port:
        return []
    if port.protocol not in _RANGED:
        return [port]
    (low, high), (first, last) = _range(port), _range(both)
    ends = [(low, first - 1), (last + 1, high)]
    return [Port(port.protocol, *each) for each in ends if each[0] <= each[1]]


def _range(port: Port) -> tuple[int, int]:
    low, high = port.from_port, port.to_port
    return (0, _HIGHEST_PORT) if low is None or high is None else (low, high)


def _place(port: Port) -> tuple[str, int, int]:
    return port.protocol, *_range(port)
