"""The nodes of a cluster join `enforced` by its Node objects, on the real engine and a real API server."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml

from sg_integration import ClusterIntegration, Ec2Enrollment, Instances, Nodes, VpcIntegration
from sg_integration.sandbox.aws.server import EmbeddedAws
from tests.sandbox.plugin_kubernetes_world import Server

from .cloud import Cloud
from .fleet import Fleet
from .stacks import EngineStack, Program
from .test_ec2_enrollment import NO_PACE, WRITE

pytest_plugins = ("tests.engine.pod_fixtures",)

NODEPOOL, COMPUTE_TYPE = "karpenter.sh/nodepool", "eks.amazonaws.com/compute-type"


@dataclass
class Registered:
    """The Node objects of a test, and the instances behind them.

    Args:
        server: the API server.
        fleet: the instances.
    """

    server: Server
    fleet: Fleet
    names: list[str] = field(default_factory=list)

    def add(self, name: str, provider_id: str = "", **labels: str) -> None:
        """Register a node; by default the instance of that name is behind it."""
        behind = provider_id or f"aws:///eu-central-1a/{self.fleet.instances[name]}"
        body = {"metadata": {"name": name, "labels": labels}, "spec": {"providerID": behind}}
        self.server.api.request("POST", "/api/v1/nodes", body={"apiVersion": "v1", "kind": "Node", **body})
        self.names.append(name)

    def remove(self, name: str) -> None:
        """Take a node out of the cluster; its instance runs on."""
        self.names.remove(name)
        self.server.api.request("DELETE", f"/api/v1/nodes/{name}")


@pytest.fixture
def nodes(cloud: Cloud, kubernetes_server: Server) -> Iterator[Registered]:
    """An empty fleet in the test's VPC, and no node in the cluster."""
    made = Registered(kubernetes_server, Fleet.make(cloud))
    yield made
    for name in list(made.names):
        made.remove(name)


@pytest.fixture
def config(kubernetes_server: Server, tmp_path: Path) -> Path:
    """The path of a kubeconfig that a test may spoil."""
    path = tmp_path / "kubeconfig"
    path.write_text(kubernetes_server.kubeconfig.read_text())
    return path


def from_cluster(nodes: Registered, config: Path | str, select: Nodes | None = None, **more: Any) -> Program:
    """A program that takes the cluster's nodes into enforced and then the rest of the VPC into trust."""
    cloud = nodes.fleet.cloud

    def program() -> None:
        vpc = VpcIntegration("prod", vpc_id=cloud.vpc_id)
        cluster = ClusterIntegration(
            "eks", guard=False, integration=vpc, node_security_group_ids=[cloud.others["nodes"]],
            control_plane_security_group_id=cloud.others["control-plane"], nodes=select or Nodes.from_cluster(),
            kubeconfig=str(config), unenforced_ok=True, pace=NO_PACE, **more,
        )  # fmt: skip
        Ec2Enrollment(
            "members",
            integration=vpc, select=Instances(whole_vpc=True), enforced_by=[cluster], unenforced_ok=True, pace=NO_PACE,
        )  # fmt: skip

    return program


def writes(embedded_aws: EmbeddedAws) -> list[str]:
    """The interfaces that were written since the log was cleared, in order."""
    return [next(each for each in call.ids if each.startswith("eni-")) for call in embedded_aws.calls(WRITE)]


def test_the_instances_behind_nodes_join_before_members_and_leave_after_them(
    stack: EngineStack, nodes: Registered, config: Path, embedded_aws: EmbeddedAws
) -> None:
    """Nodes that nothing but the cluster knows join enforced and never trust, also by the very first preview; one that goes leaves."""
    fleet, program = nodes.fleet, from_cluster(nodes, config)
    fleet.launch("plain-1", "plain-2", "app")
    nodes.add("plain-1")
    nodes.add("plain-2")
    preview = stack.preview(program, diff=True).succeeded().output
    for name in ("plain-1", "plain-2"):
        said = f'{fleet.interfaces[name]}: "{name} ({fleet.instances[name]})'
        assert f'{said}"' in preview  # by its cluster
        assert f"{said}: a node of a cluster: nodes join enforced" in preview  # by the members
    embedded_aws.clear_calls()
    stack.up(program).succeeded()
    assert set(writes(embedded_aws)[:2]) == {fleet.interfaces["plain-1"], fleet.interfaces["plain-2"]}
    assert writes(embedded_aws)[2:] == [fleet.interfaces["app"]]
    assert fleet.groups("plain-1") == fleet.groups("plain-2") == {"web", "prod-enforced"}
    assert fleet.groups("app") == {"web", "prod-trust"}
    assert stack.up(program, expect_no_changes=True).succeeded()

    nodes.remove("plain-2")
    fleet.ec2.terminate_instances(InstanceIds=[fleet.instances["plain-2"]])
    fleet.launch("plain-3")
    nodes.add("plain-3")
    outcome = stack.preview(program, diff=True).succeeded()
    assert f'- {fleet.interfaces["plain-2"]}: "plain-2' in outcome.output
    assert f'+ {fleet.interfaces["plain-3"]}: "plain-3' in outcome.output
    embedded_aws.clear_calls()
    stack.up(program).succeeded()
    assert writes(embedded_aws) == [fleet.interfaces["plain-3"]]
    assert fleet.groups("plain-3") == {"web", "prod-enforced"}
    stack.destroy().succeeded()
    assert all(fleet.groups(name) == {"web"} for name in ("plain-1", "plain-3", "app"))


def test_a_node_object_that_goes_makes_a_member_of_its_instance(
    stack: EngineStack, nodes: Registered, config: Path
) -> None:
    """Whoever is in the cluster no more leaves enforced, though its instance runs on, and may join trust."""
    nodes.fleet.launch("stays", "goes")
    nodes.add("stays")
    nodes.add("goes")
    stack.up(from_cluster(nodes, config)).succeeded()
    nodes.remove("goes")
    stack.up(from_cluster(nodes, config)).succeeded()
    assert nodes.fleet.groups("stays") == {"web", "prod-enforced"}
    assert nodes.fleet.groups("goes") == {"web", "prod-trust"}


def test_who_cannot_join_by_its_instance_is_told_what_to_do(
    stack: EngineStack, nodes: Registered, config: Path
) -> None:
    """Nodes of Karpenter, Auto Mode and Fargate, terminated ones and such as are excluded hold up nobody, and each is explained."""
    fleet = nodes.fleet
    fleet.launch("node", "mine", "gone")
    fleet.launch("spot", **{NODEPOOL: "default"})
    fleet.launch("auto", **{NODEPOOL: "general-purpose"})
    nodes.add("node")
    nodes.add("mine")
    nodes.add("gone")
    nodes.add("spot", **{NODEPOOL: "default"})
    nodes.add("auto", **{NODEPOOL: "general-purpose", COMPUTE_TYPE: "auto"})
    nodes.add("fargate-1", "aws:///eu-central-1a/0a1b/fargate-ip-10-40-0-9", **{COMPUTE_TYPE: "fargate"})
    nodes.add("kind", "kind://docker/kind/node")
    fleet.ec2.terminate_instances(InstanceIds=[fleet.instances["gone"]])
    program = from_cluster(nodes, config, Nodes.from_cluster(exclude_ids=[fleet.instances["mine"]]))
    preview = stack.preview(program, diff=True).succeeded().output
    for name, words in {
        fleet.instances[
            "spot"
        ]: "node spot: Karpenter replaces a node whose groups differ from its EC2NodeClass: add the group to its securityGroupSelectorTerms",
        fleet.instances[
            "auto"
        ]: "node auto: managed by EKS Auto Mode: add the group to the NodeClass's securityGroupSelectorTerms",
        "fargate-1": "node fargate-1: a Fargate node has no instance; give its pods their groups with a SecurityGroupPolicy",
        fleet.instances["gone"]: "node gone: its instance is not in this VPC, or is terminated",
        "kind": "node kind: kind://docker/kind/node is no instance of EC2",
    }.items():
        assert f'{name}: "{words}"' in re.sub(" +:", ":", preview)
    assert f'{fleet.instances["mine"]}: "node mine' not in preview
    stack.up(program).succeeded()
    assert fleet.groups("node") == {"web", "prod-enforced"}
    # Nodes that stay out of enforced are no members either.
    assert fleet.groups("mine") == fleet.groups("spot") == fleet.groups("auto") == {"web"}
    assert stack.up(program, expect_no_changes=True).succeeded()


def test_members_learn_of_a_node_for_which_nothing_is_written(
    stack: EngineStack, nodes: Registered, config: Path
) -> None:
    """An instance that is excluded from enforced leaves trust, too, as soon as the cluster has it as a node."""
    fleet = nodes.fleet
    fleet.launch("node", "mine")
    nodes.add("node")
    program = from_cluster(nodes, config, Nodes.from_cluster(exclude_ids=[fleet.instances["mine"]]))
    stack.up(program).succeeded()
    assert fleet.groups("mine") == {"web", "prod-trust"}
    nodes.add("mine")
    stack.up(program).succeeded()
    assert fleet.groups("mine") == {"web"}
    assert stack.up(program, expect_no_changes=True).succeeded()


def test_a_cluster_without_nodes_is_a_mistake_unless_said_otherwise(
    stack: EngineStack, nodes: Registered, config: Path
) -> None:
    """No node at all would let every one leave: it is refused, in words about the cluster, unless it may be so."""
    nodes.fleet.launch("app")
    outcome = stack.preview(from_cluster(nodes, config))
    assert outcome.failed
    assert "the cluster has no node, so every one that is in would leave" in outcome.output
    assert not stack.preview(from_cluster(nodes, config, Nodes.from_cluster(allow_empty=True))).failed


def test_a_cluster_that_does_not_answer_is_one_clear_line(stack: EngineStack, nodes: Registered, config: Path) -> None:
    """A preview that cannot ask for the nodes fails with one line that says where it tried, and changes nothing."""
    _spoil(nodes, config)
    outcome = stack.preview(from_cluster(nodes, config))
    assert outcome.failed
    said = set(re.findall(r"error: .*has a problem: (.*?\.) Look whether", outcome.output))
    assert said == {
        "listing the nodes: reaching Kubernetes at https://127.0.0.1:1: ConnectError: [Errno 111] Connection refused."
    }


@pytest.mark.parametrize("broken", ["unreachable", "malformed"])
def test_a_kubeconfig_is_never_shown(stack: EngineStack, nodes: Registered, config: Path, broken: str) -> None:
    """When the cluster cannot be asked, no word of the kubeconfig stands in the engine's error: it shows the property's value."""
    _spoil(nodes, config)
    document = yaml.safe_load(config.read_text())
    token = document["users"][0]["user"]["token"]
    if broken == "malformed":
        del document["clusters"]
    outcome = stack.preview(from_cluster(nodes, yaml.safe_dump(document)))
    assert outcome.failed
    assert "the kubeconfig that was given" in outcome.output
    assert token not in outcome.output


def test_a_preview_may_go_on_without_the_cluster(
    stack: EngineStack, nodes: Registered, config: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """With `warn` the nodes stay as they were, and it is said; without any that are known, a preview works and an update does not."""
    fleet, program = nodes.fleet, from_cluster(nodes, config, cluster_unreachable="warn")
    fleet.launch("plain", "app")
    nodes.add("plain")
    _spoil(nodes, config)
    assert not stack.preview(program).failed
    outcome = stack.up(program)
    assert outcome.failed
    assert "listing the nodes: reaching Kubernetes" in outcome.output
    assert fleet.groups("plain") == fleet.groups("app") == {"web"}
    config.write_text(nodes.server.kubeconfig.read_text())
    stack.up(program).succeeded()
    assert fleet.groups("plain") == {"web", "prod-enforced"}
    _spoil(nodes, config)
    capfd.readouterr()
    assert stack.up(program, expect_no_changes=True).succeeded()
    assert "as of the last update" in capfd.readouterr().out  # the engine's, when a provider is not served here
    config.write_text(nodes.server.kubeconfig.read_text())


def _spoil(nodes: Registered, config: Path) -> None:
    """Let the kubeconfig lead to a port where nobody listens."""
    text = nodes.server.kubeconfig.read_text()
    config.write_text(re.sub(r"https://127\.0\.0\.1:\d+", "https://127.0.0.1:1", text))
