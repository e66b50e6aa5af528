"""A member that the program itself makes is held by the nodes before it joins, like any other."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pulumi
from pulumi_aws import ec2

from sg_integration import CalicoEnforcement, ClusterIntegration, Ec2Enrollment, Instances, Nodes, VpcIntegration

from .enforcement_scene import NO_LIMIT, Scene, declared, scene, small
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


def test_a_cluster_that_is_renamed_stays_enforced(scene: Scene, pod_stack: EngineStack) -> None:
    """The new one takes the objects over, the old one leaves them; at no moment is anybody open, nor is anything left at last."""
    pod_stack.up(small(scene)).succeeded()
    before, reserved = scene.objects(), scene.reserved()
    scene.log.begin(before)
    pod_stack.up(small(scene, name="shop")).succeeded()
    for moment in scene.log.moments():
        gone = [name for name in before.keys() - moment.objects.keys() if "pod-default" not in str(before[name])]
        assert not [
            name for name in gone if name.startswith(("sg-remote.members", "sg-remote.hosts", "sg-integration"))
        ]
    assert {"sg-remote", "sg-local", "sg-remote.members"} <= scene.objects().keys()
    assert scene.fleet.groups("billing") == {"web", "prod-trust"}
    assert scene.fleet.groups("node-1") == {"web", "prod-enforced"}
    assert pod_stack.up(small(scene, name="shop")).succeeded().counts == {}
    assert reserved == scene.reserved()
    pod_stack.destroy().succeeded()
    assert scene.objects() == {}


def test_two_stacks_do_not_enforce_in_one_cluster(scene: Scene, new_pod_stack: Callable[..., EngineStack]) -> None:
    """The second is refused in the preview, which names the first; and takes nothing away when it is destroyed."""
    first, second = new_pod_stack(), new_pod_stack("other")
    first.up(small(scene)).succeeded()
    before = scene.objects()
    refused = second.up(small(scene, nodes=False, members=False))
    assert refused.failed
    assert "/dev/eks that enforces in this cluster. One integration enforces in a cluster" in refused.output
    second.destroy().succeeded()
    assert scene.objects() == before


def test_two_integrations_of_a_program_do_not_enforce_in_one_cluster(scene: Scene, pod_stack: EngineStack) -> None:
    """Who forgets to say which cluster the second one is reads so in the first preview, and later, too."""

    def both() -> None:
        cloud, vpc = scene.fleet.cloud, declared(scene, nodes=False, members=False).integration
        ClusterIntegration(
            "batch", integration=vpc, node_security_group_ids=[cloud.others["more-nodes"]],
            control_plane_security_group_id=None, enforcement=CalicoEnforcement(), guard=False, pace=NO_LIMIT,
        )  # fmt: skip

    def refused() -> None:
        outcome = pod_stack.preview(both)
        assert outcome.failed
        assert re.search(r"OwnedByAnother: it is \S+/dev/(eks|batch) that enforces in this cluster\.", outcome.output)
        assert "give it a context= or kubeconfig= of its own" in outcome.output

    refused()
    pod_stack.up(small(scene, nodes=False, members=False)).succeeded()
    refused()


def is_members(each: Any) -> bool:
    """Whether it is the set of those whose rules the nodes hold."""
    return bool(each["kind"] == "GlobalNetworkSet" and "sg-integration/member" in each["metadata"]["labels"])
