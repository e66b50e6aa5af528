"""Instances join and leave `trust` on the real engine: previewed, safe, and clean to undo."""

from __future__ import annotations

from typing import Any

import pytest

from sg_integration import Ec2Enrollment, Instances, Pace, VpcIntegration
from sg_integration.sandbox.aws.server import EmbeddedAws

from .cloud import Cloud
from .fleet import Fleet
from .stacks import EngineStack, Program

NO_PACE = Pace(refill=None)
WRITE = "ModifyNetworkInterfaceAttribute"


@pytest.fixture
def fleet(cloud: Cloud) -> Fleet:
    """An empty fleet in the test's VPC."""
    return Fleet.make(cloud)


def enrolling(cloud: Cloud, select: Instances, **arguments: Any) -> Program:
    """A program that enrolls what is selected."""

    def program() -> None:
        vpc = VpcIntegration("prod", vpc_id=cloud.vpc_id)
        given = {"unenforced_ok": True, "pace": NO_PACE, **arguments}
        Ec2Enrollment("members", integration=vpc, select=select, **given)

    return program


MEMBERS = Instances(tags={"role": "member"})


def test_members_join_as_previewed_and_leave_as_they_were(
    process_stack: EngineStack, fleet: Fleet, embedded_aws: EmbeddedAws
) -> None:
    """The preview lists the joiners by name, up attaches trust to them alone, up again writes nothing, destroy undoes it."""
    fleet.launch("app-1", "app-2", role="member")
    fleet.launch("other")
    program = enrolling(fleet.cloud, MEMBERS)
    preview = process_stack.preview(program, diff=True).succeeded()
    for name in ("app-1", "app-2"):
        assert f'{fleet.interfaces[name]}: "{name} ({fleet.instances[name]})"' in preview.output
    assert fleet.interfaces["other"] not in preview.output
    assert fleet.groups("app-1") == {"web"}
    process_stack.up(program).succeeded()
    assert fleet.groups("app-1") == fleet.groups("app-2") == {"web", "prod-trust"}
    assert fleet.groups("other") == {"web"}
    embedded_aws.clear_calls()
    assert process_stack.up(program, expect_no_changes=True).succeeded().steps == ()
    assert embedded_aws.calls(WRITE) == []
    process_stack.destroy().succeeded()
    assert fleet.groups("app-1") == {"web"}
    assert fleet.cloud.groups() == {}


def test_who_comes_and_who_goes_is_shown_and_done(stack: EngineStack, fleet: Fleet, embedded_aws: EmbeddedAws) -> None:
    """A new tagged instance joins, a terminated one leaves without a write, one that lost the tag leaves with one."""
    fleet.launch("stays", "ends", "untagged", role="member")
    program = enrolling(fleet.cloud, MEMBERS)
    stack.up(program).succeeded()
    fleet.launch("new", role="member")
    fleet.ec2.terminate_instances(InstanceIds=[fleet.instances["ends"]])
    fleet.ec2.delete_tags(Resources=[fleet.instances["untagged"]], Tags=[{"Key": "role"}])
    preview = stack.preview(program, diff=True).succeeded().output
    assert f"+ {fleet.interfaces['new']}" in preview
    assert f"- {fleet.interfaces['ends']}" in preview
    assert f"- {fleet.interfaces['untagged']}" in preview
    assert fleet.interfaces["stays"] not in preview
    embedded_aws.clear_calls()
    assert stack.up(program).succeeded().steps == (("update", "members"),)
    assert len(embedded_aws.calls(WRITE)) == 2
    assert fleet.groups("new") == fleet.groups("stays") == {"web", "prod-trust"}
    assert fleet.groups("untagged") == {"web"}


def test_a_member_that_lost_our_group_is_repaired_by_a_plain_up(stack: EngineStack, fleet: Fleet) -> None:
    """A repair is shown, made without a refresh, and leaves no stale line in a later preview."""
    fleet.launch("app-1", "app-2", role="member")
    program = enrolling(fleet.cloud, MEMBERS)
    stack.up(program).succeeded()
    for _ in range(2):
        fleet.set_groups("app-1", "web")
        preview = stack.preview(program, diff=True).succeeded().output
        assert f"app-1 ({fleet.instances['app-1']}): lost sg-" in preview
        stack.up(program).succeeded()
        assert fleet.groups("app-1") == {"web", "prod-trust"}
    fleet.launch("new", role="member")
    later = stack.preview(program, diff=True).succeeded().output
    assert fleet.interfaces["new"] in later
    assert "lost" not in later
    stack.up(program).succeeded()
    assert stack.preview(program, expect_no_changes=True).succeeded()


def test_groups_of_others_survive(stack: EngineStack, fleet: Fleet) -> None:
    """A group that somebody adds to a member after it joined is there after an update and after destroy."""
    fleet.launch("app-1", role="member")
    program = enrolling(fleet.cloud, MEMBERS)
    stack.up(program).succeeded()
    fleet.set_groups("app-1", "web", "prod-trust", "nodes")
    fleet.launch("app-2", role="member")
    stack.up(program).succeeded()
    assert fleet.groups("app-1") == {"web", "prod-trust", "nodes"}
    stack.destroy().succeeded()
    assert fleet.groups("app-1") == {"web", "nodes"}


def test_a_reviewed_plan_pins_the_membership(stack: EngineStack, fleet: Fleet, tmp_path: Any) -> None:
    """A saved plan is refused when the VPC has changed since, and nothing is written."""
    fleet.launch("app-1", role="member")
    program = enrolling(fleet.cloud, MEMBERS)
    stack.up(program).succeeded()
    fleet.launch("app-2", role="member")
    plan = str(tmp_path / "plan.json")
    stack.preview(program, plan=plan).succeeded()
    fleet.launch("app-3", role="member")
    refused = stack.up(program, plan=plan)
    assert refused.failed
    assert "violates plan" in refused.output
    assert fleet.groups("app-2") == fleet.groups("app-3") == {"web"}


def test_a_replaced_group_is_swapped_with_one_write_a_member(
    stack: EngineStack, fleet: Fleet, embedded_aws: EmbeddedAws
) -> None:
    """When trust is replaced, each member gets the new group and loses the old one in the same write."""
    fleet.launch("app-1", "app-2", role="member")
    program = enrolling(fleet.cloud, MEMBERS)
    stack.up(program).succeeded()
    before = fleet.cloud.groups()["prod-trust"]
    urn = next(item["urn"] for item in stack.resources() if item["urn"].endswith("::prod-trust"))
    embedded_aws.clear_calls()
    stack.up(program, replace=[urn]).succeeded()
    after = fleet.cloud.groups()["prod-trust"]
    assert after != before
    assert len(embedded_aws.calls(WRITE)) == 2
    assert fleet.groups("app-1") == fleet.groups("app-2") == {"web", "prod-trust"}
    assert stack.up(program, expect_no_changes=True).succeeded()
    stack.destroy().succeeded()
    assert fleet.groups("app-1") == {"web"}


@pytest.mark.parametrize("first", ["one", "two"])
def test_overlapping_enrollments_go_in_any_order(process_stack: EngineStack, fleet: Fleet, first: str) -> None:
    """When one of two enrollments that share a member goes, the member stays; when both went, it is as it was."""
    fleet.launch("both", team="a", role="member")
    fleet.launch("only-two", role="member")

    def program(*names: str) -> Program:
        def declare() -> None:
            vpc = VpcIntegration("prod", vpc_id=fleet.cloud.vpc_id)
            tags = {"one": {"team": "a"}, "two": {"role": "member"}}
            for name in names:
                Ec2Enrollment(
                    name, integration=vpc, select=Instances(tags=tags[name]), unenforced_ok=True, pace=NO_PACE
                )

        return declare

    both = f"also in another enrollment of this program: 1 of {{}} members: both ({fleet.instances['both']})"
    shown = process_stack.up(program("one", "two")).succeeded().output
    assert both.format(1) in shown or both.format(2) in shown
    other = {"one": "two", "two": "one"}[first]
    process_stack.up(program(other)).succeeded()
    assert fleet.groups("both") == {"web", "prod-trust"}
    assert fleet.groups("only-two") == ({"web", "prod-trust"} if first == "one" else {"web"})
    assert process_stack.up(program(other), expect_no_changes=True).succeeded()
    process_stack.up(program()).succeeded()
    assert fleet.groups("both") == fleet.groups("only-two") == {"web"}


def test_everything_new_in_one_program_is_previewed_as_far_as_it_is_known(stack: EngineStack, fleet: Fleet) -> None:
    """With trust not made yet the first preview lists all members; the pinned type is the resource's."""
    fleet.launch("app-1", role="member")
    preview = stack.preview(enrolling(fleet.cloud, Instances(whole_vpc=True)), diff=True).succeeded()
    assert f"app-1 ({fleet.instances['app-1']})" in preview.output
    assert ("create", "members") in preview.steps


def test_an_id_that_is_not_there_is_an_error_in_the_preview(stack: EngineStack, fleet: Fleet) -> None:
    """An instance id that does not exist is refused, by name, before anything is made."""
    select = Instances(instance_ids=["i-0123456789abcdef0"])
    outcome = stack.preview(enrolling(fleet.cloud, select))
    assert outcome.failed
    assert "i-0123456789abcdef0: no such instance in this VPC" in outcome.output


def test_a_selection_that_finds_nobody_is_refused(stack: EngineStack, fleet: Fleet) -> None:
    """A tag that nobody has, as a mistyped one, is refused before members leave, unless allow_empty says it is meant."""
    fleet.launch("app-1", role="member")
    stack.up(enrolling(fleet.cloud, MEMBERS)).succeeded()
    typo = stack.up(enrolling(fleet.cloud, Instances(tags={"rolle": "member"})))
    assert typo.failed
    assert "nobody in this VPC is selected, so everybody who is in would leave" in typo.output
    assert fleet.groups("app-1") == {"web", "prod-trust"}
    stack.up(enrolling(fleet.cloud, Instances(tags={"rolle": "member"}, allow_empty=True))).succeeded()
    assert fleet.groups("app-1") == {"web"}


def test_what_is_not_known_yet_may_select(stack: EngineStack, fleet: Fleet) -> None:
    """An instance of the same program can be enrolled by its id, which is known only after it was made."""
    import pulumi_aws as aws  # noqa: PLC0415  only this program makes an instance

    def program() -> None:
        web = aws.ec2.Instance(
            "web", ami="ami-12c6146b", instance_type="t3.micro", subnet_id=fleet.subnet_id,
            vpc_security_group_ids=[fleet.web], tags={"Name": "web"},
        )  # fmt: skip
        vpc = VpcIntegration("prod", vpc_id=fleet.cloud.vpc_id)
        select = Instances(instance_ids=[web.id])
        Ec2Enrollment("members", integration=vpc, select=select, unenforced_ok=True, pace=NO_PACE)

    assert ("create", "members") in stack.preview(program).succeeded().steps
    stack.up(program).succeeded()
    members = next(item["outputs"]["members"] for item in stack.resources() if item["urn"].endswith("::members"))
    assert [name.partition(" ")[0] for name in members.values()] == ["web"]
