"""Security groups in the embedded AWS: made, described and deleted as AWS does it."""

from __future__ import annotations

import pytest

from tests.sandbox.aws_account import UNKNOWN_GROUP, Account, from_group, refused, tcp


def test_a_new_group_lets_everything_out_over_ipv4(account: Account) -> None:
    """A new group has one rule, all traffic out to 0.0.0.0/0."""
    [group] = account.ec2.describe_security_groups(GroupIds=[account.group()])["SecurityGroups"]
    assert group["IpPermissions"] == []
    [out] = group["IpPermissionsEgress"]
    assert (out["IpProtocol"], out["IpRanges"], out["Ipv6Ranges"]) == ("-1", [{"CidrIp": "0.0.0.0/0"}], [])
    assert "FromPort" not in out


def test_a_new_group_lets_everything_out_over_ipv6_where_the_vpc_has_it(account: Account) -> None:
    """In a VPC with IPv6 a new group also lets all traffic out to ::/0."""
    vpc_id = account.ec2.create_vpc(CidrBlock="10.0.0.0/16", AmazonProvidedIpv6CidrBlock=True)["Vpc"]["VpcId"]
    made = account.ec2.create_security_group(GroupName="six", Description="for a test", VpcId=vpc_id)
    assert [rule.get("CidrIpv6") for rule in account.rules(made["GroupId"], egress=True)] == [None, "::/0"]


@pytest.mark.parametrize("name", ["sg-mine", "SG-mine", "default", "x" * 256, "naïve", "a|b"])
def test_a_name_that_aws_does_not_take_is_refused(account: Account, name: str) -> None:
    """A name that looks like an id, is reserved, too long or of other characters is refused."""
    with refused("InvalidParameterValue"):
        account.group(name)


def test_a_name_may_have_255_characters_and_loses_spaces_at_its_end(account: Account) -> None:
    """A name of 255 characters is taken, and spaces at its end are cut off."""
    assert account.group("x" * 255)
    group_id = account.group("api ")
    [group] = account.ec2.describe_security_groups(GroupIds=[group_id])["SecurityGroups"]
    assert group["GroupName"] == "api"


@pytest.mark.parametrize("description", ["x" * 256, "größer", "a>b"])
def test_a_description_that_aws_does_not_take_is_refused(account: Account, description: str) -> None:
    """A description that is too long or of other characters is refused."""
    with refused("InvalidParameterValue", "Invalid security group description"):
        account.ec2.create_security_group(GroupName="api", Description=description, VpcId=account.vpc_id)


def test_a_group_without_a_description_is_refused(account: Account) -> None:
    """An empty description is a missing parameter."""
    with refused("MissingParameter", "GroupDescription"):
        account.ec2.create_security_group(GroupName="api", Description="", VpcId=account.vpc_id)


def test_a_group_in_a_vpc_that_does_not_exist_is_refused(account: Account) -> None:
    """The VPC of a new group must exist."""
    with refused("InvalidVpcID.NotFound"):
        account.ec2.create_security_group(GroupName="api", Description="d", VpcId="vpc-0123456789abcdef0")


def test_a_name_is_taken_once_in_a_vpc_whatever_its_case(account: Account) -> None:
    """A second group of the same name in a VPC is refused, also in other letters; in another VPC it is not."""
    account.group("api")
    for name in ("api", "API"):
        with refused("InvalidGroup.Duplicate", f"The security group '{name}' already exists for VPC"):
            account.group(name)
    assert account.beside().group("api")


def test_a_vpcs_default_group_lets_its_members_in_and_everything_out(account: Account) -> None:
    """The default group of a new VPC has one rule in, from itself, and one rule out, to everywhere."""
    group_id = account.default_group()
    [rule] = account.rules(group_id)
    assert rule["ReferencedGroupInfo"]["GroupId"] == group_id
    assert [rule["CidrIpv4"] for rule in account.rules(group_id, egress=True)] == ["0.0.0.0/0"]


@pytest.mark.parametrize("group_id", ["mine", "sg-xyz", "sg-123456789"])
def test_a_malformed_group_id_is_refused(account: Account, group_id: str) -> None:
    """What cannot be a group id is refused by every call that takes one."""
    with refused("InvalidGroupId.Malformed"):
        account.ec2.describe_security_groups(GroupIds=[group_id])
    with refused("InvalidGroupId.Malformed"):
        account.ec2.delete_security_group(GroupId=group_id)
    with refused("InvalidGroupId.Malformed"):
        account.allow(group_id, tcp(22, "10.0.0.0/8"))


def test_an_unknown_group_is_refused(account: Account) -> None:
    """A group that does not exist is not found, also beside one that does."""
    words = f"The security group '{UNKNOWN_GROUP}' does not exist"
    with refused("InvalidGroup.NotFound", words):
        account.ec2.describe_security_groups(GroupIds=[account.group(), UNKNOWN_GROUP])
    with refused("InvalidGroup.NotFound", words):
        account.ec2.delete_security_group(GroupId=UNKNOWN_GROUP)
    with refused("InvalidGroup.NotFound", words):
        account.allow(UNKNOWN_GROUP, tcp(22, "10.0.0.0/8"))


def test_a_group_that_nothing_uses_is_deleted_with_its_tags_and_rules(account: Account) -> None:
    """A group is deleted, although it refers to itself, and its tags go with it."""
    group_id = account.group()
    account.allow(group_id, from_group(group_id))
    account.ec2.create_tags(Resources=[group_id], Tags=[{"Key": "a", "Value": "b"}])
    assert account.ec2.delete_security_group(GroupId=group_id)["GroupId"] == group_id
    with refused("InvalidGroup.NotFound"):
        account.ec2.describe_security_groups(GroupIds=[group_id])
    assert account.ec2.describe_tags(Filters=[{"Name": "resource-id", "Values": [group_id]}])["Tags"] == []


def test_a_group_on_an_interface_is_not_deleted(account: Account) -> None:
    """A group that an interface has is in use until the interface leaves it."""
    group_id, other = account.group(), account.group()
    interface = account.interface(group_id)
    with refused("DependencyViolation", f"resource {group_id} has a dependent object"):
        account.ec2.delete_security_group(GroupId=group_id)
    account.ec2.modify_network_interface_attribute(NetworkInterfaceId=interface, Groups=[other])
    account.ec2.delete_security_group(GroupId=group_id)


@pytest.mark.parametrize("egress", [False, True])
def test_a_group_in_a_rule_of_another_group_is_not_deleted(account: Account, egress: bool) -> None:
    """A group that a rule of another group refers to is in use until that rule is gone."""
    group_id, other = account.group(), account.group()
    permissions = [from_group(group_id)]
    if egress:
        account.ec2.authorize_security_group_egress(GroupId=other, IpPermissions=permissions)  # type: ignore[arg-type]
    else:
        account.allow(other, permissions[0])
    with refused("DependencyViolation", f"resource {group_id} has a dependent object"):
        account.ec2.delete_security_group(GroupId=group_id)
    if egress:
        account.ec2.revoke_security_group_egress(GroupId=other, IpPermissions=permissions)  # type: ignore[arg-type]
    else:
        account.ec2.revoke_security_group_ingress(GroupId=other, IpPermissions=permissions)  # type: ignore[arg-type]
    account.ec2.delete_security_group(GroupId=group_id)


def test_a_group_of_a_database_is_not_deleted(account: Account) -> None:
    """A group that a database has is in use until the database is gone."""
    group_id = account.group()
    name = account.database(group_id)["DBInstanceIdentifier"]
    with refused("DependencyViolation", f"resource {group_id} has a dependent object"):
        account.ec2.delete_security_group(GroupId=group_id)
    account.rds.delete_db_instance(DBInstanceIdentifier=name, SkipFinalSnapshot=True)
    account.ec2.delete_security_group(GroupId=group_id)


def test_a_default_group_is_not_deleted(account: Account) -> None:
    """The default group of a VPC goes with the VPC only."""
    with refused("CannotDelete", "cannot be deleted by a user"):
        account.ec2.delete_security_group(GroupId=account.default_group())


def test_a_vpc_with_a_group_is_not_deleted(account: Account) -> None:
    """A VPC is deleted once its subnets and its groups but the default one are gone."""
    group_id = account.group()
    account.ec2.delete_subnet(SubnetId=account.subnet_id)
    with refused("DependencyViolation", "has dependencies and cannot be deleted"):
        account.ec2.delete_vpc(VpcId=account.vpc_id)
    account.ec2.delete_security_group(GroupId=group_id)
    account.ec2.delete_vpc(VpcId=account.vpc_id)
    with refused("InvalidVpcID.NotFound"):
        account.ec2.delete_vpc(VpcId=account.vpc_id)


def test_a_subnet_with_an_interface_is_not_deleted(account: Account) -> None:
    """A subnet is deleted once no interface is in it, and its VPC once it has no subnet."""
    interface = account.interface()
    with refused("DependencyViolation", account.subnet_id):
        account.ec2.delete_subnet(SubnetId=account.subnet_id)
    with refused("DependencyViolation", account.vpc_id):
        account.ec2.delete_vpc(VpcId=account.vpc_id)
    account.ec2.delete_network_interface(NetworkInterfaceId=interface)
    with refused("DependencyViolation", account.vpc_id):
        account.ec2.delete_vpc(VpcId=account.vpc_id)
    account.ec2.delete_subnet(SubnetId=account.subnet_id)
    account.ec2.delete_vpc(VpcId=account.vpc_id)


def test_a_dry_run_changes_nothing(account: Account) -> None:
    """With DryRun a call that would succeed says so, and does nothing."""
    group_id = account.group()
    with refused("DryRunOperation"):
        account.ec2.delete_security_group(GroupId=group_id, DryRun=True)
    with refused("DryRunOperation"):
        account.allow(group_id, tcp(22, "10.0.0.0/8"), DryRun=True)
    assert account.rules(group_id) == []
