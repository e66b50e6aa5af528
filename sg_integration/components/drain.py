"""The resource that relieves a VPC of the reserved groups before they go."""

from __future__ import annotations

from collections.abc import Sequence

import pulumi
from pulumi import dynamic

from sg_integration.components.reach import Reach
from sg_integration.components.reserved import ReservedGroup
from sg_integration.providers.drain import DrainProvider


class Drain(dynamic.Resource, module="sg_integration", name="Drain"):
    """Does nothing until it is deleted; then no member of the VPC keeps a reserved group, whoever gave it."""

    def __init__(
        self,
        name: str,
        *,
        vpc_id: pulumi.Input[str],
        groups: Sequence[ReservedGroup],
        reach: Reach,
        opts: pulumi.ResourceOptions,
    ) -> None:
        """Declare it inside its component.

        Args:
            name: its name in the program.
            vpc_id: the VPC.
            groups: the groups to drain.
            reach: how to reach AWS.
            opts: options of the resource.
        """
        props = {"vpc_id": vpc_id, "security_group_ids": [group.id for group in groups], **reach.props()}
        super().__init__(DrainProvider(), name, props, opts)
