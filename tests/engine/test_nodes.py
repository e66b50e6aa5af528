"""The nodes of a cluster join `enforced` on the real engine, before members join `trust` and until they have left."""

from __future__ import annotations

from typing import Any

import pytest

from sg_integration import ClusterIntegration, Ec2Enrollment, Instances, Nodes, VpcIntegration
from sg_integration.sandbox.aws.server import EmbeddedAws

from .cloud import Cloud
from .fleet import Fleet
from .stacks import EngineStack, Program
from .test_ec2_enrollment import NO_PACE, WRITE

NODE = {"eks:cluster-name": "prod"}
CNI = "node.k8s.amazonaws.com/instance_id"


@pytest.fixture
def fleet(cloud: Cloud) -> Fleet:
    """An empty fleet in the test's VPC."""
    return Fleet.make(cloud)


def with_cluster(cloud: Cloud, nodes: Nodes, *, enforced: bool = True, control_plane: str = "") -> Program:
    """A program that takes nodes into enforced and then the rest of the VPC into trust."""

    def program() -> None:
        vpc = VpcIntegration("prod", vpc_id=cloud.vpc_id)
        cluster = ClusterIntegration(
            "eks", guard=False, integration=vpc, node_security_group_ids=[cloud.others["nodes"]],
            control_plane_security_group_id=control_plane or cloud.others["control-plane"], nodes=nodes, unenforced_ok=True, pace=NO_PACE,
        )  # fmt: skip
        Ec2Enrollment(
            "members", integration=vpc, select=Instances(whole_vpc=True), enforced_by=[cluster] if enforced else [],
            unenforced_ok=enforced, pace=NO_PACE,
        )  # fmt: skip

    return program


def add_interface(fleet: Fleet, node: str, **tags: str) -> str:
    """A second interface of a node, as its CNI makes one; its id."""
    made = fleet.ec2.create_network_interface(SubnetId=fleet.subnet_id, Groups=[fleet.web])["NetworkInterface"]
    interface = made["NetworkInterfaceId"]
    tagged: Any = [{"Key": key, "Value": value} for key, value in tags.items()]
    fleet.ec2.create_tags(Resources=[interface], Tags=tagged)
    fleet.ec2.attach_network_interface(NetworkInterfaceId=interface, InstanceId=fleet.instances[node], DeviceIndex=1)
    fleet.interfaces[f"{node} eth1"] = interface
    return interface


def writes(embedded_aws: EmbeddedAws) -> list[str]:
    """The interfaces that were written since the log was cleared, in order."""
    return [next(each for each in call.ids if each.startswith("eni-")) for call in embedded_aws.calls(WRITE)]


def test_nodes_join_before_members_and_leave_after_them(
    process_stack: EngineStack, fleet: Fleet, embedded_aws: EmbeddedAws
) -> None:
    """Nodes get enforced, never trust, before members get trust; CNI and Karpenter are left alone; destroy goes backwards."""
    fleet.launch("node-1", "node-2", **NODE)
    fleet.launch("app-1")
    fleet.launch("spot", **{**NODE, "karpenter.sh/nodepool": "default"})
    secondary = add_interface(fleet, "node-1", **{CNI: fleet.instances["node-1"]})
    program = with_cluster(fleet.cloud, Nodes(tags=NODE))
    wrong = with_cluster(fleet.cloud, Nodes(tags=NODE), control_plane="sg-00000000000000000")
    refused = process_stack.preview(wrong, diff=True)
    assert refused.failed
    assert (
        "sg-00000000000000000 of node_security_group_ids or control_plane_security_group_id: no such group"
        in refused.output
    )
    preview = process_stack.preview(program, diff=True).succeeded().output
    name = f"node-1 ({fleet.instances['node-1']})"
    assert f'{fleet.interfaces["node-1"]}: "{name}"' in preview
    assert f'{fleet.interfaces["node-1"]}: "{name}: a node of a cluster: nodes join enforced' in preview
    assert f'{secondary}: "{name} eth1: managed by the VPC CNI, which copies the groups' in preview
    assert "managed by Karpenter: add the group to the EC2NodeClass's securityGroupSelectorTerms" in preview
    embedded_aws.clear_calls()
    process_stack.up(program).succeeded()
    nodes, app = {fleet.interfaces["node-1"], fleet.interfaces["node-2"]}, fleet.interfaces["app-1"]
    assert set(writes(embedded_aws)[:2]) == nodes
    assert writes(embedded_aws)[2:] == [app]
    assert fleet.groups("node-1") == fleet.groups("node-2") == {"web", "prod-enforced"}
    assert fleet.groups("app-1") == {"web", "prod-trust"}
    assert fleet.groups("node-1 eth1") == fleet.groups("spot") == {"web"}
    assert process_stack.up(program, expect_no_changes=True).succeeded()

    fleet.ec2.terminate_instances(InstanceIds=[fleet.instances["node-2"]])
    fleet.launch("node-3", **NODE)
    fleet.set_groups("node-1 eth1", "web", "prod-enforced")  # what the CNI does
    embedded_aws.clear_calls()
    process_stack.up(program).succeeded()
    assert writes(embedded_aws) == [fleet.interfaces["node-3"]]
    assert fleet.groups("node-3") == {"web", "prod-enforced"}

    embedded_aws.clear_calls()
    process_stack.destroy().succeeded()
    assert writes(embedded_aws)[0] == app
    assert set(writes(embedded_aws)[1:3]) == {fleet.interfaces["node-1"], fleet.interfaces["node-3"]}
    assert writes(embedded_aws)[3:] == [secondary]
    assert not [call for call in embedded_aws.calls() if call.code == "DependencyViolation"]
    assert all(fleet.groups(name) == {"web"} for name in ("node-1", "node-3", "node-1 eth1", "app-1", "spot"))
    assert fleet.cloud.groups() == {}


def test_a_node_that_nothing_marks_is_known_by_its_clusters_selection(stack: EngineStack, fleet: Fleet) -> None:
    """A node without a cluster's tags, selected by id, is no joiner to trust, not even in the first preview."""
    fleet.launch("plain", "app-1")
    program = with_cluster(fleet.cloud, Nodes(instance_ids=[fleet.instances["plain"]]))
    preview = stack.preview(program, diff=True).succeeded().output
    assert f'{fleet.interfaces["plain"]}: "plain ({fleet.instances["plain"]}): a node of a cluster' in preview
    stack.up(program).succeeded()
    assert fleet.groups("plain") == {"web", "prod-enforced"}
    assert fleet.groups("app-1") == {"web", "prod-trust"}


def test_a_node_that_is_not_there_is_an_error_in_the_preview(stack: EngineStack, fleet: Fleet) -> None:
    """An instance id that does not exist is refused, by name, before anything is made."""
    outcome = stack.preview(with_cluster(fleet.cloud, Nodes(instance_ids=["i-0123456789abcdef0"])))
    assert outcome.failed
    assert "Nodes: instance_ids: i-0123456789abcdef0: no such instance in this VPC" in outcome.output


def test_members_need_enforcement(stack: EngineStack, fleet: Fleet) -> None:
    """A program that enrolls members without saying what enforces the rules is refused, and told what would be open."""
    outcome = stack.preview(with_cluster(fleet.cloud, Nodes(allow_empty=True), enforced=False))
    assert outcome.failed
    assert "Unenforced" in outcome.output
    assert "open to every node in enforced, on every port" in outcome.output
