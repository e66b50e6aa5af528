"""Tags on groups and rules in the embedded AWS."""

from __future__ import annotations

from typing import Any

from tests.sandbox.aws_account import UNKNOWN_GROUP, Account, refused, tcp

NAME: Any = [{"Key": "Name", "Value": "web"}]


def test_a_group_is_made_with_tags(account: Account) -> None:
    """Tags of the request are on the new group, in the answer and in describes."""
    specification: Any = [{"ResourceType": "security-group", "Tags": NAME}]
    made = account.ec2.create_security_group(
        GroupName="web", Description="d", VpcId=account.vpc_id, TagSpecifications=specification
    )
    assert made["Tags"] == NAME
    [shown] = account.ec2.describe_security_groups(GroupIds=[made["GroupId"]])["SecurityGroups"]
    assert shown["Tags"] == NAME


def test_tags_for_another_kind_are_refused(account: Account) -> None:
    """Tags of a request are for what it makes."""
    specification: Any = [{"ResourceType": "vpc", "Tags": NAME}]
    with refused("InvalidParameterValue", "'vpc' is not a valid taggable resource type"):
        account.ec2.create_security_group(
            GroupName="web", Description="d", VpcId=account.vpc_id, TagSpecifications=specification
        )


def test_tags_of_a_group_are_written_and_taken_away(account: Account) -> None:
    """CreateTags and DeleteTags change what DescribeSecurityGroups shows, and its filter finds them."""
    group_id = account.group()
    by_name: Any = [{"Name": "tag:Name", "Values": ["web"]}, {"Name": "vpc-id", "Values": [account.vpc_id]}]
    account.ec2.create_tags(Resources=[group_id], Tags=[*NAME, {"Key": "a", "Value": ""}])
    [shown] = account.ec2.describe_security_groups(Filters=by_name)["SecurityGroups"]
    assert shown["Tags"] == [*NAME, {"Key": "a", "Value": ""}]
    account.ec2.delete_tags(Resources=[group_id], Tags=[{"Key": "Name"}])
    assert account.ec2.describe_security_groups(Filters=by_name)["SecurityGroups"] == []


def test_tags_of_a_rule_are_written_and_taken_away(account: Account) -> None:
    """CreateTags and DeleteTags change what DescribeSecurityGroupRules shows; without keys all tags go."""
    group_id = account.group()
    [rule] = account.allow(group_id, tcp(22, "10.0.0.0/8"))
    account.ec2.create_tags(Resources=[rule["SecurityGroupRuleId"]], Tags=NAME)
    assert account.rules(group_id)[0]["Tags"] == NAME
    account.ec2.delete_tags(Resources=[rule["SecurityGroupRuleId"]])
    assert account.rules(group_id)[0]["Tags"] == []


def test_tags_for_what_does_not_exist_are_refused(account: Account) -> None:
    """A group or rule that is tagged must exist."""
    with refused("InvalidGroup.NotFound"):
        account.ec2.create_tags(Resources=[UNKNOWN_GROUP], Tags=NAME)
    with refused("InvalidSecurityGroupRuleId.NotFound"):
        account.ec2.create_tags(Resources=["sgr-0123456789abcdef0"], Tags=NAME)
    with refused("InvalidID"):
        account.ec2.create_tags(Resources=["web"], Tags=NAME)


def test_tags_of_aws_are_refused(account: Account) -> None:
    """Keys that begin with aws: are AWS's own."""
    with refused("InvalidParameterValue", "reserved for internal use"):
        account.ec2.create_tags(Resources=[account.group()], Tags=[{"Key": "aws:mine", "Value": ""}])
