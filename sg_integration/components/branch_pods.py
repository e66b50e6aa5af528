"""What a binding declares where AWS gives pods their groups: a SecurityGroupPolicy, and a look at the pods that wait for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pulumi
import pulumi_kubernetes as kubernetes
from pulumi import dynamic

from sg_integration.components.cluster_access import ClusterAccess
from sg_integration.components.security_group import SecurityGroup
from sg_integration.model import admission, branch_interfaces
from sg_integration.model.label_selectors import LabelSelector

if TYPE_CHECKING:
    from sg_integration.components.pod_binding import PodGroupBinding


class BranchPods(dynamic.Resource, module="sg_integration", name="BranchPods"):
    """The live pods of a binding, which have the groups of before until they are created again; made by `PodGroupBinding`."""

    def __init__(self, name: str, props: Mapping[str, Any], opts: pulumi.ResourceOptions) -> None:
        from sg_integration.providers.branch_interfaces import BranchPodsProvider  # noqa: PLC0415  loaded by those only who declare one

        found = {"pods": None, "skipped": None, "summary": None}
        super().__init__(BranchPodsProvider(), name, {**props, **found}, opts)


def by_policy(
    owner: PodGroupBinding,
    access: ClusterAccess,
    key: str,
    namespace: pulumi.Input[str],
    pods: LabelSelector,
    groups: Sequence[SecurityGroup],
    max_groups: int,
) -> pulumi.Output[str]:
    """Declare it all; returns how later pods get their groups.

    Args:
        owner: the binding.
        access: the cluster.
        key: what tells the binding from those of other stacks.
        namespace: the pods' namespace.
        pods: which of its pods.
        groups: all that they get.
        max_groups: how many groups a network interface takes.
    """
    name, policy, ids = owner.pulumi_resource_name, admission.name(key), [group.id for group in groups]
    props = {
        "namespace": namespace,
        "pod_selector": pods.document(),
        "security_group_ids": ids,
        "max_groups": max_groups,
        "policy": policy,
        **access.props(),
    }
    after = pulumi.ResourceOptions(parent=owner, depends_on=list(access.guards))
    live = BranchPods(f"{name}-pods", props, after)
    kubernetes.apiextensions.CustomResource(
        name,
        api_version=branch_interfaces.API_VERSION,
        kind=branch_interfaces.KIND,
        metadata=branch_interfaces.metadata(policy, namespace),
        spec=branch_interfaces.spec(pods, pulumi.Output.all(*ids).apply(branch_interfaces.listed)),
        # After the look at the pods, which refuses what would give one of them too many groups.
        opts=access.opts(owner, [live]),
    )
    return pulumi.Output.from_input(branch_interfaces.MODE)
