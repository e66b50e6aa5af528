"""`sg-integration eks-token`: a token for an EKS cluster, as kubeconfigs ask for one, without the aws CLI."""

from __future__ import annotations

import argparse
import json
from typing import Any


def add(topics: Any) -> None:
    """Add the topic to the command's parser."""
    parser = topics.add_parser(
        "eks-token", help="a token for an EKS cluster, as the exec section of a kubeconfig wants it"
    )
    parser.add_argument("--cluster-name", required=True, metavar="NAME", help="the cluster")
    for name in ("region", "profile", "role-arn"):
        parser.add_argument(f"--{name}", help="of AWS; by default as the environment says")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print the ExecCredential; returns the exit code."""
    from sg_integration.kubernetes.eks import EksCluster, exec_credential  # noqa: PLC0415  other topics need no client

    cluster = EksCluster(arguments.cluster_name, arguments.region, arguments.profile, arguments.role_arn)
    print(json.dumps(exec_credential(cluster)))
    return 0
