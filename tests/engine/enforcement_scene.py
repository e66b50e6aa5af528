"""A VPC and a cluster with Calico, the programs that enforce there, and what a test may ask of every moment in between."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest

from sg_integration import (
    ClusterIntegration,
    Ec2Enrollment,
    Instances,
    Nodes,
    Pace,
    PodGroupBinding,
    SecurityGroup,
    VpcIntegration,
    ports,
)
from sg_integration.components.enforcement import CalicoEnforcement
from sg_integration.sandbox.aws.server import EmbeddedAws
from sg_integration.sandbox.kubernetes import EmbeddedKubernetes
from sg_integration.sandbox.kubernetes.calico_pods import remove_calico_pod, seed_calico_pod
from sg_integration.sandbox.kubernetes.definitions import V3, install, seed_calico, seed_host_endpoints
from tests.kubernetes.calico_fixtures import clear
from tests.policy.calico import Calico, Endpoint
from tests.policy.parties import Packet, Shape
from tests.policy.world import HOST_LABELS
from tests.sandbox.plugin_kubernetes_world import Server

from .cloud import Cloud
from .fleet import Fleet
from .merged_log import STAGED, MergedLog, Moment, Objects, known
from .pods import Pods
from .stacks import Program

NO_LIMIT = Pace(refill=None)
KINDS = ("tiers", "globalnetworksets", "globalnetworkpolicies", STAGED)
STRAY = Endpoint("stray", ("10.40.200.1",), {"projectcalico.org/orchestrator": "k8s"}, {})
"""A pod without groups of its own."""


@dataclass
class Scene:
    """A VPC with a node and a server that is marked to join, and a cluster with Calico and pods."""

    server: Server
    fleet: Fleet
    pods: Pods
    log: MergedLog
    where: str = f"/apis/{V3}"
    nodes: list[str] = field(default_factory=list)

    def register(self, *names: str) -> None:
        """Register instances as nodes, on which Calico runs."""
        for name in names:
            spec = {"providerID": f"aws:///eu-central-1a/{self.fleet.instances[name]}"}
            body = {"apiVersion": "v1", "kind": "Node", "metadata": {"name": name}, "spec": spec}
            self.server.api.request("POST", "/api/v1/nodes", body=body)
            seed_calico_pod(self.server.api, name)
            seed_host_endpoints(
                self.server.api, {name: [self.address(name)]}, api_version=self.where.removeprefix("/apis/")
            )
            self.nodes.append(name)

    def objects(self) -> dict[str, Any]:
        """Our objects in the cluster, by `known`."""
        found = {}
        query = {"labelSelector": "app.kubernetes.io/managed-by=sg-integration"}
        for plural in KINDS:
            for each in self.server.api.request("GET", f"{self.where}/{plural}", query=query)["items"]:
                found[known(plural, each["metadata"]["name"])] = each
        return found

    def said(self, beginning: str = "sg-remote.") -> list[str]:
        """What the objects say whose names begin so."""
        return [str(each["spec"]) for name, each in self.objects().items() if name.startswith(beginning)]

    def address(self, name: str) -> str:
        """The address of an instance."""
        return self._addresses([self.fleet.interfaces[name]])[self.fleet.interfaces[name]]

    def decides(self, objects: Objects) -> Calico:
        """What Calico decides by some objects, for the nodes and a stray pod."""
        nodes = [Endpoint(name, (self.address(name),), HOST_LABELS, {}) for name in self.nodes]
        return Calico(objects.values(), [*nodes, STRAY])

    def reserved(self) -> tuple[str, str]:
        """The ids of trust and enforced."""
        ours = self.fleet.cloud.groups()
        return ours["prod-trust"], ours["prod-enforced"]

    def breaches(self, moments: Iterable[Moment], wanted: Objects, reserved: tuple[str, str]) -> list[str]:
        """Each moment at which somebody was in trust or enforced although an object was not as wanted, or did not hold.

        Args:
            moments: what stood after each write.
            wanted: the objects that enforce.
            reserved: the ids of trust and enforced then.
        """
        trust, enforced = reserved
        addresses, found = self._addresses(self.fleet.interfaces.values()), []
        for each in moments:
            if each.carrying(trust, enforced) and (lacking := each.lacking(wanted)):
                found.append(f"after {each.write}: not as wanted: {sorted(lacking)}")
            open_ = [member for member in each.carrying(trust) if self._reach(each.objects, addresses[member])]
            found += [f"after {each.write}: whoever likes reaches {member}" for member in sorted(open_)]
        return found

    def _reach(self, objects: Objects, member: str) -> bool:
        """Whether a node or a stray pod reaches a member on a port that nobody granted."""
        calico = self.decides(objects)
        sources = [*(self.address(name) for name in self.nodes), *STRAY.addresses]
        return any(calico.decide(Packet(source, member, Shape(6, 40000, 9))).allowed for source in sources)

    def every_address(self) -> dict[str, str]:
        """The address of every interface of the VPC."""
        in_vpc: Any = [{"Name": "vpc-id", "Values": [self.fleet.cloud.vpc_id]}]
        found = self.fleet.ec2.describe_network_interfaces(Filters=in_vpc)["NetworkInterfaces"]
        return {each["NetworkInterfaceId"]: each["PrivateIpAddress"] for each in found}

    def _addresses(self, interfaces: Iterable[str]) -> dict[str, str]:
        ids = list(interfaces)
        found = self.fleet.ec2.describe_network_interfaces(NetworkInterfaceIds=ids)["NetworkInterfaces"]
        return {each["NetworkInterfaceId"]: each["PrivateIpAddress"] for each in found}


@pytest.fixture
def scene(
    cloud: Cloud, kubernetes_server: Server, embedded_aws: EmbeddedAws, embedded_kubernetes: EmbeddedKubernetes
) -> Iterator[Scene]:
    """A node, a server that is marked to join, Calico as it is installed, and a log that is empty."""
    with in_scene(kubernetes_server, cloud, MergedLog(embedded_aws, embedded_kubernetes)) as made:
        yield made


@contextmanager
def in_scene(server: Server, cloud: Cloud, log: MergedLog, api_version: str = V3) -> Iterator[Scene]:
    """A scene in which Calico's objects are served in one group and version."""
    install(server.api, calico_in=[api_version])
    clear(server, api_version)
    seed_calico(server.api, api_version=api_version)
    made = Scene(server, Fleet.make(cloud), Pods.make(server), log, f"/apis/{api_version}")
    made.fleet.launch("node-1")
    made.fleet.launch("billing", role="member")
    made.register("node-1")
    log.begin({})
    yield made
    for name in made.nodes:
        server.api.request("DELETE", f"/api/v1/nodes/{name}")
        remove_calico_pod(server.api, name)
    clear(server, api_version)


def declared(
    scene: Scene,
    *,
    name: str = "eks",
    nodes: bool = True,
    select: Nodes | None = None,
    members: bool = True,
    cluster_unreachable: str = "fail",
    **enforcement: Any,
) -> ClusterIntegration:
    """Declare enforcement, and who joins; nodes by the cluster, unless another selection is given."""
    cloud = scene.fleet.cloud
    vpc = VpcIntegration("prod", vpc_id=cloud.vpc_id)
    cluster = ClusterIntegration(
        name,
        integration=vpc,
        node_security_group_ids=[cloud.others["nodes"]],
        control_plane_security_group_id=None,
        nodes=(select or Nodes.from_cluster()) if nodes else None,
        enforcement=CalicoEnforcement(**enforcement),
        cluster_unreachable=cluster_unreachable,
        guard=False,
        pace=NO_LIMIT,
    )
    if members:
        who = Instances(tags={"role": "member"})
        Ec2Enrollment("servers", integration=vpc, enforced_by=[cluster], select=who, pace=NO_LIMIT)
    return cluster


def small(scene: Scene, **how: Any) -> Program:
    """A program with nothing but groups, enforcement, nodes and members."""

    def program() -> None:
        declared(scene, **how)

    return program


def shop(scene: Scene, *, port: Any = ports.POSTGRES, **how: Any) -> Program:
    """A program in which pods get a group, and members admit it."""

    def program() -> None:
        cluster = declared(scene, **how)
        api = SecurityGroup("orders-api", vpc_id=scene.fleet.cloud.vpc_id)
        SecurityGroup.existing("billing", scene.fleet.web).allow_from(api, port)
        pods: dict[str, Any] = {"namespace": scene.pods.namespace, "pod_selector": {"app": "api"}}
        PodGroupBinding("api", cluster=cluster, security_groups=[api], **pods)

    return program


def is_bare(scene: Scene) -> bool:
    """Whether nothing of ours is left, and nobody is in a group of ours."""
    return not scene.objects() and scene.fleet.groups("node-1") == scene.fleet.groups("billing") == {"web"}
