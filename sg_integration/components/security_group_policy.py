"""Security groups on pods' own network interfaces: AWS itself enforces, by EKS's SecurityGroupPolicies."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Final

import pulumi
from pulumi import dynamic

from sg_integration.components.enforcement import Enforcement
from sg_integration.components.security_group import SecurityGroup, listed
from sg_integration.model.branch_interfaces import MOST_GROUPS, USUAL_GROUPS
from sg_integration.model.errors import InvalidInput

if TYPE_CHECKING:
    from sg_integration.components.cluster import ClusterIntegration

_WHERE: Final = "SecurityGroupPolicyEnforcement"


@dataclass(frozen=True, kw_only=True, eq=False)  # outputs cannot be compared
class SecurityGroupPolicyEnforcement(Enforcement):
    """AWS enforces: on EKS each bound pod gets a network interface of its own, a branch interface, with its groups.

    A `PodGroupBinding` becomes a SecurityGroupPolicy. **It acts on new pods only**: those that run keep what they have until they
    are created again, and the preview lists them. What AWS sees of such a pod is the pod's own groups, so members need no
    `trust` and none join it: admit the pods' groups in the members' own groups.

    * A pod has the groups of all policies that match it **and no others**, neither those of its node nor pod default. So its rules must
      admit the probes of its node's kubelet and let it reach DNS: AWS advises to give every pod the cluster security group, too.
    * It needs `ENABLE_POD_ENI` on the VPC CNI plugin, and instance types with trunk interfaces: no `t` family, no Windows. How many
      pods a node takes is limited by its type. The preview warns of what it sees of this (`warnings`).
    * Pods with `hostNetwork` have the interface of their node, whatever a policy says.
    * The controller's webhook fails open: a pod that is created while it does not answer runs with the groups of its node.

    Args:
        security_groups: what every bound pod gets besides, such as the cluster security group.
        max_groups: how many groups a network interface takes: your quota "security groups per network interface", 1 to 16.

    Raises:
        InvalidInput: an argument is wrong; nothing was called.
        TypeError: a group is one that the integration keeps for itself.
    """

    needs_trust: ClassVar[bool] = False

    security_groups: Sequence[SecurityGroup] = ()
    max_groups: int = USUAL_GROUPS

    def __post_init__(self) -> None:
        most = self.max_groups
        if isinstance(most, bool) or not isinstance(most, int) or not 1 <= most <= MOST_GROUPS:
            raise InvalidInput(f"{_WHERE}: max_groups", f"{most!r} is no whole number from 1 to {MOST_GROUPS}.")
        at = f"{_WHERE}: security_groups"
        self._demand_room(listed(self.security_groups, at, "cluster_group"), at)

    @property
    def unenforced(self) -> str:
        """On the nodes nothing is."""
        return f"{_WHERE} lets AWS decide, and does nothing on the nodes"

    def declare(
        self, cluster: ClusterIntegration, node_security_group_ids: Sequence[pulumi.Input[str]]
    ) -> Sequence[pulumi.Resource]:
        """Declare what looks whether the cluster makes branch interfaces; nothing is written."""
        del node_security_group_ids  # a pod with an interface of its own has none of them
        props = {**cluster.access.props(), "besides": bool(self.security_groups)}
        found = BranchInterfaces(
            f"{cluster.pulumi_resource_name}-enforcement", props, pulumi.ResourceOptions(parent=cluster)
        )
        cluster.access.guards.append(found)  # bindings come after it
        return [found]

    def all_groups(self, groups: Sequence[SecurityGroup], where: str) -> list[SecurityGroup]:
        """What the pods of a binding get: its groups, and those that every pod gets.

        Raises:
            InvalidInput: they are more than a network interface takes.
        """
        found = list(dict.fromkeys([*groups, *self.security_groups]))
        self._demand_room(found, where)
        return found

    def _demand_room(self, groups: Sequence[SecurityGroup], where: str) -> None:
        count = len(set(groups))
        if count > self.max_groups:
            raise InvalidInput(
                where,
                f"{count} groups, with those that every bound pod gets, and a network interface takes {self.max_groups}. "
                "Give fewer, or raise the quota and say so by max_groups.",
            )


class BranchInterfaces(dynamic.Resource, module="sg_integration", name="BranchInterfaces"):
    """Whether a cluster gives pods network interfaces of their own; made by `ClusterIntegration`."""

    def __init__(self, name: str, props: Mapping[str, Any], opts: pulumi.ResourceOptions) -> None:
        from sg_integration.providers.branch_interfaces import BranchInterfacesProvider  # noqa: PLC0415  loaded by those only who declare one

        super().__init__(BranchInterfacesProvider(), name, {**props, "warnings": None}, opts)
