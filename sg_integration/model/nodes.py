"""Nodes as the cluster knows them: which instance is behind each, and why some cannot join by their instance."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

_INSTANCE: Final = re.compile(r"aws:///[^/]*/(i-[0-9a-f]+)")
COMPUTE_TYPE: Final = "eks.amazonaws.com/compute-type"
"""The label by which EKS says what kind of node it is, where it is not simply an instance."""
FARGATE, AUTO, HYBRID = "fargate", "auto", "hybrid"
_NODE_POOL: Final = "karpenter.sh/nodepool"
_BY_COMPUTE_TYPE: Final[Mapping[str, str]] = {
    FARGATE: "a Fargate node has no instance; give its pods their groups with a SecurityGroupPolicy",
    AUTO: "managed by EKS Auto Mode: add the group to the NodeClass's securityGroupSelectorTerms",
    HYBRID: "a hybrid node is no instance of EC2, and security groups do not reach it",
}
_KARPENTER: Final = (
    "Karpenter replaces a node whose groups differ from its EC2NodeClass: "
    "add the group to its securityGroupSelectorTerms"
)


UNREADY: Final = (
    "Calico is not ready on it, so nothing enforces there yet. Run again when its calico-node pod is ready; nodes that "
    "autoscaling adds are best born in the group, with a start-up taint that keeps pods off until then"
)
"""Why a node does not join as long as Calico is not ready on it."""
UNHELD: Final = (
    "Calico has no automatic host endpoint for it, so nothing would hold what runs in its own network. Run again when "
    "calico-kube-controllers has made one"
)
"""Why a node does not join as long as its own network is not policed."""
WINDOWS: Final = 'a Windows node, whose own network Calico does not police; hosts="off" lets it join'
"""Why a Windows node does not join where nodes themselves are held."""


@dataclass(frozen=True, slots=True)
class Node:
    """A node of a cluster.

    Args:
        name: its name.
        provider_id: what the cloud calls it, `aws:///eu-central-1a/i-0ab…`; empty as long as nobody has said so.
        labels: its labels.
        version: the version of its kubelet, `v1.36.2`.
        branch_interfaces: how many pods with network interfaces of their own it takes.
    """

    name: str
    provider_id: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    version: str = ""
    branch_interfaces: int = 0

    @property
    def instance_id(self) -> str | None:
        """The instance of EC2 behind it, if there is one."""
        found = _INSTANCE.fullmatch(self.provider_id)
        return found[1] if found else None

    @property
    def skip_reason(self) -> str:
        """Why its instance is left alone, and what to do instead; empty if it may join."""
        known = _BY_COMPUTE_TYPE.get(self.labels.get(COMPUTE_TYPE, ""), "")
        if known or _NODE_POOL in self.labels:  # nodes of Auto Mode have a node pool, too
            return known or _KARPENTER
        if not self.provider_id:
            return "it has no spec.providerID yet; run again when the cloud controller has found it"
        return "" if self.instance_id else f"{self.provider_id} is no instance of EC2"
