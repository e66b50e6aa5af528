"""One EC2 rule resource for one rule, named after its meaning."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Final

import pulumi
from pulumi_aws import vpc

from sg_integration.components import program
from sg_integration.components.inputs import is_known
from sg_integration.components.peer import GroupPeer, Peer
from sg_integration.model.errors import InvalidInput
from sg_integration.model.identifiers import as_description
from sg_integration.model.ports import Port
from sg_integration.model.rules import Direction, PeerKind, Rule

_TOKENS: Final = {
    Direction.INGRESS: "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
    Direction.EGRESS: "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule",
}


@dataclass(frozen=True, slots=True)
class GroupRules:
    """The rules of one group, each declared once however often it is asked for.

    Args:
        group: the name of the group; the name of every rule begins with it.
        security_group_id: its id.
        parent: the component that owns the rules.
        former_urns: the URNs that the component had before.
        region: the group's region, when it is not the provider's.
    """

    group: str
    security_group_id: pulumi.Input[str]
    parent: pulumi.Resource
    former_urns: tuple[pulumi.Output[str], ...]
    region: pulumi.Input[str] | None
    _declared: dict[str, Peer] = field(default_factory=dict)
    _meanings: dict[object, str] = field(default_factory=dict)

    def declare(self, direction: Direction, peer: Peer, port: Port) -> None:
        """Declare one rule; the same rule again is harmless.

        Raises:
            InvalidInput: another peer of the same name has this rule already, so one of the two would be lost; or the same
                peer has it under another name, and AWS would refuse the second.
        """
        rule = Rule(self.group, direction, peer.name, port)
        if rule.name in self._declared:
            _require_same(self._declared[rule.name], peer, f'rule "{rule.name}"')
            return
        self._declared[rule.name] = peer
        twin = self._meanings.setdefault((direction, peer.kind, peer.value, port), peer.name)
        if twin != peer.name:
            raise InvalidInput(
                f'rule "{rule.name}"',
                f'"{twin}" and "{peer.name}" are one peer, and AWS refuses a second equal rule. Use one name for it.',
            )
        kind = vpc.SecurityGroupIngressRule if direction is Direction.INGRESS else vpc.SecurityGroupEgressRule
        resource = kind(
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
            opts=pulumi.ResourceOptions(parent=self.parent, aliases=self._aliases(rule, peer, _TOKENS[direction])),
        )
        made = resource.security_group_rule_id
        program.declared().rule_ids.append(made)
        # What it says besides its id is what the program says: outputs that are null are unknown in a preview.
        program.declared().rules.append(pulumi.Output.all(made, str(rule), self.security_group_id, peer.value))

    def _aliases(self, rule: Rule, peer: Peer, type_token: str) -> list[pulumi.Input[pulumi.Alias | str]]:
        """What the rule was called when its peer had another name.

        The engine knows of a renamed parent by itself, but a rule is named after its other end too.
        """
        aliases: list[pulumi.Input[pulumi.Alias | str]] = [
            pulumi.Alias(name=replace(rule, peer=name).name) for name in peer.former_names
        ]
        former = peer.former_urns if isinstance(peer, GroupPeer) else ()
        owners = (self.parent.urn, *self.former_urns)
        aliases += [
            pulumi.Output.all(owner, other).apply(lambda urns: _former_urn(rule, *urns, type_token=type_token))
            for other in former
            for owner in owners
        ]
        return aliases


def _former_urn(rule: Rule, owner: str, peer: str, *, type_token: str) -> str:
    """The URN of a rule when its owner and its peer had these URNs."""
    chain, _, group = owner.rpartition("::")
    return f"{chain}${type_token}::{replace(rule, group=group, peer=peer.rpartition('::')[2]).name}"


def _require_same(one: Peer, other: Peer, where: str) -> None:
    def refuse(values: list[str]) -> None:
        if one.kind is not other.kind or values[0] != values[1]:
            raise InvalidInput(
                where,
                f'two peers are both named "{one.name}": {one.kind.value} {values[0]} and {other.kind.value} {values[1]}. '
                f"A rule is named after its peer; give one of them another name.",
            )

    if one.value is other.value and one.kind is other.kind:
        return
    if isinstance(one, GroupPeer) and isinstance(other, GroupPeer) and one.created and other.created:
        refuse(["of one component", "of another"])
    elif is_known(one.value) and is_known(other.value):
        refuse([str(one.value), str(other.value)])
    else:
        pulumi.Output.all(one.value, other.value).apply(refuse)
