"""Removing rules in the embedded AWS."""

from __future__ import annotations

from typing import Any

from tests.sandbox.aws_account import Account, refused, tcp


def test_rules_are_revoked_by_id(account: Account) -> None:
    """Revoke takes rule ids, answers what it removed, and removes nothing else."""
    group_id = account.group()
    first, second = account.allow(group_id, tcp(22, "10.0.0.0/8", "172.16.0.0/12"))
    rule_id = first["SecurityGroupRuleId"]
    gone = account.ec2.revoke_security_group_ingress(GroupId=group_id, SecurityGroupRuleIds=[rule_id])
    assert [rule["SecurityGroupRuleId"] for rule in gone["RevokedSecurityGroupRules"]] == [rule_id]
    assert [rule["SecurityGroupRuleId"] for rule in account.rules(group_id)] == [second["SecurityGroupRuleId"]]


def test_rules_are_revoked_by_what_they_say(account: Account) -> None:
    """Revoke takes rules spelled out, also the default egress rule, in any form of the block."""
    group_id = account.group()
    account.allow(group_id, tcp(22, "10.0.0.0/8", "172.16.0.0/12"))
    asked: Any = [tcp(22, "10.9.9.9/8")]
    account.ec2.revoke_security_group_ingress(GroupId=group_id, IpPermissions=asked)
    assert [rule["CidrIpv4"] for rule in account.rules(group_id)] == ["172.16.0.0/12"]
    everywhere: Any = [{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]
    account.ec2.revoke_security_group_egress(GroupId=group_id, IpPermissions=everywhere)
    assert account.rules(group_id, egress=True) == []


def test_revoking_a_rule_that_is_not_there_is_refused(account: Account) -> None:
    """Outside the default VPC a rule that is not there is not found, and nothing is revoked."""
    group_id = account.group()
    account.allow(group_id, tcp(22, "10.0.0.0/8"))
    asked: Any = [tcp(22, "10.0.0.0/8"), tcp(23, "10.0.0.0/8")]
    with refused("InvalidPermission.NotFound", "The specified rule does not exist in this security group."):
        account.ec2.revoke_security_group_ingress(GroupId=group_id, IpPermissions=asked)
    assert len(account.rules(group_id)) == 1


def test_revoking_a_rule_that_is_not_there_is_answered_in_the_default_vpc(account: Account) -> None:
    """In the default VPC a rule that is not there is answered as unknown, and the others are revoked."""
    default = account.ec2.describe_vpcs(Filters=[{"Name": "is-default", "Values": ["true"]}])["Vpcs"][0]["VpcId"]
    made = account.ec2.create_security_group(GroupName=f"for {account.vpc_id}", Description="d", VpcId=default)
    group_id = made["GroupId"]
    account.allow(group_id, tcp(22, "10.0.0.0/8"))
    asked: Any = [tcp(22, "10.0.0.0/8"), tcp(23, "10.0.0.0/8")]
    answer = account.ec2.revoke_security_group_ingress(GroupId=group_id, IpPermissions=asked)
    assert [rule["FromPort"] for rule in answer["UnknownIpPermissions"]] == [23]
    assert account.rules(group_id) == []


def test_revoking_by_an_id_that_is_not_there_is_refused(account: Account) -> None:
    """Rule ids that are malformed, unknown, of another group or of the other direction are refused."""
    group_id, other = account.group(), account.group()
    [foreign] = account.allow(other, tcp(22, "10.0.0.0/8"))
    [out] = account.rules(group_id, egress=True)
    for rule_id in ("sgr-0123456789abcdef0", foreign["SecurityGroupRuleId"], out["SecurityGroupRuleId"]):
        with refused("InvalidSecurityGroupRuleId.NotFound", rule_id):
            account.ec2.revoke_security_group_ingress(GroupId=group_id, SecurityGroupRuleIds=[rule_id])
    with refused("InvalidSecurityGroupRuleId.Malformed"):
        account.ec2.revoke_security_group_ingress(GroupId=group_id, SecurityGroupRuleIds=["sgr-first"])
    assert account.rules(other)
    assert account.rules(group_id, egress=True)


def test_the_short_form_of_a_single_rule_works(account: Account) -> None:
    """Authorize and Revoke take one rule without the list around it."""
    group_id = account.group()
    how: Any = {"GroupId": group_id, "IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "CidrIp": "10.0.0.0/8"}
    account.ec2.authorize_security_group_ingress(**how)
    assert [rule["CidrIpv4"] for rule in account.rules(group_id)] == ["10.0.0.0/8"]
    account.ec2.revoke_security_group_ingress(**how)
    assert account.rules(group_id) == []
