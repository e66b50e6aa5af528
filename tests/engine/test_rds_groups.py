"""Databases that get groups besides `trust`: attached, swapped, shared between enrollments, and taken away again."""

from __future__ import annotations

import pytest

from sg_integration import Databases, RdsEnrollment, SecurityGroup, VpcIntegration
from sg_integration.sandbox.aws.server import EmbeddedAws

from .databases import NO_PACE, Estate, WatchedStack
from .stacks import Program
from .test_rds_enrollment import MEMBERS


def test_groups_besides_trust_come_and_go(watched: WatchedStack, estate: Estate, embedded_aws: EmbeddedAws) -> None:
    """They are attached and swapped with one write a member and taken away again, except where they were before us."""
    embedded_aws.settings(rds_transition_seconds=1)
    estate.instance("orders", "app", "nodes", role="member")
    estate.cluster("ledger", role="member")

    def program(description: str = "Orders", *, legacy: bool = True) -> Program:
        def declare() -> None:
            vpc = VpcIntegration("prod", vpc_id=estate.cloud.vpc_id)
            orders_db = SecurityGroup("orders-db", vpc_id=estate.cloud.vpc_id, description=description)
            theirs = [SecurityGroup.existing("legacy", estate.cloud.others["nodes"])] if legacy else []
            RdsEnrollment(
                "databases", integration=vpc, select=MEMBERS, security_groups=[orders_db, *theirs],
                unenforced_ok=True, pace=NO_PACE,
            )  # fmt: skip

        return declare

    everything = {"app", "nodes", "prod-trust", "orders-db"}
    watched.up(program()).succeeded()
    assert estate.groups("orders") == estate.groups("ledger") == everything
    assert sorted(watched.tried) == ["ledger", "orders"]
    old = estate.cloud.groups()["orders-db"]
    watched.up(program("Orders of the shop")).succeeded()
    new = estate.cloud.groups()["orders-db"]
    assert new != old
    assert sorted(watched.tried) == ["ledger", "orders"]
    assert all(new in watched.groups_sent(name) and old not in watched.groups_sent(name) for name in watched.tried)
    assert estate.groups("orders") == estate.groups("ledger") == everything
    watched.up(program("Orders of the shop", legacy=False)).succeeded()
    assert watched.tried == ["ledger"]
    assert estate.groups("orders") == everything
    assert estate.groups("ledger") == everything - {"nodes"}
    watched.up(program("Orders of the shop", legacy=False), expect_no_changes=True).succeeded()
    watched.destroy().succeeded()
    assert estate.groups("orders") == {"app", "nodes"}
    assert estate.groups("ledger") == {"app"}


def sharing(estate: Estate, *names: str) -> Program:
    """Enrollments that select by the tag of their name, all with the same group besides trust."""

    def declare() -> None:
        vpc = VpcIntegration("prod", vpc_id=estate.cloud.vpc_id)
        orders_db = SecurityGroup("orders-db", vpc_id=estate.cloud.vpc_id)
        for name in names:
            select = Databases(tags={name: None}, allow_empty=True)
            RdsEnrollment(
                name, integration=vpc, select=select, security_groups=[orders_db], unenforced_ok=True, pace=NO_PACE
            )

    return declare


@pytest.mark.parametrize("at_first", [("one", "two"), ("one",)], ids=["together", "one-later"])
def test_enrollments_that_share_a_database_take_nothing_from_each_other(
    watched: WatchedStack, estate: Estate, at_first: tuple[str, ...]
) -> None:
    """The database is written once, keeps all groups when one enrollment goes, and is as it was when both went."""
    estate.instance("orders", one="", two="")
    shared = {"app", "prod-trust", "orders-db"}
    watched.up(sharing(estate, *at_first)).succeeded()
    assert watched.tried == ["orders"]
    watched.up(sharing(estate, "one", "two")).succeeded()
    assert watched.tried == []
    watched.up(sharing(estate, "two")).succeeded()
    assert watched.tried == []
    assert estate.groups("orders") == shared
    watched.up(sharing(estate)).succeeded()
    assert watched.tried == ["orders"]
    assert estate.groups("orders") == {"app"}


@pytest.mark.parametrize("leaves", ["one", "two"])
def test_a_database_that_one_of_two_enrollments_gives_up_stays_in_the_other(
    watched: WatchedStack, estate: Estate, leaves: str
) -> None:
    """A tag that one of them selects by goes; the other, first or last, still wants the database, and nothing is written."""
    estate.instance("orders", one="", two="")
    watched.up(sharing(estate, "one", "two")).succeeded()
    [found] = estate.rds.describe_db_instances(DBInstanceIdentifier="orders")["DBInstances"]
    estate.rds.remove_tags_from_resource(ResourceName=found["DBInstanceArn"], TagKeys=[leaves])
    watched.up(sharing(estate, "one", "two")).succeeded()
    assert watched.tried == []
    assert estate.groups("orders") == {"app", "prod-trust", "orders-db"}
