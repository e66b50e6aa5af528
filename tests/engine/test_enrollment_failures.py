"""What goes wrong while instances join or leave: refusals, races, and a process that dies half-way."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sg_integration import VpcIntegration
from sg_integration.providers import reconcile
from sg_integration.sandbox.aws.server import EmbeddedAws

from .cloud import Cloud
from .fleet import Fleet
from .stacks import EngineStack
from .test_ec2_enrollment import MEMBERS, WRITE, enrolling

READ = "DescribeNetworkInterfaces"


@pytest.fixture
def fleet(cloud: Cloud) -> Fleet:
    """An empty fleet in the test's VPC."""
    return Fleet.make(cloud)


@pytest.fixture(autouse=True)
def _no_faults_left(embedded_aws: EmbeddedAws) -> Iterator[None]:
    """Settings and faults end with the test."""
    yield
    embedded_aws.clear_faults()
    embedded_aws.settings(
        groups_per_interface=5, stale_read_seconds=0, throttling="off", deny=[], credentials="valid", clock_scale=1
    )


def big(embedded_aws: EmbeddedAws, fleet: Fleet, count: int) -> list[str]:
    """Many tagged instances at once; their interface ids."""
    made = embedded_aws.fleet(
        subnet_id=fleet.subnet_id,
        count=count,
        security_group_ids=[fleet.web],
        tags={"role": "member"},
        name_prefix="app-",
    )
    return [item["interface_id"] for item in made]


def carrying(cloud: Cloud, group: str) -> set[str]:
    """The interfaces that have a group."""
    group_id = {**cloud.others, **cloud.groups()}[group]
    pages = cloud.ec2.get_paginator("describe_network_interfaces")
    filters: Any = [{"Name": "group-id", "Values": [group_id]}]
    return {
        item["NetworkInterfaceId"] for page in pages.paginate(Filters=filters) for item in page["NetworkInterfaces"]
    }


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (
            {"code": "AuthFailure", "message": "You do not have permission to access the specified resource."},
            "AuthFailure",
        ),
        ({"code": "SecurityGroupsPerInterfaceLimitExceeded"}, "L-2AFB9258"),
        ({"vanish": True}, "It is gone"),
    ],
    ids=["refused", "full", "vanished"],
)
def test_one_of_300_fails_and_the_others_join(
    stack: EngineStack, fleet: Fleet, embedded_aws: EmbeddedAws, fault: dict[str, Any], words: str
) -> None:
    """299 join and are recorded, up fails with a list that names the one and why, and the next up does only the one."""
    members = big(embedded_aws, fleet, 300)
    program = enrolling(fleet.cloud, MEMBERS)
    embedded_aws.fault(WRITE, id=members[150], **fault)
    failed = stack.up(program)
    assert failed.failed
    assert "1 member could not be enrolled:" in failed.output
    assert members[150] in failed.output
    assert words in failed.output
    assert carrying(fleet.cloud, "prod-trust") == set(members) - {members[150]}
    embedded_aws.clear_calls()
    stack.up(program).succeeded()
    assert len(embedded_aws.calls(WRITE)) == (0 if "vanish" in fault else 1)
    assert len(carrying(fleet.cloud, "prod-trust")) == (299 if "vanish" in fault else 300)
    assert stack.up(program, expect_no_changes=True).succeeded()


def test_reads_and_writes_are_as_few_as_can_be(stack: EngineStack, fleet: Fleet, embedded_aws: EmbeddedAws) -> None:
    """A preview without change makes one call a page and one more; joining makes at most 1.03 calls a member."""
    big(embedded_aws, fleet, 300)
    program = enrolling(fleet.cloud, MEMBERS)
    stack.up(lambda: _forget(VpcIntegration("prod", vpc_id=fleet.cloud.vpc_id))).succeeded()
    embedded_aws.clear_calls()
    stack.up(program).succeeded()
    assert len(embedded_aws.calls(WRITE)) == 300
    assert len(embedded_aws.calls()) <= 1.03 * 300
    embedded_aws.clear_calls()
    stack.preview(program, expect_no_changes=True).succeeded()
    assert sorted(call.action for call in embedded_aws.calls()) == [
        "DescribeInstances", READ, "DescribeSecurityGroups",
    ]  # fmt: skip


def test_a_missing_permission_stops_at_the_first_and_is_named(
    stack: EngineStack, fleet: Fleet, embedded_aws: EmbeddedAws
) -> None:
    """Without the permission to write one call is made, the action and the resource are named, nobody is half-way."""
    big(embedded_aws, fleet, 20)
    embedded_aws.settings(deny=[{"action": f"ec2:{WRITE}", "id": None}])
    embedded_aws.clear_calls()
    outcome = stack.up(enrolling(fleet.cloud, MEMBERS))
    assert outcome.failed
    assert f"Grant ec2:{WRITE} to" in outcome.output
    assert "arn:aws:ec2:" in outcome.output
    assert "20 members could not be enrolled:" in outcome.output
    assert len(embedded_aws.calls(WRITE)) == 1


@pytest.mark.parametrize("credentials", ["expired", "invalid"])
def test_bad_credentials_are_one_clear_line(
    process_stack: EngineStack, fleet: Fleet, embedded_aws: EmbeddedAws, credentials: Any
) -> None:
    """With credentials that do not work the preview fails with a line that says what was tried."""
    fleet.launch("app-1", role="member")
    program = enrolling(fleet.cloud, MEMBERS)
    process_stack.up(program).succeeded()
    embedded_aws.settings(credentials=credentials)
    outcome = process_stack.preview(program)
    embedded_aws.settings(credentials="valid")
    assert outcome.failed
    assert "Tried: credentials of the environment" in outcome.output
    assert "Log in again" in outcome.output
    assert "botocore/client.py" not in outcome.output


def test_throttling_and_late_answers_are_survived(stack: EngineStack, fleet: Fleet, embedded_aws: EmbeddedAws) -> None:
    """With a small bucket at AWS and reads that lag behind writes every member joins, and nobody loses a group."""
    members = big(embedded_aws, fleet, 40)
    embedded_aws.settings(throttling={WRITE: [30, 20]}, stale_read_seconds=1)
    program = enrolling(fleet.cloud, MEMBERS)
    stack.up(program).succeeded()
    embedded_aws.settings(stale_read_seconds=0)
    assert carrying(fleet.cloud, "prod-trust") == carrying(fleet.cloud, "web") == set(members)


def test_a_foreign_writer_between_preview_and_write_loses_nothing(
    stack: EngineStack, fleet: Fleet, embedded_aws: EmbeddedAws
) -> None:
    """A group that somebody adds after we listed the VPC, and before we write, survives: we read again before writing."""
    fleet.launch("app-1", role="member")
    foreign = {"add": [fleet.cloud.others["nodes"]]}
    program = enrolling(fleet.cloud, MEMBERS)
    stack.up(lambda: _forget(VpcIntegration("prod", vpc_id=fleet.cloud.vpc_id))).succeeded()
    embedded_aws.fault(READ, id=fleet.interfaces["app-1"], foreign_write=foreign, when="after")
    stack.up(program).succeeded()
    assert fleet.groups("app-1") == {"web", "nodes", "prod-trust"}


def test_a_foreign_writer_who_undoes_us_is_noticed(
    stack: EngineStack, fleet: Fleet, embedded_aws: EmbeddedAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A group of ours that somebody takes away right after we wrote it is reported at once, and the next up repairs it."""
    fleet.launch("app-1", "app-2", role="member")
    program = enrolling(fleet.cloud, MEMBERS)
    stack.up(lambda: _forget(VpcIntegration("prod", vpc_id=fleet.cloud.vpc_id))).succeeded()
    trust = fleet.cloud.groups()["prod-trust"]
    monkeypatch.setattr(reconcile, "_SETTLE_SECONDS", 0.1)  # answers do not lag here
    embedded_aws.fault(WRITE, id=fleet.interfaces["app-1"], foreign_write={"remove": [trust]}, when="after")
    outcome = stack.up(program)
    assert outcome.failed
    assert "somebody else changed its groups after us" in outcome.output
    assert fleet.groups("app-2") == {"web", "prod-trust"}
    stack.up(program).succeeded()
    assert fleet.groups("app-1") == {"web", "prod-trust"}


@pytest.mark.parametrize("way", ["originals", "fallback", "refused"])
def test_a_member_is_never_left_without_a_group(stack: EngineStack, fleet: Fleet, way: str) -> None:
    """When ours is the last group, a leaving member gets its originals, else the fallback, else it stays and is named."""
    fleet.launch("app-1", "app-2", role="member")
    fallback = {"fallback_security_group_id": fleet.cloud.others["nodes"]} if way == "fallback" else {}
    stack.up(enrolling(fleet.cloud, MEMBERS, **fallback)).succeeded()
    if way != "originals":
        fleet.set_groups("app-2", "nodes", "prod-trust")
    fleet.set_groups("app-1", "prod-trust")
    if way != "originals":
        fleet.ec2.delete_security_group(GroupId=fleet.web)
    outcome = stack.destroy()
    if way != "refused":
        outcome.succeeded()
        assert fleet.groups("app-1") == ({"web"} if way == "originals" else {"nodes"})
        return
    assert outcome.failed
    assert f"app-1 ({fleet.instances['app-1']})" in outcome.output
    assert "fallback_security_group_id" in outcome.output
    assert fleet.groups("app-2") == {"nodes"}
    fleet.set_groups("app-1", "nodes", "prod-trust")
    stack.destroy().succeeded()
    assert fleet.groups("app-1") == {"nodes"}


def test_a_fallback_of_another_vpc_is_refused_in_the_preview(stack: EngineStack, fleet: Fleet) -> None:
    """The group for the last case is looked up before it is needed."""
    fleet.launch("app-1", role="member")
    stack.up(enrolling(fleet.cloud, MEMBERS)).succeeded()
    elsewhere = Cloud.make(fleet.ec2).others["nodes"]
    refused = stack.preview(enrolling(fleet.cloud, MEMBERS, fallback_security_group_id=elsewhere))
    assert refused.failed
    assert f"{elsewhere} is a group of vpc-" in refused.output


def test_who_is_passed_over_is_explained(stack: EngineStack, fleet: Fleet, embedded_aws: EmbeddedAws) -> None:
    """The preview says of each interface that is passed over why, and none of them is written."""
    names = ("mine", "rds", "auto", "foreign", "branch", "karpenter", "full")
    fleet.launch(*names, role="member")
    fleet.ec2.create_tags(
        Resources=[fleet.instances["karpenter"]], Tags=[{"Key": "karpenter.sh/nodepool", "Value": "x"}]
    )
    mark = {name: fleet.interfaces[name] for name in names}
    embedded_aws.mark_interface(mark["rds"], RequesterManaged=True, RequesterId="amazon-rds")
    embedded_aws.mark_interface(mark["auto"], Operator={"Managed": True, "Principal": "eks.amazonaws.com"})
    embedded_aws.mark_interface(mark["foreign"], OwnerId="999999999999")
    embedded_aws.mark_interface(mark["branch"], InterfaceType="branch")
    fleet.set_groups("full", "web", "nodes", "more-nodes", "control-plane", fleet.extra())
    program = enrolling(fleet.cloud, MEMBERS)
    shown = stack.preview(program, diff=True).succeeded().output
    for why in (
        "managed by amazon-rds: change its groups through that service",
        "managed by eks.amazonaws.com: AWS refuses changes",
        "owned by account 999999999999",
        "of type branch",
        "managed by Karpenter: add the group to the EC2NodeClass's securityGroupSelectorTerms",
        "it has 5 of 5 groups",
    ):
        assert why in shown
    stack.up(program).succeeded()
    assert carrying(fleet.cloud, "prod-trust") == {mark["mine"]}
    embedded_aws.settings(groups_per_interface=6)
    stack.up(program).succeeded()
    assert carrying(fleet.cloud, "prod-trust") == {mark["mine"], mark["full"]}


PROGRAM = """
import pulumi
from sg_integration import Ec2Enrollment, Instances, Pace, VpcIntegration

vpc = VpcIntegration("prod", vpc_id=pulumi.Config().require("vpcId"))
Ec2Enrollment("members", integration=vpc, select=Instances(tags={"role": "member"}), unenforced_ok=True, pace=Pace(refill=None))
"""


@pytest.mark.parametrize("then", ["up", "destroy"])
def test_a_process_killed_half_way_is_finished_or_undone(
    engine_env: dict[str, str], fleet: Fleet, embedded_aws: EmbeddedAws, tmp_path: Path, then: str
) -> None:
    """After SIGKILL at 100 of 300 writes, up finishes the rest, and destroy leaves nobody in trust and no group behind."""
    members = big(embedded_aws, fleet, 300)
    (tmp_path / "Pulumi.yaml").write_text("name: killed\nruntime: python\n")
    (tmp_path / "__main__.py").write_text(PROGRAM)
    env = {**os.environ, **engine_env, "TO_BE_KILLED": str(tmp_path)}
    name = f"dev-{then}"

    def pulumi(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = ["pulumi", *arguments, "--stack", name, "--non-interactive"]
        return subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True, check=False)

    assert pulumi("stack", "init").returncode == 0
    assert pulumi("config", "set", "vpcId", fleet.cloud.vpc_id).returncode == 0
    embedded_aws.fault(WRITE, pause_after=100)
    killed = subprocess.Popen(
        ["pulumi", "up", "--yes", "--skip-preview", "--stack", name],
        cwd=tmp_path, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    embedded_aws.wait_until_held()
    kill_all(b"TO_BE_KILLED=" + str(tmp_path).encode())
    killed.wait()
    embedded_aws.clear_faults()
    assert len(carrying(fleet.cloud, "prod-trust")) == 100
    pulumi("cancel", "--yes")
    if then == "up":
        finished = pulumi("up", "--yes", "--skip-preview")
        assert finished.returncode == 0, finished.stdout + finished.stderr
        assert carrying(fleet.cloud, "prod-trust") == set(members)
    undone = pulumi("destroy", "--yes", "--skip-preview")
    assert undone.returncode == 0, undone.stdout + undone.stderr
    assert fleet.cloud.groups() == {}
    assert carrying(fleet.cloud, "web") == set(members)


def kill_all(marked: bytes) -> None:
    """SIGKILL every process that has the mark in its environment: the engine and all its plugins."""
    for process in Path("/proc").glob("[0-9]*"):
        try:
            environment = (process / "environ").read_bytes()
        except OSError:
            continue
        if marked in environment.split(b"\0"):
            os.kill(int(process.name), signal.SIGKILL)


def _forget(_: object) -> None:
    """Make an expression a statement."""
