"""Enforcement by Calico Enterprise on the real engine: nobody is in trust or enforced while its controller is not live."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
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
)
from sg_integration.aws.interfaces import NetworkInterfaces
from sg_integration.components.tigera import TigeraEnforcement
from sg_integration.kubernetes.connection import ClusterConnection, connect
from sg_integration.kubernetes.tigera import Tigera
from sg_integration.providers import tigera
from sg_integration.sandbox.kubernetes.calico_pods import remove_calico_pod, seed_calico_pod
from tests.kubernetes.calico_fixtures import clear
from tests.kubernetes.tigera_product import Product
from tests.sandbox.plugin_kubernetes_world import Server

from .cloud import Cloud
from .fleet import Fleet
from .pods import Pods, listed
from .stacks import EngineStack, Program

pytest_plugins = ("tests.engine.pod_fixtures",)

QUEUE = "https://sqs.eu-central-1.amazonaws.com/123456789012/tigera"
KEY, SECRET = "AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI-never-shown"
CREDENTIALS = "/api/v1/namespaces/tigera-operator/secrets/amazon-cloud-integration-credentials"
NO_LIMIT = Pace(refill=None)


@dataclass
class Scene:
    """A node, a server that is marked to join, and a cluster with Calico Enterprise.

    Args:
        product: what the product says.
        fleet: the instances.
        pods: the pods.
        writes: the interfaces that were written, each with what of the product was not live then.
    """

    product: Product
    fleet: Fleet
    pods: Pods
    writes: list[tuple[str, dict[str, str]]] = field(default_factory=list)

    @property
    def joined(self) -> dict[str, bool]:
        """Who is in trust or enforced."""
        return {"billing": self._has("billing", "prod-trust"), "node-1": self._has("node-1", "prod-enforced")}

    def program(self, key: str = KEY, **enforcement: Any) -> Program:
        """A program with everything: groups, enforcement, a node, a member and a binding."""
        cloud = self.fleet.cloud
        given = {"sqs_url": QUEUE, "aws_access_key_id": key, "aws_secret_access_key": SECRET, **enforcement}

        def declare() -> None:
            vpc = VpcIntegration("prod", vpc_id=cloud.vpc_id, region="eu-central-1")
            cluster = ClusterIntegration(
                "eks",
                integration=vpc,
                node_security_group_ids=[cloud.others["nodes"]],
                control_plane_security_group_id=None,
                nodes=Nodes.from_cluster(),
                enforcement=TigeraEnforcement(**given),
                guard=False,
                pace=NO_LIMIT,
            )
            who = Instances(tags={"role": "member"})
            Ec2Enrollment("servers", integration=vpc, enforced_by=[cluster], select=who, pace=NO_LIMIT)
            api = SecurityGroup("orders-api", vpc_id=cloud.vpc_id)
            pods: Any = {"namespace": self.pods.namespace, "pod_selector": {"app": "api"}}
            PodGroupBinding("api", cluster=cluster, security_groups=[api], **pods)

        return declare

    def _has(self, name: str, group: str) -> bool:
        return group in self.fleet.groups(name)


@pytest.fixture
def scene(cloud: Cloud, kubernetes_server: Server, monkeypatch: pytest.MonkeyPatch) -> Iterator[Scene]:
    """The product is installed and not set up; whoever waits for it is soon tired, and every write is watched."""
    server = kubernetes_server
    made = Scene(Product(server), Fleet.make(cloud), Pods.make(server))
    made.product.install()
    clear(server)
    made.product.install()
    made.fleet.launch("node-1")
    made.fleet.launch("billing", role="member")
    spec = {"providerID": f"aws:///eu-central-1a/{made.fleet.instances['node-1']}"}
    node = {"apiVersion": "v1", "kind": "Node", "metadata": {"name": "node-1"}, "spec": spec}
    server.api.request("POST", "/api/v1/nodes", body=node)
    seed_calico_pod(server.api, "node-1")
    operators = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "tigera-operator"}}
    server.apply("/api/v1/namespaces/tigera-operator", operators, "test")
    monkeypatch.setattr(tigera, "LONGEST", 1.0)
    monkeypatch.setattr(tigera, "BETWEEN", 0.05)
    watch(made, monkeypatch)
    yield made
    server.api.request("DELETE", "/api/v1/nodes/node-1")
    remove_calico_pod(server.api, "node-1")
    made.product.remove()
    clear(server)


def watch(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """Note each write of an interface at which the product was not live, or not set up."""
    reach = ClusterConnection(kubeconfig=str(scene.product.server.kubeconfig))
    real, seen = NetworkInterfaces.write, Tigera(connect(reach).api)

    def write(self: NetworkInterfaces, *arguments: Any) -> Any:
        scene.writes.append((str(arguments), seen.pending()))
        return real(self, *arguments)

    monkeypatch.setattr(NetworkInterfaces, "write", write)


def test_nobody_is_open_to_a_node_that_does_not_enforce(scene: Scene, pod_stack: EngineStack) -> None:
    """From a cluster that cannot, over a controller that is not available, to a live one, new credentials and the end."""
    with scene.product.without_definition():
        preview = pod_stack.preview(scene.program())
        assert preview.failed
        assert "definitions of the operator of Calico Enterprise v3.18.2 are not all there" in preview.output
    scene.product.say(Available="False", Degraded="True")
    late = pod_stack.up(scene.program())
    assert late.failed
    assert "NotLive: after 1 s it is not live" in late.output
    assert "Available=False (Reason: some message)" in late.output
    assert scene.joined == {"billing": False, "node-1": False}
    live(scene, pod_stack)
    renewed(scene, pod_stack)
    broken(scene, pod_stack)
    gone(scene, pod_stack)


def live(scene: Scene, stack: EngineStack) -> None:
    """When it is live everybody joins, pods have their groups, and a second update changes nothing."""
    pod = scene.pods.run("api", app="api")
    scene.product.go_live()
    stack.up(scene.program()).succeeded()
    assert scene.joined == {"billing": True, "node-1": True}
    groups = scene.fleet.cloud.groups()
    assert scene.pods.groups(pod) == listed(groups["orders-api"])
    integration = scene.product.integration()
    assert integration is not None
    assert integration["spec"] == {
        "nodeSecurityGroupIDs": [scene.fleet.cloud.others["nodes"]],
        "podSecurityGroupID": groups["eks-pod-default"],
        "vpcs": [scene.fleet.cloud.vpc_id],
        "sqsURL": QUEUE,
        "awsRegion": "eu-central-1",
        "enforcedSecurityGroupID": groups["prod-enforced"],
        "trustEnforcedSecurityGroupID": groups["prod-trust"],
        "defaultPodMetadataAccess": "Denied",
    }
    assert stack.up(scene.program()).succeeded().counts == {}


def renewed(scene: Scene, stack: EngineStack) -> None:
    """Other credentials are written and waited for; neither the output nor the state has any of them in clear text."""
    outcome = stack.up(scene.program(key="AKIA-ANOTHER"), diff=True).succeeded()
    assert "eks-enforcement" in outcome.names("update")
    secret = scene.product.server.get(CREDENTIALS)
    assert secret is not None
    assert secret["data"] == {"key-id": "QUtJQS1BTk9USEVS", "key-secret": "d0phbHJYVXRuRkVNSS1uZXZlci1zaG93bg=="}
    state = Path(stack.env["PULUMI_BACKEND_URL"].removeprefix("file://"))
    kept = (state / ".pulumi" / "stacks" / stack.project / "dev.json").read_text()
    assert "eks-enforcement-credentials" in kept
    for shown in (SECRET, "AKIA-ANOTHER", *secret["data"].values()):
        assert shown not in outcome.output
        assert shown not in kept


def broken(scene: Scene, stack: EngineStack) -> None:
    """One that is live no more is shown by the next preview, and stops whoever would join now."""
    scene.product.say(Available="False", Degraded="True")
    scene.fleet.launch("another", role="member")
    program = scene.program(key="AKIA-ANOTHER")
    assert "Available=False (Reason: some message)" in stack.preview(program, diff=True).succeeded().output
    assert stack.up(program).failed
    assert scene.fleet.groups("another") == {"web"}
    scene.product.go_live()
    stack.up(program).succeeded()
    assert "prod-trust" in scene.fleet.groups("another")
    assert stack.up(program).succeeded().counts == {}


def gone(scene: Scene, stack: EngineStack) -> None:
    """Members and nodes leave before the controller goes; what it had added itself is drained from the groups after that."""
    scene.fleet.launch("added-by-it")
    scene.fleet.set_groups("added-by-it", "web", "prod-trust")
    assert {str(pending) for _, pending in scene.writes} == {"{}"}
    (integration,) = (each for each in stack.resources() if each["type"].endswith(":AmazonCloudIntegration"))
    drains = {urn.rpartition("::")[2] for urn in integration["dependencies"] if urn.endswith("-drain")}
    assert drains == {"prod-trust-drain", "prod-enforced-drain"}
    scene.writes.clear()
    stack.destroy().succeeded()
    *left, drained = scene.writes
    assert len(left) == 3
    assert {str(pending) for _, pending in left} == {"{}"}
    assert list(drained[1]) == ["AmazonCloudIntegration tigera-secure"]
    assert scene.product.integration() is None
    assert scene.product.server.get(CREDENTIALS) is None
    assert scene.fleet.cloud.groups() == {}
    assert scene.fleet.groups("added-by-it") == {"web"}
