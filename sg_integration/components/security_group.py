"""A user's security group, and the connections it allows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import pulumi
from pulumi_aws import ec2

from sg_integration.components import inputs, peers
from sg_integration.components.ancestry import former_urns
from sg_integration.components.peer import GroupPeer, Peer
from sg_integration.components.reserved import refuse_reserved
from sg_integration.components.rules import GroupRules
from sg_integration.model import identifiers
from sg_integration.model.errors import InvalidInput, MissingPort
from sg_integration.model.ports import ALL, Port
from sg_integration.model.rules import Direction, PeerKind

# Constant, because a changed description replaces a group.
_DESCRIPTION: Final = "Managed with sg-integration"


class SecurityGroup(pulumi.ComponentResource):
    """A security group of yours; its rules are the connections that you allow.

    ```python
    orders_api = SecurityGroup("orders-api", vpc_id=vpc_id)
    orders_db = SecurityGroup("orders-db", vpc_id=vpc_id, default_port=ports.POSTGRES)
    orders_db.allow_from(orders_api)
    ```

    Every rule is a resource of its own, a child of the group that has it, named after its meaning
    (`orders-db-from-orders-api-tcp-5432`): the order of the lines does not matter, and repeating one is harmless.
    To rename a group, give it `aliases`: otherwise its rules are made anew under the new name while the old ones
    still stand, and AWS refuses two equal rules in one group (InvalidPermission.Duplicate). For the same reason two stacks must
    not add the same rule to one existing group.

    What replaces a group (its VPC, its description) makes a new one with all its rules, moves rules of peers to it, and then
    takes the old one away. A member that has the group should have `depends_on=[group]`, so that it moves to the new one only
    when its rules stand.

    Args:
        name: the group's name in the program and in the names of rules; its `Name` tag unless `tags` has one.
            GroupName is left to Pulumi, so that the group can be replaced without a gap.
        vpc_id: the VPC. Changing it replaces the group.
        description: what AWS shows (1 to 255 characters of AWS's set). Changing it replaces the group.
        default_port: what a peer may reach on members of this group when a connection names no port.
        allow_all_outbound: `False`: members may send only where a connection says so. `True`: one visible rule
            opens egress to `0.0.0.0/0`; then connections that others allow *from* this group write no egress here.
        tags: added to the group's own.
        region: the region, when it is not the provider's.
        opts: options of the component; provider, protect, aliases, transforms and depends_on reach all rules.

    Raises:
        InvalidInput: an argument is wrong; nothing was called.
    """

    id: pulumi.Output[str]

    def __init__(
        self,
        name: str,
        *,
        vpc_id: pulumi.Input[str],
        description: pulumi.Input[str] = _DESCRIPTION,
        default_port: Port | None = None,
        allow_all_outbound: bool = False,
        tags: inputs.Tags = None,
        region: pulumi.Input[str] | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        where = f'SecurityGroup "{name}"'
        vpc_id = inputs.checked(vpc_id, identifiers.vpc_id, f"{where}: vpc_id")
        description = inputs.checked(description, identifiers.description, f"{where}: description")
        identifiers.group_name(name, f"{where}: name")
        region = inputs.checked_region(region, f"{where}: region")
        merged = inputs.with_tags(inputs.checked_tags(tags, f"{where}: tags"), {"Name": name})
        self._begin(name, "SecurityGroup", default_port, opts)
        group = ec2.SecurityGroup(
            name,
            vpc_id=vpc_id,
            description=description,
            tags=merged,
            region=region,
            opts=pulumi.ResourceOptions(parent=self),
        )
        self._finish(group.id, region, opts, implied_egress=not allow_all_outbound, created=True)
        if allow_all_outbound:
            self._rules.declare(Direction.EGRESS, peers.ANY_IPV4, ALL)

    @staticmethod
    def existing(
        name: str,
        security_group_id: pulumi.Input[str],
        *,
        default_port: Port | None = None,
        add_egress: bool = False,
        region: pulumi.Input[str] | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> SecurityGroup:
        """A group that somebody else made and keeps: we may add rules to it, and remove only those.

        A connection that another group allows *from* this one writes no egress rule here unless `add_egress`, since
        the owner usually left egress open; `allow_to` on it writes one, because that line asks for it.

        Args:
            name: what to call it in the names of rules.
            security_group_id: its id.
            default_port: what a peer may reach on its members when a connection names no port.
            add_egress: write the egress rules of connections that others allow from this group.
            region: its region, when it is not the provider's.
            opts: options of the component; they reach all rules added here.

        Raises:
            InvalidInput: an argument is wrong; nothing was called.
        """
        return _ExistingSecurityGroup(
            name, security_group_id, default_port=default_port, add_egress=add_egress, region=region, opts=opts
        )

    def allow_from(self, peer: SecurityGroup | Peer, port: Port | None = None) -> None:
        """Let a peer connect to members of this group: ingress here, and egress there if it is a group of yours.

        Args:
            peer: who connects: a group, or addresses from `peers`.
            port: what it may reach; by default this group's `default_port`.

        Raises:
            MissingPort: no port was given, and this group has no default port.
            TypeError: the peer is a reserved group, or no peer at all.
        """
        where = f"{self._where}: allow_from"
        source, group = _ends(peer, where)
        reached = _port(port, self._default_port, where, source=source.name, target=self._name)
        self._rules.declare(Direction.INGRESS, source, reached)
        if group and group._implied_egress:
            group._rules.declare(Direction.EGRESS, self.as_peer(), reached)

    def allow_to(self, peer: SecurityGroup | Peer, port: Port | None = None) -> None:
        """Let members of this group connect to a peer: egress here, and ingress there if it is a group.

        Args:
            peer: who is connected to: a group, or addresses from `peers`.
            port: what may be reached; by default the peer's `default_port`.

        Raises:
            MissingPort: no port was given, and the peer has no default port.
            TypeError: the peer is a reserved group, or no peer at all.
        """
        where = f"{self._where}: allow_to"
        target, group = _ends(peer, where)
        default = group._default_port if group else None
        reached = _port(port, default, where, source=self._name, target=target.name, has_default=group is not None)
        self._rules.declare(Direction.EGRESS, target, reached)
        if group:
            group._rules.declare(Direction.INGRESS, self.as_peer(), reached)

    def _begin(self, name: str, kind: str, default_port: Port | None, opts: pulumi.ResourceOptions | None) -> None:
        where = f'SecurityGroup "{name}"'
        identifiers.name(name, f"{where}: name")
        if default_port is not None:
            _require_port(default_port, f"{where}: default_port")
        super().__init__(f"sg-integration:index:{kind}", name, {}, opts)
        self._where = where
        self._default_port = default_port

    def _finish(
        self,
        security_group_id: pulumi.Output[str],
        region: pulumi.Input[str] | None,
        opts: pulumi.ResourceOptions | None,
        *,
        implied_egress: bool,
        former_names: tuple[str, ...] = (),
        created: bool = False,
    ) -> None:
        self.id = security_group_id
        self._implied_egress = implied_egress
        before = former_urns(self, opts)
        self._peer = GroupPeer(self._name, PeerKind.SECURITY_GROUP, self.id, former_names, before, created)
        self._rules = GroupRules(self._name, self.id, parent=self, former_urns=before, region=region)
        self.register_outputs({"id": self.id})

    def as_peer(self) -> GroupPeer:
        """The group as one end of a rule; for the components."""
        return self._peer


class _ExistingSecurityGroup(SecurityGroup):
    """Somebody else's group, with the rules that we add; made by `SecurityGroup.existing`."""

    def __init__(
        self,
        name: str,
        security_group_id: pulumi.Input[str],
        *,
        default_port: Port | None,
        add_egress: bool,
        region: pulumi.Input[str] | None,
        opts: pulumi.ResourceOptions | None,
    ) -> None:
        where = f'SecurityGroup "{name}": security_group_id'
        refuse_reserved(security_group_id, where)
        region = inputs.checked_region(region, f'SecurityGroup "{name}": region')
        known = inputs.checked(security_group_id, identifiers.security_group_id, where)
        self._begin(name, "ExistingSecurityGroup", default_port, opts)
        # A literal id may have been its own name in a list of ids: from there to a group nothing is replaced.
        former_names = (str(known),) if inputs.is_known(known) and known != name else ()
        self._finish(
            pulumi.Output.from_input(known), region, opts, implied_egress=add_egress, former_names=former_names
        )


def _ends(peer: object, where: str) -> tuple[Peer, SecurityGroup | None]:
    if isinstance(peer, SecurityGroup):
        return peer.as_peer(), peer
    if isinstance(peer, Peer):
        return peer, None
    refuse_reserved(peer, where)
    raise TypeError(
        f"{where}: {peer!r} is no peer. Pass a SecurityGroup; for somebody else's group SecurityGroup.existing(name, id); for "
        "addresses peers.ipv4(…), peers.ipv6(…) or peers.prefix_list(…)."
    )


def _port(
    port: Port | None, default: Port | None, where: str, *, source: str, target: str, has_default: bool = True
) -> Port:
    if port is not None:
        return _require_port(port, f"{where}: port")
    if default is None:
        raise MissingPort(where, source=source, target=target, has_default=has_default)
    return default


def _require_port(port: object, where: str) -> Port:
    if isinstance(port, (list, tuple, set)):
        raise InvalidInput(where, "one connection has one port or one range; write a line for each.")
    if not isinstance(port, Port):
        raise InvalidInput(where, f"{port!r} is no port; use one from ports, such as ports.HTTPS or ports.tcp(8080).")
    return port


def listed(values: object, where: str, example: str) -> list[SecurityGroup]:
    """A list of groups that a user gave.

    Args:
        values: what was given.
        where: the argument, for the message.
        example: what a user could call a group there.

    Raises:
        InvalidInput: it is no list, or something in it is no group.
        TypeError: a group is one that the integration keeps for itself.
    """
    if isinstance(values, (str, Mapping)) or not isinstance(values, Sequence):
        raise InvalidInput(where, f"{values!r} is no list; write [{example}].")
    for index, value in enumerate(values):
        refuse_reserved(value, f"{where}[{index}]")
        if not isinstance(value, SecurityGroup):
            raise InvalidInput(
                f"{where}[{index}]",
                f'{value!r} is no SecurityGroup; write SecurityGroup.existing("name", "sg-…") for one that AWS has: by its id, no name is looked up.',
            )
    return list(values)
