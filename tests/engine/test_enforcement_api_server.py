"""Whatever is enforced, a node talks with its API server: at every moment of an update, a change and a removal."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from sg_integration.sandbox.aws.server import EmbeddedAws
from tests.policy.parties import Packet, Shape

from .enforcement_scene import Scene, scene, small
from .merged_log import Objects
from .stacks import EngineStack

pytest_plugins = ("tests.engine.pod_fixtures",)
__all__ = ["scene"]

SLICES = "/apis/discovery.k8s.io/v1/namespaces/default/endpointslices"


@pytest.fixture
def control_plane(scene: Scene, embedded_aws: EmbeddedAws) -> Iterator[list[str]]:
    """Where the API server is: behind an interface that EKS made, in a member's group, and on an instance that joins trust."""
    ec2, fleet = scene.fleet.ec2, scene.fleet
    made = ec2.create_network_interface(SubnetId=fleet.subnet_id, Groups=[fleet.web])["NetworkInterface"]
    fleet.interfaces["eks"] = made["NetworkInterfaceId"]
    embedded_aws.mark_interface(made["NetworkInterfaceId"], RequesterManaged=True, Description="Amazon EKS prod")
    fleet.launch("control-plane", role="member")
    addresses = [made["PrivateIpAddress"], scene.address("control-plane")]
    body = {
        "apiVersion": "discovery.k8s.io/v1",
        "kind": "EndpointSlice",
        "metadata": {"name": "kubernetes", "labels": {"kubernetes.io/service-name": "kubernetes"}},
        "addressType": "IPv4",
        "endpoints": [{"addresses": addresses}],
        "ports": [{"name": "https", "port": 443}],
    }
    scene.server.api.request("POST", SLICES, body=body)
    yield addresses
    scene.server.api.request("DELETE", f"{SLICES}/kubernetes")


def cut_off(scene: Scene, objects: Objects, control_plane: list[str]) -> list[str]:
    """What does not pass between a node and its API server."""
    calico, node = scene.decides(objects), scene.address("node-1")
    pairs = [(node, each, port) for each in control_plane for port in (443, 6443)]
    pairs += [(each, node, 10250) for each in control_plane]
    packets = [Packet(source, target, Shape(6, 40000, port)) for source, target, port in pairs]
    return [f"{each}: {verdict.reason}" for each in packets if not (verdict := calico.decide(each)).allowed]


def test_no_node_is_ever_cut_off_from_its_api_server(
    scene: Scene, pod_stack: EngineStack, control_plane: list[str]
) -> None:
    """After every single write of up, of a change and of destroy the evaluator passes both ways, and still holds members."""
    pod_stack.up(small(scene)).succeeded()
    enforcing = scene.objects()
    assert scene.fleet.groups("control-plane") == {"web", "prod-trust"}
    assert scene.fleet.groups("eks") == {"web"}
    billing = Packet(scene.address("node-1"), scene.address("billing"), Shape(6, 40000, 443))
    assert not scene.decides(enforcing).decide(billing).allowed
    rule: Any = {"IpProtocol": "tcp", "FromPort": 9443, "ToPort": 9443, "IpRanges": [{"CidrIp": "10.40.0.0/16"}]}
    scene.fleet.ec2.authorize_security_group_ingress(GroupId=scene.fleet.web, IpPermissions=[rule])
    pod_stack.up(small(scene)).succeeded()
    pod_stack.destroy().succeeded()
    moments = list(scene.log.moments())
    assert len(moments) > 2 * len(enforcing)
    assert [found for each in moments for found in cut_off(scene, each.objects, control_plane)] == []
