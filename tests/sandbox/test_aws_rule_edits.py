"""Rules that exist, in the embedded AWS: described, modified in place, described anew."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.aws_account import UNKNOWN_GROUP, Account, from_group, refused, tcp

SSH: dict[str, Any] = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22}


def modify(account: Account, rule: dict[str, Any], **values: Any) -> None:
    """ModifySecurityGroupRules for one rule."""
    update: Any = {"SecurityGroupRuleId": rule["SecurityGroupRuleId"], "SecurityGroupRule": SSH | values}
    account.ec2.modify_security_group_rules(GroupId=rule["GroupId"], SecurityGroupRules=[update])


def test_rules_are_described_by_id_and_by_group(account: Account) -> None:
    """DescribeSecurityGroupRules shows a rule as Authorize answered it, by its id and by its group."""
    group_id = account.group()
    [made] = account.allow(group_id, from_group(account.group(), description="theirs"))
    by_id = account.ec2.describe_security_group_rules(SecurityGroupRuleIds=[made["SecurityGroupRuleId"]])
    assert [dict(rule) for rule in by_id["SecurityGroupRules"]] == [made]
    assert account.rules(group_id) == [made]
    assert len(account.rules(group_id, egress=True)) == 1


def test_a_rule_id_that_is_not_there_is_refused(account: Account) -> None:
    """DescribeSecurityGroupRules refuses ids that are unknown or malformed."""
    with refused("InvalidSecurityGroupRuleId.NotFound", "The security group rule ID 'sgr-0123456789abcdef0' does not"):
        account.ec2.describe_security_group_rules(SecurityGroupRuleIds=["sgr-0123456789abcdef0"])
    with refused("InvalidSecurityGroupRuleId.Malformed"):
        account.ec2.describe_security_group_rules(SecurityGroupRuleIds=["first"])


def test_the_group_of_a_filter_may_be_gone_but_not_malformed(account: Account) -> None:
    """A filter for a group that does not exist finds nothing; one that is no id is refused."""
    assert account.rules(UNKNOWN_GROUP) == []
    for group_id in ("", "mine"):
        with refused("InvalidGroupId.Malformed"):
            account.rules(group_id)


def test_rules_are_filtered_by_tag(account: Account) -> None:
    """DescribeSecurityGroupRules filters by a tag's value and by a tag's key; an unknown filter is refused."""
    group_id = account.group()
    first, _second = account.allow(group_id, tcp(22, "10.0.0.0/8", "172.16.0.0/12"))
    account.ec2.create_tags(Resources=[first["SecurityGroupRuleId"]], Tags=[{"Key": "by", "Value": group_id}])
    for name, value in (("tag:by", group_id), ("tag:by", "sg-*"), ("tag-key", "by")):
        filters: Any = [{"Name": name, "Values": [value]}, {"Name": "group-id", "Values": [group_id]}]
        found = account.ec2.describe_security_group_rules(Filters=filters)["SecurityGroupRules"]
        assert [rule["SecurityGroupRuleId"] for rule in found] == [first["SecurityGroupRuleId"]]
    with refused("InvalidParameterValue", "The filter 'colour' is invalid"):
        account.ec2.describe_security_group_rules(Filters=[{"Name": "colour", "Values": ["red"]}])


def test_a_rule_is_modified_in_place(account: Account) -> None:
    """A rule keeps its id and tags when its ports, block and description change."""
    group_id = account.group()
    [rule] = account.allow(group_id, tcp(22, "10.0.0.0/8"))
    account.ec2.create_tags(Resources=[rule["SecurityGroupRuleId"]], Tags=[{"Key": "a", "Value": "b"}])
    modify(account, rule, FromPort=23, ToPort=24, CidrIpv4="172.16.1.1/12", Description="new")
    [shown] = account.rules(group_id)
    expected = {"FromPort": 23, "ToPort": 24, "CidrIpv4": "172.16.0.0/12", "Description": "new"}
    assert shown == rule | expected | {"Tags": [{"Key": "a", "Value": "b"}]}


def test_a_rule_is_modified_to_another_group(account: Account) -> None:
    """The group that a rule refers to changes in place, and DescribeSecurityGroups shows it."""
    group_id, peer = account.group(), account.group()
    [rule] = account.allow(group_id, from_group(group_id, **SSH))
    modify(account, rule, ReferencedGroupId=peer)
    [shown] = account.rules(group_id)
    assert shown["SecurityGroupRuleId"] == rule["SecurityGroupRuleId"]
    assert shown["ReferencedGroupInfo"]["GroupId"] == peer
    [permission] = account.ec2.describe_security_groups(GroupIds=[group_id])["SecurityGroups"][0]["IpPermissions"]
    assert [pair["GroupId"] for pair in permission["UserIdGroupPairs"]] == [peer]


def test_the_default_egress_rule_is_modified_in_place(account: Account) -> None:
    """Also the rule that a group was born with keeps its id."""
    group_id = account.group()
    [rule] = account.rules(group_id, egress=True)
    modify(account, rule, CidrIpv4="10.0.0.0/8")
    [shown] = account.rules(group_id, egress=True)
    assert (shown["SecurityGroupRuleId"], shown["CidrIpv4"]) == (rule["SecurityGroupRuleId"], "10.0.0.0/8")


def test_modifying_a_rule_without_a_description_takes_it_away(account: Account) -> None:
    """A modified rule has the values of the request and no others."""
    group_id = account.group()
    [rule] = account.allow(group_id, from_group(group_id, description="old", **SSH))
    modify(account, rule, ReferencedGroupId=group_id)
    assert "Description" not in account.rules(group_id)[0]


def test_modifying_a_rule_into_another_is_refused(account: Account) -> None:
    """A rule cannot become one that the group has; itself it may stay."""
    group_id = account.group()
    first, second = account.allow(group_id, tcp(22, "10.0.0.0/8", "172.16.0.0/12"))
    with refused("InvalidPermission.Duplicate"):
        modify(account, second, CidrIpv4="10.0.0.0/8")
    modify(account, first, CidrIpv4="10.0.0.0/8", Description="same")
    assert [rule["CidrIpv4"] for rule in account.rules(group_id)] == ["10.0.0.0/8", "172.16.0.0/12"]


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"CidrIpv6": "::/0"}, "InvalidParameterValue"),
        ({"ReferencedGroupId": UNKNOWN_GROUP}, "InvalidParameterValue"),
        ({"CidrIpv4": "10.0.0.0"}, "InvalidParameterValue"),
        ({"CidrIpv4": "10.0.0.0/8", "FromPort": None}, "InvalidParameterValue"),
        ({"CidrIpv4": "10.0.0.0/8", "IpProtocol": None}, "InvalidParameterValue"),
        ({"CidrIpv4": "10.0.0.0/8", "CidrIpv6": "::/0"}, "InvalidParameterCombination"),
        ({}, "MissingParameter"),
    ],
)
def test_a_modification_that_aws_does_not_take_is_refused(account: Account, values: dict[str, Any], code: str) -> None:
    """The kind of peer cannot change, exactly one is given, and the values are checked as for a new rule."""
    group_id = account.group()
    [rule] = account.allow(group_id, tcp(22, "10.0.0.0/8"))
    request = {name: value for name, value in (SSH | values).items() if value is not None}
    update: Any = {"SecurityGroupRuleId": rule["SecurityGroupRuleId"], "SecurityGroupRule": request}
    with refused(code):
        account.ec2.modify_security_group_rules(GroupId=group_id, SecurityGroupRules=[update])
    assert account.rules(group_id) == [rule]


def test_modifying_a_rule_to_a_group_of_another_vpc_is_refused(account: Account) -> None:
    """The new peer must exist in the same VPC."""
    group_id = account.group()
    [rule] = account.allow(group_id, from_group(group_id, **SSH))
    with refused("InvalidGroup.NotFound", "different networks"):
        modify(account, rule, ReferencedGroupId=account.beside().group())
    with refused("InvalidGroup.NotFound", "does not exist"):
        modify(account, rule, ReferencedGroupId=UNKNOWN_GROUP)


def test_a_rule_of_another_group_is_not_modified(account: Account) -> None:
    """The rule must be of the group that the request names."""
    [rule] = account.allow(account.group(), tcp(22, "10.0.0.0/8"))
    with refused("InvalidSecurityGroupRuleId.NotFound"):
        modify(account, rule | {"GroupId": account.group()}, CidrIpv4="10.0.0.0/9")


@pytest.mark.parametrize("egress", [False, True])
def test_descriptions_are_written_and_taken_away(account: Account, egress: bool) -> None:
    """UpdateSecurityGroupRuleDescriptions writes a description, and takes it away when the request has none."""
    group_id = account.group()
    ec2 = account.ec2
    traffic: Any = [from_group(account.group(), description="new", **SSH)]
    bare: Any = [from_group(traffic[0]["UserIdGroupPairs"][0]["GroupId"], **SSH)]
    if egress:
        ec2.authorize_security_group_egress(GroupId=group_id, IpPermissions=bare)
        update = ec2.update_security_group_rule_descriptions_egress
    else:
        ec2.authorize_security_group_ingress(GroupId=group_id, IpPermissions=bare)
        update = ec2.update_security_group_rule_descriptions_ingress
    update(GroupId=group_id, IpPermissions=traffic)
    assert [rule.get("Description") for rule in account.rules(group_id, egress=egress)][-1] == "new"
    update(GroupId=group_id, IpPermissions=bare)
    assert [rule.get("Description") for rule in account.rules(group_id, egress=egress)][-1] is None


def test_descriptions_are_written_by_rule_id(account: Account) -> None:
    """UpdateSecurityGroupRuleDescriptions takes rule ids too."""
    group_id = account.group()
    [rule] = account.allow(group_id, tcp(22, "10.0.0.0/8"))
    described: Any = [{"SecurityGroupRuleId": rule["SecurityGroupRuleId"], "Description": "by id"}]
    account.ec2.update_security_group_rule_descriptions_ingress(
        GroupId=group_id, SecurityGroupRuleDescriptions=described
    )
    assert account.rules(group_id) == [rule | {"Description": "by id"}]


def test_describing_a_rule_that_is_not_there_is_refused(account: Account) -> None:
    """A description needs its rule."""
    asked: Any = [tcp(22, "10.0.0.0/8")]
    with refused("InvalidPermission.NotFound"):
        account.ec2.update_security_group_rule_descriptions_ingress(GroupId=account.group(), IpPermissions=asked)
