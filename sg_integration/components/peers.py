"""The other end of a rule that is not a security group: addresses, and prefix lists.

A rule is named after its peer, so a peer whose value is not known while the program runs needs a name from you:
`peers.ipv4(vpc.cidr_block, name="vpc")`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

import pulumi

from sg_integration.components.inputs import checked, is_known
from sg_integration.model import identifiers
from sg_integration.model.errors import InvalidInput
from sg_integration.model.rules import PeerKind, cidr


@dataclass(frozen=True, slots=True)
class Peer:
    """One end of a connection. Make it with a function of this module: they check it.

    Args:
        name: what rules that name this peer are called after.
        kind: what sort of peer it is.
        value: the CIDR block, prefix list id or security group id.
        former_names: names that it had before, so that a renamed peer does not replace rules.
    """

    name: str
    kind: PeerKind
    value: pulumi.Input[str] = field(repr=False)
    former_names: tuple[str, ...] = field(default=(), repr=False)

    def value_as(self, kind: PeerKind) -> pulumi.Input[str] | None:
        """The value, if the peer is of this kind; each kind is an argument of its own in EC2's rules."""
        return self.value if self.kind is kind else None


def ipv4(cidr_ipv4: pulumi.Input[str], *, name: str | None = None) -> Peer:
    """An IPv4 network such as `10.0.0.0/16`.

    Args:
        cidr_ipv4: the network, without host bits.
        name: what to call it in the names of rules; by default the network itself. Required for an output.

    Raises:
        InvalidInput: it is not an IPv4 network, or an output without a name.
    """
    where = "peers.ipv4: cidr_ipv4"
    return _peer(PeerKind.CIDR_IPV4, cidr_ipv4, name, where, lambda value, at: cidr(value, at, PeerKind.CIDR_IPV4))


def ipv6(cidr_ipv6: pulumi.Input[str], *, name: str | None = None) -> Peer:
    """An IPv6 network such as `2001:db8::/32`.

    Args:
        cidr_ipv6: the network, without host bits.
        name: what to call it in the names of rules; by default the network itself. Required for an output.

    Raises:
        InvalidInput: it is not an IPv6 network, or an output without a name.
    """
    where = "peers.ipv6: cidr_ipv6"
    return _peer(PeerKind.CIDR_IPV6, cidr_ipv6, name, where, lambda value, at: cidr(value, at, PeerKind.CIDR_IPV6))


def prefix_list(prefix_list_id: pulumi.Input[str], *, name: str | None = None) -> Peer:
    """A managed prefix list, such as AWS's own list for S3. It counts in a group's quota with its maximum length.

    Args:
        prefix_list_id: `pl-` and 8 or 17 hexadecimal digits.
        name: what to call it in the names of rules; by default the id. Required for an output.

    Raises:
        InvalidInput: it is not a prefix list id, or an output without a name.
    """
    where = "peers.prefix_list: prefix_list_id"
    return _peer(PeerKind.PREFIX_LIST, prefix_list_id, name, where, identifiers.prefix_list_id)


def security_group(name: str, security_group_id: pulumi.Input[str], former_names: tuple[str, ...] = ()) -> Peer:
    """A security group as a peer; for the components, which take groups as groups."""
    return Peer(name, PeerKind.SECURITY_GROUP, security_group_id, former_names)


def _peer(
    kind: PeerKind, value: pulumi.Input[str], name: str | None, where: str, check: Callable[[object, str], str]
) -> Peer:
    known = checked(value, check, where)
    if name is not None:
        return Peer(identifiers.name(name, f"{where.partition(':')[0]}: name"), kind, known)
    if not is_known(known):
        raise InvalidInput(where, 'the value is not known while the program runs, so say what to call it: name="…".')
    return Peer(str(known), kind, known)


ANY_IPV4: Final = ipv4("0.0.0.0/0")
ANY_IPV6: Final = ipv6("::/0")
