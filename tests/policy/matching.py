"""How the parts of one of Calico's rules match a packet."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from tests.policy.parties import Packet, Shape, number, span

Match = Callable[[Packet], bool]
PROTOCOLS = {"ICMP": 1, "TCP": 6, "UDP": 17, "ICMPv6": 58, "SCTP": 132, "UDPLite": 136}


def protocol(protocol: str | int, *, wanted: bool) -> Match:
    """Whether it is of a protocol, by name or number."""
    value = protocol if isinstance(protocol, int) else PROTOCOLS[protocol]
    return lambda packet: (packet.shape.protocol == value) is wanted


def icmp(wanted: Mapping[str, int], shape: Shape) -> bool:
    """Whether type and code are those that are wanted; what is not named is any."""
    return wanted.get("type", shape.first) == shape.first and wanted.get("code", shape.code) == shape.code


def among(address: str, spans: Iterable[tuple[int, int, int]]) -> bool:
    """Whether an address is in one of some networks."""
    family, value = number(address)
    return any(version == family and low <= value <= high for version, low, high in spans)


def netted(nets: Iterable[str], end: str, *, wanted: bool) -> Match:
    """Whether an end is in one of some networks."""
    spans = [span(net) for net in nets]
    return lambda packet: among(getattr(packet, end), spans) is wanted


def ported(ports: Iterable[int | str], end: str, *, wanted: bool) -> Match:
    """Whether an end's port is one of some."""
    ranges = [_range(port) for port in ports]
    return lambda packet: _port(packet.shape, end, ranges) is wanted


def _range(port: int | str) -> tuple[int, int]:
    low, _, high = str(port).partition(":")
    return int(low), int(high or low)


def _port(shape: Shape, end: str, ranges: Iterable[tuple[int, int]]) -> bool:
    """Only TCP, UDP and SCTP have ports."""
    if shape.protocol not in (6, 17, 132):
        return False
    value = shape.source_port if end == "source" else shape.first
    return any(low <= value <= high for low, high in ranges)
