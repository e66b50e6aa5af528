"""Examples run on the real engine, by the command line, in the VPC and the cluster that the sandbox seeds."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from sg_integration import iam_policy
from sg_integration.sandbox.aws.server import EmbeddedAws
from sg_integration.sandbox.kubernetes.calico_pods import remove_calico_pod
from sg_integration.sandbox.seed import seed
from tests.docs.shown import require_printed
from tests.kubernetes.calico_fixtures import clear
from tests.kubernetes.policies import installed
from tests.sandbox.plugin_kubernetes_world import Server

from .pods import unguarded
from .verdicts import Verdicts

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client

pytest_plugins = ("tests.engine.pod_fixtures",)

ROOT = Path(__file__).parents[2]
EXAMPLES = {"quickstart": ROOT, **{name: ROOT / "examples" / name for name in ("enrollment", "enforcement")}}


# Whether the pods of each Deployment have groups when an example is up, and how many members it writes: two nodes, an instance.
BOUND = {
    "quickstart": {"orders-api": True, "storefront": False},
    "enrollment": {"orders-api": False},
    "enforcement": {"orders-api": True, "storefront": True},
}
WRITTEN = {"quickstart": 0, "enrollment": 3, "enforcement": 3}
# What pages show of the first preview, and how it was asked for.
HERE = "tests/engine/test_examples.py::test_an_example_goes_up_and_comes_down"
PAGES = {
    "quickstart": {"examples/quickstart/README.md"},
    "enrollment": {"examples/enrollment/README.md"},
    "enforcement": {"examples/enforcement/README.md", "README.md", "docs/enforcement.md"},
}
DETAILS = {"quickstart": (), "enrollment": ("--diff",), "enforcement": ("--diff",)}
# Who reaches whom when it is up: the pods with the group that the database admits, and the server that the pods admit.
FLOWS = {
    "enforcement": [
        ("orders-api", "database", 5432, True),
        ("storefront", "database", 5432, False),
        ("orders-api", "database", 5433, False),
        ("billing", "storefront", 8080, True),
        ("billing", "storefront", 8081, False),
        ("billing", "orders-api", 8080, False),
        ("database", "storefront", 8080, False),
        ("storefront", "orders-api", 80, True),  # pods among each other, by the pod default group
    ]
}


# What an example declares beside us, as an owner's program does.
_OWNERS = {"apiVersion": "rbac.authorization.k8s.io/v1", "metadata": {"name": "owners-of-examples"}}
_KARPENTERS = {"apiGroups": ["karpenter.k8s.aws", "karpenter.sh"], "resources": ["*"], "verbs": ["*"]}
_EVERY_ACCOUNT = {"apiGroup": "rbac.authorization.k8s.io", "kind": "Group", "name": "system:serviceaccounts"}
_ROLE = {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "owners-of-examples"}
OWNERS = (
    {**_OWNERS, "kind": "ClusterRole", "rules": [_KARPENTERS]},
    {**_OWNERS, "kind": "ClusterRoleBinding", "roleRef": _ROLE, "subjects": [_EVERY_ACCOUNT]},
)


@pytest.fixture
def shop(kubernetes_server: Server) -> Iterator[Server]:
    """The cluster; the nodes that are seeded are gone at the end. Whoever runs an example may make its nodes, too."""
    with installed(kubernetes_server, OWNERS):
        yield kubernetes_server
    assert unguarded(kubernetes_server)  # a guard that is gone acts for about a second
    for node in kubernetes_server.api.request("GET", "/api/v1/nodes")["items"]:
        kubernetes_server.api.request("DELETE", f"/api/v1/nodes/{node['metadata']['name']}")
        remove_calico_pod(kubernetes_server.api, node["metadata"]["name"])
    clear(kubernetes_server)


def bound(server: Server) -> dict[str, bool]:
    """Whether the pods of each Deployment have groups; all of them, or none."""
    found: dict[str, set[bool]] = {}
    for pod in server.api.request("GET", "/api/v1/namespaces/shop/pods")["items"]:
        has = "aws.tigera.io/security-groups" in pod["metadata"].get("annotations", {})
        found.setdefault(pod["metadata"]["labels"]["app"], set()).add(has)
    return {app: seen == {True} for app, seen in found.items()}


@pytest.mark.parametrize("example", EXAMPLES)
def test_an_example_goes_up_and_comes_down(
    example: str, engine_env: dict[str, str], embedded_aws: EmbeddedAws, shop: Server, ec2: EC2Client, limited: Path
) -> None:
    """An example is previewed, made, made again, and destroyed without a trace, with the rights that are printed for it."""
    env = {**os.environ, **engine_env, "KUBECONFIG": str(shop.kubeconfig)}
    stack = f"example-{example}"
    configuration = EXAMPLES[example] / f"Pulumi.{stack}.yaml"

    def pulumi(*arguments: str) -> str:
        command = ["pulumi", *arguments, "--stack", stack, "--non-interactive"]
        done = subprocess.run(command, cwd=EXAMPLES[example], env=env, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    seeded = seed(env)
    policy = iam_policy(vpc_id=seeded.vpc_id, region=engine_env["AWS_REGION"], account_id="123456789012")
    embedded_aws.settings(policies={"limited": json.loads(policy)})
    env |= {"AWS_ACCESS_KEY_ID": "limited", "KUBECONFIG": str(limited)}
    embedded_aws.clear_calls()
    try:
        pulumi("stack", "init")
        pulumi("config", "set-all", "--path", *seeded.config_arguments())
        previewed = pulumi("preview", *DETAILS[example])
        assert "to create" in previewed
        require_printed(HERE, PAGES[example], previewed)
        pulumi("up", "--yes", "--skip-preview")
        assert bound(shop).items() >= BOUND[example].items()
        assert len(embedded_aws.calls("ec2:ModifyNetworkInterfaceAttribute")) == WRITTEN[example]
        verdicts = Verdicts(shop, ec2, seeded.vpc_id)
        for source, destination, port, passes in FLOWS.get(example, []):
            assert verdicts.reaches(source, destination, port) is passes, (source, destination, port)
        pulumi("up", "--yes", "--skip-preview", "--expect-no-changes")
        pulumi("destroy", "--yes", "--skip-preview")
        assert not any(bound(shop).values())
    finally:
        configuration.unlink(missing_ok=True)
        embedded_aws.settings(policies={})
    made = sum(call.action == "CreateSecurityGroup" and call.status == 200 for call in embedded_aws.calls())
    gone = sum(call.action == "DeleteSecurityGroup" and call.status == 200 for call in embedded_aws.calls())
    assert made == gone > 0
