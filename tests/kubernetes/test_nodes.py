"""Nodes are listed with the instance behind each, and those whose instance cannot join say what to do instead."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import pytest

from sg_integration.kubernetes import api as requests
from sg_integration.kubernetes.cluster import Cluster
from sg_integration.model.nodes import Node
from tests.sandbox.plugin_kubernetes_world import Server

INSTANCE = "aws:///eu-central-1a/i-0123456789abcdef0"
COMPUTE_TYPE = "eks.amazonaws.com/compute-type"


@pytest.fixture
def names(kubernetes_server: Server) -> Iterator[list[str]]:
    """Three nodes, of which one has no instance yet; gone after the test."""
    made = [f"node-{uuid.uuid4().hex[:8]}" for _ in range(3)]
    for name, spec in zip(made, ({"providerID": INSTANCE}, {}, {"providerID": "aws:///a/i-0b"}), strict=True):
        metadata = {"name": name, "labels": {"tier": "web"}}
        body = {"apiVersion": "v1", "kind": "Node", "metadata": metadata, "spec": spec}
        kubernetes_server.api.request("POST", "/api/v1/nodes", body=body)
    yield made
    for name in made:
        kubernetes_server.api.request("DELETE", f"/api/v1/nodes/{name}")


def test_nodes_are_listed_page_by_page(cluster: Cluster, names: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Name, provider id and labels of every node."""
    monkeypatch.setattr(requests, "_PAGE", "2")
    before = cluster.api.sent
    found = {node.name: node for node in cluster.nodes()}
    assert cluster.api.sent == before + 2
    assert found[names[0]] == Node(names[0], INSTANCE, found[names[0]].labels)
    assert found[names[0]].labels["tier"] == "web"
    assert [found[name].instance_id for name in names] == ["i-0123456789abcdef0", None, "i-0b"]


@pytest.mark.parametrize(
    ("provider_id", "instance_id"),
    [
        (INSTANCE, "i-0123456789abcdef0"),
        ("aws:////i-0a1", "i-0a1"),
        ("aws:///eu-central-1a/0a1b2c/fargate-ip-10-0-0-1.eu-central-1.compute.internal", None),
        ("eks-hybrid:///eu-central-1/shop/mi-0a1", None),
        ("gce://project/zone/i-0a1", None),
        ("", None),
    ],
)
def test_the_instance_behind_a_node(provider_id: str, instance_id: str | None) -> None:
    """Only what is an instance of EC2 has its id."""
    assert Node("n", provider_id).instance_id == instance_id


@pytest.mark.parametrize(
    ("provider_id", "labels", "words"),
    [
        (INSTANCE, {}, ""),
        (INSTANCE, {COMPUTE_TYPE: "ec2"}, ""),
        ("aws:///a/b/fargate-ip-10-0-0-1", {COMPUTE_TYPE: "fargate"}, "a Fargate node has no instance; give its pods their groups with a SecurityGroupPolicy"),
        (INSTANCE, {"karpenter.sh/nodepool": "default"}, "Karpenter replaces a node whose groups differ from its EC2NodeClass: add the group to its securityGroupSelectorTerms"),
        (INSTANCE, {"karpenter.sh/nodepool": "general-purpose", COMPUTE_TYPE: "auto"}, "managed by EKS Auto Mode: add the group to the NodeClass's securityGroupSelectorTerms"),
        ("eks-hybrid:///r/c/mi-0a1", {COMPUTE_TYPE: "hybrid"}, "a hybrid node is no instance of EC2, and security groups do not reach it"),
        ("", {}, "it has no spec.providerID yet; run again when the cloud controller has found it"),
        ("kind://docker/kind/worker", {}, "kind://docker/kind/worker is no instance of EC2"),
    ],
    ids=["an instance", "marked as an instance", "fargate", "karpenter", "auto mode", "hybrid", "unknown", "elsewhere"],
)  # fmt: skip
def test_why_an_instance_is_left_alone(provider_id: str, labels: dict[str, str], words: str) -> None:
    """The reason says what to do instead; a node that may join has none."""
    assert Node("n", provider_id, labels).skip_reason == words
