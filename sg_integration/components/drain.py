"""The resource that relieves a VPC of a reserved group before it goes."""

from __future__ import annotations

import pulumi
from pulumi import dynamic

from sg_integration.components import program
from sg_integration.components.reach import Reach
from sg_integration.components.reserved import ReservedGroup
from sg_integration.providers.drain import DrainProvider


class Drain(dynamic.Resource, module="sg_integration", name="Drain"):
    """Does nothing until it is deleted; then no member of the VPC keeps the group, whoever gave it."""

    def __init__(
        self,
        name: str,
        *,
        vpc_id: pulumi.Input[str],
        group: ReservedGroup,
        reach: Reach,
        looking: bool,
        opts: pulumi.ResourceOptions,
    ) -> None:
        """Declare it inside its component.

        Args:
            name: its name in the program.
            vpc_id: the VPC.
            group: the group to drain.
            reach: how to reach AWS.
            looking: whether a preview looks if the VPC is there; of the drains of a VPC one does.
            opts: options of the resource.
        """
        looks = program.previewing() if looking else {}
        props = {"vpc_id": vpc_id, "security_group_ids": [group.id], **reach.props(), **looks}
        super().__init__(DrainProvider(), name, props, opts)
