"""Enforcement by Calico on the real engine: live before anybody joins, gone after everybody left, and what it says is right."""

from __future__ import annotations

from collections.abc import Callable, Iterator
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
from sg_integration.aws.interfaces import NetworkInterfaces
from sg_integration.components.enforcement import CalicoEnforcement
from sg_integration.kubernetes.calico import Calico
from sg_integration.sandbox.kubernetes.calico_pods import remove_calico_pod, seed_calico_pod
from sg_integration.sandbox.kubernetes.definitions import install, seed_calico
from tests.kubernetes.calico_fixtures import clear
from tests.sandbox.plugin_kubernetes_world import Server

from .cloud import Cloud
from .fleet import Fleet
from .pods import Pods, listed
from .stacks import EngineStack, Program

pytest_plugins = ("tests.engine.pod_fixtures",)

V3 = "/apis/projectcalico.org/v3"


@dataclass
class Scene:
    """A VPC with two nodes and a server, and a cluster with Calico and pods."""

    server: Server
    fleet: Fleet
    pods: Pods
    nodes: list[str] = field(default_factory=list)

    def register(self, *names: str) -> None:
        """Register instances as nodes."""
        for name in names:
            spec = {"providerID": f"aws:///eu-central-1a/{self.fleet.instances[name]}"}
            body = {"apiVersion": "v1", "kind": "Node", "metadata": {"name": name}, "spec": spec}
            self.server.api.request("POST", "/api/v1/nodes", body=body)
            seed_calico_pod(self.server.api, name)
            self.nodes.append(name)

    def objects(self) -> dict[str, Any]:
        """Our objects in the cluster, by name."""
        found = {}
        for plural in ("tiers", "globalnetworksets", "globalnetworkpolicies", "stagedglobalnetworkpolicies"):
            query = {"labelSelector": "app.kubernetes.io/managed-by=sg-integration"}
            for each in self.server.api.request("GET", f"{V3}/{plural}", query=query)["items"]:
                found[each["metadata"]["name"]] = each
        return found


@pytest.fixture
def scene(cloud: Cloud, kubernetes_server: Server) -> Iterator[Scene]:
    """Two nodes, a server that is marked to join, Calico as it is installed."""
    calico_server = kubernetes_server
    install(calico_server.api)
    clear(calico_server)
    seed_calico(calico_server.api)
    made = Scene(calico_server, Fleet.make(cloud), Pods.make(calico_server))
    made.fleet.launch("node-1", "node-2")
    made.fleet.launch("billing", role="member")
    made.register("node-1", "node-2")
    yield made
    for name in made.nodes:
        calico_server.api.request("DELETE", f"/api/v1/nodes/{name}")
        remove_calico_pod(calico_server.api, name)
    clear(calico_server)


def shop(scene: Scene, *, port: Any = ports.POSTGRES, members: bool = True, **enforcement: Any) -> Program:
    """A program with everything: groups, nodes, enforcement, a binding and members."""
    cloud = scene.fleet.cloud

    def program() -> None:
        vpc = VpcIntegration("prod", vpc_id=cloud.vpc_id)
        cluster = ClusterIntegration(
            "eks",
            integration=vpc,
            node_security_group_ids=[cloud.others["nodes"]],
            control_plane_security_group_id=cloud.others["control-plane"],
            nodes=Nodes.from_cluster(),
            enforcement=CalicoEnforcement(**enforcement),
            guard=False,
            pace=Pace(refill=None),
        )
        api = SecurityGroup("orders-api", vpc_id=cloud.vpc_id)
        billing = SecurityGroup.existing("billing", scene.fleet.web)
        billing.allow_from(api, port)
        PodGroupBinding(
            "api", cluster=cluster, namespace=scene.pods.namespace, pod_selector={"app": "api"}, security_groups=[api]
        )
        if members:
            Ec2Enrollment(
                "servers",
                integration=vpc,
                enforced_by=[cluster],
                select=Instances(tags={"role": "member"}),
                pace=Pace(refill=None),
            )

    return program


def test_everything_is_enforced_before_it_joins_and_until_it_left(
    scene: Scene, pod_stack: EngineStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One update makes groups, policies, nodes, pods and members; a second changes nothing; destroy leaves nothing."""
    pod = scene.pods.run("api", app="api")
    order = watched(monkeypatch)
    preview = pod_stack.preview(shop(scene), diff=True).succeeded()
    assert "sg-remote" in preview.output
    pod_stack.up(shop(scene)).succeeded()
    assert "prod-trust" in scene.fleet.groups("billing")
    assert "prod-enforced" in scene.fleet.groups("node-1")
    assert {"sg-local", "sg-remote"} <= set(scene.objects())
    groups = scene.fleet.cloud.groups()
    assert scene.pods.groups(pod) == listed(groups["orders-api"])
    assert f"sg-local.{groups['orders-api']}" in scene.objects()
    joined = next(at for at, (kind, _) in enumerate(order) if kind == "aws")
    assert "sg-remote" in {name for kind, name in order[:joined] if kind == "calico"}
    assert any("5432" in str(each) for name, each in scene.objects().items() if name.startswith("sg-remote."))
    assert pod_stack.up(shop(scene)).succeeded().counts == {}
    order.clear()
    pod_stack.destroy().succeeded()
    assert scene.objects() == {}
    assert "prod-trust" not in scene.fleet.groups("billing")
    last = max(at for at, (kind, _) in enumerate(order) if kind == "aws")
    assert not [name for kind, name in order[:last] if kind == "gone"]


def test_a_rule_that_changed_outside_is_shown_and_written(scene: Scene, pod_stack: EngineStack) -> None:
    """A rule that somebody adds to a member's group in AWS reaches the nodes with a plain update, which shows it first."""
    pod_stack.up(shop(scene)).succeeded()
    api = scene.fleet.cloud.groups()["orders-api"]
    rule: Any = {"IpProtocol": "tcp", "FromPort": 9443, "ToPort": 9443, "UserIdGroupPairs": [{"GroupId": api}]}
    scene.fleet.ec2.authorize_security_group_ingress(GroupId=scene.fleet.web, IpPermissions=[rule])
    preview = pod_stack.preview(shop(scene), diff=True).succeeded()
    assert "9443" in preview.output
    pod_stack.up(shop(scene)).succeeded()
    assert any("9443" in str(each) for each in scene.objects().values())
    assert pod_stack.up(shop(scene)).succeeded().counts == {}
    scene.fleet.ec2.revoke_security_group_ingress(GroupId=scene.fleet.web, IpPermissions=[rule])
    pod_stack.up(shop(scene)).succeeded()
    assert not any("9443" in str(each) for each in scene.objects().values())


def test_an_object_that_somebody_edits_is_repaired(scene: Scene, pod_stack: EngineStack) -> None:
    """A policy that somebody deleted and one that somebody widened are written again, and the preview names them."""
    pod_stack.up(shop(scene)).succeeded()
    before = scene.objects()
    denying = next(name for name in before if name.startswith("sg-remote.") and "Deny" in str(before[name]["spec"]))
    scene.server.api.request("DELETE", f"{V3}/globalnetworkpolicies/{denying}")
    preview = pod_stack.preview(shop(scene), diff=True).succeeded()
    assert denying in preview.output
    assert "written again" in preview.output
    pod_stack.up(shop(scene)).succeeded()
    assert scene.objects().keys() == before.keys()
    assert pod_stack.up(shop(scene)).succeeded().counts == {}


def test_a_rule_of_the_program_is_enforced_by_the_same_update(scene: Scene, pod_stack: EngineStack) -> None:
    """Another port in the program changes AWS and the nodes in one update, although the engine deletes the old rule last."""
    pod_stack.up(shop(scene)).succeeded()
    pod_stack.up(shop(scene, port=ports.HTTPS)).succeeded()
    assert any("443" in each for each in remote(scene))
    assert not any("5432" in each for each in remote(scene))
    assert pod_stack.up(shop(scene, port=ports.HTTPS)).succeeded().counts == {}


def remote(scene: Scene) -> list[str]:
    """What the objects that hold members' rules say."""
    return [str(each["spec"]) for name, each in scene.objects().items() if name.startswith("sg-remote.")]


@pytest.mark.parametrize(
    ("version", "automatic", "words"),
    [("v3.28.1", True, "too old"), ("v3.30.0", False, "autoCreate")],
)
def test_what_cannot_enforce_stops_everybody_from_joining(
    scene: Scene, pod_stack: EngineStack, version: str, automatic: bool, words: str
) -> None:
    """A cluster whose Calico cannot hold the rules is refused in one line, and nobody joins."""
    seed_calico(scene.server.api, version=version, auto_host_endpoints=automatic)
    assert words in pod_stack.preview(shop(scene)).output
    outcome = pod_stack.up(shop(scene))
    assert outcome.failed
    assert words in outcome.output
    assert scene.fleet.groups("billing") == {"web"}
    assert scene.fleet.groups("node-1") == {"web"}


def test_a_failed_write_stops_everybody_from_joining(
    scene: Scene, pod_stack: EngineStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At whatever object enforcement fails, no node and no member has joined; the next update does it all."""
    real, left = Calico.apply, [0]

    def apply(self: Calico, manifest: Any) -> None:
        left[0] -= 1
        if left[0] < 0:
            raise RuntimeError("killed here")
        real(self, manifest)

    monkeypatch.setattr(Calico, "apply", apply)
    for writes in (0, 2, 5):
        left[0] = writes
        assert pod_stack.up(shop(scene)).failed
        assert scene.fleet.groups("billing") == {"web"}
        assert scene.fleet.groups("node-1") == {"web"}
    left[0] = 10**6
    pod_stack.up(shop(scene)).succeeded()
    assert "prod-trust" in scene.fleet.groups("billing")


def watched(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """Every write to AWS's interfaces and to Calico's objects, in order."""
    order: list[tuple[str, str]] = []

    def watch(owner: type, method: str, kind: str, name: Callable[..., str]) -> None:
        real = getattr(owner, method)

        def call(*arguments: Any, **named: Any) -> Any:
            done = real(*arguments, **named)
            order.append((kind, name(*arguments)))
            return done

        monkeypatch.setattr(owner, method, call)

    watch(NetworkInterfaces, "write", "aws", lambda _, member, *__: str(member))
    watch(Calico, "apply", "calico", lambda _, manifest: str(manifest["metadata"]["name"]))
    watch(Calico, "delete", "gone", lambda _, __, name: str(name))
    return order


def test_a_node_that_no_state_knows_is_released_before_enforcement_goes(scene: Scene, pod_stack: EngineStack) -> None:
    """A node that a killed run left in `enforced` is out of it before the objects that held it go."""
    pod_stack.up(shop(scene, members=False)).succeeded()
    scene.fleet.launch("late")
    scene.register("late")
    scene.fleet.set_groups("late", "web", "prod-enforced")
    pod_stack.destroy().succeeded()
    assert scene.fleet.groups("late") == {"web"}
    assert scene.objects() == {}
