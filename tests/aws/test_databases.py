"""Databases are listed by pages and written one by one, with exactly these requests; ApplyImmediately is in none."""

from __future__ import annotations

from typing import Any

import pytest

from sg_integration.aws.connection import Connection
from sg_integration.aws.databases import RdsDatabases
from sg_integration.model.errors import MemberBusy
from sg_integration.model.members import Database

from .script import Script

VPC = "vpc-0123456789abcdef0"
PAGE = {"MaxRecords": 100}


@pytest.fixture
def databases(script: Script) -> RdsDatabases:
    """The databases of a VPC."""
    del script
    return RdsDatabases(Connection(), VPC)


def groups(**statuses: str) -> list[dict[str, str]]:
    """Groups of a database as RDS lists them."""
    return [{"VpcSecurityGroupId": f"sg-{name}", "Status": status} for name, status in statuses.items()]


def instance(name: str, vpc: str = VPC, **more: Any) -> dict[str, Any]:
    """An instance as RDS describes it."""
    return {
        "DbiResourceId": f"db-{name}",
        "DBInstanceIdentifier": name,
        "Engine": "postgres",
        "DBInstanceStatus": "available",
        "DBSubnetGroup": {"VpcId": vpc},
        "VpcSecurityGroups": groups(app="active"),
        **more,
    }


def cluster(name: str, *members: str, **more: Any) -> dict[str, Any]:
    """A cluster as RDS describes it."""
    return {
        "DbClusterResourceId": f"cluster-{name}",
        "DBClusterIdentifier": name,
        "Engine": "aurora-mysql",
        "Status": "available",
        "DBSubnetGroup": "subnets",
        "DBClusterMembers": [{"DBInstanceIdentifier": member} for member in members],
        "VpcSecurityGroups": groups(app="active"),
        **more,
    }


def listed(script: Script, instances: list[Any], clusters: list[Any]) -> None:
    """One listing of everything, a page of either."""
    script.expect("rds", "describe_db_instances", PAGE, {"DBInstances": instances})
    script.expect("rds", "describe_db_clusters", PAGE, {"DBClusters": clusters})


def test_an_account_is_listed_by_pages_of_a_hundred(script: Script, databases: RdsDatabases) -> None:
    """Instances and clusters come in pages of 100 to the last; what comes twice counts once; subnet groups are not asked."""
    script.expect(
        "rds", "describe_db_instances", PAGE, {"DBInstances": [instance("a"), instance("l-1")], "Marker": "m"}
    )
    script.expect("rds", "describe_db_instances", {**PAGE, "Marker": "m"}, {"DBInstances": [instance("a"), instance("b", "vpc-2")]})  # fmt: skip
    script.expect("rds", "describe_db_clusters", PAGE, {"DBClusters": [cluster("l", "l-1")], "Marker": "n"})
    script.expect("rds", "describe_db_clusters", {**PAGE, "Marker": "n"}, {"DBClusters": [cluster("l", "l-1")]})
    found = databases.discover()
    assert [(each.id, each.vpc_id) for each in found] == [
        ("db-a", VPC), ("db-l-1", VPC), ("db-b", "vpc-2"), ("cluster-l", VPC),
    ]  # fmt: skip


def test_a_cluster_without_instances_is_placed_by_its_subnet_group(script: Script, databases: RdsDatabases) -> None:
    """Only when a cluster has no instance are the subnet groups listed, by pages, and they say its VPC."""
    empty = {key: value for key, value in cluster("unsaid").items() if key != "DBClusterMembers"}
    listed(script, [], [cluster("empty"), empty, cluster("lost", DBSubnetGroup="unknown")])
    subnets = {"DBSubnetGroups": [{"DBSubnetGroupName": "subnets", "VpcId": VPC}]}
    script.expect("rds", "describe_db_subnet_groups", PAGE, subnets)
    assert [each.vpc_id for each in databases.discover()] == [VPC, VPC, ""]


def test_every_field_that_decides_is_taken_from_rdss_answer(script: Script, databases: RdsDatabases) -> None:
    """Cluster, engine, status and tags are those of the answer; a group counts unless it is being removed."""
    mixed = groups(a="active", b="adding", c="removing", d="something-new")
    tags = [{"Key": "role", "Value": "member"}, {"Key": "bare"}]
    one = instance("l-1", DBClusterIdentifier="l", DBInstanceStatus="stopped", TagList=tags, VpcSecurityGroups=mixed)
    listed(script, [one], [cluster("l", "l-1", VpcSecurityGroups=mixed, Status="backing-up", TagList=tags)])
    held, leaving, known = ("sg-a", "sg-b", "sg-d"), ("sg-c",), {"role": "member", "bare": ""}
    assert databases.discover() == [
        Database("db-l-1", "l-1", held, leaving, cluster="l", engine="postgres", status="stopped", vpc_id=VPC, tags=known),
        Database("cluster-l", "l", held, leaving, is_cluster=True, engine="aurora-mysql", status="backing-up", vpc_id=VPC, tags=known),
    ]  # fmt: skip


def test_members_are_read_by_their_lasting_ids(script: Script, databases: RdsDatabases) -> None:
    """One listing gives the groups of all who are asked for; who is gone is not in the answer."""
    listed(script, [instance("a"), instance("b")], [cluster("l", "a")])
    assert databases.read(["db-a", "cluster-l", "db-gone"]) == {"db-a": ("sg-app",), "cluster-l": ("sg-app",)}


def test_an_instance_and_a_cluster_are_written_each_by_its_call(script: Script, databases: RdsDatabases) -> None:
    """The list is all that a write says, under the identifier that the database has now."""
    listed(script, [instance("renamed", DbiResourceId="db-1")], [cluster("l", "renamed")])
    databases.read(["db-1", "cluster-l"])
    list_ = {"VpcSecurityGroupIds": ["sg-app", "sg-t"]}
    script.expect("rds", "modify_db_instance", {"DBInstanceIdentifier": "renamed", **list_}, {})
    script.expect("rds", "modify_db_cluster", {"DBClusterIdentifier": "l", **list_}, {})
    databases.write("db-1", ["sg-app", "sg-t"], "attaching")
    databases.write("cluster-l", ["sg-app", "sg-t"], "attaching")


def test_a_database_that_takes_no_change_is_busy(script: Script, databases: RdsDatabases) -> None:
    """RDS's refusal for its state becomes an error that says to try again."""
    listed(script, [instance("a")], [])
    databases.read(["db-a"])
    script.refuse("rds", "modify_db_instance", "InvalidDBInstanceState", "Database a is not in available state.")
    with pytest.raises(MemberBusy, match=r"attaching: InvalidDBInstanceState: .* Run again when it is available\."):
        databases.write("db-a", ["sg-app"], "attaching")


def test_who_carries_a_group_is_of_the_vpc_and_in_no_cluster(script: Script, databases: RdsDatabases) -> None:
    """An instance of a cluster is left to its cluster, a database of another VPC and a group on its way out do not count."""
    listed(
        script,
        [
            instance("a"), instance("other", "vpc-2"), instance("l-1", DBClusterIdentifier="l"),
            instance("going", VpcSecurityGroups=groups(app="removing")), instance("b", VpcSecurityGroups=groups(x="active")),
        ],
        [cluster("l", "l-1")],
    )  # fmt: skip
    found = databases.carrying(frozenset({"sg-app", "sg-y"}))
    assert found == {"db-a": "a (postgres)", "cluster-l": "l (aurora-mysql cluster)"}


def test_who_is_still_giving_up_a_group_is_known(script: Script, databases: RdsDatabases) -> None:
    """A database with one of the groups in status removing is leaving; with another group it is not."""
    listed(
        script,
        [instance("a", VpcSecurityGroups=groups(t="removing")), instance("b", VpcSecurityGroups=groups(x="removing"))],
        [cluster("l", "a", VpcSecurityGroups=groups(t="active"))],
    )
    assert databases.leaving(frozenset({"sg-t"})) == {"db-a": "a (postgres)"}
