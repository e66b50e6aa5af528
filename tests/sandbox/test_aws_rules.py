"""Adding rules in the embedded AWS."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.aws_account import Account, from_group, refused, tcp


def test_an_added_rule_is_answered_whole(account: Account) -> None:
    """Authorize answers each new rule with its id, group, owner, direction, peer, description and tags."""
    group_id, peer = account.group(), account.group()
    tags = [{"ResourceType": "security-group-rule", "Tags": [{"Key": "Name", "Value": "web"}]}]
    traffic = {"IpProtocol": "tcp", "FromPort": 80, "ToPort": 81}
    [rule] = account.allow(group_id, from_group(peer, description="from web", **traffic), TagSpecifications=tags)
    assert rule.pop("SecurityGroupRuleId").startswith("sgr-")
    assert rule.pop("SecurityGroupRuleArn").startswith("arn:aws:ec2:eu-central-1:123456789012:security-group-rule/sgr-")
    assert rule == {
        "GroupId": group_id,
        "GroupOwnerId": "123456789012",
        "IsEgress": False,
        **traffic,
        "ReferencedGroupInfo": {"GroupId": peer, "UserId": "123456789012"},
        "Description": "from web",
        "Tags": [{"Key": "Name", "Value": "web"}],
    }


def test_one_permission_with_several_peers_is_several_rules(account: Account) -> None:
    """Each block and each group of a permission becomes a rule with an id of its own."""
    group_id = account.group()
    permission = tcp(22, "10.0.0.0/8", "172.16.0.0/12", Ipv6Ranges=[{"CidrIpv6": "2001:db8::/32"}])
    rules = account.allow(group_id, permission | {"UserIdGroupPairs": [{"GroupId": group_id}]})
    assert len({rule["SecurityGroupRuleId"] for rule in rules}) == 4
    assert [rule.get("CidrIpv4") or rule.get("CidrIpv6") for rule in rules[:3]] == [
        "10.0.0.0/8",
        "172.16.0.0/12",
        "2001:db8::/32",
    ]


def test_rules_of_the_same_traffic_are_described_as_one_permission(account: Account) -> None:
    """DescribeSecurityGroups puts the peers of the same protocol and ports together, with their descriptions."""
    group_id = account.group()
    account.allow(group_id, tcp(22, "10.0.0.0/8"))
    account.allow(group_id, from_group(group_id, description="us", IpProtocol="tcp", FromPort=22, ToPort=22))
    [permission] = account.ec2.describe_security_groups(GroupIds=[group_id])["SecurityGroups"][0]["IpPermissions"]
    assert permission["IpRanges"] == [{"CidrIp": "10.0.0.0/8"}]
    assert permission["UserIdGroupPairs"] == [{"GroupId": group_id, "UserId": "123456789012", "Description": "us"}]


@pytest.mark.parametrize(
    ("asked", "kept"),
    [
        ({"IpProtocol": "6", "FromPort": 1, "ToPort": 2}, ("tcp", 1, 2)),
        ({"IpProtocol": "TCP", "FromPort": 1, "ToPort": 2}, ("tcp", 1, 2)),
        ({"IpProtocol": "17", "FromPort": 53, "ToPort": 53}, ("udp", 53, 53)),
        ({"IpProtocol": "1", "FromPort": 8, "ToPort": -1}, ("icmp", 8, -1)),
        ({"IpProtocol": "58"}, ("icmpv6", -1, -1)),
        ({"IpProtocol": "50"}, ("50", -1, -1)),
        ({"IpProtocol": "-1", "FromPort": 1, "ToPort": 2}, ("-1", -1, -1)),
    ],
)
def test_protocols_are_kept_by_name_and_all_traffic_has_no_ports(
    account: Account, asked: dict[str, Any], kept: tuple[str, int, int]
) -> None:
    """A protocol number that has a name is kept by the name; ports of all traffic are dropped and shown as -1."""
    [rule] = account.allow(account.group(), asked | {"IpRanges": [{"CidrIp": "10.0.0.0/8"}]})
    assert (rule["IpProtocol"], rule["FromPort"], rule["ToPort"]) == kept


@pytest.mark.parametrize(
    ("traffic", "code"),
    [
        ({"IpProtocol": "tcp", "FromPort": 80}, "InvalidParameterValue"),
        ({"IpProtocol": "udp"}, "InvalidParameterValue"),
        ({"IpProtocol": "icmp"}, "InvalidParameterValue"),
        ({"IpProtocol": "icmp", "FromPort": -1, "ToPort": 3}, "InvalidParameterValue"),
        ({"IpProtocol": "icmp", "FromPort": 300, "ToPort": 0}, "InvalidPermission.Malformed"),
        ({"IpProtocol": "tcp", "FromPort": 81, "ToPort": 80}, "InvalidParameterValue"),
        ({"IpProtocol": "tcp", "FromPort": 0, "ToPort": 65536}, "InvalidPermission.Malformed"),
        ({"IpProtocol": "tcp", "FromPort": -1, "ToPort": 80}, "InvalidPermission.Malformed"),
        ({"IpProtocol": "http", "FromPort": 80, "ToPort": 80}, "InvalidParameterValue"),
        ({"IpProtocol": "256"}, "InvalidParameterValue"),
        ({}, "InvalidParameterValue"),
    ],
)
def test_traffic_that_is_none_is_refused(account: Account, traffic: dict[str, Any], code: str) -> None:
    """Ports that are missing, out of range or in the wrong order are refused, and so is an unknown protocol."""
    group_id = account.group()
    with refused(code):
        account.allow(group_id, traffic | {"IpRanges": [{"CidrIp": "10.0.0.0/8"}]})
    assert account.rules(group_id) == []


def test_host_bits_of_a_block_are_cut_off(account: Account) -> None:
    """A block is kept in its canonical form, and is the same rule in any other."""
    group_id = account.group()
    six = [{"CidrIpv6": "2001:DB8:0:0::1/32"}]
    rules = account.allow(group_id, tcp(22, "100.68.0.18/18", Ipv6Ranges=six))
    assert [rule.get("CidrIpv4") or rule.get("CidrIpv6") for rule in rules] == ["100.68.0.0/18", "2001:db8::/32"]
    with refused("InvalidPermission.Duplicate"):
        account.allow(group_id, tcp(22, "100.68.0.0/18"))


@pytest.mark.parametrize("block", ["10.0.0.1", "10.0.0.0/33", "10.0.0.300/8", "10.0.0.0/255.0.0.0", "::/0", "any", ""])
def test_a_malformed_block_is_refused(account: Account, block: str) -> None:
    """What is not an IPv4 block with a prefix length is refused where one is asked for."""
    with refused("InvalidParameterValue", f"CIDR block {block} is malformed"):
        account.allow(account.group(), tcp(22, block))


def test_a_malformed_ipv6_block_is_refused(account: Account) -> None:
    """What is not an IPv6 block is refused where one is asked for."""
    with refused("InvalidParameterValue", "CIDR block 10.0.0.0/8 is malformed"):
        account.allow(account.group(), tcp(22, Ipv6Ranges=[{"CidrIpv6": "10.0.0.0/8"}]))


def test_a_rule_that_exists_is_refused_whatever_its_description(account: Account) -> None:
    """The same rule again is a duplicate, in AWS's words; the description does not make it another."""
    group_id = account.group()
    account.allow(group_id, tcp(22, "10.0.0.0/8"), from_group(group_id))
    words = 'the specified rule "peer: 10.0.0.0/8, TCP, from port: 22, to port: 22, ALLOW" already exists'
    with refused("InvalidPermission.Duplicate", words):
        account.allow(group_id, tcp(22) | {"IpRanges": [{"CidrIp": "10.0.0.0/8", "Description": "other"}]})
    with refused("InvalidPermission.Duplicate", f'"peer: {group_id}, ALL, ALLOW" already exists'):
        account.allow(group_id, from_group(group_id))


def test_a_request_with_one_refused_rule_adds_none(account: Account) -> None:
    """All rules of a request are added or none."""
    group_id = account.group()
    account.allow(group_id, tcp(22, "10.0.0.0/8"))
    with refused("InvalidPermission.Duplicate"):
        account.allow(group_id, tcp(23, "10.0.0.0/8"), tcp(22, "10.0.0.0/8"))
    assert len(account.rules(group_id)) == 1


def test_the_same_rule_twice_in_a_request_is_refused(account: Account) -> None:
    """A request may not have the same permission twice."""
    with refused("InvalidParameterValue", "The same permission must not appear multiple times"):
        account.allow(account.group(), tcp(22, "10.0.0.0/8", "10.0.0.1/8"))


def test_the_default_egress_rule_is_a_duplicate_too(account: Account) -> None:
    """All traffic out to everywhere is there from the beginning."""
    everywhere: Any = [{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]
    with refused("InvalidPermission.Duplicate", '"peer: 0.0.0.0/0, ALL, ALLOW" already exists'):
        account.ec2.authorize_security_group_egress(GroupId=account.group(), IpPermissions=everywhere)


def test_a_description_that_aws_does_not_take_is_refused(account: Account) -> None:
    """A rule's description has 255 characters at most, of AWS's set."""
    for description in ("x" * 256, "a>b"):
        with refused("InvalidParameterValue", "Invalid rule description"):
            account.allow(account.group(), from_group(account.group(), description=description))


def test_a_request_without_rules_is_refused(account: Account) -> None:
    """Neither Authorize nor Revoke does nothing."""
    group_id = account.group()
    with refused("MissingParameter"):
        account.ec2.authorize_security_group_ingress(GroupId=group_id)
    with refused("MissingParameter", "Either 'ipPermissions' or 'securityGroupRuleIds' should be provided."):
        account.ec2.revoke_security_group_ingress(GroupId=group_id)


def test_sixty_rules_of_a_direction_and_ip_version_are_the_limit(account: Account) -> None:
    """A group has 60 rules in each direction for IPv4 and 60 for IPv6; a rule with a group counts for both."""
    group_id = account.group()
    account.allow(group_id, tcp(22, *(f"10.0.{n}.0/24" for n in range(59))), from_group(group_id))
    with refused("RulesPerSecurityGroupLimitExceeded", "maximum number of rules per security group"):
        account.allow(group_id, tcp(22, "10.1.0.0/16"))
    account.allow(group_id, tcp(22, Ipv6Ranges=[{"CidrIpv6": f"2001:db8:{n:x}::/48"} for n in range(59)]))
    with refused("RulesPerSecurityGroupLimitExceeded"):
        account.allow(group_id, tcp(23, Ipv6Ranges=[{"CidrIpv6": "2001:db8::/32"}]))
    assert len(account.rules(group_id)) == 119
