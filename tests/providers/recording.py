"""Records the state of a stack with every resource of ours that has a provider: `python -m tests.providers.recording`.

Run it once for a release, and never again for one that is out: what it wrote stands in the states of users.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

import boto3

import sg_integration
from sg_integration import (
    ClusterIntegration,
    Databases,
    Ec2Enrollment,
    Instances,
    Nodes,
    Pace,
    PodGroupBinding,
    RdsEnrollment,
    SecurityGroup,
    SecurityGroupPolicyEnforcement,
    VpcIntegration,
)
from sg_integration.components.enforcement import CalicoEnforcement
from sg_integration.components.tigera import TigeraEnforcement
from sg_integration.sandbox.aws.server import EmbeddedAws
from sg_integration.sandbox.kubernetes import EmbeddedKubernetes
from sg_integration.sandbox.kubernetes.calico_pods import seed_calico_pod
from sg_integration.sandbox.kubernetes.definitions import install as define
from sg_integration.sandbox.kubernetes.definitions import seed_calico, seed_host_endpoints
from sg_integration.sandbox.plugins.install import install
from sg_integration.sandbox.plugins.kubernetes.api import Api
from sg_integration.sandbox.plugins.kubernetes.kubeconfig import access
from sg_integration.sandbox.toolchain.obtain import obtain
from tests.engine.cloud import Cloud
from tests.engine.databases import Estate
from tests.engine.fleet import Fleet
from tests.engine.pods import Pods
from tests.engine.stacks import EngineStack, Program
from tests.kubernetes.tigera_product import Product
from tests.sandbox.plugin_kubernetes_world import Server

STATES = Path(__file__).parent / "states"
TEST = {"aws_access_key_id": "test", "aws_secret_access_key": "test", "region_name": "eu-central-1"}


def program(cloud: Cloud) -> Program:
    """One of each."""

    def declare() -> None:
        vpc = VpcIntegration("prod", vpc_id=cloud.vpc_id)
        cluster = ClusterIntegration(
            "eks", integration=vpc, node_security_group_ids=[cloud.others["nodes"]],
            control_plane_security_group_id=None, nodes=Nodes(tags={"kind": "node"}), enforcement=CalicoEnforcement(),
        )  # fmt: skip
        Ec2Enrollment(
            "members", integration=vpc, enforced_by=[cluster], select=Instances(whole_vpc=True, exclude_tags={"x": None}),
            fallback_security_group_id=cloud.others["more-nodes"],
            pace=Pace(refill=None),
        )  # fmt: skip
        RdsEnrollment("databases", integration=vpc, enforced_by=[cluster], select=Databases(whole_vpc=True))
        branches = ClusterIntegration(
            "branches", integration=vpc, node_security_group_ids=[cloud.others["nodes"]],
            control_plane_security_group_id=None, enforcement=SecurityGroupPolicyEnforcement(),
        )  # fmt: skip
        PodGroupBinding(
            "branch", cluster=branches, namespace="shop", pod_selector={"app": "web"},
            security_groups=[SecurityGroup.existing("branch-api", cloud.others["nodes"])],
        )  # fmt: skip
        PodGroupBinding(
            "web", cluster=cluster, namespace="shop", pod_selector={"app": "web"},
            security_groups=[SecurityGroup.existing("orders-api", cloud.others["nodes"])],
        )  # fmt: skip

    return declare


def record(directory: Path, aws: EmbeddedAws, kubernetes: EmbeddedKubernetes) -> dict[str, Any]:
    """Deploy, and give back what the engine exports."""
    os.environ["PATH"] = os.pathsep.join(
        [str(obtain(["pulumi"])), str(Path(sys.executable).parent), os.environ["PATH"]]
    )
    os.environ["KUBECONFIG"] = str(kubernetes.kubeconfig)
    (directory / "state").mkdir()
    env = {
        "PATH": os.environ["PATH"], "PULUMI_HOME": str(directory), "PULUMI_BACKEND_URL": (directory / "state").as_uri(),
        "PULUMI_CONFIG_PASSPHRASE": "test", "PULUMI_SKIP_UPDATE_CHECK": "1", "PULUMI_PYTHON_CMD": sys.executable,
        "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true", "AWS_ENDPOINT_URL": aws.url, "AWS_REGION": "eu-central-1",
        "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "KUBECONFIG": str(kubernetes.kubeconfig),
    }  # fmt: skip
    install(directory)
    ec2 = boto3.client("ec2", endpoint_url=aws.url, **TEST)  # type: ignore[call-overload]
    fleet, estate = Fleet.make(cloud := Cloud.make(ec2)), None
    fleet.launch("web-1", "web-2")
    fleet.launch("node-1", kind="node")
    fleet.launch("karpenters", **{"karpenter.sh/nodepool": "x"})
    estate = Estate.make(cloud, boto3.client("rds", endpoint_url=aws.url, **TEST))  # type: ignore[call-overload]
    estate.instance("orders")
    estate.cluster("ledger", "ledger-1")
    way = access(str(kubernetes.kubeconfig), context=None, cluster=None, environ={})
    pods = Pods(Server(kubernetes.kubeconfig, Api(way)), "shop")
    define(pods.server.api)
    seed_calico(pods.server.api)
    spec = {"providerID": f"aws:///eu-central-1a/{fleet.instances['node-1']}"}
    node = {"apiVersion": "v1", "kind": "Node", "metadata": {"name": "node-1"}, "spec": spec}
    pods.server.api.request("POST", "/api/v1/nodes", body=node)
    seed_calico_pod(pods.server.api, "node-1")
    seed_host_endpoints(pods.server.api, {"node-1": []})
    pods.another("shop")
    pods.run("web-1", app="web")
    pods.run("on-the-node", app="web", host=True)
    stack = EngineStack("recorded", directory, env, "recorded")
    stack.up(program(cloud)).succeeded()
    found = exported(stack)
    stack.destroy().succeeded()
    stack = EngineStack("enterprise", directory, env, "recorded")
    stack.up(enterprise(cloud, Product(pods.server))).succeeded()
    return {"resources": [*found, *(item for item in exported(stack) if item["type"].endswith(":TigeraLive"))]}


def enterprise(cloud: Cloud, product: Product) -> Program:
    """A program for a cluster with Calico Enterprise, whose tiers stand where those of another enforcement would."""
    product.install()
    product.go_live()
    namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "tigera-operator"}}
    product.server.apply("/api/v1/namespaces/tigera-operator", namespace, "test")
    queue = "https://sqs.eu-central-1.amazonaws.com/123456789012/tigera"

    def declare() -> None:
        ClusterIntegration(
            "enterprise", integration=VpcIntegration("prod", vpc_id=cloud.vpc_id), guard=False,
            node_security_group_ids=[cloud.others["nodes"]], control_plane_security_group_id=None,
            enforcement=TigeraEnforcement(
                sqs_url=queue, aws_access_key_id="test", aws_secret_access_key="test", aws_region="eu-central-1",
            ),
        )  # fmt: skip

    return declare


def exported(stack: EngineStack) -> list[dict[str, Any]]:
    """Our resources that have a provider, as the engine exports them."""
    ours = [item for item in stack.resources() if item["type"].startswith("pulumi-python:")]
    kept = ("urn", "type", "id", "inputs", "outputs")
    return [{name: item[name] for name in kept} for item in ours]


def main() -> None:
    """Write the state of this release."""
    with (
        tempfile.TemporaryDirectory() as name,
        EmbeddedAws(directory=Path(name)) as aws,
        EmbeddedKubernetes(
            bin_dir=obtain(["etcd", "kube-apiserver"]), directory=Path(name) / "kubernetes"
        ) as kubernetes,
    ):
        state = record(Path(name), aws, kubernetes)
    STATES.mkdir(exist_ok=True)
    target = STATES / f"{sg_integration.__version__}.json"
    target.write_text(json.dumps(state, indent=1, sort_keys=True) + "\n")


if __name__ == "__main__":
    main()
