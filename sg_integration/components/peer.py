"""One end of a connection, as a value that knows what it is called."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

import pulumi

from sg_integration.components.inputs import is_known
from sg_integration.model import identifiers
from sg_integration.model.rules import PeerKind, cidr

CHECKS: Final[dict[PeerKind, Callable[[object, str], str]]] = {
    PeerKind.CIDR_IPV4: lambda value, where: cidr(value, where, PeerKind.CIDR_IPV4),
    PeerKind.CIDR_IPV6: lambda value, where: cidr(value, where, PeerKind.CIDR_IPV6),
    PeerKind.PREFIX_LIST: identifiers.prefix_list_id,
    PeerKind.SECURITY_GROUP: identifiers.security_group_id,
}


@dataclass(frozen=True, slots=True)
class Peer:
    """Addresses or a prefix list as one end of a connection. Make it with a function of `peers`.

    Args:
        name: what rules that name this peer are called after.
        kind: what sort of peer it is; a security group is a peer as `SecurityGroup`, not as this.
        value: the CIDR block or prefix list id.
        former_names: names that it had before, so that a renamed peer does not replace its rules.

    Raises:
        InvalidInput: name or value is malformed.
        TypeError: it is a security group.
    """

    name: str
    kind: PeerKind
    value: pulumi.Input[str] = field(repr=False)
    former_names: tuple[str, ...] = field(default=(), repr=False)

    def __post_init__(self) -> None:
        if self.name != self.value:  # an IPv6 network is its own name, colons and all
            identifiers.name(self.name, "Peer: name")
        if self.kind is PeerKind.SECURITY_GROUP and not isinstance(self, GroupPeer):
            raise TypeError(
                f'Peer "{self.name}": a security group is a peer as SecurityGroup or SecurityGroup.existing.'
            )
        if is_known(self.value):
            CHECKS[self.kind](self.value, f'Peer "{self.name}": value')

    def value_as(self, kind: PeerKind) -> pulumi.Input[str] | None:
        """The value, if the peer is of this kind; each kind is an argument of its own in EC2's rules."""
        return self.value if self.kind is kind else None


@dataclass(frozen=True, slots=True)
class GroupPeer(Peer):
    """A security group as a peer: for the components alone, which see to it that no reserved group becomes one.

    Args:
        former_urns: the URNs that the group's component had before.
        created: whether it is a group of this program, which therefore is no other group of this program.
    """

    former_urns: tuple[pulumi.Output[str], ...] = field(default=(), repr=False)
    created: bool = field(default=False, repr=False)


def group(name: str, security_group_id: pulumi.Input[str], *former_names: str) -> GroupPeer:
    """A group that is known by its id only."""
    return GroupPeer(name, PeerKind.SECURITY_GROUP, security_group_id, former_names)
