"""The reserved groups have exactly their rules, and their arguments are checked."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pulumi
import pytest

from sg_integration import ClusterIntegration, InvalidInput, SecurityGroup, VpcIntegration

from .conftest import Declared, Program

VPC = "vpc-0a1b2c3d"
NODES, MORE_NODES, CONTROL_PLANE = "sg-0000000a", "sg-0000000b", "sg-0000000c"
Declare = Callable[[Program], Declared]


def test_trust_and_enforced_have_their_four_rules_and_no_other(declare: Declare) -> None:
    """Each of the two groups has one ingress and one egress rule, all traffic, naming only the other."""
    declared = declare(lambda: void(VpcIntegration("prod", vpc_id=VPC)))
    rules = declared.rules()
    assert sorted(rules) == [
        "prod-enforced-from-trust-all",
        "prod-enforced-to-trust-all",
        "prod-trust-from-enforced-all",
        "prod-trust-to-enforced-all",
    ]
    for inputs in rules.values():
        assert inputs["ipProtocol"] == "-1"
        assert inputs["securityGroupId"] != inputs["referencedSecurityGroupId"]
        assert not {"fromPort", "toPort", "cidrIpv4", "cidrIpv6"} & set(inputs)


def test_reserved_groups_say_what_they_are(declare: Declare) -> None:
    """Reserved groups have tags with role and owner, constant descriptions, no GroupName, and the user's tags."""
    resources = declare(lambda: void(VpcIntegration("prod", vpc_id=VPC, tags={"team": "net"}))).resources
    inputs = resources["prod-trust"][1]
    assert inputs["tags"] == {
        "Name": "prod-trust",
        "sg-integration:role": "trust",
        "sg-integration:name": "prod",
        "team": "net",
    }
    assert "name" not in inputs
    assert "prod" not in inputs["description"]


def cluster(**arguments: Any) -> Program:
    """A program with one cluster."""

    def program() -> None:
        given = {"node_security_group_ids": [NODES], "control_plane_security_group_id": CONTROL_PLANE, **arguments}
        ClusterIntegration("eks", guard=False, integration=VpcIntegration("prod", vpc_id=VPC), **given)

    return program


def pod_default(declared: Declared) -> dict[str, object]:
    """The pod default group's rules: name to peer."""
    return {
        name.removeprefix("eks-pod-default-"): inputs.get("referencedSecurityGroupId")
        or inputs.get("cidrIpv4")
        or inputs.get("cidrIpv6")
        for name, inputs in declared.rules().items()
        if name.startswith("eks-")
    }


def test_pod_default_has_its_rules(declare: Declare) -> None:
    """Pods send to all of IPv4 and accept from themselves, each node group and the control plane."""
    found = pod_default(declare(cluster(node_security_group_ids=[NODES, MORE_NODES])))
    itself = found.pop("from-itself-all")
    assert isinstance(itself, str)
    assert found == {
        "to-0.0.0.0/0-all": "0.0.0.0/0",
        f"from-{NODES}-all": NODES,
        f"from-{MORE_NODES}-all": MORE_NODES,
        "from-control-plane-all": CONTROL_PLANE,
    }


def test_order_and_repetition_of_node_groups_change_nothing(declare: Declare) -> None:
    """The node groups are a set: their order does not matter, and one named twice is one rule."""
    one = pod_default(declare(cluster(node_security_group_ids=[NODES, MORE_NODES])))
    other = pod_default(declare(cluster(node_security_group_ids=[MORE_NODES, NODES, NODES])))
    assert set(one) == set(other)


def test_ipv6_egress_only_when_asked(declare: Declare) -> None:
    """All of IPv6 is open to pods only with ipv6_egress."""
    assert "to-::/0-all" not in pod_default(declare(cluster()))
    assert pod_default(declare(cluster(ipv6_egress=True)))["to-::/0-all"] == "::/0"


@pytest.mark.parametrize("shared", [None, NODES])
def test_a_control_plane_that_shares_the_nodes_group_is_one_rule(declare: Declare, shared: str | None) -> None:
    """Where control plane and nodes are one group there is one rule, since AWS refuses the second."""
    found = pod_default(declare(cluster(control_plane_security_group_id=shared)))
    assert [name for name in found if name.startswith("from-sg-")] == [f"from-{NODES}-all"]
    assert "from-control-plane-all" not in found


def test_named_node_groups_may_be_outputs(declare: Declare) -> None:
    """Ids that are not known yet are given as a mapping, and the names are the rules' names."""
    nodes = {"blue": pulumi.Output.from_input(NODES), "green": pulumi.Output.from_input(MORE_NODES)}
    found = pod_default(declare(cluster(node_security_group_ids=nodes)))
    assert (found["from-blue-all"], found["from-green-all"]) == (NODES, MORE_NODES)


def test_groups_of_ours_may_be_node_groups(declare: Declare) -> None:
    """A SecurityGroup in the list is named after itself."""

    def program() -> None:
        nodes = SecurityGroup.existing("workers", NODES)
        cluster(node_security_group_ids=[nodes])()

    assert pod_default(declare(program))["from-workers-all"] == NODES


def test_two_names_for_one_group_are_refused_when_known(declare: Declare) -> None:
    """Two outputs that turn out to be one group fail with a line that names both and says what to do."""
    nodes = {"blue": pulumi.Output.from_input(NODES), "green": pulumi.Output.from_input(NODES)}
    with pytest.raises(ValueError, match="blue and green are one group, sg-0000000a"):
        declare(cluster(node_security_group_ids=nodes))


@pytest.mark.parametrize(
    ("arguments", "argument"),
    [
        ({"node_security_group_ids": []}, "node_security_group_ids: no group"),
        ({"node_security_group_ids": "sg-0000000a"}, "node_security_group_ids: .* is no list"),
        ({"node_security_group_ids": ["sg-1"]}, r"node_security_group_ids\[0\]"),
        ({"node_security_group_ids": {"": NODES}}, r'node_security_group_ids\[""\]'),
        (
            {"node_security_group_ids": [pulumi.Output.from_input(NODES)]},
            r'node_security_group_ids\[0\]: .*\{"nodes": …\}',
        ),
        ({"control_plane_security_group_id": "x"}, "control_plane_security_group_id"),
        ({"tags": {"kubernetes.io/cluster/x": "owned"}}, "kubernetes.io/cluster/x"),
    ],
)
def test_a_bad_cluster_argument_is_refused_by_name(declare: Declare, arguments: dict[str, Any], argument: str) -> None:
    """A wrong argument of a cluster raises InvalidInput that names it, and the cluster is not registered."""

    def program() -> None:
        with pytest.raises(InvalidInput, match=f'ClusterIntegration "eks": .*{argument}'):
            cluster(**arguments)()

    assert "eks" not in declare(program).resources


@pytest.mark.parametrize(
    ("arguments", "argument"),
    [
        ({"vpc_id": "vpc-xyz"}, "vpc_id"),
        ({"vpc_id": VPC, "tags": {"sg-integration:role": "x"}}, "sg-integration:role"),
    ],
)
def test_a_bad_vpc_argument_is_refused_by_name(declare: Declare, arguments: dict[str, Any], argument: str) -> None:
    """A wrong argument of a VPC's integration raises InvalidInput that names it, and nothing is registered."""

    def program() -> None:
        with pytest.raises(InvalidInput, match=f'VpcIntegration "prod": .*{argument}'):
            VpcIntegration("prod", **arguments)

    assert declare(program).resources == {}


def void(_: object) -> None:
    """Forget a value, so that a lambda is a program."""
