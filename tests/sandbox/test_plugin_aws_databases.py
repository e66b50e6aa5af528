"""Databases through the stand-in, against the embedded AWS."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from sg_integration.sandbox.plugins.aws.rds import version_as_given
from tests.sandbox.aws_account import Account
from tests.sandbox.plugin_aws import (
    CLUSTER,
    CLUSTER_INSTANCE,
    DATABASE,
    SUBNET_GROUP,
    Resource,
    provider,
)
from tests.sandbox.plugin_client import Client, fails

AMI = "ami-12c6146b"


@pytest.fixture(scope="module")
def client(aws_url: str) -> Iterator[Client]:
    """A provider for the embedded AWS."""
    with provider(aws_url) as client:
        yield client


@pytest.fixture
def groups(account: Account) -> list[str]:
    """Two groups of somebody else's."""
    return [account.group(), account.group()]


@pytest.fixture
def subnets(client: Client, account: Account) -> Resource:
    """A DB subnet group that the stand-in made."""
    return Resource(client, SUBNET_GROUP).make(subnetIds=[account.subnet_id])


def test_a_subnet_group_lives_and_dies(subnets: Resource, account: Account) -> None:
    """A DB subnet group has its name as id, is tagged by its arn, and goes."""
    assert subnets.id == subnets.state["name"] == subnets.inputs["name"]

    subnets.change(subnetIds=[account.subnet_id], tags={"a": "b"})
    subnets.refresh()
    assert (subnets.state["subnetIds"], subnets.state["tags"]) == ([account.subnet_id], {"a": "b"})

    subnets.remove()
    assert subnets.client.read(SUBNET_GROUP, subnets.id)[0] == ""


def database(subnets: Resource, groups: list[str], **more: Any) -> dict[str, Any]:
    """The inputs of a database."""
    plain = {"engine": "postgres", "engineVersion": "15", "instanceClass": "db.t3.micro", "allocatedStorage": 20}
    login = {"username": "somebody", "password": "something"}
    return {**plain, **login, "dbSubnetGroupName": subnets.id, "vpcSecurityGroupIds": groups, **more}


def test_a_database_lives_and_dies(subnets: Resource, groups: list[str], account: Account) -> None:
    """A database has its resource id as id, keeps a version prefix as given, changes groups in place, and goes."""
    one = Resource(subnets.client, DATABASE).make(**database(subnets, groups, skipFinalSnapshot=True))
    assert one.id == one.state["resourceId"]
    assert one.state["engineVersion"] == "15"
    assert one.state["endpoint"] == f"{one.state['address']}:{one.state['port']}"

    one.change(**database(subnets, groups[:1], skipFinalSnapshot=True), tags={"a": "b"})
    name = one.state["identifier"]
    [shown] = account.rds.describe_db_instances(DBInstanceIdentifier=name)["DBInstances"]
    assert [group["VpcSecurityGroupId"] for group in shown["VpcSecurityGroups"]] == groups[:1]
    one.refresh()
    assert (one.state["tags"], one.state["password"], one.inputs["password"]) == ({"a": "b"}, "something", "something")

    one.remove()
    assert subnets.client.read(DATABASE, name)[0] == ""


@pytest.mark.parametrize(
    ("actual", "known", "kept"), [("15.4", "15", "15"), ("15.4", "1", "15.4"), ("15.4", None, "15.4")]
)
def test_a_version_prefix_stays_as_given(actual: str, known: str | None, kept: str) -> None:
    """A program that asks for version 15 sees no difference while the engine runs 15.4; 1 is no prefix of 15."""
    assert version_as_given(actual, known) == kept


def test_a_database_is_not_deleted_without_a_word_about_its_data(subnets: Resource, groups: list[str]) -> None:
    """Neither skipped nor named, the final snapshot makes the deletion fail before any call; named, it is taken."""
    one = Resource(subnets.client, DATABASE).make(**database(subnets, groups))

    with fails("finalSnapshotIdentifier is required when skipFinalSnapshot is false"):
        one.remove()
    one.change(**database(subnets, groups, finalSnapshotIdentifier=f"{one.state['identifier']}-last"))
    one.remove()

    assert one.client.read(DATABASE, one.state["identifier"])[0] == ""


def test_a_database_is_imported_by_either_of_its_ids(subnets: Resource, groups: list[str]) -> None:
    """Identifier and resource id lead to the same database, whose id in the state is the resource id."""
    one = Resource(subnets.client, DATABASE).make(**database(subnets, groups))

    by_name, by_id = (one.client.read(DATABASE, id_) for id_ in (one.state["identifier"], one.id))

    assert by_name == by_id
    assert by_name[0] == one.id
    assert by_name[2]["skipFinalSnapshot"] is True


def test_a_cluster_and_its_instance_live_and_die(subnets: Resource, groups: list[str]) -> None:
    """The groups of an Aurora database are its cluster's, and change there; instance and cluster go."""
    login = {"masterUsername": "somebody", "masterPassword": "something", "skipFinalSnapshot": True}
    plain = {"engine": "aurora-postgresql", "dbSubnetGroupName": subnets.id, **login}
    cluster = Resource(subnets.client, CLUSTER).make(**plain, vpcSecurityGroupIds=groups)
    member = Resource(subnets.client, CLUSTER_INSTANCE).make(
        clusterIdentifier=cluster.id, engine="aurora-postgresql", instanceClass="db.t3.medium", tags={"a": "b"}
    )
    assert member.state["clusterIdentifier"] == cluster.id == cluster.state["clusterIdentifier"]
    assert member.state["tags"] == {"a": "b"}

    cluster.change(**plain, vpcSecurityGroupIds=groups[1:])
    cluster.refresh()
    assert cluster.state["vpcSecurityGroupIds"] == groups[1:]
    assert cluster.state["clusterMembers"] == [member.id]

    member.remove()
    cluster.remove()
    assert subnets.client.read(CLUSTER, cluster.id)[0] == subnets.client.read(CLUSTER_INSTANCE, member.id)[0] == ""
