"""Who talks in the tests, and what they send; the vocabulary that both evaluators share."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from ipaddress import ip_address, ip_network

NUMBERS = {1: "icmp", 6: "tcp", 17: "udp", 58: "icmpv6"}


@dataclass(frozen=True)
class Party:
    """One end of a flow.

    Args:
        name: what the counter-example calls it.
        kind: `pod`, `node`, `member` or `outside`.
        addresses: its addresses.
        groups: of a pod, the groups of its annotation.
        namespace: of a pod.
        labels: of a pod, labels besides those that its groups give.
    """

    name: str
    kind: str
    addresses: tuple[str, ...]
    groups: frozenset[str] = frozenset()
    namespace: str = "shop"
    labels: dict[str, str] = field(default_factory=dict, hash=False)


@dataclass(frozen=True)
class Shape:
    """What is sent: a protocol's number, and ports or the ICMP type and code."""

    protocol: int
    source_port: int = 0
    first: int = 0
    code: int = 0

    def __str__(self) -> str:
        """As a person says it."""
        name = NUMBERS.get(self.protocol, f"protocol {self.protocol}")
        if self.protocol in (1, 58):
            return f"{name} type {self.first} code {self.code}"
        return f"{name} {self.source_port} -> {self.first}" if self.protocol in (6, 17) else name


@dataclass(frozen=True)
class Packet:
    """The first packet of a flow."""

    source: str
    destination: str
    shape: Shape

    def __str__(self) -> str:
        """As a person says it."""
        return f"{self.source} -> {self.destination}: {self.shape}"


@dataclass(frozen=True)
class Verdict:
    """What an evaluator says, and why."""

    allowed: bool
    reason: str


@cache
def number(address: str) -> tuple[int, int]:
    """An address as its family and its number."""
    parsed = ip_address(address)
    return parsed.version, int(parsed)


@cache
def span(network: str) -> tuple[int, int, int]:
    """A network as its family, its first and its last number."""
    parsed = ip_network(network)
    return parsed.version, int(parsed.network_address), int(parsed.broadcast_address)


def within(address: str, network: str) -> bool:
    """Whether an address is in a network."""
    family, value = number(address)
    version, low, high = span(network)
    return family == version and low <= value <= high
