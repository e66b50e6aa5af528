"""Traffic: a protocol and its ports, as an EC2 rule states them.

Use a constant (`ports.POSTGRES`), or make one: `ports.tcp(8080)`, `ports.tcp(8000, 8100)`, `ports.icmp(8, 0)`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from sg_integration.model.errors import InvalidInput

_HIGHEST_PORT: Final = 65535
_HIGHEST_ICMP: Final = 255
_HIGHEST_PROTOCOL: Final = 255
_NAMED: Final = {1: "icmp", 6: "tcp", 17: "udp", 58: "icmpv6"}


@dataclass(frozen=True, slots=True)
class Port:
    """One kind of traffic. Make it with a function of this module, or take a constant.

    Args:
        protocol: AWS's IpProtocol: `tcp`, `udp`, `icmp`, `icmpv6`, a protocol number as text, or `-1` for all.
        from_port: the first port, or the ICMP type; `None` where the protocol has no ports.
        to_port: the last port, or the ICMP code (-1: all); `None` where the protocol has no ports.

    Raises:
        InvalidInput: EC2 would not take it, or would store it otherwise (TCP as 6).
    """

    protocol: str
    from_port: int | None = None
    to_port: int | None = None

    def __post_init__(self) -> None:
        where = "Port: protocol"
        ends = {self.from_port, self.to_port}
        if self.protocol in ("tcp", "udp"):
            _range(self.from_port, self.to_port, "Port")
        elif self.protocol in ("icmp", "icmpv6"):
            _whole(self.from_port, "Port: from_port", -1, _HIGHEST_ICMP)
            _whole(self.to_port, "Port: to_port", -1, _HIGHEST_ICMP)
        elif self.protocol != "-1" and (not str(self.protocol).isdigit() or int(self.protocol) in _NAMED):
            raise InvalidInput(
                where, f"{self.protocol!r} is none of tcp, udp, icmp, icmpv6, -1 or another protocol's number."
            )
        elif ends != {None}:
            raise InvalidInput(where, f"{self.protocol} has no ports; leave from_port and to_port out.")

    @property
    def name(self) -> str:
        """The part of a rule's name that says what traffic it is, as in `tcp-5432` or `all`."""
        return str(self).replace("/", "-")

    def __str__(self) -> str:
        """As people write it: `tcp/5432`, `udp/8000-8100`, `icmp/8-0`, `protocol/50`, `all`."""
        if self.protocol == "-1":
            return "all"
        if self.from_port is None:
            return f"protocol/{self.protocol}"
        if self.protocol.startswith("icmp"):
            return f"{self.protocol}/{_icmp(self.from_port)}" + ("" if self.to_port == -1 else f"-{self.to_port}")
        if (self.from_port, self.to_port) == (0, _HIGHEST_PORT):
            return f"{self.protocol}/all"
        return f"{self.protocol}/{self.from_port}" + ("" if self.to_port == self.from_port else f"-{self.to_port}")


def tcp(from_port: int, to_port: int | None = None) -> Port:
    """TCP on one port, or on all ports from `from_port` to `to_port` (0 to 65535); raises `InvalidInput`."""
    return _ranged("tcp", from_port, to_port)


def udp(from_port: int, to_port: int | None = None) -> Port:
    """UDP on one port, or on all ports from `from_port` to `to_port` (0 to 65535); raises `InvalidInput`."""
    return _ranged("udp", from_port, to_port)


def icmp(icmp_type: int, icmp_code: int = -1) -> Port:
    """ICMP of one type and code (0 to 255; the code -1 means every code); raises `InvalidInput`."""
    return _icmp_port("icmp", icmp_type, icmp_code)


def icmpv6(icmp_type: int, icmp_code: int = -1) -> Port:
    """ICMPv6 of one type and code (0 to 255; the code -1 means every code); raises `InvalidInput`."""
    return _icmp_port("icmpv6", icmp_type, icmp_code)


def protocol(number: int) -> Port:
    """Everything of one IP protocol by its number (0 to 255), such as 50 for ESP; raises `InvalidInput`.

    TCP, UDP, ICMP and ICMPv6 have functions of their own: AWS wants ports with them.
    """
    where = "ports.protocol: number"
    value = _whole(number, where, 0, _HIGHEST_PROTOCOL)
    if value in _NAMED:
        raise InvalidInput(
            where, f"{value} is {_NAMED[value]}; use ports.{_NAMED[value]}(…) or ports.ALL_{_NAMED[value].upper()}."
        )
    return Port(str(value))


def _ranged(name: str, from_port: int, to_port: int | None) -> Port:
    last = from_port if to_port is None else to_port
    _range(from_port, last, f"ports.{name}")
    return Port(name, from_port, last)


def _range(from_port: object, to_port: object, where: str) -> None:
    first = _whole(from_port, f"{where}: from_port", 0, _HIGHEST_PORT)
    last = _whole(to_port, f"{where}: to_port", 0, _HIGHEST_PORT)
    if last < first:
        raise InvalidInput(f"{where}: to_port", f"{last} is below from_port {first}; write the lower port first.")


def _icmp_port(name: str, icmp_type: int, icmp_code: int) -> Port:
    kind = _whole(icmp_type, f"ports.{name}: icmp_type", 0, _HIGHEST_ICMP)
    return Port(name, kind, _whole(icmp_code, f"ports.{name}: icmp_code", -1, _HIGHEST_ICMP))


def _icmp(icmp_type: int) -> str:
    return "all" if icmp_type == -1 else str(icmp_type)


def _whole(value: object, where: str, low: int, high: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise InvalidInput(where, f"{value!r} is not a whole number from {low} to {high}.")
    return value


ALL: Final = Port("-1")
ALL_TCP: Final = Port("tcp", 0, _HIGHEST_PORT)
ALL_UDP: Final = Port("udp", 0, _HIGHEST_PORT)
ALL_ICMP: Final = Port("icmp", -1, -1)
ALL_ICMPV6: Final = Port("icmpv6", -1, -1)
AMQP: Final = tcp(5672)
CASSANDRA: Final = tcp(9042)
DNS_TCP: Final = tcp(53)
DNS_UDP: Final = udp(53)
HTTP: Final = tcp(80)
HTTPS: Final = tcp(443)
KAFKA: Final = tcp(9092)
LDAPS: Final = tcp(636)
MEMCACHED: Final = tcp(11211)
MONGODB: Final = tcp(27017)
MSSQL: Final = tcp(1433)
MYSQL: Final = tcp(3306)
NFS: Final = tcp(2049)
ORACLE: Final = tcp(1521)
PING: Final = icmp(8, 0)
POSTGRES: Final = tcp(5432)
REDIS: Final = tcp(6379)
SSH: Final = tcp(22)
