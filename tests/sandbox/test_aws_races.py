"""Others in the embedded AWS: who writes to a member, or ends it, just when we do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.sandbox.aws_account import Account, refused

if TYPE_CHECKING:
    from sg_integration.sandbox.aws.control import Control

WRITE = "ModifyNetworkInterfaceAttribute"


def write(account: Account, interface: str, *group_ids: str) -> None:
    """Give an interface these groups."""
    account.ec2.modify_network_interface_attribute(NetworkInterfaceId=interface, Groups=list(group_ids))


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_stranger_writes_to_an_interface(account: Account, control: Control, when: Any) -> None:
    """Just before or just after our write somebody else adds and removes groups; it is not among our calls."""
    old, ours, theirs = (account.group() for _ in range(3))
    interface = account.interface(old)
    control.fault(WRITE, id=interface, foreign_write={"add": [theirs], "remove": [old]}, when=when)
    count = len(control.calls())
    write(account, interface, old, ours)
    assert account.groups_of(interface) == ({old, ours} if when == "before" else {ours, theirs})
    write(account, interface, ours)
    assert account.groups_of(interface) == {ours}
    assert [call.action for call in control.calls()[count:]].count(WRITE) == 2


def test_a_stranger_writes_between_two_reads(account: Account, control: Control) -> None:
    """A foreign write may come with a listing that names nobody: the first shows the old groups, the second the new."""
    old, theirs = account.group(), account.group()
    interface = account.interface(old)
    control.fault("DescribeNetworkInterfaces", id=interface, foreign_write={"add": [theirs]}, when="after")
    of_vpc: Any = [{"Name": "vpc-id", "Values": [account.vpc_id]}]

    def listed() -> set[str]:
        [shown] = account.ec2.describe_network_interfaces(Filters=of_vpc)["NetworkInterfaces"]
        return {group["GroupId"] for group in shown["Groups"]}

    assert [listed(), listed()] == [{old}, {old, theirs}]


@pytest.mark.parametrize("kind", ["instance", "cluster"])
def test_a_stranger_writes_to_a_database(account: Account, control: Control, kind: str) -> None:
    """The same for a database instance and for a cluster."""
    old, theirs = account.group(), account.group()
    name = account.database(old)["DBInstanceIdentifier"]
    if kind == "cluster":
        account.rds.create_db_cluster(
            DBClusterIdentifier=name,
            Engine="aurora-postgresql",
            MasterUsername="somebody",
            MasterUserPassword="something",
            DBSubnetGroupName=account.subnet_group(),
            VpcSecurityGroupIds=[old],
        )
        account.rds.delete_db_instance(DBInstanceIdentifier=name, SkipFinalSnapshot=True)
        control.fault("DescribeDBClusters", id=name, foreign_write={"add": [theirs], "remove": [old]})
        shown: Any = account.rds.describe_db_clusters(DBClusterIdentifier=name)["DBClusters"][0]
    else:
        control.fault("DescribeDBInstances", id=name, foreign_write={"add": [theirs], "remove": [old]})
        shown = account.rds.describe_db_instances(DBInstanceIdentifier=name)["DBInstances"][0]
    assert [group["VpcSecurityGroupId"] for group in shown["VpcSecurityGroups"]] == [theirs]


def test_an_interface_vanishes_just_when_it_is_written(account: Account, control: Control) -> None:
    """The interface is gone when the call comes, and so is the instance whose primary one it was."""
    group_id = account.group()
    instance = account.instance(SubnetId=account.subnet_id, SecurityGroupIds=[group_id])
    interface = instance["NetworkInterfaces"][0]["NetworkInterfaceId"]
    control.fault(WRITE, id=interface, vanish=True)
    with refused("InvalidNetworkInterfaceID.NotFound", interface):
        write(account, interface, account.group())
    with refused("InvalidNetworkInterfaceID.NotFound", interface):
        account.groups_of(interface)
    [reservation] = account.ec2.describe_instances(InstanceIds=[instance["InstanceId"]])["Reservations"]
    assert reservation["Instances"][0]["State"]["Name"] == "terminated"
    account.ec2.delete_security_group(GroupId=group_id)


def test_a_database_vanishes_just_when_it_is_written(account: Account, control: Control) -> None:
    """The database is gone when the call comes."""
    name = account.database()["DBInstanceIdentifier"]
    control.fault("ModifyDBInstance", vanish=True)
    with refused("DBInstanceNotFound"):
        account.rds.modify_db_instance(DBInstanceIdentifier=name, VpcSecurityGroupIds=[account.group()])
    with refused("DBInstanceNotFound"):
        account.rds.describe_db_instances(DBInstanceIdentifier=name)
