"""`sg-integration iam-policy`: the least-privilege IAM policy for the features in use."""

from __future__ import annotations

import argparse
import sys
from typing import Any

from sg_integration.aws.permissions import FEATURES
from sg_integration.commands.features import add_topic
from sg_integration.model.errors import InvalidInput

_NARROWING = (
    ("vpc-id", "VPC", "groups and interfaces of this VPC only"),
    ("region", "REGION", "in this region only"),
    ("account-id", "NUMBER", "groups, interfaces and databases of this account only"),
)
_TAGS = (
    ("instance-tag", "instances with this tag only; again for more, and then with all of them"),
    ("database-tag", "databases with this tag only; likewise"),
)
_NAMES = (
    ("database", "databases", "this database instance only; again for more, * stands for anything"),
    ("database-cluster", "database_clusters", "this database cluster only; likewise"),
    ("eks-cluster", "eks_clusters", "this EKS cluster only, for feature eks; likewise"),
    ("role-arn", "role_arns", "a role that may be assumed; again for more. For the identity that assumes it"),
)


def add(topics: Any) -> None:
    """Add the topic to the command's parser."""
    parser = add_topic(topics, "iam-policy", "the least-privilege IAM policy for the features in use", FEATURES, "all")
    parser.add_argument(
        "--no-features", action="store_true", help="none: with --role-arn, for who does nothing but assume the role"
    )
    parser.add_argument("--read-only", action="store_true", help="what previews need, and no write")
    for name, metavar, words in _NARROWING:
        parser.add_argument(f"--{name}", metavar=metavar, help=words)
    parser.add_argument(
        "--partition",
        metavar="NAME",
        help="such as aws-cn or aws-us-gov; by default that of the region, and aws without one",
    )
    for name, words in _TAGS:
        parser.add_argument(f"--{name}", action="append", default=[], metavar="KEY=VALUE", help=words)
    for name, target, words in _NAMES:
        parser.add_argument(f"--{name}", dest=target, action="append", default=[], metavar=_metavar(name), help=words)
    parser.set_defaults(run=run)


def _metavar(option: str) -> str:
    return "ARN" if option.endswith("arn") else "NAME"


def run(arguments: argparse.Namespace) -> int:
    """Print the policy; its length goes to the error stream. Returns the exit code."""
    from sg_integration.aws.iam_policy import LONGEST, iam_policy, size  # noqa: PLC0415  other topics need none

    names = {name: getattr(arguments, name) for _, name, _ in _NAMES}
    policy = iam_policy(
        features=() if arguments.no_features else arguments.feature or tuple(FEATURES),
        vpc_id=arguments.vpc_id,
        region=arguments.region,
        account_id=arguments.account_id,
        partition=arguments.partition,
        instance_tags=_tags(arguments.instance_tag, "--instance-tag"),
        database_tags=_tags(arguments.database_tag, "--database-tag"),
        read_only=arguments.read_only,
        **names,
    )
    print(policy)
    print(f"note: {size(policy)} of the {LONGEST} characters that a managed policy may have.", file=sys.stderr)
    return 0


def _tags(given: list[str], option: str) -> dict[str, str]:
    found = {}
    for each in given:
        key, equals, value = each.partition("=")
        if not equals or not key:
            raise InvalidInput(option, f"{each!r} is no KEY=VALUE.")
        found[key] = value
    return found
