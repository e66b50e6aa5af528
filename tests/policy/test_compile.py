"""What compiling makes of single rules and odd inputs, and what it warns of."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_address, ip_network
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sg_integration.model import calico, ports
from sg_integration.model.policy import Caution, Compiled, Peer
from sg_integration.model.policy_compile import compile_policy
from sg_integration.model.policy_inputs import Member, Node, PolicyInputs, SecurityGroup, SecurityGroupRule
from sg_integration.model.policy_rules import traffic
from sg_integration.model.rules import Direction, PeerKind
from tests.policy.world import World
from tests.policy.worlds import worlds

RULE = SecurityGroupRule("sgr-1", Direction.INGRESS, "tcp", 443, 443, PeerKind.SECURITY_GROUP, "sg-0b")


def inputs(*rules: SecurityGroupRule, **more: Any) -> PolicyInputs:
    """Pods have sg-0a, which has the rules; nodes have sg-0b."""
    groups = (SecurityGroup("sg-0a", "api", rules), SecurityGroup("sg-0b", "nodes"), SecurityGroup("sg-0d", "pods"))
    return PolicyInputs(groups, frozenset({"sg-0b"}), "sg-0d", frozenset({"sg-0a"}), **more)


def compiled(*rules: SecurityGroupRule, **more: Any) -> Compiled:
    """The policy of such a VPC."""
    return compile_policy(inputs(*rules, **more))


@pytest.mark.parametrize(
    ("protocol", "from_port", "to_port", "expected"),
    [
        ("tcp", 443, 443, ports.HTTPS),
        ("6", 443, 443, ports.HTTPS),
        ("TCP", 0, 65535, ports.ALL_TCP),
        ("tcp", -1, -1, ports.ALL_TCP),
        ("17", None, None, ports.ALL_UDP),
        ("-1", None, None, ports.ALL),
        ("-1", -1, -1, ports.ALL),
        ("-1", 0, 0, ports.ALL),
        ("all", None, None, ports.ALL),
        ("icmp", 8, 0, ports.PING),
        ("1", -1, -1, ports.ALL_ICMP),
        ("icmp", None, None, ports.ALL_ICMP),
        ("58", 128, -1, ports.icmpv6(128)),
        ("47", None, None, ports.protocol(47)),
        ("50", 0, 65535, ports.protocol(50)),
    ],
)
def test_traffic_has_one_form_however_ec2_writes_it(
    protocol: str, from_port: int | None, to_port: int | None, expected: ports.Port
) -> None:
    """Numbers are names where there are names, -1 and nothing mean all, and protocols without ports have none."""
    assert traffic(protocol, from_port, to_port) == expected


def test_a_grant_says_whose_rule_it_is() -> None:
    """From each grant one finds the group and the rule behind it."""
    grant = compiled(RULE).grants["sg-0a"][0]
    assert grant == (Direction.INGRESS, Peer(PeerKind.SECURITY_GROUP, "sg-0b"), ports.HTTPS, "sg-0a", "sgr-1")


REFUSED: dict[Caution, tuple[dict[str, Any], str]] = {
    Caution.FOREIGN: ({"foreign": "vpc-0f"}, "a group of vpc-0f"),
    Caution.STALE: ({"stale": True}, "stale"),
    Caution.UNKNOWN_GROUP: ({"peer": "sg-09"}, "sg-09 was not found"),
    Caution.RESERVED: ({"peer": "sg-07"}, "sg-07 is reserved"),
    Caution.UNKNOWN_PREFIX_LIST: ({"peer_kind": PeerKind.PREFIX_LIST, "peer": "pl-09"}, "pl-09 was not found"),
    Caution.EMPTY_PREFIX_LIST: ({"peer_kind": PeerKind.PREFIX_LIST, "peer": "pl-01"}, "pl-01 has no entries"),
    Caution.NEVER_MATCHES: (
        {"peer_kind": PeerKind.CIDR_IPV4, "peer": "10.0.0.0/8", "protocol": "icmpv6", "from_port": -1, "to_port": -1},
        "icmpv6 never comes",
    ),
    Caution.NOT_UNDERSTOOD: ({"protocol": "carrier pigeon"}, "carrier pigeon"),
}


@pytest.mark.parametrize("caution", REFUSED)
def test_a_rule_that_grants_nothing_says_why(caution: Caution) -> None:
    """It is left out, and the warning names the group, the rule and the reason."""
    changes, words = REFUSED[caution]
    found = compiled(replace(RULE, **changes), reserved=frozenset({"sg-07"}), prefix_lists={"pl-01": ()})
    assert found.grants["sg-0a"] == ()
    (caveat,) = found.caveats
    assert caveat.caution is caution
    assert str(caveat).startswith("api (sg-0a) (sgr-1): ")
    assert words in str(caveat)


def test_ping_never_comes_from_ipv6() -> None:
    """Nor does ICMPv6 from IPv4: each is warned of."""
    six = replace(RULE, peer_kind=PeerKind.CIDR_IPV6, peer="::/0", protocol="icmp", from_port=-1, to_port=-1)
    assert [each.caution for each in compiled(six).caveats] == [Caution.NEVER_MATCHES]


def test_a_stale_reference_is_called_stale_whatever_else_it_is() -> None:
    """A stale reference to a peered VPC's group is one warning, and says to remove the rule."""
    (caveat,) = compiled(replace(RULE, stale=True, foreign="vpc-0f")).caveats
    assert caveat.caution is Caution.STALE


def test_groups_of_pods_that_do_not_exist_are_named() -> None:
    """A pod's group that nobody knows grants nothing and is warned of; a reserved one is refused as such."""
    found = compile_policy(replace(inputs(), in_use=frozenset({"sg-09", "sg-07"}), reserved=frozenset({"sg-07"})))
    assert {(each.caution, each.about) for each in found.caveats} == {
        (Caution.UNKNOWN_GROUP, "sg-09"),
        (Caution.RESERVED, "sg-07"),
    }
    assert "sg-07" not in found.pod_groups


def test_a_reserved_group_is_no_group_of_nodes() -> None:
    """Nodes are in `enforced`; as a node group it is refused and warned of."""
    reserved = frozenset({"sg-08"})
    nodes = (Node("n", ("10.0.0.10",), reserved),)
    found = compile_policy(replace(inputs(), default_groups=reserved | {"sg-0b"}, reserved=reserved, nodes=nodes))
    assert (found.node_groups, found.default_groups) == (frozenset({"sg-0b"}), frozenset({"sg-0b"}))
    assert [(each.caution, each.about) for each in found.caveats] == [(Caution.RESERVED, "sg-08")]


def test_the_resolver_is_at_ipv4_blocks_only() -> None:
    """A VPC's IPv6 block opens nothing; every IPv4 block opens one address."""
    without, found = (
        compiled(vpc_cidrs=each).unfiltered for each in ((), ("10.0.0.0/16", "2001:db8::/56", "10.9.0.0/16"))
    )
    assert set(found) - set(without) == {"10.0.0.2/32", "10.9.0.2/32"}


def test_what_the_cluster_needs_is_never_policed() -> None:
    """A member that has the address of a node or of the API server is warned of, and that address is left alone."""
    member = Member("eni-1", "odd", ("10.0.0.10", "10.0.0.20", "10.0.0.30"), frozenset({"sg-0a"}))
    found = compiled(members=(member,), nodes=(Node("n", ("10.0.0.10",)),), api_server=("10.0.0.20",))
    assert found.policed == ("10.0.0.30/32",)
    assert [(each.caution, each.about) for each in found.caveats] == [(Caution.NOT_POLICED, "odd (eni-1)")]
    assert "10.0.0.10/32, 10.0.0.20/32" in str(found.caveats[0])


def test_what_the_cluster_needs_is_cut_out_of_a_prefix() -> None:
    """Of a delegated prefix all is held but the addresses of nodes, the API server and AWS, which the warning names."""
    member = Member("eni-1", "odd", ("10.0.0.0/28", "2001:0db8:1::/80", "10.0.1.0/28"), frozenset({"sg-0a"}))
    nodes = (Node("n", ("10.0.0.15", "2001:db8:1::")), Node("o", ("10.0.0.16", "2001:db8:1:0:1::")))
    found = compiled(members=(member,), nodes=nodes, api_server=("10.0.0.8",), vpc_cidrs=("10.0.0.0/24",))
    held = [ip_network(each) for each in found.policed]
    fours = {str(address) for net in held if net.version == 4 for address in net}
    assert fours == {f"10.0.{n}.{m}" for n in range(2) for m in range(16)} - {"10.0.0.2", "10.0.0.8", "10.0.0.15"}
    sixes = [net for net in held if net.version == 6]
    assert sum(net.num_addresses for net in sixes) == 2**48 - 1
    assert all(net.network_address in ip_network("2001:db8:1::/80") for net in sixes)
    assert not any(ip_address("2001:db8:1::") in net for net in sixes)
    (caveat,) = found.caveats
    assert (caveat.caution, caveat.about) == (Caution.NOT_POLICED, "odd (eni-1)")
    assert caveat.words.startswith("10.0.0.2/32, 10.0.0.8/32, 10.0.0.15/32, 2001:db8:1::/128 is also of a node")


def test_a_prefix_that_a_node_is_in_gives_it_the_groups() -> None:
    """As a member that has a node's address does: what others grant to the group they grant to the node."""
    member = Member("eni-1", "odd", ("10.0.0.0/28", "10.0.0.40"), frozenset({"sg-0a"}), policed=False)
    assert compiled(members=(member,), nodes=(Node("n", ("10.0.0.15",)),)).node_groups == {"sg-0a", "sg-0b"}
    assert compiled(members=(member,), nodes=(Node("n", ("10.0.0.16",)),)).node_groups == {"sg-0b"}


def test_members_that_are_not_policed_are_peers_only() -> None:
    """Their addresses are in their groups, but their rules are held nowhere."""
    member = Member("eni-1", "elb", ("10.0.0.30",), frozenset({"sg-0b"}), policed=False)
    found = compiled(RULE, members=(member,))
    assert found.policed == ()
    assert found.member_groups == frozenset()
    assert found.addresses == {"sg-0b": ("10.0.0.30/32",)}


def test_trust_is_no_group_of_a_member() -> None:
    """A member in nothing but trust is policed, and nothing is granted to it or by it."""
    member = Member("eni-1", "bare", ("10.0.0.30",), frozenset({"sg-07"}))
    found = compiled(members=(member,), reserved=frozenset({"sg-07"}))
    assert found.policed == ("10.0.0.30/32",)
    assert found.member_groups == frozenset()


def test_addresses_have_one_spelling_and_one_order() -> None:
    """IPv6 is compressed, doubles are one, IPv4 comes first."""
    long = Member(
        "eni-1", "a", ("2001:0DB8:0:0:0:0:0:1", "10.0.0.9", "2001:0db8::", "2001:0db8:0:0::/80"), frozenset({"sg-0b"})
    )
    short = Member("eni-2", "b", ("2001:db8::1", "10.0.0.10"), frozenset({"sg-0b"}))
    found = compiled(RULE, members=(long, short))
    assert found.addresses["sg-0b"] == (
        "10.0.0.9/32",
        "10.0.0.10/32",
        "2001:db8::/80",
        "2001:db8::/128",
        "2001:db8::1/128",
    )


@settings(max_examples=20, deadline=None, database=None, suppress_health_check=list(HealthCheck))
@given(worlds(), st.randoms(use_true_random=False))
def test_the_order_of_the_inputs_does_not_matter(world: World, chance: Any) -> None:
    """Groups, rules, members and nodes in any order give the same policy and the same objects."""

    def shuffled(some: tuple[Any, ...]) -> tuple[Any, ...]:
        return tuple(chance.sample(some, len(some)))

    one = world.inputs
    groups = tuple(replace(group, rules=shuffled(group.rules)) for group in shuffled(one.groups))
    other = replace(one, groups=groups, members=shuffled(one.members), nodes=shuffled(one.nodes))
    assert compile_policy(one).grants == compile_policy(other).grants
    assert calico.objects(compile_policy(one)) == calico.objects(compile_policy(other))
