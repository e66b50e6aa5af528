"""Kinds of databases that the embedded AWS has, and its lists of them."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING, Any

import pytest

from tests.sandbox.aws_account import Account, client, refused
from tests.sandbox.aws_databases import aurora, cluster, instance, memberships

if TYPE_CHECKING:
    from sg_integration.sandbox.aws.control import Control

_numbers = count(1)


def test_rds_custom_keeps_its_groups(account: Account) -> None:
    """The groups of an RDS Custom instance are not changed by RDS."""
    before = account.group()
    name = f"custom-{next(_numbers)}"
    account.rds.create_db_instance(
        DBInstanceIdentifier=name,
        DBInstanceClass="db.m5.large",
        Engine="custom-sqlserver-ee",
        MasterUsername="somebody",
        MasterUserPassword="something",
        DBSubnetGroupName=account.subnet_group(),
        VpcSecurityGroupIds=[before],
    )
    with refused("InvalidParameterCombination", "RDS Custom"):
        account.rds.modify_db_instance(DBInstanceIdentifier=name, VpcSecurityGroupIds=[account.group()])
    assert memberships(instance(account, name)) == {before: "active"}


@pytest.mark.parametrize("engine", ["docdb", "neptune"])
def test_documentdb_and_neptune_show_in_the_lists_of_rds(account: Account, engine: Any) -> None:
    """What their own clients make is among RDS's clusters and instances, with its engine."""
    own = client(engine, account.ec2.meta.endpoint_url)
    name, group_id = f"{engine}-{next(_numbers)}", account.group()
    who = {"MasterUsername": "somebody", "MasterUserPassword": "something"} if engine == "docdb" else {}
    own.create_db_cluster(
        DBClusterIdentifier=name,
        Engine=engine,
        DBSubnetGroupName=account.subnet_group(),
        VpcSecurityGroupIds=[group_id],
        **who,
    )
    own.create_db_instance(
        DBInstanceIdentifier=f"{name}-1", DBClusterIdentifier=name, DBInstanceClass="db.r6g.large", Engine=engine
    )
    assert (cluster(account, name)["Engine"], memberships(cluster(account, name))) == (engine, {group_id: "active"})
    assert instance(account, f"{name}-1")["Engine"] == engine


def test_a_database_is_given_an_engine_and_a_status(account: Account, control: Control) -> None:
    """The admin endpoint gives an instance or a cluster what moto has no way to make."""
    name = account.database()["DBInstanceIdentifier"]
    control.mark_database(name, Engine="db2-se", Status="storage-full")
    assert (instance(account, name)["Engine"], instance(account, name)["DBInstanceStatus"]) == (
        "db2-se",
        "storage-full",
    )
    of_cluster, _ = aurora(account, account.group())
    control.mark_cluster(of_cluster, Status="backing-up")
    assert cluster(account, of_cluster)["Status"] == "backing-up"
    account.rds.modify_db_instance(DBInstanceIdentifier=name, VpcSecurityGroupIds=[account.group()])
    with pytest.raises(ValueError, match="there is no database nobody"):
        control.mark_cluster("nobody", Status="available")
    with pytest.raises(ValueError, match="Colour"):
        control.mark_database(name, Colour="green")


def test_databases_come_in_pages(account: Account) -> None:
    """MaxRecords is 20 to 100 and 100 if not given; the marker leads on; each is shown once."""
    group_id = account.group()
    names = {account.database(group_id)["DBInstanceIdentifier"] for _ in range(21)}
    for operation in ("describe_db_instances", "describe_db_clusters"):
        describe: Any = getattr(account.rds, operation)
        for wrong in (19, 101):
            with refused("InvalidParameterValue", f"Invalid value {wrong} for MaxRecords. Must be between 20 and 100"):
                describe(MaxRecords=wrong)
        with refused("InvalidParameterValue", "marker"):
            describe(Marker="nobody")
    by_name: Any = [{"Name": "db-instance-id", "Values": sorted(names)}]
    first = account.rds.describe_db_instances(MaxRecords=20, Filters=by_name)
    rest = account.rds.describe_db_instances(MaxRecords=20, Filters=by_name, Marker=first["Marker"])
    assert [len(page["DBInstances"]) for page in (first, rest)] == [20, 1]
    assert "Marker" not in rest
    assert {each["DBInstanceIdentifier"] for page in (first, rest) for each in page["DBInstances"]} == names
