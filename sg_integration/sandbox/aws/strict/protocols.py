"""Protocols and ports of a rule: their canonical form, and what AWS refuses."""

from __future__ import annotations

from sg_integration.sandbox.aws.strict.errors import AwsError, invalid

_NAMES = {"all": "-1", "-1": "-1", "1": "icmp", "6": "tcp", "17": "udp", "58": "icmpv6"}
_NAMED = frozenset(_NAMES.values())
_HIGHEST_PROTOCOL = 255
_HIGHEST_PORT = 65535
_HIGHEST_ICMP = 255
Ports = tuple[int | None, int | None]


def protocol(value: str | None) -> str:
    """The protocol as AWS shows it: `tcp`, `udp`, `icmp`, `icmpv6`, `-1`, or the number of another."""
    if value is None:
        words = "VPC security group rules must specify protocols explicitly."
        raise invalid(f"Invalid value 'null' for protocol. {words}")
    name = _NAMES.get(value.lower(), value.lower())
    if name in _NAMED or (name.isdigit() and int(name) <= _HIGHEST_PROTOCOL):
        return name
    raise invalid(f"Invalid value '{value}' for IP protocol. Unknown protocol.")


def ports(name: str, first: int | None, last: int | None) -> Ports:
    """The ports as AWS keeps them, given the canonical protocol: none for all and for unnamed protocols."""
    if name in ("tcp", "udp"):
        return _range(first, last)
    if name in ("icmp", "icmpv6"):
        return _type_and_code(name, first, last)
    return None, None


def _range(first: int | None, last: int | None) -> Ports:
    """The ports of TCP and UDP: both, each a port, in order."""
    if first is None or last is None:
        raise invalid("Invalid value for portRange. Must specify both from and to ports with TCP/UDP.")
    for port in (first, last):
        if not 0 <= port <= _HIGHEST_PORT:
            raise AwsError("InvalidPermission.Malformed", f"TCP/UDP port ({port}) out of range")
    if first > last:
        raise invalid(f"Invalid TCP/UDP port range ({first}:{last})")
    return first, last


def _type_and_code(name: str, first: int | None, last: int | None) -> Ports:
    """Type and code of ICMP: -1 is all; all types have all codes; ICMPv6 may leave both out."""
    if name == "icmpv6" and first is None and last is None:
        return -1, -1
    if first is None or last is None:
        raise invalid("Invalid value for portRange. Must specify both from and to ports with ICMP.")
    for number in (first, last):
        if not -1 <= number <= _HIGHEST_ICMP:
            raise AwsError("InvalidPermission.Malformed", f"ICMP type or code ({number}) out of range")
    if first == -1 and last != -1:
        raise invalid(f"Invalid value for portRange. ICMP type -1 (all) needs code -1, not {last}.")
    return first, last
