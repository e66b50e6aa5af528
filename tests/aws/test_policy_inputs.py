"""A VPC is read for policy with exactly these requests: groups, every rule, prefix lists, addresses."""

from __future__ import annotations

from typing import Any

import pytest

from sg_integration.aws.connection import Connection
from sg_integration.aws.policy_inputs import VpcPolicyReader
from sg_integration.model.errors import AccessDenied, Refused, Throttled
from sg_integration.model.policy_compile import compile_policy
from sg_integration.model.policy_inputs import SecurityGroupRule
from sg_integration.model.rules import Direction, PeerKind

from .policy_script import IN_VPC, TRUST, VPC, Vpc, group_peer, interface, read, rule
from .script import Script

TCP: dict[str, Any] = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443}
LIST_A, LIST_B = "pl-0aaaaaaa", "pl-0bbbbbbb"
UNKNOWN_PEER = {"SecurityGroupRuleId": "sgr-9", "GroupId": "sg-1", "IsEgress": False, "IpProtocol": "-1"}


def entries(script: Script, prefix_list: str, *cidrs: str, token: str = "", rest: str = "") -> None:
    """Expect the entries of a prefix list to be asked for."""
    asked = {"PrefixListId": prefix_list, "MaxResults": 100, **({"NextToken": token} if token else {})}
    answer: dict[str, Any] = {"Entries": [{"Cidr": cidr} for cidr in cidrs], **({"NextToken": rest} if rest else {})}
    script.expect("ec2", "get_managed_prefix_list_entries", asked, answer)


def test_rules_of_every_kind_are_read_in_awss_words(script: Script) -> None:
    """Direction, protocol, ports and peer are those of the answer; each kind of peer has its own kind."""
    rules = [
        rule("sgr-1", "sg-1", {"CidrIpv4": "10.8.0.0/16"}, **TCP),
        rule("sgr-2", "sg-1", {"CidrIpv6": "2001:db8::/32"}, IpProtocol="icmpv6", FromPort=128, ToPort=-1),
        rule("sgr-3", "sg-1", {"PrefixListId": LIST_A}, egress=True),
        rule("sgr-4", "sg-2", group_peer("sg-1"), IpProtocol="47"),
    ]
    vpc = Vpc(groups={"sg-2": "db", "sg-1": "web"}, rules=rules)
    vpc.play(script)
    entries(script, LIST_A, "192.0.2.0/24")
    one, two = read().groups
    assert (one.id, one.name, two.id, two.name) == ("sg-1", "web", "sg-2", "db")
    assert one.rules == (
        SecurityGroupRule("sgr-1", Direction.INGRESS, "tcp", 443, 443, PeerKind.CIDR_IPV4, "10.8.0.0/16"),
        SecurityGroupRule("sgr-2", Direction.INGRESS, "icmpv6", 128, -1, PeerKind.CIDR_IPV6, "2001:db8::/32"),
        SecurityGroupRule("sgr-3", Direction.EGRESS, "-1", -1, -1, PeerKind.PREFIX_LIST, LIST_A),
    )
    assert two.rules == (SecurityGroupRule("sgr-4", Direction.INGRESS, "47", -1, -1, PeerKind.SECURITY_GROUP, "sg-1"),)


def test_a_group_is_called_by_its_name_tag(script: Script) -> None:
    """What a person calls it comes first; its GroupName, which Pulumi gives a random end, only where there is no tag."""
    vpc = Vpc(groups={"sg-1": "orders-db-ffea177", "sg-2": "web"}, tagged={"sg-1": "orders-db"})
    assert [each.name for each in vpc.read(script).groups] == ["orders-db", "web"]


def test_groups_that_say_they_are_reserved_are_never_compiled(script: Script) -> None:
    """Also those of another integration, and of one that is about to be replaced: by their tags."""
    Vpc(groups={"sg-1": "old-trust", "sg-2": "web"}).play_members(script)
    role = [{"Key": "sg-integration:role", "Value": "trust"}]
    shown = [{"GroupId": "sg-1", "GroupName": "old", "Tags": role}, {"GroupId": "sg-2", "GroupName": "web"}]
    script.expect(
        "ec2", "describe_security_groups", {"Filters": [IN_VPC], "MaxResults": 1000}, {"SecurityGroups": shown}
    )
    asked = {"Filters": [{"Name": "group-id", "Values": ["sg-1", "sg-2"]}], "MaxResults": 1000}
    script.expect("ec2", "describe_security_group_rules", asked, {"SecurityGroupRules": []})
    inputs = read().inputs(default_groups=frozenset({"sg-2"}), pod_default="sg-2", reserved=frozenset({TRUST}))
    assert inputs.reserved == {"sg-1", TRUST}


def test_a_rule_whose_peer_is_of_no_known_kind_grants_nothing(script: Script) -> None:
    """AWS may invent kinds of peers; such a rule is left out and not taken for one that names everybody."""
    vpc = Vpc(groups={"sg-1": "web"}, rules=[UNKNOWN_PEER, rule("sgr-1", "sg-1", {"CidrIpv4": "10.0.0.0/8"})])
    [group] = vpc.read(script).groups
    assert [each.id for each in group.rules] == ["sgr-1"]


def test_rules_are_asked_for_two_hundred_groups_at_a_time_and_to_the_last_page(script: Script) -> None:
    """No filter has more than 200 values, and a rule that comes on two pages counts once."""
    groups = {f"sg-{number:08x}": "many" for number in range(201)}
    ids = sorted(groups)
    Vpc().play_members(script)
    listed = {"Filters": [IN_VPC], "MaxResults": 1000}
    half = [{"GroupId": each, "GroupName": "many"} for each in ids]
    script.expect("ec2", "describe_security_groups", listed, {"SecurityGroups": half[:100], "NextToken": "n"})
    script.expect("ec2", "describe_security_groups", {**listed, "NextToken": "n"}, {"SecurityGroups": half[99:]})
    first = {"Filters": [{"Name": "group-id", "Values": ids[:200]}], "MaxResults": 1000}
    rules = [rule(f"sgr-{number}", ids[0], {"CidrIpv4": f"10.0.{number}.0/24"}) for number in range(3)]
    page = {"SecurityGroupRules": rules[:2], "NextToken": "m"}
    script.expect("ec2", "describe_security_group_rules", first, page)
    script.expect(
        "ec2", "describe_security_group_rules", {**first, "NextToken": "m"}, {"SecurityGroupRules": rules[1:]}
    )
    last = {"Filters": [{"Name": "group-id", "Values": ids[200:]}], "MaxResults": 1000}
    other = rule("sgr-9", ids[200], {"CidrIpv4": "10.9.0.0/24"})
    script.expect("ec2", "describe_security_group_rules", last, {"SecurityGroupRules": [other]})
    found = {group.id: [each.id for each in group.rules] for group in read().groups}
    assert len(found) == 201
    assert (found[ids[0]], found[ids[200]]) == (["sgr-0", "sgr-1", "sgr-2"], ["sgr-9"])


def test_groups_of_other_vpcs_that_somebody_here_has_are_read_too(script: Script) -> None:
    """A group may be associated with several VPCs: those that interfaces or pods have are asked for by id, in one call."""
    vpc = Vpc(
        interfaces=[interface("eni-1", "10.0.0.5", "sg-1", "sg-7")],
        groups={"sg-1": "web"},
        elsewhere={"sg-7": "shared"},
        asked=("sg-7", "sg-8"),
        rules=[
            rule("sgr-1", "sg-1", group_peer("sg-7", VpcId="vpc-2")),
            rule("sgr-7", "sg-7", {"CidrIpv4": "10.0.0.0/8"}),
        ],
    )
    one, shared = vpc.read(script, in_use=frozenset({"sg-8"})).groups
    assert (shared.name, [each.id for each in shared.rules]) == ("shared", ["sgr-7"])
    assert one.rules[0].foreign == ""  # its members here are known, whatever VPC it is of


def test_references_beyond_the_vpc_are_marked_and_stale_ones_asked_for(script: Script) -> None:
    """A group of a peered VPC or of another account is foreign; what AWS calls stale is, in that direction only."""
    peered = group_peer("sg-8", VpcId="vpc-2", UserId="444455556666", PeeringStatus="active")
    rules = [
        rule("sgr-1", "sg-1", peered, **TCP),
        rule("sgr-2", "sg-1", peered, egress=True),
        rule("sgr-3", "sg-1", group_peer("sg-9", UserId="444455556666")),
        rule("sgr-4", "sg-1", group_peer("sg-6", VpcId="vpc-3", PeeringStatus="deleted")),
        rule("sgr-5", "sg-1", group_peer("sg-1", VpcId=VPC)),
    ]
    permission = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "UserIdGroupPairs": [{"GroupId": "sg-8"}]}
    stale = [{"GroupId": "sg-1", "StaleIpPermissions": [permission]}]
    [group] = Vpc(groups={"sg-1": "web"}, rules=rules, stale=stale).read(script).groups
    assert [each.foreign for each in group.rules] == ["vpc-2", "vpc-2", "444455556666", "vpc-3", ""]
    assert [each.stale for each in group.rules] == [True, False, False, True, False]


def test_stale_egress_is_told_from_ingress(script: Script) -> None:
    """The same peer may be stale in rules for what goes out."""
    peered = group_peer("sg-8", VpcId="vpc-2")
    rules = [rule("sgr-1", "sg-1", peered), rule("sgr-2", "sg-1", peered, egress=True)]
    permission = {"IpProtocol": "-1", "UserIdGroupPairs": [{"GroupId": "sg-8"}]}
    stale = [{"GroupId": "sg-1", "StaleIpPermissionsEgress": [permission]}]
    [group] = Vpc(groups={"sg-1": "web"}, rules=rules, stale=stale).read(script).groups
    assert [each.stale for each in group.rules] == [False, True]


def test_a_group_that_does_not_exist_any_more_is_neither_foreign_nor_stale(script: Script) -> None:
    """A reference to an unknown group of this VPC stays what it is: the compiler warns of it. Nothing more is asked."""
    [group] = Vpc(groups={"sg-1": "web"}, rules=[rule("sgr-1", "sg-1", group_peer("sg-5"))]).read(script).groups
    assert (group.rules[0].foreign, group.rules[0].stale) == ("", False)


def test_only_prefix_lists_that_rules_name_are_read_and_wholly(script: Script) -> None:
    """Each once, 100 entries at a time; a double entry counts once."""
    named = [
        rule(f"sgr-{number}", "sg-1", {"PrefixListId": each}) for number, each in enumerate((LIST_B, LIST_A, LIST_B))
    ]
    Vpc(groups={"sg-1": "web"}, rules=named).play(script)
    entries(script, LIST_A, "192.0.2.0/25", "192.0.2.128/25", rest="n")
    entries(script, LIST_A, "192.0.2.128/25", "198.51.100.0/24", token="n")
    entries(script, LIST_B, "2001:db8::/32")
    assert read().prefix_lists == {
        LIST_A: ("192.0.2.0/25", "192.0.2.128/25", "198.51.100.0/24"),
        LIST_B: ("2001:db8::/32",),
    }


def test_a_prefix_list_that_is_gone_is_left_out(script: Script) -> None:
    """The compiler then says which rule names it; an empty one stays, as that is another warning."""
    named = [rule("sgr-1", "sg-1", {"PrefixListId": LIST_A}), rule("sgr-2", "sg-1", {"PrefixListId": LIST_B})]
    Vpc(groups={"sg-1": "web"}, rules=named).play(script)
    script.refuse("ec2", "get_managed_prefix_list_entries", "InvalidPrefixListID.NotFound")
    entries(script, LIST_B)
    assert read().prefix_lists == {LIST_B: ()}


@pytest.mark.parametrize(("code", "kind"), [("RequestLimitExceeded", Throttled), ("InvalidParameterValue", Refused)])
def test_a_prefix_list_that_cannot_be_read_stops_us(script: Script, code: str, kind: type[Exception]) -> None:
    """Only a list that is gone is left out; else what its rule grants would vanish without a word."""
    Vpc(groups={"sg-1": "web"}, rules=[rule("sgr-1", "sg-1", {"PrefixListId": LIST_A})]).play(script)
    script.refuse("ec2", "get_managed_prefix_list_entries", code)
    with pytest.raises(kind, match=f"reading the entries of prefix list {LIST_A}: {code}"):
        read()


def test_a_missing_permission_for_a_prefix_list_names_the_action(script: Script) -> None:
    """The message says which list was read and what to grant."""
    Vpc(groups={"sg-1": "web"}, rules=[rule("sgr-1", "sg-1", {"PrefixListId": LIST_A})]).play(script)
    script.refuse("ec2", "get_managed_prefix_list_entries", "UnauthorizedOperation", "You are not authorized.")
    with pytest.raises(AccessDenied, match=rf"prefix list {LIST_A}.*Grant ec2:GetManagedPrefixListEntries to"):
        read()


def test_a_missing_permission_for_rules_names_the_action(script: Script) -> None:
    """Without the rules there is no policy, so the reading fails as a whole."""
    Vpc().play_members(script)
    listed = {"Filters": [IN_VPC], "MaxResults": 1000}
    answer = {"SecurityGroups": [{"GroupId": "sg-1", "GroupName": "web"}]}
    script.expect("ec2", "describe_security_groups", listed, answer)
    script.refuse("ec2", "describe_security_group_rules", "UnauthorizedOperation", "You are not authorized.")
    with pytest.raises(AccessDenied, match=rf"reading the rules of {VPC}.*Grant ec2:DescribeSecurityGroupRules to"):
        read()


def test_the_vpcs_blocks_are_those_that_are_associated(script: Script) -> None:
    """The primary block comes first and once, then further ones, then IPv6; what is on its way out is left out."""
    blocks = {
        "CidrBlockAssociationSet": [
            {"CidrBlock": "10.1.0.0/16", "CidrBlockState": {"State": "associated"}},
            {"CidrBlock": "10.0.0.0/16", "CidrBlockState": {"State": "associated"}},
            {"CidrBlock": "10.2.0.0/16", "CidrBlockState": {"State": "disassociated"}},
        ],
        "Ipv6CidrBlockAssociationSet": [
            {"Ipv6CidrBlock": "2001:db8::/56", "Ipv6CidrBlockState": {"State": "associated"}},
            {"Ipv6CidrBlock": "2001:db8:1::/56", "Ipv6CidrBlockState": {"State": "failed"}},
        ],
    }
    assert Vpc(blocks=blocks).read(script).vpc_cidrs == ("10.0.0.0/16", "10.1.0.0/16", "2001:db8::/56")


def test_what_was_read_is_what_the_compiler_takes(script: Script) -> None:
    """The inputs are AWS's part and the program's; they compile, and a member's address is held."""
    rules = [rule("sgr-1", "sg-1", group_peer("sg-2"), **TCP)]
    vpc = Vpc([interface("eni-1", "10.0.0.5", "sg-1")], {"sg-1": "db", "sg-2": "api"}, rules)
    inputs = vpc.read(script).inputs(
        default_groups=frozenset({"sg-3"}), pod_default="sg-4", in_use=frozenset({"sg-2"}), api_server=("10.0.0.9",)
    )
    assert (inputs.in_use, inputs.pod_default, inputs.api_server) == (frozenset({"sg-2"}), "sg-4", ("10.0.0.9",))
    compiled = compile_policy(inputs)
    assert compiled.policed == ("10.0.0.5/32",)
    assert [grant.rule for grant in compiled.grants["sg-1"]] == ["sgr-1"]
    assert "10.0.0.2/32" in compiled.unfiltered


def test_an_empty_vpc_has_no_rules_to_ask_for(script: Script) -> None:
    """An empty filter would list the rules of every VPC: without groups nothing is asked."""
    assert Vpc().read(script).groups == ()


def test_the_reader_is_of_one_vpc(script: Script) -> None:
    """A refused listing says which VPC was read."""
    script.refuse("ec2", "describe_vpcs", "InvalidVpcID.NotFound", "The vpc ID does not exist")
    with pytest.raises(Refused, match=rf"looking up {VPC} \(.*\): InvalidVpcID.NotFound"):
        VpcPolicyReader(Connection(), VPC, at_once=1).read(nodes={})
