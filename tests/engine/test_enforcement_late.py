"""A member that the program itself makes is held by the nodes before it joins, like any other."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pulumi
from pulumi_aws import ec2

from sg_integration import CalicoEnforcement, ClusterIntegration, Ec2Enrollment, Instances, Nodes, VpcIntegration

from .enforcement_scene import NO_LIMIT, Scene, scene
from .stacks import EngineStack, Program

pytest_plugins = ("tests.engine.pod_fixtures",)
__all__ = ["scene"]


def making(scene: Scene, *names: str) -> Program:
    """A program with instances of its own, which join by their ids."""
    fleet, cloud = scene.fleet, scene.fleet.cloud

    def program() -> None:
        vpc = VpcIntegration("prod", vpc_id=cloud.vpc_id)
        cluster = ClusterIntegration(
            "eks", integration=vpc, node_security_group_ids=[cloud.others["nodes"]], control_plane_security_group_id=None,
            nodes=Nodes.from_cluster(), enforcement=CalicoEnforcement(), guard=False, pace=NO_LIMIT,
            kubeconfig=scene.server.kubeconfig.read_text(),
        )  # fmt: skip
        made = [
            ec2.Instance(
                name, ami="ami-12c6146b", instance_type="t3.micro", subnet_id=fleet.subnet_id,
                vpc_security_group_ids=[fleet.web], opts=pulumi.ResourceOptions(depends_on=[cluster]),
            )
            for name in names
        ]  # fmt: skip
        Ec2Enrollment(
            "servers", integration=vpc, enforced_by=[cluster], pace=NO_LIMIT,
            select=Instances(instance_ids=[each.id for each in made], allow_empty=True),
        )  # fmt: skip

    return program


def test_a_member_that_is_made_after_enforcement_is_held_before_it_joins(scene: Scene, pod_stack: EngineStack) -> None:
    """At the moment at which it joins, its address is among those whose rules the nodes hold; and no secret is in the state."""
    for names in (("one",), ("one", "two")):
        scene.log.begin(scene.objects())
        pod_stack.up(making(scene, *names)).succeeded()
        trust, _ = scene.reserved()
        addresses = scene.every_address()
        joined = [each for each in scene.log.moments() if each.carrying(trust)]
        assert len(joined[-1].carrying(trust)) == 1  # of those that were written now
        for moment in joined:
            held = {net for each in moment.objects.values() if is_members(each) for net in each["spec"]["nets"]}
            assert {f"{addresses[member]}/32" for member in moment.carrying(trust)} <= held, moment.write
        assert pod_stack.up(making(scene, *names)).succeeded().counts == {}
    state = Path(pod_stack.env["PULUMI_BACKEND_URL"].removeprefix("file://"))
    kept = (state / ".pulumi" / "stacks" / pod_stack.project / "dev.json").read_text()
    assert "servers" in kept
    assert "certificate-authority-data" not in kept
    pod_stack.destroy().succeeded()


def is_members(each: Any) -> bool:
    """Whether it is the set of those whose rules the nodes hold."""
    return bool(each["kind"] == "GlobalNetworkSet" and "sg-integration/member" in each["metadata"]["labels"])
