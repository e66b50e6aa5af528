"""Databases of the embedded AWS: which groups they take."""

from __future__ import annotations

from typing import Any

from tests.sandbox.aws_account import UNKNOWN_GROUP, Account, refused


def groups_of(shown: Any) -> list[str]:
    """The ids of a database's groups."""
    return [group["VpcSecurityGroupId"] for group in shown["VpcSecurityGroups"]]


def cluster(account: Account, name: str, **more: Any) -> Any:
    """A new Aurora cluster of the account's VPC."""
    return account.rds.create_db_cluster(
        DBClusterIdentifier=name,
        Engine="aurora-postgresql",
        MasterUsername="somebody",
        MasterUserPassword="something",
        DBSubnetGroupName=account.subnet_group(),
        **more,
    )["DBCluster"]


def test_every_database_has_an_id_of_its_own(account: Account) -> None:
    """Two instances have different resource ids, and keep them."""
    first, second = account.database(), account.database()
    assert first["DbiResourceId"] != second["DbiResourceId"]
    [shown] = account.rds.describe_db_instances(DBInstanceIdentifier=first["DBInstanceIdentifier"])["DBInstances"]
    assert shown["DbiResourceId"] == first["DbiResourceId"]


def test_a_database_without_groups_has_its_vpcs_default_group(account: Account) -> None:
    """An instance or cluster that names no group gets the default group of the VPC of its subnets."""
    default = account.default_group()
    assert groups_of(account.database()) == [default]
    assert groups_of(cluster(account, f"c-{account.vpc_id}")) == [default]


def test_an_instance_takes_only_groups_of_its_vpc(account: Account) -> None:
    """An unknown group and one of another VPC are refused when an instance is made and when it is changed."""
    group_id, foreign = account.group(), account.beside().group()
    name = account.database(group_id)["DBInstanceIdentifier"]
    with refused("InvalidParameterValue", f"Invalid security group , groupId= {UNKNOWN_GROUP}, groupName=."):
        account.database(UNKNOWN_GROUP)
    with refused("InvalidParameterCombination", "The DB instance and EC2 security group are in different VPCs."):
        account.database(foreign)
    for wrong, code in ((UNKNOWN_GROUP, "InvalidParameterValue"), (foreign, "InvalidParameterCombination")):
        with refused(code):
            account.rds.modify_db_instance(DBInstanceIdentifier=name, VpcSecurityGroupIds=[group_id, wrong])
    [shown] = account.rds.describe_db_instances(DBInstanceIdentifier=name)["DBInstances"]
    assert groups_of(shown) == [group_id]


def test_a_cluster_takes_only_groups_of_its_vpc(account: Account) -> None:
    """An unknown group and one of another VPC are refused when a cluster is made and when it is changed."""
    name, group_id, foreign = f"c-{account.vpc_id}", account.group(), account.beside().group()
    wrongs = ((UNKNOWN_GROUP, "InvalidParameterValue"), (foreign, "InvalidParameterCombination"))
    for wrong, code in wrongs:
        with refused(code):
            cluster(account, name, VpcSecurityGroupIds=[wrong])
    cluster(account, name, VpcSecurityGroupIds=[group_id])
    for wrong, code in wrongs:
        with refused(code):
            account.rds.modify_db_cluster(DBClusterIdentifier=name, VpcSecurityGroupIds=[group_id, wrong])
    [shown] = account.rds.describe_db_clusters(DBClusterIdentifier=name)["DBClusters"]
    assert groups_of(shown) == [group_id]
    with refused("DependencyViolation"):
        account.ec2.delete_security_group(GroupId=group_id)


def test_groups_of_a_cluster_are_not_changed_at_its_member(account: Account) -> None:
    """An instance in a cluster has the cluster's groups, and refuses its own."""
    name, group_id, other = f"c-{account.vpc_id}", account.group(), account.group()
    cluster(account, name, VpcSecurityGroupIds=[group_id])
    member = f"m-{account.vpc_id}"
    account.rds.create_db_instance(
        DBInstanceIdentifier=member,
        DBClusterIdentifier=name,
        DBInstanceClass="db.r6g.large",
        Engine="aurora-postgresql",
    )
    with refused("InvalidParameterCombination", "is a member of a cluster"):
        account.rds.modify_db_instance(DBInstanceIdentifier=member, VpcSecurityGroupIds=[other])
    account.rds.modify_db_cluster(DBClusterIdentifier=name, VpcSecurityGroupIds=[other])
    [shown] = account.rds.describe_db_instances(DBInstanceIdentifier=member)["DBInstances"]
    assert groups_of(shown) == [other]


def test_a_member_of_a_cluster_is_in_its_clusters_subnets(account: Account) -> None:
    """An instance in a cluster that names no subnet group is in the cluster's, and so in its VPC."""
    name, member = f"c-{account.vpc_id}", f"m-{account.vpc_id}"
    subnets = cluster(account, name)["DBSubnetGroup"]
    made = account.rds.create_db_instance(
        DBInstanceIdentifier=member,
        DBClusterIdentifier=name,
        DBInstanceClass="db.r6g.large",
        Engine="aurora-postgresql",
    )
    assert made["DBInstance"]["DBSubnetGroup"]["DBSubnetGroupName"] == subnets


def test_an_unknown_database_is_refused(account: Account) -> None:
    """An instance or a cluster that does not exist is not found."""
    with refused("DBInstanceNotFound"):
        account.rds.modify_db_instance(DBInstanceIdentifier="nobody", VpcSecurityGroupIds=[account.group()])
    with refused("DBClusterNotFoundFault"):
        account.rds.modify_db_cluster(DBClusterIdentifier="nobody", VpcSecurityGroupIds=[account.group()])


def test_a_changed_subnet_group_is_still_there(account: Account) -> None:
    """A subnet group has its new description after a change, and an unknown one is refused."""
    name = account.subnet_group()
    subnets = account.rds.describe_db_subnet_groups(DBSubnetGroupName=name)["DBSubnetGroups"][0]["Subnets"]
    ids = [subnet["SubnetIdentifier"] for subnet in subnets]
    account.rds.modify_db_subnet_group(DBSubnetGroupName=name, DBSubnetGroupDescription="new", SubnetIds=ids)
    found = account.rds.describe_db_subnet_groups(DBSubnetGroupName=name)["DBSubnetGroups"]
    assert [group["DBSubnetGroupDescription"] for group in found] == ["new"]
    with refused("DBSubnetGroupNotFoundFault"):
        account.rds.modify_db_subnet_group(DBSubnetGroupName="nobodys", SubnetIds=ids)
