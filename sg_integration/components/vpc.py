"""One VPC under the integration: its `trust` and `enforced` groups and the rules between them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pulumi

from sg_integration.components import inputs, program
from sg_integration.components.drain import Drain
from sg_integration.components.reach import Reach
from sg_integration.components.reserved import ReservedGroup
from sg_integration.components.selections import Selections
from sg_integration.model import identifiers
from sg_integration.model.rules import Direction


class VpcIntegration(pulumi.ComponentResource):
    """The two groups that join a VPC and the clusters in it.

    Members of the VPC join `trust`, nodes of clusters join `enforced`, and AWS lets everything pass between the two,
    both ways, on all ports; what may really pass is then enforced on the nodes. **So whatever is in `trust` is
    open to every node in `enforced` unless enforcement is live.** Nothing else is opened: no rule among members, none
    among nodes, and no egress but to the other group.

    Args:
        name: the integration's name in the program; the groups are `<name>-trust` and `<name>-enforced`.
        vpc_id: the VPC. Changing it replaces both groups.
        tags: added to the groups' own.
        region: the region, when it is not the provider's.
        profile: a profile of the AWS configuration, for enrollments; by default the provider's. An explicit provider's
            credentials do not reach them: say here how they find AWS.
        role_arn: a role that enrollments assume.
        endpoint_url: another endpoint of AWS for enrollments.
        opts: options of the component; provider, protect, aliases, transforms and depends_on reach all children.

    Raises:
        InvalidInput: an argument is wrong; nothing was called.
    """

    trust: ReservedGroup
    """The group of VPC members, such as instances and databases."""
    enforced: ReservedGroup
    """The group of nodes that enforce security groups."""
    drains: tuple[Drain, ...]
    """Relieve every member of the two groups before they go; enrollments come after them and go before them."""
    vpc_id: pulumi.Output[str]
    selections: Selections
    """What the enrollments of this integration select."""

    def __init__(
        self,
        name: str,
        *,
        vpc_id: pulumi.Input[str],
        tags: inputs.Tags = None,
        region: pulumi.Input[str] | None = None,
        profile: pulumi.Input[str] | None = None,
        role_arn: pulumi.Input[str] | None = None,
        endpoint_url: pulumi.Input[str] | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        where = f'VpcIntegration "{name}"'
        identifiers.group_name(name, f"{where}: name", room=len("-enforced"))
        region = inputs.checked_region(region, f"{where}: region")
        vpc_id = inputs.checked(vpc_id, identifiers.vpc_id, f"{where}: vpc_id")
        tags = inputs.checked_tags(tags, f"{where}: tags", reserved_group=True)
        super().__init__("sg-integration:index:VpcIntegration", name, {}, opts)
        self.vpc_id = pulumi.Output.from_input(vpc_id)
        self.region = region
        self.selections = Selections()
        self.reach = Reach(region, profile, role_arn, endpoint_url).completed(self)
        self.trust = ReservedGroup("trust", owner=self, vpc_id=vpc_id, tags=tags, region=region, opts=opts)
        self.enforced = ReservedGroup("enforced", owner=self, vpc_id=vpc_id, tags=tags, region=region, opts=opts)
        for direction in Direction:
            self.trust._allow_all(direction, self.enforced)
            self.enforced._allow_all(direction, self.trust)
        self.holding: list[Mapping[str, Any]] = []
        """What the nodes of each cluster must be told once more just before anybody joins `trust`."""
        self.enforcing: list[pulumi.Resource] = []
        """What enforces on the nodes of clusters: it goes only when both groups are drained."""
        self.settled: list[pulumi.Output[str]] = []
        """Known when what comes at the end of the program has settled what the nodes of a cluster hold."""
        # One for each group: when one group is replaced, its drain must not touch the other.
        self.drains = tuple(
            Drain(
                f"{group.name}-drain",
                vpc_id=vpc_id,
                group=group,
                reach=self.reach,
                looking=group is self.trust,
                opts=pulumi.ResourceOptions(
                    parent=self, depends_on=program.at_its_end(lambda: pulumi.Output.from_input(self.enforcing))
                ),
            )
            for group in (self.trust, self.enforced)
        )
        self.register_outputs(
            {"trust_security_group_id": self.trust.id, "enforced_security_group_id": self.enforced.id}
        )
