"""The edges of reach: what passes for a reason of its own, and what must not be mixed up."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from sg_integration.model import annotation
from sg_integration.model.bindings import Pod
from sg_integration.model.explain_words import as_text
from sg_integration.model.landscape import Enforcement, Landscape, RunningPod
from sg_integration.model.planned_changes import UNKNOWN
from sg_integration.model.policy_inputs import Member, SecurityGroupRule
from sg_integration.model.reach import Reach
from sg_integration.model.reach_matrix import matrix
from sg_integration.model.rules import PeerKind
from tests.model.reach_scene import (
    API,
    DB,
    GROUPS,
    IN,
    MEMBERS,
    NODES,
    POD,
    PODS,
    TRUST,
    asked,
    notes,
    rule,
    running,
    shop,
)
from tests.model.test_planned_changes import AWS, INGRESS, OURS, after, bindings, document, groups, port, step, urn


def with_rules(group: str, *rules: SecurityGroupRule) -> Landscape:
    """The shop in which one group has other rules."""
    return shop(groups=tuple(replace(each, rules=rules) if each.id == group else each for each in GROUPS))


def test_aws_filters_nothing_to_the_resolver() -> None:
    """Even where no group lets anything out, the resolver is reached."""
    assert asked("shop/web-333", "169.254.169.253", "udp/53", with_rules(NODES)).verdict == "allowed"
    assert asked("shop/web-333", "8.8.8.8", "udp/53", with_rules(NODES)).verdict == "denied"


@pytest.mark.parametrize(
    ("source", "destination", "port_", "verdict"),
    [
        ("orders", "node-1", "22", "allowed"),
        ("orders", "node-1", "udp/53", "denied"),
        ("node-1", "orders", "udp/53", "allowed"),
        ("node-1", "orders", "22", "denied"),
    ],
)
def test_failsafe_ports_have_a_direction(source: str, destination: str, port_: str, verdict: str) -> None:
    """What a node lets in is not what it lets out."""
    quiet = with_rules(DB)
    assert asked(source, destination, port_, quiet).verdict == verdict


def test_a_node_that_is_admitted_is_held_by_policies_of_nodes() -> None:
    """What admits nodes is in the policies for nodes, not in those for pods."""
    landscape = with_rules(DB, rule(2, IN, NODES, "tcp", 5432))
    said = as_text(Reach(landscape), asked("node-1", "orders", "5432", landscape))
    assert f"decided by sg-remote.hosts-{NODES} in tier sg-remote" in said


def test_what_calico_cannot_say_grants_nothing() -> None:
    """A rule of ICMP type 255 is none on the nodes."""
    said = SecurityGroupRule("sgr-2", IN, "icmp", 255, -1, PeerKind.SECURITY_GROUP, API)
    reach = Reach(with_rules(DB, said))
    assert not any("icmp/255" in str(cell.ports) for cell in matrix(reach).cells.values())
    assert asked("shop/api-1", "orders", "icmp/255", reach.landscape).verdict == "denied"


def test_a_rule_that_grants_nothing_is_said() -> None:
    """A stale rule of a group that is looked at is named; one of another group is not."""
    stale = replace(rule(2, IN, API, "tcp", 5432), stale=True)
    assert "orders-db (sg-01) (sgr-2): its reference to sg-00 is stale" in notes(
        asked("shop/api-1", "orders", "5432", with_rules(DB, stale))
    )
    assert "stale" not in notes(asked("shop/api-1", "shop/web-333", "80", with_rules(DB, stale)))


def test_staged_policies_close_nothing_in_the_matrix() -> None:
    """What is only logged leaves everything in trust open."""
    found = matrix(Reach(shop(enforcement=Enforcement("staged"))))
    assert str(found.cells["shop/deployment/web", "orders", "out"].ports[0]) == "all"


def test_pods_that_policy_does_not_select_beside_those_that_it_does() -> None:
    """What opens a member to the one kind says nothing of the other, whichever comes first."""
    late = running("zeta-1", namespace="tigera-operator")
    for some, name in ((PODS, "kube-system/deployment/dns"), ((PODS[2], late), "tigera-operator/deployment/zeta")):
        cells = matrix(Reach(shop(pods=some)), system=True).cells
        assert str(cells[name, "orders", "out"].ports[0]) == "all"
        assert ("shop/deployment/web", "orders", "out") not in cells


def test_a_member_with_a_nodes_address_is_that_node() -> None:
    """A node's own interface may be listed among the members; it is none."""
    own = Member("eni-n", "node-1 (i-0a)", ("10.0.0.1",), frozenset({NODES}))
    assert "node-1" not in matrix(Reach(shop(members=(*MEMBERS, own)))).members


def test_groups_of_a_pod_are_those_that_calico_sees() -> None:
    """Only the label that says so takes a pod out of the node groups; every pod is in pod default."""
    label = {f"{annotation.LABEL_PREFIX}{API}": ""}
    for more, expected in (({}, {API, NODES, POD}), ({annotation.BOUND: "true"}, {API, POD})):
        assert RunningPod(Pod("shop", "a", labels={**label, **more})).groups(shop().inputs) == expected
    assert RunningPod(Pod("shop", "a", labels={annotation.BOUND: "true"})).groups(shop().inputs) == {POD}


def test_what_depends_on_two_groups_is_not_known() -> None:
    """An input that may be either of two groups is not taken for one of them."""
    made = [step("create", AWS, name, new={}) for name in ("a", "b")]
    both = [urn(AWS, "a"), urn(AWS, "b")]
    ingress = step("create", INGRESS, "r", new=port(DB, UNKNOWN), referencedSecurityGroupId=both)
    bound: dict[str, Any] = {"binding": document("web"), "security_group_ids": [UNKNOWN]}
    pods = step("create", f"{OURS}PodGroups", "p", new=bound, security_group_ids=both)
    found = after(*made, ingress, pods, landscape=bindings())
    assert any("r: its referencedSecurityGroupId" in each for each in found.unknown)
    assert any("p: some of its security_group_ids" in each for each in found.unknown)
    assert groups(found)["web-333"] == set()


def test_who_joins_trust_is_held() -> None:
    """A member that never joined before is held by the nodes once it does."""
    joining = {"members": {"eni-lb": "x"}, "security_group_ids": [TRUST]}
    found = after(step("create", f"{OURS}Ec2Enrollment", "e", new=joining)).landscape
    assert next(each for each in found.inputs.members if each.id == "eni-lb").policed
    assert not next(each for each in shop().inputs.members if each.id == "eni-lb").policed


def test_pods_that_bindings_leave_alone() -> None:
    """A pod with hostNetwork gets no group; a pod that has nothing left is as if it never had any."""
    bound = {"binding": document("agent"), "security_group_ids": [DB]}
    assert (
        groups(after(step("create", f"{OURS}PodGroups", "p", new=bound), landscape=bindings()))["agent-55555"] == set()
    )
    gone = step("delete", f"{OURS}PodGroups", "p", {"binding": document("api"), "security_group_ids": [API]})
    api = after(gone, landscape=bindings()).landscape.pods[0].pod
    assert dict(api.labels) == {"app": "api"}


def test_the_node_groups_are_those_of_enforcement() -> None:
    """What the resource says of the node groups is what pods without groups are in afterwards."""
    how = {"hosts": "members", "node_security_group_ids": [DB]}
    found = after(step("create", f"{OURS}CalicoPolicies", "e", new=how)).landscape
    assert found.inputs.default_groups == {DB}
