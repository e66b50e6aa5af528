"""Who should be in `enforced` and is not, and the other way round."""

from __future__ import annotations

from sg_integration.model.enforced_nodes import OUTSIDE, STRAY, UNHELD_INSIDE, amiss
from sg_integration.model.policy_inputs import Member, Node

ENFORCED, READY = frozenset({"sg-02"}), frozenset({"inside"})
INSIDE, LATE = Node("inside", ("10.0.0.1",), frozenset({"sg-0e", "sg-02"})), Node("late", ("10.0.0.2",))
SERVER = Member("eni-1", "server", ("10.0.0.3",), frozenset({"sg-01"}))
GONE = Member("eni-2", "old-node (i-1)", ("10.0.0.4",), frozenset({"sg-02"}), policed=False)


def test_nodes_outside_and_others_inside_are_named() -> None:
    """A node without the group and anything else with it are told, each with what it means; all others are not."""
    found = amiss([LATE, INSIDE], [SERVER, GONE], ENFORCED, READY)
    assert found == {"late": OUTSIDE, "eni-2": f"old-node (i-1): {STRAY}"}


def test_what_has_the_node_group_of_another_cluster_is_named_there() -> None:
    """A node of another cluster that enforces is no stray here, as long as its group is not this cluster's, too."""
    theirs = Member("eni-3", "batch-1 (i-2)", ("10.0.0.5",), frozenset({"sg-02", "sg-0b"}), policed=False)
    assert amiss([INSIDE], [theirs, GONE], ENFORCED, READY, frozenset({"sg-0b"})).keys() == {"eni-2"}
    assert amiss([INSIDE], [theirs, GONE], ENFORCED, READY).keys() == {"eni-2", "eni-3"}


def test_a_node_inside_that_enforces_nothing_is_named() -> None:
    """As long as Calico is not ready on it; one outside need not be."""
    assert amiss([LATE, INSIDE], [SERVER], ENFORCED, frozenset({"late"})) == {"late": OUTSIDE, "inside": UNHELD_INSIDE}


def test_without_the_group_nothing_is_amiss() -> None:
    """Before the group exists nobody can be in it."""
    assert amiss([LATE], [GONE], frozenset(), READY) == {}
