"""The other end of a rule that is not a security group: addresses, and prefix lists.

A rule is named after its peer, so a peer whose value is not known while the program runs needs a name from you:
`peers.ipv4(vpc.cidr_block, name="vpc")`. To call a peer otherwise later, say how it was called before
(`former_names=["vpc"]`): AWS refuses the new rule while the old one, which says the same, still stands. From the value itself to
a name needs nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import pulumi

from sg_integration.components.inputs import checked, is_known
from sg_integration.components.peer import CHECKS, Peer
from sg_integration.model import identifiers
from sg_integration.model.errors import InvalidInput
from sg_integration.model.rules import PeerKind

__all__ = ["ANY_IPV4", "ANY_IPV6", "ipv4", "ipv6", "prefix_list"]


def ipv4(cidr_ipv4: pulumi.Input[str], *, name: str | None = None, former_names: Sequence[str] = ()) -> Peer:
    """An IPv4 network such as `10.0.0.0/16`.

    Args:
        cidr_ipv4: the network, without host bits.
        name: what to call it in the names of rules; by default the network itself. Required for an output.
        former_names: what it was called before.

    Raises:
        InvalidInput: it is not an IPv4 network, or an output without a name.
    """
    return _peer(PeerKind.CIDR_IPV4, cidr_ipv4, name, former_names, "peers.ipv4: cidr_ipv4")


def ipv6(cidr_ipv6: pulumi.Input[str], *, name: str | None = None, former_names: Sequence[str] = ()) -> Peer:
    """An IPv6 network such as `2001:db8::/32`.

    Args:
        cidr_ipv6: the network, without host bits.
        name: what to call it in the names of rules; by default the network itself. Required for an output.
        former_names: what it was called before.

    Raises:
        InvalidInput: it is not an IPv6 network, or an output without a name.
    """
    return _peer(PeerKind.CIDR_IPV6, cidr_ipv6, name, former_names, "peers.ipv6: cidr_ipv6")


def prefix_list(
    prefix_list_id: pulumi.Input[str], *, name: str | None = None, former_names: Sequence[str] = ()
) -> Peer:
    """A managed prefix list, such as AWS's own list for S3. It counts in a group's quota with its maximum length.

    Args:
        prefix_list_id: `pl-` and 8 or 17 hexadecimal digits.
        name: what to call it in the names of rules; by default the id. Required for an output.
        former_names: what it was called before.

    Raises:
        InvalidInput: it is not a prefix list id, or an output without a name.
    """
    where = "peers.prefix_list: prefix_list_id"
    return _peer(PeerKind.PREFIX_LIST, prefix_list_id, name, former_names, where)


def _peer(
    kind: PeerKind,
    value: pulumi.Input[str],
    name: str | None,
    former_names: Sequence[str],
    where: str,
) -> Peer:
    known = checked(value, CHECKS[kind], where)
    if name is None and not is_known(known):
        raise InvalidInput(where, 'the value is not known while the program runs, so say what to call it: name="…".')
    if name is None:
        return Peer(str(known), kind, known, tuple(former_names))
    identifiers.name(name, f"{where.partition(':')[0]}: name")
    before = (str(known),) if is_known(known) and known != name else ()
    return Peer(name, kind, known, (*before, *former_names))


ANY_IPV4: Final = ipv4("0.0.0.0/0")
ANY_IPV6: Final = ipv6("::/0")
