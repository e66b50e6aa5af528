"""What the sandbox seeds: an account and a cluster as a stack of ours finds them, consistent with each other."""

from __future__ import annotations

import itertools
import os
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest

from sg_integration import cli
from sg_integration.sandbox import keeper, seed_cluster
from sg_integration.sandbox.aws.server import EmbeddedAws
from sg_integration.sandbox.errors import SandboxError
from sg_integration.sandbox.seed import seed
from tests.sandbox.plugin_kubernetes_world import Server, eventually

SHOP = "/api/v1/namespaces/shop"
APPS = "/apis/apps/v1/namespaces/shop/deployments"


@pytest.fixture
def env(kubernetes_server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """A sandbox's environment; the nodes that a test seeds are gone afterwards."""
    with EmbeddedAws(directory=tmp_path_factory.mktemp("aws")) as aws:
        yield {
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_REGION": "eu-central-1",
            "AWS_ENDPOINT_URL": aws.url,
            "KUBECONFIG": str(kubernetes_server.kubeconfig),
        }
    for name in nodes(kubernetes_server):
        kubernetes_server.api.request("DELETE", f"/api/v1/nodes/{name}")


def nodes(server: Server) -> dict[str, dict[str, Any]]:
    """The nodes that were seeded, by name."""
    listed = server.api.request("GET", "/api/v1/nodes")["items"]
    return {
        each["metadata"]["name"]: each for each in listed if each["metadata"]["name"].startswith(("node-", "batch-"))
    }


def instances(env: dict[str, str], vpc_id: str) -> dict[str, str]:
    """The instances of a VPC: name to id."""
    ec2 = boto3.client(
        "ec2",
        endpoint_url=env["AWS_ENDPOINT_URL"],
        region_name=env["AWS_REGION"],
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )
    found = ec2.describe_instances(Filters=[{"Name": "vpc-id", "Values": [vpc_id]}])["Reservations"]
    every = [instance for reservation in found for instance in reservation["Instances"]]
    return {next(tag["Value"] for tag in one["Tags"] if tag["Key"] == "Name"): one["InstanceId"] for one in every}


def test_nodes_name_the_instances_and_workloads_have_pods(env: dict[str, str], kubernetes_server: Server) -> None:
    """Node objects lead to the seeded instances, as on EKS, and the pods belong to Deployments, which make new ones."""
    seeded = seed(env)
    behind = instances(env, seeded.vpc_id)
    found = nodes(kubernetes_server)
    assert {name: node["spec"]["providerID"] for name, node in found.items()} == {
        name: f"aws:///eu-central-1a/{behind[name]}" for name in ("node-1", "node-2")
    }
    assert found["node-1"]["metadata"]["labels"]["eks.amazonaws.com/nodegroup"] == "shop"
    assert found["node-1"]["metadata"]["labels"]["topology.kubernetes.io/zone"] == "eu-central-1a"
    pods = kubernetes_server.api.request("GET", f"{SHOP}/pods")["items"]
    assert sorted(pod["metadata"]["labels"]["app"] for pod in pods) == ["orders-api", "orders-api", "storefront"]
    assert {pod["metadata"]["ownerReferences"][0]["kind"] for pod in pods} == {"ReplicaSet"}
    gone = pods[0]["metadata"]["name"]
    query = {"gracePeriodSeconds": "0"}
    kubernetes_server.api.request("DELETE", f"{SHOP}/pods/{gone}", query=query)

    def names() -> set[str]:
        return {pod["metadata"]["name"] for pod in kubernetes_server.api.request("GET", f"{SHOP}/pods")["items"]}

    assert eventually(lambda: len(names()) == 3 and gone not in names())


def test_seeding_twice_moves_the_cluster_to_the_second_vpc(env: dict[str, str], kubernetes_server: Server) -> None:
    """A second seed makes another VPC, whose instances are then the nodes, and leaves the workloads as they are."""
    first = seed(env)
    before = kubernetes_server.get(f"{APPS}/orders-api")
    second = seed(env)
    after = kubernetes_server.get(f"{APPS}/orders-api")
    assert first.vpc_id != second.vpc_id
    behind = instances(env, second.vpc_id)
    assert nodes(kubernetes_server)["node-1"]["spec"]["providerID"] == f"aws:///eu-central-1a/{behind['node-1']}"
    assert before is not None
    assert after is not None
    assert before["metadata"]["generation"] == after["metadata"]["generation"] == 1
    assert before["metadata"]["uid"] == after["metadata"]["uid"]


def test_a_second_cluster_is_seeded_into_the_same_vpc(
    env: dict[str, str],
    kubernetes_server: Server,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    """The cluster of another sandbox gets nodes of its own in the VPC, and both clusters' kubeconfigs are set as secrets."""
    here, there = tmp_path / "here", tmp_path / "there"
    found = {here: {**env, "KUBECONFIG": os.devnull}, there: env}
    monkeypatch.setattr(keeper, "environment", found.__getitem__)
    assert cli.main(["sandbox", "seed", "--directory", str(here), "--second-cluster", str(there)]) == 0
    words = shlex.split(capsys.readouterr().out)
    given = dict(word.split("=", 1) for word in words if "=" in word)
    behind = instances(env, given["vpcId"])
    assert {name: node["spec"]["providerID"] for name, node in nodes(kubernetes_server).items()} == {
        name: f"aws:///eu-central-1a/{behind[name]}" for name in ("batch-1", "batch-2")
    }
    assert given["appsNodeSecurityGroupIds[0]"] != given["batchNodeSecurityGroupIds[0]"]
    secret = {name for kind, name in itertools.pairwise(words) if kind == "--secret"}
    assert secret == {f"appsKubeconfig={os.devnull}", f"batchKubeconfig={env['KUBECONFIG']}"}


def test_pods_that_do_not_come_are_said(env: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    """When nothing makes the pods of Deployments, seeding fails and names the controllers that are missing."""
    monkeypatch.setattr(seed_cluster, "_PATIENCE", 0.3)
    monkeypatch.setattr(seed_cluster, "_deployment", _paused(seed_cluster._deployment))
    monkeypatch.setattr(seed_cluster, "_REPLICAS", {"never-rolled-out": 1})
    with pytest.raises(SandboxError, match=r"Deployment never-rolled-out did not come .* deployment-controller and"):
        seed(env)


def _paused(make: Any) -> Any:
    """Deployments that no controller rolls out."""

    def made(app: str, replicas: int) -> Any:
        deployment = make(app, replicas)
        deployment.spec.paused = True
        return deployment

    return made
