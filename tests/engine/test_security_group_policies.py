"""Enforcement by EKS's branch interfaces on the real engine: bindings become SecurityGroupPolicies, and no pod is written."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from sg_integration import (
    ClusterAccess,
    ClusterIntegration,
    PodGroupBinding,
    SecurityGroup,
    SecurityGroupPolicyEnforcement,
    VpcIntegration,
)
from sg_integration.sandbox.kubernetes.definitions import install
from sg_integration.sandbox.plugins.kubernetes.api import Refused
from tests.sandbox.plugin_kubernetes_world import Server, eventually

from .cloud import Cloud
from .pods import A, B, C, Pods, declare
from .stacks import EngineStack, Program

pytest_plugins = ("tests.engine.pod_fixtures",)

ROOT = "/apis/vpcresources.k8s.aws/v1beta1"
DEFINITION = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/securitygrouppolicies.vpcresources.k8s.aws"
DAEMON_SETS = "/apis/apps/v1/namespaces/kube-system/daemonsets"
EVERY = "sg-0ffffffffffffffff"


@dataclass
class Eks:
    """A cluster that serves SecurityGroupPolicies, and pods in it.

    Args:
        server: its API server.
        cloud: the VPC.
        pods: its pods.
    """

    server: Server
    cloud: Cloud
    pods: Pods

    def serve(self, *, served: bool) -> None:
        """Let the cluster know SecurityGroupPolicies, or not, and wait until it does."""
        definition = self.server.get(DEFINITION)
        assert definition is not None
        versions = [{**each, "served": served} for each in definition["spec"]["versions"]]
        self.server.edit(DEFINITION, {"spec": {"versions": versions}})
        assert eventually(lambda: self._lists() == served)

    def _lists(self) -> bool:
        """Whether they can be listed; for a moment they are neither served nor unknown."""
        try:
            self.server.api.request("GET", f"{ROOT}/securitygrouppolicies")
        except Refused:
            return False
        return True

    def policies(self) -> dict[str, dict[str, Any]]:
        """The policies of the namespace, by name."""
        found = self.server.api.request("GET", f"{ROOT}/namespaces/{self.pods.namespace}/securitygrouppolicies")
        return {each["metadata"]["name"]: each for each in found["items"]}

    def policy(self, name: str, *groups: str, **labels: str) -> None:
        """Make a policy as somebody else does."""
        spec = {"podSelector": {"matchLabels": labels}, "securityGroups": {"groupIds": list(groups)}}
        body = {
            "apiVersion": "vpcresources.k8s.aws/v1beta1",
            "kind": "SecurityGroupPolicy",
            "metadata": {"name": name},
            "spec": spec,
        }
        where = f"{ROOT}/namespaces/{self.pods.namespace}/securitygrouppolicies"
        self.server.api.request("POST", where, body=body)


@pytest.fixture
def eks(cloud: Cloud, kubernetes_server: Server) -> Iterator[Eks]:
    """The CNI plugin runs, as it is installed, and one node of the t family."""
    install(kubernetes_server.api, calico_in=())
    made = Eks(kubernetes_server, cloud, Pods.make(kubernetes_server))
    labels = {"k8s-app": "aws-node"}
    containers = [{"name": "aws-node", "image": "none", "env": [{"name": "ENABLE_POD_ENI", "value": "false"}]}]
    spec = {
        "selector": {"matchLabels": labels},
        "template": {"metadata": {"labels": labels}, "spec": {"containers": containers}},
    }
    body = {"apiVersion": "apps/v1", "kind": "DaemonSet", "metadata": {"name": "aws-node"}, "spec": spec}
    kubernetes_server.api.request("POST", DAEMON_SETS, body=body)
    about = {"name": f"small-{made.pods.namespace}", "labels": {"node.kubernetes.io/instance-type": "t3.medium"}}
    node = {"apiVersion": "v1", "kind": "Node", "metadata": about, "spec": {"providerID": "aws:///a/i-0b"}}
    kubernetes_server.api.request("POST", "/api/v1/nodes", body=node)
    yield made
    made.serve(served=True)
    kubernetes_server.api.request("DELETE", f"{DAEMON_SETS}/aws-node")
    kubernetes_server.api.request("DELETE", f"/api/v1/nodes/{about['name']}")


def shop(eks: Eks, *groups: str, **arguments: Any) -> Program:
    """A program with the integration of the cluster, and one binding."""
    found = {"namespace": eks.pods.namespace, "pod_selector": {"app": "web"}, **arguments}

    def program() -> None:
        every = SecurityGroup.existing("cluster", EVERY)
        cluster = ClusterIntegration(
            "eks",
            integration=VpcIntegration("prod", vpc_id=eks.cloud.vpc_id),
            node_security_group_ids=[eks.cloud.others["nodes"]],
            control_plane_security_group_id=eks.cloud.others["control-plane"],
            enforcement=SecurityGroupPolicyEnforcement(security_groups=[every]),
        )
        PodGroupBinding(
            "web",
            cluster=cluster,
            security_groups=[SecurityGroup.existing(f"web-{at}", group) for at, group in enumerate(groups)],
            **found,
        )

    return program


def test_a_binding_is_a_policy(eks: Eks, pod_stack: EngineStack, capsys: pytest.CaptureFixture[str]) -> None:
    """Previewed with whom it concerns and what stands in its way; changed in place; said of who keeps what; gone at the end."""
    running = eks.pods.run("web-1", app="web")
    eks.pods.run("web-host", app="web", host=True)
    eks.serve(served=False)
    refused = pod_stack.preview(shop(eks, A))
    assert refused.failed
    assert "it serves no SecurityGroupPolicy of vpcresources.k8s.aws/v1beta1" in refused.output
    eks.serve(served=True)

    preview = pod_stack.preview(shop(eks, A), diff=True).succeeded().output
    assert f'{running}: "gets {A}, {EVERY} when it is created again"' in " ".join(preview.split())
    assert "hostNetwork: it has the node's own interface and groups" in preview
    assert "ENABLE_POD_ENI" in preview
    assert "nodes t3.medium" in preview
    pod_stack.up(shop(eks, A)).succeeded()
    [(name, made)] = eks.policies().items()
    assert made["spec"] == {
        "podSelector": {"matchLabels": {"app": "web"}},
        "securityGroups": {"groupIds": [A, EVERY]},
    }
    assert made["metadata"]["labels"]["app.kubernetes.io/managed-by"] == "sg-integration"
    assert eks.pods.groups(running) is None
    assert not any("web" in each for each in eks.pods.policies())
    eks.pods.run("web-2", app="web")
    assert pod_stack.up(shop(eks, A)).succeeded().steps == ()

    more = pod_stack.up(shop(eks, B, A)).succeeded()
    assert [step for step in more.steps if step[0] == "update"] == [("update", "web-pods"), ("update", "web")]
    assert "until they are created again (kubectl rollout restart): 2; 1 are left alone" in capsys.readouterr().out
    assert eks.policies()[name]["spec"]["securityGroups"]["groupIds"] == [A, B, EVERY]
    assert eks.policies()[name]["metadata"]["uid"] == made["metadata"]["uid"]
    in_list = [
        {"key": "app", "operator": "In", "values": ["api", "shop"]},
        {"key": "canary", "operator": "DoesNotExist"},
    ]
    moved = pod_stack.up(shop(eks, A, pod_selector={"matchExpressions": in_list}), diff=True).succeeded()
    back = '=> "returns to the groups of its node when it is created again"'
    assert moved.output.count(back) == 2
    assert eks.policies()[name]["spec"]["podSelector"] == {"matchExpressions": in_list}
    pod_stack.up(shop(eks, A, pod_selector={})).succeeded()
    assert eks.policies()[name]["spec"]["podSelector"] == {}

    eks.server.api.request("DELETE", f"{ROOT}/namespaces/{eks.pods.namespace}/securitygrouppolicies/{name}")
    lost = pod_stack.preview(shop(eks, A, pod_selector={}), diff=True).succeeded()
    assert f"{name} is gone or not as it was made: `pulumi up --refresh` writes it again" in lost.output
    pod_stack.up(shop(eks, A, pod_selector={}), refresh=True).succeeded()
    assert name in eks.policies()

    pod_stack.destroy().succeeded()
    left = f"live pods of everything in {eks.pods.namespace} that keep their groups until they are created again: 2"
    assert left in capsys.readouterr().out
    assert eks.policies() == {}


def test_together_with_policies_of_others(eks: Eks, new_pod_stack: Callable[..., EngineStack]) -> None:
    """A stack that only has the access to the cluster binds there, too; what would give pods too many groups is refused."""
    stack = new_pod_stack("other")

    def program(*groups: str, **arguments: Any) -> Program:
        def declared() -> None:
            enforcement = SecurityGroupPolicyEnforcement(max_groups=4)
            declare(eks.pods, *groups, access=ClusterAccess("eks", enforcement=enforcement), **arguments)

        return declared

    stack.up(program(A)).succeeded()
    [name] = eks.policies()
    eks.policy("by-hand", B, C, "sg-0ddddddddddddddd4", app="web")
    assert stack.up(program(A)).succeeded().steps == ()
    crowded = stack.up(program(A, EVERY))
    assert crowded.failed
    assert "would have 5 groups" in crowded.output
    assert f"SecurityGroupPolicy by-hand ({B}, {C}, sg-0ddddddddddddddd4)" in crowded.output
    assert not crowded.names("update")
    assert eks.policies()[name]["spec"]["securityGroups"]["groupIds"] == [A]
    stack.up(program(A, EVERY, pod_selector={"app": "api"})).succeeded()
    eks.pods.run("api-1", app="api", tier="shop")
    eks.policy("by-tier", B, C, "sg-0ddddddddddddddd4", tier="shop")
    late = stack.preview(program(A, EVERY, pod_selector={"app": "api"}))
    assert late.failed
    assert f"pod {eks.pods.namespace}/api-1 would have 5 groups" in late.output
    stack.destroy().succeeded()
    assert set(eks.policies()) == {"by-hand", "by-tier"}
