"""Databases that get groups besides `trust`: attached, swapped, shared between enrollments, and taken away again."""

from __future__ import annotations

from sg_integration import Databases, RdsEnrollment, SecurityGroup, VpcIntegration

from .databases import NO_PACE, Estate, WatchedStack, enrolling
from .stacks import Program
from .test_rds_enrollment import MEMBERS


def test_groups_besides_trust_come_and_go(watched: WatchedStack, estate: Estate) -> None:
    """They are attached and swapped with one write a member and taken away again, except where they were before us."""
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
