"""Databases that take no change now, that RDS refuses, or that we may not change."""

from __future__ import annotations

from sg_integration.sandbox.aws.server import EmbeddedAws

from .databases import Estate, WatchedStack, enrolling, shown
from .fleet import Fleet
from .test_ec2_enrollment import MEMBERS as INSTANCES
from .test_ec2_enrollment import enrolling as enrolling_instances
from .test_rds_enrollment import MEMBERS


def test_a_stopped_database_joins_later_and_holds_up_nobody(
    watched: WatchedStack, estate: Estate, embedded_aws: EmbeddedAws
) -> None:
    """It is shown as deferred while up succeeds, and joins with a plain up once it runs; so is one that is being made."""
    stopped = estate.instance("stopped", role="member")
    estate.instance("orders", role="member")
    estate.stop("stopped")
    made = estate.instance("made", role="member")
    embedded_aws.mark_database("made", Status="creating")
    program = enrolling(estate.cloud, MEMBERS)
    preview = shown(watched.preview(program, diff=True).succeeded())
    assert f'{stopped}: "stopped (postgres): stopped; RDS changes no database that is not running.' in preview
    assert f'{made}: "made (postgres): creating; RDS changes it when it is available.' in preview
    watched.up(program).succeeded()
    assert watched.tried == ["orders"]
    watched.up(program, expect_no_changes=True).succeeded()
    estate.start("stopped")
    embedded_aws.mark_database("made", Status="available")
    preview = shown(watched.preview(program, diff=True).succeeded())
    assert f'+ {stopped}: "stopped (postgres)"' in preview
    assert f"- {stopped}" in preview
    watched.up(program).succeeded()
    assert sorted(watched.tried) == ["made", "stopped"]
    watched.up(program, expect_no_changes=True).succeeded()


def test_a_stopped_member_stops_destroy_and_holds_up_nobody(watched: WatchedStack, estate: Estate) -> None:
    """Destroy ends with a list that names it and what to do, the others have left, and it works once it runs."""
    stopped = estate.instance("stopped", role="member")
    estate.instance("orders", role="member")
    program = enrolling(estate.cloud, MEMBERS)
    watched.up(program).succeeded()
    estate.stop("stopped")
    watched.up(program, expect_no_changes=True).succeeded()
    outcome = watched.destroy()
    assert outcome.failed
    assert "1 member could not be un-enrolled:" in outcome.output
    assert f"{stopped}: stopped (postgres)" in outcome.output
    assert "InvalidDBInstanceState" in outcome.output
    assert estate.groups("orders") == {"app"}
    assert estate.groups("stopped") == {"app", "prod-trust"}
    estate.start("stopped")
    watched.destroy().succeeded()
    assert watched.tried == ["stopped"]
    assert estate.groups("stopped") == {"app"}


def test_a_stopped_member_is_left_alone_when_another_group_is_wanted(watched: WatchedStack, estate: Estate) -> None:
    """A member that is stopped keeps what it has while others get a new group, and gets it when it runs."""
    estate.instance("stopped", role="member")
    estate.instance("orders", role="member")
    watched.up(enrolling(estate.cloud, MEMBERS)).succeeded()
    estate.stop("stopped")
    program = enrolling(estate.cloud, MEMBERS, security_groups={"orders-db": True})
    watched.up(program).succeeded()
    assert watched.tried == ["orders"]
    assert estate.groups("stopped") == {"app", "prod-trust"}
    watched.up(program, expect_no_changes=True).succeeded()
    estate.start("stopped")
    assert "stopped (postgres)" in shown(watched.preview(program, diff=True).succeeded())
    watched.up(program).succeeded()
    assert watched.tried == ["stopped"]
    assert estate.groups("stopped") == estate.groups("orders") == {"app", "prod-trust", "orders-db"}
    watched.up(program, expect_no_changes=True).succeeded()


def test_one_refused_of_several(watched: WatchedStack, estate: Estate, embedded_aws: EmbeddedAws) -> None:
    """Without the permission the first call ends the attempt; one refusal holds up nobody; the next up does only the one."""
    for name in ("one", "two", "three"):
        estate.instance(name, role="member")
    program = enrolling(estate.cloud, MEMBERS)
    embedded_aws.settings(deny=[{"action": "rds:ModifyDBInstance", "id": None}])
    denied = watched.up(program)
    assert denied.failed
    assert len(watched.tried) == 1
    assert "Grant rds:ModifyDBInstance to" in denied.output
    assert "arn:aws:rds:" in denied.output
    assert "3 members could not be enrolled:" in denied.output
    embedded_aws.settings(deny=[])
    embedded_aws.fault("ModifyDBInstance", id="two", code="InvalidVPCNetworkStateFault", message="Not now.")
    refused = watched.up(program)
    assert refused.failed
    assert watched.wrote == {"one", "three"}
    assert "1 member could not be enrolled:" in refused.output
    assert "two (postgres): attaching sg-" in refused.output
    assert "InvalidVPCNetworkStateFault: Not now." in refused.output
    watched.up(program).succeeded()
    assert watched.tried == ["two"]
    watched.up(program, expect_no_changes=True).succeeded()


def test_a_refused_farewell_is_tried_again(watched: WatchedStack, estate: Estate, embedded_aws: EmbeddedAws) -> None:
    """A group that could not be taken off one database is taken off by the next up, which does only that."""
    for name in ("one", "two"):
        estate.instance(name, role="member")
    watched.up(enrolling(estate.cloud, MEMBERS, security_groups={"a": True, "b": True})).succeeded()
    embedded_aws.fault("ModifyDBInstance", id="two", code="InvalidDBInstanceState", message="Not now.")
    program = enrolling(estate.cloud, MEMBERS, security_groups={"a": True, "b": False})
    assert "two (postgres): attaching" in watched.up(program).output
    assert watched.wrote == {"one"}
    watched.up(program).succeeded()
    assert watched.tried == ["two"]
    assert estate.groups("one") == estate.groups("two") == {"app", "prod-trust", "a"}
    watched.up(program, expect_no_changes=True).succeeded()


def test_who_may_not_list_databases_reads_so_in_one_line(
    watched_process: WatchedStack, estate: Estate, embedded_aws: EmbeddedAws
) -> None:
    """Without the permission to list, the preview fails with one line that names it."""
    embedded_aws.settings(deny=[{"action": "rds:DescribeDBInstances", "id": None}])
    outcome = watched_process.preview(enrolling(estate.cloud, MEMBERS))
    assert outcome.failed
    diagnosis = outcome.output.rpartition("Diagnostics:")[2].strip().splitlines()
    assert "AccessDenied: User: arn:aws:iam::" in diagnosis[1]
    assert diagnosis[1].endswith("Grant rds:DescribeDBInstances to the identity that runs Pulumi.")
    assert diagnosis[2].strip() == ""


def test_who_enrolls_only_instances_needs_no_right_on_databases(
    watched: WatchedStack, estate: Estate, embedded_aws: EmbeddedAws
) -> None:
    """A user whom RDS refuses everything can enroll instances and destroy all of it."""
    fleet = Fleet.make(estate.cloud)
    fleet.launch("app-1", role="member")
    embedded_aws.settings(deny=[{"action": "rds:*", "id": None}])
    watched.up(enrolling_instances(estate.cloud, INSTANCES)).succeeded()
    watched.destroy().succeeded()
    assert fleet.groups("app-1") == {"web"}
    assert estate.cloud.groups() == {}
