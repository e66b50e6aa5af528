"""Where nothing enforces on it, no node joins; what has the group already is told apart."""

from __future__ import annotations

from dataclasses import replace

from sg_integration.model.nodes import UNREADY, Node
from sg_integration.model.reasons import Situation
from sg_integration.model.selection import select_interfaces, select_nodes
from sg_integration.model.selectors import Nodes

from .test_selection_refusals import ENI, WEB

HERE = Situation(desired=frozenset({"sg-enforced"}), nodes=True)
SELECT = Nodes(instance_ids=[WEB.id])


def test_a_node_joins_only_where_calico_is_ready() -> None:
    """Ready, it joins; not ready, or no node at all, it is passed over with the reason."""
    for unenforced, reason in (
        (None, ""),
        ({WEB.id: ""}, ""),
        ({WEB.id: UNREADY}, UNREADY),
        ({}, "no node of the cluster, so nothing enforces there"),
    ):
        found = select_interfaces([ENI], [WEB], SELECT, replace(HERE, unenforced=unenforced))
        assert (ENI.id in found.members) is (not reason)
        assert found.skipped == ({ENI.id: f"{ENI}: {reason}"} if reason else {})


def test_a_node_that_is_in_stays_when_calico_restarts() -> None:
    """Its pods' rules are in the kernel, and to take it out would cut them off."""
    inside = replace(ENI, groups=("sg-web", "sg-enforced"))
    unready = replace(HERE, unenforced={WEB.id: UNREADY})
    assert select_interfaces([inside], [WEB], SELECT, unready).members == {ENI.id: str(ENI)}
    # Nobody knows its rules if nothing enforced when it joined.
    assert not select_interfaces([inside], [WEB], SELECT, replace(unready, unenforced_stays=False)).members


def test_what_is_no_node_any_more_leaves() -> None:
    """However it was selected: nothing enforces there."""
    inside = replace(ENI, groups=("sg-web", "sg-enforced"))
    found = select_interfaces([inside], [WEB], SELECT, replace(HERE, unenforced={}))
    assert not found.members
    assert "no node of the cluster" in found.skipped[ENI.id]


def test_a_node_that_karpenter_puts_into_the_group_needs_nothing_more() -> None:
    """Nobody is told to add the group where it is already."""
    spot = Node("spot", f"aws:///eu-central-1a/{WEB.id}", {"karpenter.sh/nodepool": "default"})
    _, skipped = select_nodes([spot], [WEB], Nodes.from_cluster(), {WEB.id})
    assert skipped == {WEB.id: "node spot: it has the group, by what makes it"}
    _, skipped = select_nodes([spot], [WEB], Nodes.from_cluster())
    assert "add the group to its securityGroupSelectorTerms" in skipped[WEB.id]
