"""What a rule may refer to, in the embedded AWS."""

from __future__ import annotations

from typing import Any

from tests.sandbox.aws_account import UNKNOWN_GROUP, Account, from_group, refused, tcp


def test_a_peer_that_does_not_exist_is_refused(account: Account) -> None:
    """The group that a rule refers to must exist, and its id be one."""
    with refused("InvalidGroup.NotFound", f"The security group '{UNKNOWN_GROUP}' does not exist"):
        account.allow(account.group(), from_group(UNKNOWN_GROUP))
    with refused("InvalidGroupId.Malformed"):
        account.allow(account.group(), from_group("web"))


def test_a_peer_of_another_vpc_is_refused(account: Account) -> None:
    """The group that a rule refers to must be of the same VPC."""
    foreign = account.beside().group()
    with refused("InvalidGroup.NotFound", "You have specified two resources that belong to different networks."):
        account.allow(account.group(), from_group(foreign))


def test_a_peer_by_name_is_refused_outside_the_default_vpc(account: Account) -> None:
    """Outside the default VPC a group is named by its id only."""
    with refused("InvalidParameterValue", "You may not reference Amazon VPC security groups by name."):
        account.allow(account.group(), {"IpProtocol": "-1", "UserIdGroupPairs": [{"GroupName": "web"}]})


def test_a_rule_may_name_a_prefix_list_that_exists(account: Account) -> None:
    """A prefix list is a peer too, with a description; one that does not exist is refused."""
    group_id = account.group()
    entry: Any = {"PrefixListName": "ours", "MaxEntries": 3, "AddressFamily": "IPv4"}
    list_id = account.ec2.create_managed_prefix_list(**entry)["PrefixList"]["PrefixListId"]
    [rule] = account.allow(group_id, tcp(22, PrefixListIds=[{"PrefixListId": list_id, "Description": "ours"}]))
    assert (rule["PrefixListId"], rule["Description"]) == (list_id, "ours")
    with refused("InvalidPrefixListID.NotFound"):
        account.allow(group_id, tcp(22, PrefixListIds=[{"PrefixListId": "pl-0123456789abcdef0"}]))


def test_in_the_default_vpc_groups_go_by_name(account: Account) -> None:
    """There a group is described, changed, referred to and deleted by its name."""
    name = f"named {account.vpc_id}"
    group_id = account.ec2.create_security_group(GroupName=name, Description="in the default VPC")["GroupId"]
    account.ec2.authorize_security_group_ingress(GroupName=name, SourceSecurityGroupName=name)
    [group] = account.ec2.describe_security_groups(GroupNames=[name])["SecurityGroups"]
    [permission] = group["IpPermissions"]
    assert (permission["IpProtocol"], permission["UserIdGroupPairs"][0]["GroupId"]) == ("-1", group_id)
    account.ec2.delete_security_group(GroupName=name)
    with refused("InvalidGroup.NotFound", f"The security group '{name}' does not exist in default VPC"):
        account.ec2.describe_security_groups(GroupNames=[name])
