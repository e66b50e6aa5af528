"""Which nodes are not in `enforced`, and what is in it although it is no node."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Final

from sg_integration.model.groups import Groups
from sg_integration.model.policy_inputs import Member, Node

OUTSIDE: Final = "not in enforced: its pods reach no member until it joins"
STRAY: Final = (
    "in enforced, but no node of this cluster: it reaches every member of trust, on every port, unless it is a node of "
    "another cluster that enforces, or one that just starts"
)

UNHELD_INSIDE: Final = (
    "in enforced, and Calico is not ready on it: its new pods are held to no rule, and nobody joins trust meanwhile. "
    "Repair it, or drain it and take it out of the cluster"
)


def amiss(
    nodes: Collection[Node], members: Iterable[Member], enforced: Groups, ready: Groups, elsewhere: Groups = frozenset()
) -> dict[str, str]:
    """Nodes outside `enforced`, others inside it, and nodes in it that enforce nothing: by name or id, with what that means.

    Args:
        nodes: the cluster's nodes.
        members: what else is in the VPC.
        enforced: the group; empty as long as there is none, and then nothing is amiss.
        ready: the names of the nodes on which Calico is ready.
        elsewhere: the node groups of other clusters that enforce: what has one of them is named by its own cluster.
    """
    if not enforced:
        return {}
    outside = {node.name: OUTSIDE for node in nodes if not enforced & node.groups}
    strays = {
        each.id: f"{each.name}: {STRAY}" for each in members if enforced & each.groups and not elsewhere & each.groups
    }
    unheld = {node.name: UNHELD_INSIDE for node in nodes if enforced & node.groups and node.name not in ready}
    return {each: words for some in (outside, strays, unheld) for each, words in sorted(some.items())}
