"""One EC2 rule resource for one rule, named after its meaning."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import pulumi
from pulumi_aws import vpc

from sg_integration.components.inputs import is_known
from sg_integration.components.peers import Peer
from sg_integration.model.errors import InvalidInput
from sg_integration.model.identifiers import as_description
from sg_integration.model.ports import Port
from sg_integration.model.rules import Direction, PeerKind, Rule


@dataclass(frozen=True, slots=True)
class GroupRules:
    """The rules of one group, each declared once however often it is asked for.

    Args:
        group: the name of the group; the name of every rule begins with it.
        security_group_id: its id.
        parent: the component that owns the rules.
        region: the group's region, when it is not the provider's.
    """

    group: str
    security_group_id: pulumi.Input[str]
    parent: pulumi.Resource
    region: pulumi.Input[str] | None
    _declared: dict[str, Peer] = field(default_factory=dict)

    def declare(self, direction: Direction, peer: Peer, port: Port) -> None:
        """Declare one rule; the same rule again is harmless.

        Raises:
            InvalidInput: another peer of the same name has this rule already, so one of the two would be lost.
        """
        rule = Rule(self.group, direction, peer.name, port)
        if rule.name in self._declared:
            _require_same(self._declared[rule.name], peer, f'rule "{rule.name}"')
            return
        self._declared[rule.name] = peer
        aliases = [pulumi.Alias(name=replace(rule, peer=name).name) for name in peer.former_names]
        kind = vpc.SecurityGroupIngressRule if direction is Direction.INGRESS else vpc.SecurityGroupEgressRule
        kind(
            rule.name,
            security_group_id=self.security_group_id,
            description=as_description(str(rule)),
            ip_protocol=port.protocol,
            from_port=port.from_port,
            to_port=port.to_port,
            cidr_ipv4=peer.value_as(PeerKind.CIDR_IPV4),
            cidr_ipv6=peer.value_as(PeerKind.CIDR_IPV6),
            prefix_list_id=peer.value_as(PeerKind.PREFIX_LIST),
            referenced_security_group_id=peer.value_as(PeerKind.SECURITY_GROUP),
            region=self.region,
            opts=pulumi.ResourceOptions(parent=self.parent, aliases=aliases),
        )


def _require_same(one: Peer, other: Peer, where: str) -> None:
    def compare(values: list[str]) -> None:
        if one.kind is not other.kind or values[0] != values[1]:
            raise InvalidInput(
                where,
                f'two peers are both named "{one.name}": {one.kind.value} {values[0]} and {other.kind.value} {values[1]}. '
                f"A rule is named after its peer; give one of them another name.",
            )

    if one.value is other.value and one.kind is other.kind:
        return
    if is_known(one.value) and is_known(other.value):
        compare([str(one.value), str(other.value)])
    else:
        pulumi.Output.all(one.value, other.value).apply(compare)
