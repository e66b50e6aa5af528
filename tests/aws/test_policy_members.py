"""Which interfaces are nodes, which are members at which addresses, and whose rules the nodes must hold."""

from __future__ import annotations

from typing import Any

import pytest

from sg_integration.model.policy import Caution
from sg_integration.model.policy_inputs import Member, Node

from .policy_script import ENFORCED, TRUST, Vpc, interface, secondary
from .script import Script

CNI: dict[str, Any] = {"TagSet": [{"Key": "node.k8s.amazonaws.com/instance_id", "Value": "i-1"}]}
ALB: dict[str, Any] = {"RequesterManaged": True, "RequesterId": "amazon-elb", "Description": "ELB app/x"}
CONTROL_PLANE = {"Attachment": {"InstanceOwnerId": "999", "DeviceIndex": 1}, "Description": "Amazon EKS shop"}
PREFIXES: Any = {"Ipv4Prefixes": [{"Ipv4Prefix": "10.0.1.16/28"}], "Ipv6Prefixes": [{"Ipv6Prefix": "2001:db8:1::/80"}]}
NEVER = [
    ALB,
    CONTROL_PLANE,
    {"Operator": {"Managed": True, "Principal": "eks.amazonaws.com"}},
    {"InterfaceType": "nat_gateway"},
    {"InterfaceType": "lambda"},
]


def members(script: Script, *interfaces: dict[str, Any], nodes: dict[str, str] | None = None) -> list[Member]:
    """Who the members are."""
    groups = {each["GroupId"]: "any" for one in interfaces for each in one["Groups"]}
    return list(Vpc(list(interfaces), groups).read(script, nodes).members)


def test_a_server_is_a_member_with_all_of_its_private_addresses(script: Script) -> None:
    """Both families, secondary addresses and delegated prefixes as networks; no public address; named as by enrollments."""
    more: dict[str, Any] = {
        "Ipv6Addresses": [{"Ipv6Address": "2001:db8::5"}, {"Ipv6Address": "2001:db8::6"}],
        "Ipv4Prefixes": [{"Ipv4Prefix": "10.0.1.16/28"}],
        "Ipv6Prefixes": [{"Ipv6Prefix": "2001:db8:1::/80"}],
        "Association": {"PublicIp": "203.0.113.9"},
    }
    server = secondary(interface("eni-1", "10.0.0.5", "sg-1", "sg-2", instance="i-1", **more), "10.0.0.6")
    vpc = Vpc([server], {"sg-1": "a", "sg-2": "b"}, names={"i-1": "web"})
    [found] = vpc.read(script).members
    assert (found.id, found.name, found.groups, found.policed) == (
        "eni-1",
        "web (i-1)",
        frozenset({"sg-1", "sg-2"}),
        True,
    )
    delegated = {"10.0.1.16/28", "2001:db8:1::/80"}
    assert set(found.addresses) == {"10.0.0.5", "10.0.0.6", "2001:db8::5", "2001:db8::6", *delegated}


def test_of_a_node_only_the_primary_address_counts(script: Script) -> None:
    """Its secondary addresses, prefixes and other interfaces are its pods': neither a node's address nor a member's."""
    primary = secondary(interface("eni-1", "10.0.0.5", "sg-1", ENFORCED, instance="i-1"), "10.0.0.6", "10.0.0.7")
    primary |= PREFIXES | {
        "Ipv6Addresses": [{"Ipv6Address": "2001:db8::9"}, {"Ipv6Address": "2001:db8::5", "IsPrimaryIpv6": True}]
    }
    pods = secondary(interface("eni-2", "10.0.0.8", "sg-1", instance="i-1", index=1, **CNI), "10.0.0.9")
    vpc = Vpc([primary, pods], {"sg-1": "nodes", ENFORCED: "enforced"})
    found = vpc.read(script, {"i-1": "ip-10-0-0-5"})
    assert found.nodes == (Node("ip-10-0-0-5", ("10.0.0.5", "2001:db8::5"), frozenset({"sg-1", ENFORCED})),)
    assert found.members == ()
    assert found.caveats == ()


def test_without_a_marked_one_the_first_ipv6_address_is_the_nodes(script: Script) -> None:
    """EC2 marks a primary IPv6 address only if it is told to."""
    more: dict[str, Any] = {"Ipv6Addresses": [{"Ipv6Address": "2001:db8::9"}, {"Ipv6Address": "2001:db8::a"}]}
    vpc = Vpc([interface("eni-1", "10.0.0.5", "sg-1", instance="i-1", **more)], {"sg-1": "nodes"})
    [node] = vpc.read(script, {"i-1": "n"}).nodes
    assert node.addresses == ("10.0.0.5", "2001:db8::9")


@pytest.mark.parametrize("more", NEVER)
def test_what_never_joins_is_a_peer_and_not_policed(script: Script, more: dict[str, Any]) -> None:
    """Interfaces of services, of the control plane and of operators are left to AWS, but rules may name their groups."""
    [found] = members(script, interface("eni-1", "10.0.0.5", "sg-1", **more))
    assert (found.addresses, found.policed) == (("10.0.0.5",), False)


@pytest.mark.parametrize("more", [*NEVER, CNI, {"InterfaceType": "branch"}, {"InterfaceType": "trunk"}, {}])
def test_whatever_is_in_trust_is_policed_at_every_address(script: Script, more: dict[str, Any]) -> None:
    """AWS opens it to the nodes, whoever put it there: there is no exception, and none of its addresses is left out."""
    shown = secondary(interface("eni-1", "10.0.0.5", "sg-1", TRUST, instance="i-9", index=1), "10.0.0.6") | more
    [found] = members(script, shown | PREFIXES)
    assert found.policed
    assert found.addresses == ("10.0.0.5", "10.0.0.6", "10.0.1.16/28", "2001:db8:1::/80")


def test_in_trust_even_a_node_of_another_cluster_is_policed(script: Script) -> None:
    """That it is in `enforced` too does not spare it."""
    [found] = members(script, interface("eni-1", "10.0.0.5", ENFORCED, TRUST, instance="i-9"))
    assert found.policed


def test_what_may_join_is_policed_before_it_joins(script: Script) -> None:
    """Servers, databases and interfaces that nothing has attached yet: their rules are held when `trust` opens them."""
    database: dict[str, Any] = {
        "RequesterManaged": True,
        "RequesterId": "amazon-rds",
        "Description": "RDSNetworkInterface",
    }
    found = members(
        script,
        interface("eni-1", "10.0.0.5", "sg-1", instance="i-1"),
        interface("eni-2", "10.0.0.6", "sg-1", **database),
        interface("eni-3", "10.0.0.7", "sg-1", Status="available"),
        interface("eni-4", "10.0.0.8", "sg-1", instance="i-1", InterfaceType="efa"),
        interface("eni-5", "10.0.0.9", "sg-1", OwnerId="777"),
    )
    assert [each.policed for each in found] == [True] * 5


@pytest.mark.parametrize(("groups", "index", "more"), [((ENFORCED,), 0, {}), (("sg-1",), 1, CNI)])
def test_a_node_of_another_cluster_is_a_peer_by_its_primary_address(
    script: Script, groups: tuple[str, ...], index: int, more: dict[str, Any]
) -> None:
    """Its other addresses are its pods', which may be in other groups; and nodes never join `trust`."""
    shown = secondary(interface("eni-1", "10.0.0.5", *groups, instance="i-9", index=index, **more), "10.0.0.6")
    [found] = members(script, shown | PREFIXES, nodes={"i-1": "ours"})
    assert (found.addresses, found.policed) == (("10.0.0.5",), False)


def test_an_interface_that_the_cni_does_not_manage_is_a_servers(script: Script) -> None:
    """With `no_manage` its groups are its own, and it may join."""
    tags = [*CNI["TagSet"], {"Key": "node.k8s.amazonaws.com/no_manage", "Value": "true"}]
    [found] = members(script, interface("eni-1", "10.0.0.5", "sg-1", instance="i-9", index=1, TagSet=tags))
    assert found.policed


@pytest.mark.parametrize("kind", ["branch", "trunk"])
def test_branch_and_trunk_interfaces_of_pods_are_nobodys(script: Script, kind: str) -> None:
    """A branch interface is a pod, whose address is another pod's soon."""
    assert members(script, interface("eni-1", "10.0.0.5", "sg-1", InterfaceType=kind)) == []


def test_an_interface_without_an_address_is_no_member(script: Script) -> None:
    """An `efa-only` interface carries no IP traffic."""
    bare = interface("eni-1", "", "sg-1")
    del bare["PrivateIpAddress"], bare["PrivateIpAddresses"]
    assert members(script, bare) == []


def test_a_member_with_ipv6_alone_is_held_there(script: Script) -> None:
    """An interface of an IPv6-only subnet has no IPv4 address."""
    bare = interface("eni-1", "", "sg-1", Ipv6Addresses=[{"Ipv6Address": "2001:db8::5"}])
    del bare["PrivateIpAddress"], bare["PrivateIpAddresses"]
    [found] = members(script, bare)
    assert found.addresses == ("2001:db8::5",)


def test_what_cannot_be_held_is_said(script: Script) -> None:
    """A node in `trust` is never cut off; whatever else is in it is held, with its prefixes."""
    shown = [
        interface("eni-1", "10.0.0.5", "sg-1", TRUST, instance="i-1"),
        interface("eni-2", "10.0.0.6", "sg-1", TRUST, instance="i-2", **PREFIXES),
    ]
    vpc = Vpc(shown, {"sg-1": "a", TRUST: "trust"}, names={"i-1": "node", "i-2": "router"})
    [found] = vpc.read(script, {"i-1": "n"}).caveats
    assert found.caution is Caution.NOT_POLICED
    assert str(found) == (
        "node (i-1) (eni-1): is a node and in trust as well: every node reaches it on every port. Take it out of trust."
    )


def test_members_and_nodes_come_in_one_order(script: Script) -> None:
    """AWS's order is no order; a preview must not change with it."""
    shown = [interface(f"eni-{number}", f"10.0.0.{number}", "sg-1", instance=f"i-{number}") for number in (3, 1, 4, 2)]
    found = Vpc(shown, {"sg-1": "a"}).read(script, {"i-4": "b", "i-2": "z", "i-1": "a"})
    assert [each.name for each in found.nodes] == ["a", "b", "z"]
    assert [each.id for each in found.members] == ["eni-3"]
