"""Several enrollments in one program: what happens to one is no trouble of another."""

from __future__ import annotations

from typing import Any

import pytest

from sg_integration import ClusterIntegration, Ec2Enrollment, Instances, InvalidInput, Nodes, VpcIntegration
from sg_integration.sandbox.aws.server import EmbeddedAws

from .cloud import Cloud
from .fleet import Fleet
from .stacks import EngineStack, Program
from .test_ec2_enrollment import NO_PACE, WRITE


@pytest.fixture
def fleet(cloud: Cloud) -> Fleet:
    """A node and two members of different teams."""
    fleet = Fleet.make(cloud)
    fleet.launch("node", **{"eks:cluster-name": "prod"})
    fleet.launch("a", team="a")
    fleet.launch("b", team="b")
    return fleet


def program(fleet: Fleet, **later: Any) -> Program:
    """A cluster with its node, and an enrollment for each team."""

    def declare() -> None:
        vpc = VpcIntegration("prod", vpc_id=fleet.cloud.vpc_id)
        cluster = ClusterIntegration(
            "eks",
            guard=False,
            integration=vpc,
            node_security_group_ids=[fleet.cloud.others["nodes"]],
            control_plane_security_group_id=None,
            nodes=Nodes(tags={"eks:cluster-name": "prod"}),
            unenforced_ok=True,
            pace=NO_PACE,
        )
        for team in ("a", "b"):
            select = Instances(tags={"team": team})
            Ec2Enrollment(
                team, integration=vpc, select=select, enforced_by=[cluster], unenforced_ok=True, pace=NO_PACE, **later
            )

    return declare


def test_a_preview_looks_once_for_all(stack: EngineStack, fleet: Fleet, embedded_aws: EmbeddedAws) -> None:
    """A preview lists the VPC's interfaces once for three enrollments; an update lists them for each, and keeps no trace of it."""

    def listed() -> int:
        return len(embedded_aws.calls("DescribeNetworkInterfaces"))

    stack.up(program(fleet)).succeeded()
    before = listed()
    stack.preview(program(fleet), expect_no_changes=True).succeeded()
    assert listed() - before == 1
    before = listed()
    stack.up(program(fleet), expect_no_changes=True).succeeded()
    assert listed() - before == 3
    assert "previewing" not in repr(stack.resources())


@pytest.mark.parametrize("group", ["prod-trust", "prod-enforced"])
def test_replacing_one_reserved_group_leaves_the_other_where_it_is(
    stack: EngineStack, fleet: Fleet, group: str
) -> None:
    """When trust or enforced is replaced, nobody is out of either: the drain of the one does not touch the other."""
    stack.up(program(fleet)).succeeded()
    urn = next(item["urn"] for item in stack.resources() if item["urn"].endswith(f"::{group}"))
    stack.up(program(fleet), replace=[urn]).succeeded()
    assert fleet.groups("node") == {"web", "prod-enforced"}
    assert fleet.groups("a") == fleet.groups("b") == {"web", "prod-trust"}
    assert stack.up(program(fleet), expect_no_changes=True).succeeded()
    stack.destroy().succeeded()
    assert fleet.groups("node") == fleet.groups("a") == {"web"}
    assert fleet.cloud.groups() == {}


@pytest.mark.parametrize("failing", ["node", "a"])
def test_a_member_that_fails_holds_up_no_other_enrollment(
    stack: EngineStack, fleet: Fleet, embedded_aws: EmbeddedAws, failing: str
) -> None:
    """Enrollments that come later are done although one before has a member that fails, and the update fails with a list."""
    embedded_aws.fault(WRITE, id=fleet.interfaces[failing], code="AuthFailure", times="always")
    outcome = stack.up(program(fleet))
    assert outcome.failed
    assert "1 member could not be enrolled:" in outcome.output
    assert f"{fleet.interfaces[failing]}: {failing} ({fleet.instances[failing]}): " in outcome.output
    assert fleet.groups("b") == {"web", "prod-trust"}
    assert fleet.groups(failing) == {"web"}
    embedded_aws.clear_faults()
    stack.up(program(fleet)).succeeded()
    assert fleet.groups("node") == {"web", "prod-enforced"}
    assert fleet.groups("a") == {"web", "prod-trust"}


def test_only_clusters_of_the_integration_enforce(stack: EngineStack, fleet: Fleet) -> None:
    """enforced_by takes clusters of this integration and nothing else."""

    def declare() -> None:
        vpc = VpcIntegration("prod", vpc_id=fleet.cloud.vpc_id)
        other = VpcIntegration("other", vpc_id=fleet.cloud.vpc_id)
        cluster = ClusterIntegration(
            "eks",
            guard=False,
            integration=other,
            node_security_group_ids=[fleet.cloud.others["nodes"]],
            control_plane_security_group_id=None,
        )
        for wrong in (vpc, cluster):
            with pytest.raises(
                InvalidInput, match=r"enforced_by\[0\]: .* is no ClusterIntegration of this integration"
            ):
                Ec2Enrollment("x", integration=vpc, select=Instances(whole_vpc=True), enforced_by=[wrong])  # type: ignore[list-item]

    stack.preview(declare).succeeded()
