"""What the tests of the embedded AWS's databases share."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.sandbox.aws_account import Account

_numbers = count(1)


def memberships(shown: Any) -> dict[str, str]:
    """Each group of a database, and its status."""
    return {group["VpcSecurityGroupId"]: group["Status"] for group in shown["VpcSecurityGroups"]}


def instance(account: Account, name: str) -> Any:
    """The instance as it is described."""
    return account.rds.describe_db_instances(DBInstanceIdentifier=name)["DBInstances"][0]


def cluster(account: Account, name: str) -> Any:
    """The cluster as it is described."""
    return account.rds.describe_db_clusters(DBClusterIdentifier=name)["DBClusters"][0]


def aurora(account: Account, *group_ids: str) -> tuple[str, str]:
    """A new cluster with one member: their names."""
    number = next(_numbers)
    name, member = f"aurora-{number}", f"aurora-{number}-1"
    account.rds.create_db_cluster(
        DBClusterIdentifier=name,
        Engine="aurora-postgresql",
        MasterUsername="somebody",
        MasterUserPassword="something",
        DBSubnetGroupName=account.subnet_group(),
        VpcSecurityGroupIds=list(group_ids),
    )
    account.rds.create_db_instance(
        DBInstanceIdentifier=member,
        DBClusterIdentifier=name,
        DBInstanceClass="db.r6g.large",
        Engine="aurora-postgresql",
    )
    return name, member
