"""SecurityGroupPolicies, service accounts of pods and the CNI plugin's settings, as a real API server has them."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

import pytest

from sg_integration.kubernetes.cluster import Cluster
from sg_integration.model.branch_interfaces import Policy, spec
from sg_integration.model.label_selectors import label_selector
from sg_integration.sandbox.kubernetes.definitions import install
from tests.sandbox.plugin_kubernetes_world import Server

from .objects import make_pod
from .scripted import Script, no, ok

API_VERSION = "vpcresources.k8s.aws/v1beta1"
DAEMON_SETS = "/apis/apps/v1/namespaces/kube-system/daemonsets"


@pytest.fixture
def eks(kubernetes_server: Server) -> Server:
    """A cluster that serves them."""
    install(kubernetes_server.api, calico_in=())
    return kubernetes_server


def make_policy(server: Server, namespace: str, name: str, document: dict[str, Any]) -> None:
    """Make a policy."""
    body = {"apiVersion": API_VERSION, "kind": "SecurityGroupPolicy", "metadata": {"name": name}, "spec": document}
    where = f"/apis/{API_VERSION}/namespaces/{namespace}/securitygrouppolicies"
    server.api.request("POST", where, body=body)


def test_policies_are_listed(eks: Server, cluster: Cluster, namespace: str) -> None:
    """Those of a namespace that give somebody something, with both selectors."""
    web = label_selector({"matchExpressions": [{"key": "app", "operator": "NotIn", "values": ["api"]}]}, "pods")
    make_policy(eks, namespace, "web", spec(web, ["sg-2", "sg-1"]))
    make_policy(eks, namespace, "sa", {**spec(web, ["sg-3"]), "serviceAccountSelector": {"matchLabels": {"team": "a"}}})
    make_policy(eks, namespace, "nobody", {"securityGroups": {"groupIds": ["sg-4"]}})
    accounts = label_selector({"team": "a"}, "accounts")
    assert cluster.branch_interfaces.served()
    found = sorted(cluster.branch_interfaces.listed(namespace), key=lambda each: each.name)
    assert found == [
        Policy("sa", web, frozenset(["sg-3"]), accounts),
        Policy("web", web, frozenset(["sg-1", "sg-2"])),
    ]


@pytest.mark.parametrize("answer", [no(404, "NotFound", "not found"), ok({"resources": [{"name": "cninodes"}]})])
def test_a_cluster_that_knows_none(answer: Any) -> None:
    """Neither without the group nor with another kind of it alone are they served."""
    assert not Script([answer]).cluster().branch_interfaces.served()


def test_service_accounts_of_pods(eks: Server, cluster: Cluster, namespace: str) -> None:
    """The labels of the account that each selected pod runs as; none of one that is not there."""
    where = f"/api/v1/namespaces/{namespace}"
    body = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "shop", "labels": {"team": "a"}}}
    eks.api.request("POST", f"{where}/serviceaccounts", body=body)
    for name, account in (("web-1", {"serviceAccountName": "shop"}), ("web-2", {})):
        pod = {"containers": [{"name": "main", "image": "none"}], **account}
        metadata = {"name": name, "labels": {"app": "web"}}
        document = {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": pod}
        eks.api.request("POST", f"{where}/pods", body=document)
    make_pod(eks, namespace, "api")
    assert cluster.branch_interfaces.service_accounts(namespace, "app=web") == {"web-1": {"team": "a"}, "web-2": {}}
    assert set(cluster.branch_interfaces.service_accounts(namespace)) == {"web-1", "web-2", "api"}


@pytest.fixture
def plugin(eks: Server) -> Iterator[None]:
    """The VPC CNI plugin, as EKS installs it."""
    labels = {"k8s-app": "aws-node"}
    early, on = {"name": "DISABLE_TCP_EARLY_DEMUX", "value": "true"}, {"name": "ENABLE_POD_ENI", "value": "true"}
    node = {"name": "MY_NODE_NAME", "valueFrom": {"fieldRef": {"fieldPath": "spec.nodeName"}}}
    template = {
        "initContainers": [{"name": "aws-vpc-cni-init", "image": "none", "env": [early]}],
        "containers": [
            {"name": "aws-node", "image": "none", "env": [on, node]},
            {"name": "agent", "image": "none"},
        ],
    }
    about = {"selector": {"matchLabels": labels}, "template": {"metadata": {"labels": labels}, "spec": template}}
    body = {"apiVersion": "apps/v1", "kind": "DaemonSet", "metadata": {"name": "aws-node"}, "spec": about}
    eks.api.request("POST", DAEMON_SETS, body=body)
    yield
    eks.api.request("DELETE", f"{DAEMON_SETS}/aws-node")


@pytest.mark.usefixtures("plugin")
def test_how_the_plugin_is_set(cluster: Cluster) -> None:
    """The variables of all its containers; one that is not a plain value is empty."""
    assert cluster.branch_interfaces.plugin_settings() == {
        "DISABLE_TCP_EARLY_DEMUX": "true",
        "ENABLE_POD_ENI": "true",
        "MY_NODE_NAME": "",
    }


def test_without_the_plugin(eks: Server, cluster: Cluster) -> None:
    """A cluster of EKS Auto Mode has none."""
    assert eks.get(f"{DAEMON_SETS}/aws-node") is None
    assert cluster.branch_interfaces.plugin_settings() is None


def test_a_node_says_how_many_branch_interfaces_it_takes(eks: Server, cluster: Cluster) -> None:
    """By the resource that the controller advertises; none where it does not, and with the kubelet's version."""
    name = f"node-{uuid.uuid4().hex[:8]}"
    eks.api.request("POST", "/api/v1/nodes", body={"apiVersion": "v1", "kind": "Node", "metadata": {"name": name}})
    [before] = [node for node in cluster.nodes() if node.name == name]
    info = dict.fromkeys(
        (
            "architecture", "bootID", "containerRuntimeVersion", "kernelVersion", "kubeProxyVersion", "machineID",
            "operatingSystem", "osImage", "systemUUID",
        ),
        "",
    )  # fmt: skip
    status = {
        "capacity": {"cpu": "2", "vpc.amazonaws.com/pod-eni": "9"},
        "nodeInfo": {**info, "kubeletVersion": "v1.35.1"},
    }
    eks.edit(f"/api/v1/nodes/{name}/status", {"status": status})
    [after] = [node for node in cluster.nodes() if node.name == name]
    eks.api.request("DELETE", f"/api/v1/nodes/{name}")
    assert (before.branch_interfaces, before.version) == (0, "")
    assert (after.branch_interfaces, after.version) == (9, "v1.35.1")
