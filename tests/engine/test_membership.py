"""Members that join by their own list of groups: no fight with their owner, and never without enforcement."""

from __future__ import annotations

from typing import Any

import pulumi
import pytest
from pulumi_aws import ec2

from sg_integration import (
    CalicoEnforcement,
    ClusterIntegration,
    Ec2Enrollment,
    Instances,
    IntegrationError,
    Membership,
    Nodes,
    SecurityGroup,
    VpcIntegration,
)
from sg_integration.components import enforcement_now
from sg_integration.model.declared import TAG
from sg_integration.sandbox.kubernetes.calico_pods import remove_calico_pod, seed_calico_pod

from .enforcement_scene import NO_LIMIT, Scene, scene
from .stacks import EngineStack, Program
from .test_enforcement_late import is_members

pytest_plugins = ("tests.engine.pod_fixtures", "tests.engine.callbacks")
__all__ = ["scene"]


def joining(scene: Scene, vpc: VpcIntegration, *, enrolled: bool) -> Membership:
    """A cluster that enforces, and who joins."""
    cloud = scene.fleet.cloud
    cluster = ClusterIntegration(
        "eks", integration=vpc, node_security_group_ids=[cloud.others["nodes"]], control_plane_security_group_id=None,
        nodes=Nodes.from_cluster(), enforcement=CalicoEnforcement(), guard=False, pace=NO_LIMIT,
        kubeconfig=scene.server.kubeconfig.read_text(),
    )  # fmt: skip
    if enrolled:
        select = Instances(tags={"role": "server"})
        Ec2Enrollment("enrolled", integration=vpc, enforced_by=[cluster], select=select, pace=NO_LIMIT)
    app = SecurityGroup("app", vpc_id=cloud.vpc_id)
    return Membership("servers", integration=vpc, enforced_by=[cluster], security_groups=[app])


def owning(
    scene: Scene, *names: str, more: bool = False, joins: bool = True, enrolled: bool = False, enforced: bool = True
) -> Program:
    """A program that owns instances, and lets those join that are tagged."""
    fleet, cloud = scene.fleet, scene.fleet.cloud

    def program() -> None:
        vpc = VpcIntegration("prod", vpc_id=cloud.vpc_id)
        members = joining(scene, vpc, enrolled=enrolled) if enforced else None
        transforms = [members.transform(tags={"role": "server"})] if members and joins else []
        for name in (*names, "bystander"):
            ec2.Instance(
                name, ami="ami-12c6146b", instance_type="t3.micro", subnet_id=fleet.subnet_id,
                vpc_security_group_ids=[fleet.web, *([cloud.others["nodes"]] if more else [])],
                tags={"Name": name, "role": name if name == "bystander" else "server"},
                opts=pulumi.ResourceOptions(transforms=transforms),
            )  # fmt: skip
        if members and joins:
            listed = members.security_group_ids([fleet.web])
            ec2.NetworkInterface("listed", subnet_id=fleet.subnet_id, security_groups=listed)

    return program


class Servers:
    """The instances of a stack, as AWS has them."""

    def __init__(self, scene: Scene, stack: EngineStack) -> None:
        self.scene, self.stack = scene, stack

    def learn(self, *names: str) -> None:
        """Look up in the state which interfaces they have."""
        outputs = {each["urn"].rpartition("::")[2]: each.get("outputs", {}) for each in self.stack.resources()}
        self.scene.fleet.interfaces.update({name: outputs[name]["primaryNetworkInterfaceId"] for name in names})

    def groups(self, name: str) -> set[str]:
        """The groups that one has now, by name."""
        self.learn(name)
        return self.scene.fleet.groups(name)

    def held(self, name: str) -> bool:
        """Whether the nodes hold its rules now."""
        self.learn(name)
        nets = [each["spec"]["nets"] for each in self.scene.objects().values() if is_members(each)]
        return f"{self.scene.address(name)}/32" in {net for each in nets for net in each}


def wrote(scene: Scene) -> int:
    """How many writes of interfaces there were since the log began."""
    return len([call for call in scene.log.aws.calls("ModifyNetworkInterfaceAttribute") if call.code is None])


def test_members_join_by_their_own_list(scene: Scene, pod_stack: EngineStack) -> None:
    """They are held as soon as they are there, keep our groups whatever their owner does, and leave before enforcement goes."""
    up, servers, in_ = pod_stack.up, Servers(scene, pod_stack), {"web", "app", "prod-trust"}
    order = [name for _, name in up(owning(scene, "one")).succeeded().steps]
    assert order.index("eks-enforcement") < order.index("prod-trust-drain") < min(map(order.index, ("one", "listed")))
    assert servers.groups("one") == in_
    assert servers.held("one")
    assert servers.groups("bystander") == {"web"}
    assert up(owning(scene, "one")).succeeded().counts == {}
    # Nothing settles for one that comes alone: it is the hook that tells the nodes.
    up(owning(scene, "one", "two")).succeeded()
    assert servers.held("two")
    assert up(owning(scene, "one", "two")).succeeded().counts == {}
    # What its owner does: a refresh sees no drift, and a change of the list keeps ours.
    pod_stack.refresh().succeeded()
    assert up(owning(scene, "one", "two")).succeeded().counts == {}
    up(owning(scene, "one", "two", more=True)).succeeded()
    assert servers.groups("one") == {*in_, "nodes"}
    # Nobody joins while a node in enforced does not enforce.
    remove_calico_pod(scene.server.api, "node-1")
    refused = up(owning(scene, "one", "two", "three", more=True))
    assert refused.failed
    assert "Calico is not ready on 1 nodes that are in enforced: node-1" in refused.output
    assert not [each for each in pod_stack.resources() if each["urn"].endswith("::three")]
    seed_calico_pod(scene.server.api, "node-1")
    # Out of the list, out of trust.
    up(owning(scene, "one", "two", joins=False)).succeeded()
    assert servers.groups("one") == servers.groups("two") == {"web"}
    up(owning(scene, "one")).succeeded()
    assert servers.groups("one") == in_
    # Enforcement and membership go at once: first out of the list, then enforcement.
    steps = up(owning(scene, "one", enforced=False)).succeeded().steps
    assert steps.index(("update", "one")) < steps.index(("delete", "eks-enforcement"))
    assert servers.groups("one") == {"web"}
    up(owning(scene, "one")).succeeded()
    gone = [name for _, name in pod_stack.destroy().succeeded().steps]
    assert max(map(gone.index, ("one", "listed"))) < gone.index("prod-trust-drain") < gone.index("eks-enforcement")


def test_nodes_that_cannot_be_told_fail_the_update(
    scene: Scene, pod_stack: EngineStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The engine fails an update whose newborn the nodes could not be told of, and the next one tells them."""
    servers = Servers(scene, pod_stack)
    pod_stack.up(owning(scene, "one")).succeeded()
    hold = enforcement_now._hold_all
    second: Any = [{"Name": "tag:Name", "Values": ["two"]}, {"Name": "vpc-id", "Values": [scene.fleet.cloud.vpc_id]}]

    def lost(holding: Any) -> None:
        """As when the cluster is lost while AWS makes the member."""
        if scene.fleet.cloud.ec2.describe_instances(Filters=second)["Reservations"]:
            raise IntegrationError("the cluster does not answer")
        hold(holding)

    monkeypatch.setattr(enforcement_now, "_hold_all", lost)
    failed = pod_stack.up(owning(scene, "one", "two"))
    assert failed.failed
    assert ") is there, and the nodes could not be told of it" in failed.output
    assert not servers.held("two")
    monkeypatch.undo()
    pod_stack.up(owning(scene, "one", "two")).succeeded()
    assert servers.held("two")


def test_an_enrollment_and_an_owner_do_not_fight(scene: Scene, pod_stack: EngineStack) -> None:
    """One that selects whom its owner lets join writes nothing; and when it goes, the owner's groups stay."""
    up, servers, in_ = pod_stack.up, Servers(scene, pod_stack), {"web", "app", "prod-trust"}
    # First the enrollment alone; then its owner declares the membership, while the enrollment goes.
    up(owning(scene, "one", joins=False)).succeeded()
    up(owning(scene, "one", joins=False, enrolled=True)).succeeded()
    assert servers.groups("one") == {"web", "prod-trust"}
    up(owning(scene, "one")).succeeded()
    assert servers.groups("one") == in_
    # Both at once: nobody writes, and nothing changes from run to run.
    scene.log.begin(scene.objects())
    up(owning(scene, "one", enrolled=True)).succeeded()
    assert up(owning(scene, "one", enrolled=True)).succeeded().counts == {}
    pod_stack.refresh().succeeded()
    assert up(owning(scene, "one", enrolled=True)).succeeded().counts == {}
    assert wrote(scene) == 0
    up(owning(scene, "one")).succeeded()
    assert servers.groups("one") == in_
    assert up(owning(scene, "one")).succeeded().counts == {}


def test_what_cannot_join_is_said(scene: Scene, pod_stack: EngineStack) -> None:
    """Whoever cannot join is named by the preview, which stops and says what to do."""

    def wrong(**given: Any) -> Program:
        def program() -> None:
            vpc = VpcIntegration("prod", vpc_id=scene.fleet.cloud.vpc_id)
            members = Membership("servers", integration=vpc, unenforced_ok=given.pop("unenforced_ok", True))
            if given.pop("twice", False):
                Membership("servers", integration=vpc, unenforced_ok=True)
            tags = {"role": "server"} if "tags" in given else None
            ignored = given.pop("ignored", None)
            options = pulumi.ResourceOptions(transforms=[members.transform(tags=tags)], ignore_changes=ignored)
            ec2.NetworkInterface("eni", subnet_id=scene.fleet.subnet_id, opts=options, **given)

        return program

    for given, words in (
        ({}, 'NetworkInterface "eni": it declares no securityGroups'),
        ({"twice": True}, 'Membership "servers": another Membership of the program has this name'),
        (
            {"ignored": ["security_groups"], "security_groups": [scene.fleet.web]},
            'NetworkInterface "eni": its ignore_changes has',
        ),
        ({"unenforced_ok": False}, 'Membership "servers": enforced_by: nothing enforces the rules'),
    ):
        outcome = pod_stack.preview(wrong(**given))
        assert outcome.failed
        assert words in outcome.output


def test_two_memberships_of_one_member_are_both_declared(scene: Scene, pod_stack: EngineStack) -> None:
    """The tag names the groups of both, and all of them are in the list; afterwards nothing changes."""

    def program() -> None:
        vpc = VpcIntegration("prod", vpc_id=scene.fleet.cloud.vpc_id)
        transforms = []
        for name in ("app", "api"):
            group = SecurityGroup(name, vpc_id=scene.fleet.cloud.vpc_id)
            members = Membership(name, integration=vpc, unenforced_ok=True, security_groups=[group])
            transforms.append(members.transform(tags={"role": "server"}))
        ec2.NetworkInterface(
            "eni", subnet_id=scene.fleet.subnet_id, security_groups=[scene.fleet.web], tags={"role": "server"},
            opts=pulumi.ResourceOptions(transforms=transforms),
        )  # fmt: skip

    pod_stack.preview(program).succeeded()  # where neither group is known
    pod_stack.up(program).succeeded()
    [eni] = [each["outputs"] for each in pod_stack.resources() if each["urn"].endswith("::eni")]
    assert {scene.fleet.web, *eni["tags"][TAG].split()} == set(eni["securityGroups"])
    assert len(eni["securityGroups"]) == len(("web", "prod-trust", "app", "api"))
    assert pod_stack.up(program).succeeded().counts == {}
