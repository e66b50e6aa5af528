"""States of the embedded AWS's databases and of their groups, and what each state refuses."""

from __future__ import annotations

from ipaddress import ip_address, ip_network
from typing import TYPE_CHECKING, Any

import pytest

from tests.sandbox.aws_account import Account, refused
from tests.sandbox.aws_databases import aurora, cluster, instance, memberships

if TYPE_CHECKING:
    from sg_integration.sandbox.aws.control import Control


def test_a_database_that_does_not_run_takes_no_groups(account: Account, control: Control) -> None:
    """While an instance is stopping, stopped or starting it is not changed; once it runs it is."""
    before, after = account.group(), account.group()
    name = account.database(before)["DBInstanceIdentifier"]
    control.settings(rds_transition_seconds=60)

    def refuses(state: str) -> None:
        assert instance(account, name)["DBInstanceStatus"] == state
        with refused("InvalidDBInstanceState", f"Instance {name} is not in available state"):
            account.rds.modify_db_instance(DBInstanceIdentifier=name, VpcSecurityGroupIds=[after])

    account.rds.stop_db_instance(DBInstanceIdentifier=name)
    refuses("stopping")
    control.advance(60)
    refuses("stopped")
    account.rds.start_db_instance(DBInstanceIdentifier=name)
    refuses("starting")
    control.advance(60)
    account.rds.modify_db_instance(DBInstanceIdentifier=name, VpcSecurityGroupIds=[after])
    assert memberships(instance(account, name)) == {before: "removing", after: "adding"}


def test_a_cluster_that_does_not_run_takes_no_groups(account: Account, control: Control) -> None:
    """A cluster stops and starts with its members, and is not changed until it runs."""
    before, after = account.group(), account.group()
    name, member = aurora(account, before)
    control.settings(rds_transition_seconds=60)

    def refuses(state: str) -> None:
        assert (cluster(account, name)["Status"], instance(account, member)["DBInstanceStatus"]) == (state, state)
        with refused("InvalidDBClusterStateFault", f"DbCluster {name} is in {state} state"):
            account.rds.modify_db_cluster(DBClusterIdentifier=name, VpcSecurityGroupIds=[after])

    account.rds.stop_db_cluster(DBClusterIdentifier=name)
    refuses("stopping")
    control.advance(60)
    refuses("stopped")
    account.rds.start_db_cluster(DBClusterIdentifier=name)
    refuses("starting")
    control.advance(60)
    account.rds.modify_db_cluster(DBClusterIdentifier=name, VpcSecurityGroupIds=[after])
    assert memberships(cluster(account, name)) == {before: "removing", after: "adding"}


def test_only_what_runs_stops_and_only_what_is_stopped_starts(account: Account) -> None:
    """Stopping twice, starting what runs, and stopping one member of a cluster are refused."""
    name = account.database()["DBInstanceIdentifier"]
    with refused("InvalidDBInstanceState", "is not in stopped state"):
        account.rds.start_db_instance(DBInstanceIdentifier=name)
    account.rds.stop_db_instance(DBInstanceIdentifier=name)
    with refused("InvalidDBInstanceState", "is not in available state"):
        account.rds.stop_db_instance(DBInstanceIdentifier=name)
    of_cluster, member = aurora(account, account.group())
    with refused("InvalidParameterCombination", "not eligible for stopping and starting"):
        account.rds.stop_db_instance(DBInstanceIdentifier=member)
    with refused("InvalidDBClusterStateFault"):
        account.rds.start_db_cluster(DBClusterIdentifier=of_cluster)


@pytest.mark.parametrize("kind", ["instance", "cluster"])
def test_groups_are_added_and_removed_over_time(account: Account, control: Control, kind: str) -> None:
    """A new group is `adding`, then `active`; one left out is `removing`, then gone, and is in use until then."""
    stays, goes, comes = (account.group() for _ in range(3))
    control.settings(rds_transition_seconds=30)
    if kind == "cluster":
        name, member = aurora(account, stays, goes)
        account.rds.modify_db_cluster(DBClusterIdentifier=name, VpcSecurityGroupIds=[stays, comes])
    else:
        member = account.database(stays, goes)["DBInstanceIdentifier"]
        account.rds.modify_db_instance(DBInstanceIdentifier=member, VpcSecurityGroupIds=[stays, comes])
    assert memberships(instance(account, member)) == {stays: "active", comes: "adding", goes: "removing"}
    with refused("DependencyViolation"):
        account.ec2.delete_security_group(GroupId=goes)
    control.advance(29)
    assert memberships(instance(account, member))[comes] == "adding"
    control.advance(1)
    assert memberships(instance(account, member)) == {stays: "active", comes: "active"}
    account.ec2.delete_security_group(GroupId=goes)


@pytest.mark.parametrize("kind", ["instance", "cluster"])
def test_a_database_has_an_interface_with_its_groups(account: Account, control: Control, kind: str) -> None:
    """RDS makes an interface in the database's subnets and gives it the groups when it is done; it goes with the database."""
    before, after = account.group(), account.group()
    if kind == "cluster":
        name, member = aurora(account, before)
    else:
        name = member = account.database(before)["DBInstanceIdentifier"]
    in_vpc: Any = [{"Name": "vpc-id", "Values": [account.vpc_id]}]

    def described() -> list[Any]:
        return account.ec2.describe_network_interfaces(Filters=in_vpc)["NetworkInterfaces"]

    [found] = described()
    assert (found["RequesterId"], found["Description"], found["Status"]) == (
        "amazon-rds",
        "RDSNetworkInterface",
        "in-use",
    )
    [subnet] = account.ec2.describe_subnets(SubnetIds=[found["SubnetId"]])["Subnets"]
    block, address = ip_network(subnet["CidrBlock"]), ip_address(found["PrivateIpAddress"])
    assert 4 <= int(address) - int(block.network_address) < 20  # AWS keeps the first four for itself
    with refused("AuthFailure"):
        account.ec2.modify_network_interface_attribute(NetworkInterfaceId=found["NetworkInterfaceId"], Groups=[after])
    control.settings(rds_transition_seconds=30)
    if kind == "cluster":
        account.rds.modify_db_cluster(DBClusterIdentifier=name, VpcSecurityGroupIds=[after])
    else:
        account.rds.modify_db_instance(DBInstanceIdentifier=name, VpcSecurityGroupIds=[after])
    assert [group["GroupId"] for group in described()[0]["Groups"]] == [before]
    control.advance(30)
    assert [group["GroupId"] for group in described()[0]["Groups"]] == [after]
    account.rds.delete_db_instance(DBInstanceIdentifier=member, SkipFinalSnapshot=True)
    assert not described()


def test_a_group_that_comes_back_while_it_is_removed_is_being_added(account: Account, control: Control) -> None:
    """The last change of a group counts, and an older one does not end it."""
    stays, group_id = account.group(), account.group()
    name = account.database(stays, group_id)["DBInstanceIdentifier"]
    control.settings(rds_transition_seconds=30)
    account.rds.modify_db_instance(DBInstanceIdentifier=name, VpcSecurityGroupIds=[stays])
    control.advance(20)
    account.rds.modify_db_instance(DBInstanceIdentifier=name, VpcSecurityGroupIds=[stays, group_id])
    control.advance(10)
    assert memberships(instance(account, name)) == {stays: "active", group_id: "adding"}
    control.advance(20)
    assert memberships(instance(account, name)) == {stays: "active", group_id: "active"}


def test_without_a_delay_groups_are_there_at_once(account: Account) -> None:
    """Unless a delay is set a change is over when it is answered."""
    before, after = account.group(), account.group()
    name = account.database(before)["DBInstanceIdentifier"]
    answer = account.rds.modify_db_instance(DBInstanceIdentifier=name, VpcSecurityGroupIds=[after])
    assert memberships(answer["DBInstance"]) == memberships(instance(account, name)) == {after: "active"}


def test_a_change_that_changes_nothing_is_refused(account: Account) -> None:
    """The same groups, in any order, and no groups are no modification; with another change they are fine."""
    groups = [account.group(), account.group()]
    name = account.database(*groups)["DBInstanceIdentifier"]
    of_cluster, _ = aurora(account, *groups)
    for same in (groups, groups[::-1], [groups[0], *groups], []):
        with refused("InvalidParameterCombination", "No modifications were requested"):
            account.rds.modify_db_instance(DBInstanceIdentifier=name, VpcSecurityGroupIds=same)
        with refused("InvalidParameterCombination", "No modifications were requested"):
            account.rds.modify_db_cluster(DBClusterIdentifier=of_cluster, VpcSecurityGroupIds=same)
    changed = account.rds.modify_db_instance(
        DBInstanceIdentifier=name, VpcSecurityGroupIds=groups, BackupRetentionPeriod=5
    )
    assert changed["DBInstance"]["BackupRetentionPeriod"] == 5
    assert set(memberships(instance(account, name))) == set(groups)


def test_a_database_has_five_groups_at_most(account: Account) -> None:
    """A sixth group is refused when a database is made and when it is changed."""
    groups = [account.group() for _ in range(6)]
    name = account.database(*groups[:5])["DBInstanceIdentifier"]
    of_cluster, _ = aurora(account, *groups[:5])
    words = "violates your limit on number of Ec2 VPC SecurityGroups"
    with refused("InvalidParameterValue", words):
        account.database(*groups)
    with refused("InvalidParameterValue", words):
        account.rds.modify_db_instance(DBInstanceIdentifier=name, VpcSecurityGroupIds=groups)
    with refused("InvalidParameterValue", words):
        account.rds.modify_db_cluster(DBClusterIdentifier=of_cluster, VpcSecurityGroupIds=groups)
