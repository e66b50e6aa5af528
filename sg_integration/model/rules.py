"""What a rule means: its direction, its peer, its traffic, and the name that says so."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from ipaddress import ip_interface
from typing import Final

from sg_integration.model.errors import InvalidInput
from sg_integration.model.ports import Port

ANY_IPV4: Final = "0.0.0.0/0"
ANY_IPV6: Final = "::/0"


class Direction(Enum):
    """Which way the traffic goes, seen from the group that has the rule; the value is the word in the rule's name."""

    INGRESS = "from"
    EGRESS = "to"


class PeerKind(Enum):
    """The four things that a rule may name; the value is the argument of EC2's rule that takes it."""

    CIDR_IPV4 = "cidr_ipv4"
    CIDR_IPV6 = "cidr_ipv6"
    PREFIX_LIST = "prefix_list_id"
    SECURITY_GROUP = "referenced_security_group_id"


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule's meaning, without ids.

    Args:
        group: the name of the group that has the rule.
        direction: ingress or egress.
        peer: the name of the other end.
        port: the traffic.
    """

    group: str
    direction: Direction
    peer: str
    port: Port

    @property
    def name(self) -> str:
        """The meaning as a resource name, beginning with the group's: `orders-db-from-orders-api-tcp-5432`."""
        return f"{self.group}-{self.direction.value}-{self.peer}-{self.port.name}"

    def __str__(self) -> str:
        """The meaning as people say it: `orders-db: tcp/5432 from orders-api`."""
        return f"{self.group}: {self.port} {self.direction.value} {self.peer}"


def cidr(value: object, where: str, kind: PeerKind) -> str:
    """A CIDR block in the one spelling that AWS stores; host bits and a missing length are refused.

    Args:
        value: what the user wrote.
        where: the argument, for the message.
        kind: `CIDR_IPV4` or `CIDR_IPV6`, the family that it must be of.

    Raises:
        InvalidInput: it is no such network; the message gives the network that was probably meant.
    """
    version = 4 if kind is PeerKind.CIDR_IPV4 else 6
    try:
        interface = ip_interface(value if isinstance(value, str) else "")
    except ValueError:
        interface = None
    if interface is None or interface.version != version or "%" in str(value):
        example = "10.0.0.0/16" if version == 4 else "2001:db8::/32"  # noqa: PLR2004  an IP version
        raise InvalidInput(where, f"{value!r} is not an IPv{version} CIDR block such as {example}.")
    length = str(value).partition("/")[2]
    if not length:
        raise InvalidInput(where, f"{value!r} has no prefix length; write {interface.network} for the one address.")
    if interface.ip != interface.network.network_address or not length.isdigit():
        raise InvalidInput(where, f"{value!r} is not the plain form of a network; write {interface.network}.")
    return str(interface.network)
