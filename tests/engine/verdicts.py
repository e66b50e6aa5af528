"""What the objects of a cluster decide, read back from its API server, about pods and members as they stand there."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from tests.policy.calico import Calico, Endpoint
from tests.policy.parties import Packet, Shape
from tests.sandbox.plugin_kubernetes_world import Server

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client

_KINDS = ("tiers", "globalnetworksets", "globalnetworkpolicies")
_TCP = 6
_DATABASE = "RDSNetworkInterface"


@dataclass(frozen=True)
class Verdicts:
    """Who reaches whom, by the labels that pods have and the addresses that AWS says.

    Args:
        server: the cluster. There is no kubelet, so each pod is given an address here.
        ec2: AWS.
        vpc_id: the VPC.
        namespace: the namespace of the pods.
    """

    server: Server
    ec2: EC2Client
    vpc_id: str
    namespace: str = "shop"

    def reaches(self, source: str, destination: str, port: int) -> bool:
        """Whether a flow passes: by the `app` of a pod, the name of an instance, or `database`."""
        packet = Packet(self._addresses[source], self._addresses[destination], Shape(_TCP, 40000, port))
        return self._calico.decide(packet).allowed

    @cached_property
    def _pods(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.server.api.request("GET", f"/api/v1/namespaces/{self.namespace}/pods")[
            "items"
        ]
        return found

    @cached_property
    def _calico(self) -> Calico:
        objects = [
            each | {"kind": answer["kind"].removesuffix("List")}
            for plural in _KINDS
            for answer in [self.server.api.request("GET", f"/apis/projectcalico.org/v3/{plural}")]
            for each in answer["items"]
        ]
        labels = {"kubernetes.io/metadata.name": self.namespace}
        return Calico(
            objects,
            [
                Endpoint(pod["metadata"]["name"], (_address(at),), _labels(pod), labels)
                for at, pod in enumerate(self._pods)
            ],
        )

    @cached_property
    def _addresses(self) -> dict[str, str]:
        found = {pod["metadata"]["labels"]["app"]: _address(at) for at, pod in enumerate(self._pods)}
        in_vpc: Any = [{"Name": "vpc-id", "Values": [self.vpc_id]}]
        for reservation in self.ec2.describe_instances(Filters=in_vpc)["Reservations"]:
            for each in reservation["Instances"]:
                names = [tag["Value"] for tag in each["Tags"] if tag["Key"] == "Name"]
                found[names[0]] = each["PrivateIpAddress"]
        for interface in self.ec2.describe_network_interfaces(Filters=in_vpc)["NetworkInterfaces"]:
            if interface["Description"] == _DATABASE:
                found["database"] = interface["PrivateIpAddress"]
        return found


def _address(at: int) -> str:
    return f"10.20.200.{at + 1}"


def _labels(pod: dict[str, Any]) -> dict[str, str]:
    """A pod's labels as Calico knows them."""
    return {**pod["metadata"]["labels"], "projectcalico.org/orchestrator": "k8s"}
