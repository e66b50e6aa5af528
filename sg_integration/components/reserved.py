"""The three groups that the integration keeps for itself."""

from __future__ import annotations

from typing import Final, final
from weakref import WeakSet

import pulumi
from pulumi_aws import ec2

from sg_integration.components import inputs
from sg_integration.components.ancestry import former_urns
from sg_integration.components.peer import Peer, group
from sg_integration.components.rules import GroupRules
from sg_integration.model.identifiers import OUR_TAG_PREFIX
from sg_integration.model.ports import ALL
from sg_integration.model.rules import Direction

# Constant, because a changed description replaces a group.
_DESCRIPTIONS: Final = {
    "trust": "sg-integration: VPC members that trust hosts which enforce security groups",
    "enforced": "sg-integration: hosts that enforce security groups",
    "pod-default": "sg-integration: what every pod of a cluster may do; attached to nothing",
}
_IDS: Final[WeakSet[pulumi.Output[str]]] = WeakSet()


@final
class ReservedGroup:
    """A group that the integration keeps for itself: it has an id, and it can be no peer of a rule.

    A rule that named `trust` or `enforced` would open its group to every member or every node at once, behind
    the back of the enforcement on the nodes; so nothing that takes a group takes a reserved one, by type.
    Made by `VpcIntegration` and `ClusterIntegration`. It has no GroupName of ours, so that it can be replaced,
    and tags that say what it is (`sg-integration:role`) and whose (`sg-integration:name`).
    """

    id: pulumi.Output[str]
    """The security group's id."""

    def __init__(
        self,
        role: str,
        *,
        owner: pulumi.ComponentResource,
        vpc_id: pulumi.Input[str],
        tags: inputs.Tags,
        region: pulumi.Input[str] | None,
        opts: pulumi.ResourceOptions | None,
    ) -> None:
        """Create the group inside its component.

        Args:
            role: `trust`, `enforced` or `pod-default`; also the end of its name.
            owner: the component.
            vpc_id: the VPC.
            tags: the user's tags, checked by the component.
            region: the region, when it is not the provider's.
            opts: the options that the component was given.
        """
        self.name: Final = f"{owner.pulumi_resource_name}-{role}"
        self.role: Final = role
        resource = ec2.SecurityGroup(
            self.name,
            vpc_id=vpc_id,
            description=_DESCRIPTIONS[role],
            tags=inputs.with_tags(tags, {
                "Name": self.name,
                f"{OUR_TAG_PREFIX}role": role,
                f"{OUR_TAG_PREFIX}name": owner.pulumi_resource_name,
            }),
            region=region,
            opts=pulumi.ResourceOptions(parent=owner),
        )  # fmt: skip
        self.id = resource.id
        _IDS.add(self.id)
        self._rules = GroupRules(self.name, self.id, parent=owner, former_urns=former_urns(owner, opts), region=region)

    def __repr__(self) -> str:
        """Role and name, for messages."""
        return f'the {self.role} group "{self.name}"'

    def _allow_all(self, direction: Direction, peer: Peer | ReservedGroup) -> None:
        """Give this group one rule for all traffic; only the components that keep it do so."""
        end = peer if isinstance(peer, Peer) else group(peer.role, peer.id)
        self._rules.declare(direction, end, ALL)


def refuse_reserved(value: object, where: str) -> None:
    """Raise TypeError if a value is a reserved group of this program, or the id of one.

    A reserved group of another program, or an id that went through `apply`, is not known by looking at it.

    Args:
        value: what a user gave as a group.
        where: the argument, for the message.
    """
    if isinstance(value, ReservedGroup) or (isinstance(value, pulumi.Output) and value in _IDS):
        group_of = f"{value!r}" if isinstance(value, ReservedGroup) else "this group"
        raise TypeError(
            f"{where}: {group_of} is kept by the integration and can be no peer: a rule that names it would open its group to "
            "every member or every node of the VPC at once. Name the group of the workload instead."
        )
