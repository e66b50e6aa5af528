"""Databases join and leave `trust` on the real engine: previewed, in few calls, and clean to undo."""

from __future__ import annotations

import pytest

from sg_integration import Databases, RdsEnrollment, VpcIntegration
from sg_integration.sandbox.aws.server import EmbeddedAws

from .cloud import Cloud
from .databases import NO_PACE, Estate, WatchedStack, enrolling, shown

MEMBERS = Databases(tags={"role": "member"})
OF_THE_VPC = Databases(whole_vpc=True, exclude_ids=["left-out"], exclude_tags={"team": "other", "temporary": None})


def test_databases_join_as_previewed_and_leave_as_they_were(
    watched_process: WatchedStack, estate: Estate, embedded_aws: EmbeddedAws
) -> None:
    """The preview names who joins and who is passed over, each is written once, destroy waits until RDS is done."""
    ids = {
        "orders (postgres)": estate.instance("orders"),
        "ledger (aurora-postgresql cluster)": estate.cluster("ledger", "ledger-1", "ledger-2"),
        "empty (aurora-mysql cluster)": estate.cluster("empty", engine="aurora-mysql"),
    }
    others = [estate.instance("left-out"), estate.instance("theirs", team="other"), estate.instance("x", temporary="")]
    for engine in ("neptune", "docdb"):
        estate.cluster(f"{engine}-db")
        embedded_aws.mark_cluster(f"{engine}-db", Engine=engine)
    estate.instance("custom")
    embedded_aws.mark_database("custom", Engine="custom-oracle-ee")
    embedded_aws.settings(rds_transition_seconds=3)
    program = enrolling(estate.cloud, OF_THE_VPC)
    preview = shown(watched_process.preview(program, diff=True).succeeded())
    assert all(f'{id_}: "{name}"' in preview for name, id_ in ids.items())
    assert not any(id_ in preview for id_ in others)
    assert "ledger-1" not in preview
    assert all(why in preview for why in ("a Neptune database", "a DocumentDB database", "RDS Custom, whose groups"))
    watched_process.up(program).succeeded()
    assert sorted(watched_process.tried) == ["empty", "ledger", "orders"]
    assert {estate.statuses(name)["prod-trust"] for name in watched_process.tried} <= {"adding", "active"}
    assert watched_process.up(program, expect_no_changes=True).succeeded().steps == ()
    assert watched_process.tried == []
    embedded_aws.advance(60)
    watched_process.destroy().succeeded()
    assert watched_process.wrote == {"empty", "ledger", "orders"}
    assert all(estate.statuses(name) == {"app": "active"} for name in watched_process.wrote)
    assert estate.cloud.groups() == {}


def test_a_group_that_rds_is_still_adding_counts_and_one_that_it_removes_does_not(
    watched: WatchedStack, estate: Estate, embedded_aws: EmbeddedAws
) -> None:
    """While trust is being added nothing is written; while it is being removed by somebody it is lost, and written again."""
    estate.instance("orders", role="member")
    program = enrolling(estate.cloud, MEMBERS)
    embedded_aws.settings(rds_transition_seconds=3600)
    watched.up(program).succeeded()
    assert estate.statuses("orders") == {"app": "active", "prod-trust": "adding"}
    watched.up(program, expect_no_changes=True).succeeded()
    embedded_aws.advance(3600)
    estate.set_groups("orders", "app")
    assert estate.statuses("orders") == {"app": "active", "prod-trust": "removing"}
    assert "orders (postgres): lost sg-" in shown(watched.preview(program, diff=True).succeeded())
    watched.up(program).succeeded()
    assert watched.tried == ["orders"]
    assert estate.statuses("orders") == {"app": "active", "prod-trust": "adding"}


def test_what_left_just_before_is_waited_for(watched: WatchedStack, estate: Estate, embedded_aws: EmbeddedAws) -> None:
    """Who left in an update and is still giving up trust when destroy begins is waited for as well."""
    estate.instance("orders", role="member")
    watched.up(enrolling(estate.cloud, MEMBERS)).succeeded()
    embedded_aws.settings(rds_transition_seconds=600)
    watched.up(enrolling(estate.cloud, Databases(allow_empty=True))).succeeded()
    assert watched.wrote == {"orders"}
    embedded_aws.advance(593)
    watched.destroy().succeeded()
    assert estate.statuses("orders") == {"app": "active"}


def test_databases_are_selected_by_engine_tag_and_identifier(watched: WatchedStack, estate: Estate) -> None:
    """Each way to select takes exactly its databases; a cluster's instance that is named is explained instead."""
    ids = {name: estate.instance(name, team="a") for name in ("one", "two")}
    ids["three"] = estate.instance("three", engine="mysql", team="b")
    ids["ledger"] = estate.cluster("ledger", "ledger-1", team="c")
    selections = {
        "by-value": Databases(tags={"team": "a"}, exclude_ids=["two"]),
        "by-engine": Databases(tags={"team": None}, engines=["mysql"]),
        "by-name": Databases(identifiers=["two", "ledger-1"]),
        "nobody": Databases(tags={"team": "z"}, allow_empty=True),
    }

    def program() -> None:
        vpc = VpcIntegration("prod", vpc_id=estate.cloud.vpc_id)
        for name, select in selections.items():
            RdsEnrollment(name, integration=vpc, select=select, unenforced_ok=True, pace=NO_PACE)

    preview = shown(watched.preview(program, diff=True).succeeded())
    assert "ledger-1 (aurora-postgresql): in cluster ledger, which has the groups: select the cluster" in preview
    watched.up(program).succeeded()
    found = {name: set(watched.attached(name)) for name in selections}
    assert found == {"by-value": {ids["one"]}, "by-engine": {ids["three"]}, "by-name": {ids["two"]}, "nobody": set()}
    assert watched.wrote == {"one", "two", "three"}


@pytest.mark.parametrize("problem", ["unknown", "elsewhere"])
def test_an_identifier_that_is_not_in_the_vpc_is_an_error_in_the_preview(
    watched: WatchedStack, estate: Estate, problem: str
) -> None:
    """An identifier that does not exist, or is of another VPC, is refused by name before anything is made."""
    other = Estate.make(Cloud.make(estate.cloud.ec2), estate.rds)
    other.instance("elsewhere")
    outcome = watched.preview(enrolling(estate.cloud, Databases(identifiers=[problem])))
    assert outcome.failed
    words = {
        "unknown": '"unknown": no such database in this account and region',
        "elsewhere": f'"elsewhere" is in {other.cloud.vpc_id}, not in {estate.cloud.vpc_id}',
    }
    assert words[problem] in outcome.output


def test_a_renamed_database_stays_and_a_namesake_is_another(watched: WatchedStack, estate: Estate) -> None:
    """A rename changes nothing; a database made anew under the same name is a joiner, and the old one leaves unwritten."""
    renamed, old = estate.instance("orders", role="member"), estate.instance("stock", role="member")
    program = enrolling(estate.cloud, MEMBERS)
    watched.up(program).succeeded()
    estate.rds.modify_db_instance(DBInstanceIdentifier="orders", NewDBInstanceIdentifier="purchases")
    watched.up(program, expect_no_changes=True).succeeded()
    assert watched.tried == []
    estate.rds.delete_db_instance(DBInstanceIdentifier="stock", SkipFinalSnapshot=True)
    new = estate.instance("stock", role="member")
    preview = shown(watched.preview(program, diff=True).succeeded())
    assert f'+ {new}: "stock (postgres)"' in preview
    assert f"- {old}" in preview
    watched.up(program).succeeded()
    assert watched.tried == ["stock"]
    assert set(watched.attached("databases")) == {renamed, new}
    watched.destroy().succeeded()
    assert watched.wrote == {"purchases", "stock"}
    assert estate.groups("purchases") == estate.groups("stock") == {"app"}


def test_reads_are_as_few_as_there_are_pages(watched: WatchedStack, estate: Estate) -> None:
    """A preview without change makes a call for each 100 instances and each 100 clusters, and at most two others."""
    for number in range(101):
        estate.instance(f"small-{number}")
    estate.instance("orders", role="member")
    estate.cluster("empty")
    program = enrolling(estate.cloud, MEMBERS)
    watched.up(program).succeeded()
    watched.preview(program, expect_no_changes=True).succeeded()
    assert sorted(call.action for call in watched.calls) == [
        "DescribeDBClusters", "DescribeDBInstances", "DescribeDBInstances", "DescribeDBSubnetGroups",
        "DescribeSecurityGroups",
    ]  # fmt: skip
