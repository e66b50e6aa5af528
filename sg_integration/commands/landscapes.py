"""Where `explain` and `reach` read a VPC and a cluster: live, or from a file."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sg_integration.model import identifiers
from sg_integration.model.errors import InvalidInput

if TYPE_CHECKING:
    from sg_integration.aws.connection import Connection
    from sg_integration.kubernetes.cluster import Cluster
    from sg_integration.model.groups import Groups
    from sg_integration.model.landscape import Landscape

_CLUSTER = ("kubeconfig", "context", "eks_cluster_name")


def add_source(parser: Any) -> None:
    """Add the options that say what is read."""
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--vpc-id", metavar="VPC", help="read this VPC, and the cluster in it")
    source.add_argument("--file", type=Path, help="read what --save wrote, also that of `compile`")
    parser.add_argument("--save", type=Path, metavar="FILE", help="keep what was read, to change and ask it again")
    add_live(parser, "pod-default")
    cluster = parser.add_argument_group("the cluster, by default what $KUBECONFIG says")
    cluster.add_argument("--kubeconfig", help="path of a kubeconfig")
    cluster.add_argument("--context", help="the context in it")
    cluster.add_argument("--eks-cluster-name", metavar="NAME", help="an EKS cluster, reached by AWS credentials alone")


def add_live(parser: Any, *roles: str) -> Any:
    """Add the options that say what is read of a VPC, and how AWS is reached.

    Args:
        parser: the topic's.
        roles: the groups of the integration that may be named, such as `pod-default`.

    Returns:
        The group that they are in.
    """
    live = parser.add_argument_group("with --vpc-id")
    words = "a group of the nodes, and so of pods without groups of their own; by default those that all nodes share"
    live.add_argument("--node-group", action="append", default=[], metavar="ID", help=f"{words}; again for more")
    for name in roles:
        words = f"the {name.replace('-', ' ')} group; by default the one of the VPC that says so by its tags"
        live.add_argument(f"--{name}", metavar="ID", help=words)
    for name in ("region", "profile", "role-arn", "endpoint-url"):
        live.add_argument(f"--{name}", help="of AWS; by default as the environment says")
    return live


def connection(arguments: argparse.Namespace) -> Connection:
    """How AWS is reached, as the options say."""
    from sg_integration.aws.connection import Connection  # noqa: PLC0415  a file needs neither AWS nor a cluster

    return Connection(arguments.region, arguments.profile, arguments.role_arn, arguments.endpoint_url)


def named_groups(arguments: argparse.Namespace, option: str) -> Groups:
    """The groups that an option names.

    Raises:
        InvalidInput: one is no id of a group.
    """
    given = getattr(arguments, option.replace("-", "_")) or []
    listed = given if isinstance(given, list) else [given]
    return frozenset(identifiers.security_group_id(each, f"--{option}") for each in listed)


def landscape(arguments: argparse.Namespace) -> Landscape:
    """What the options say, read; kept if that was asked for.

    Raises:
        IntegrationError: it cannot be read.
    """
    found = _from_file(arguments.file) if arguments.file else _live(arguments)
    if arguments.save:
        from sg_integration.model.landscape_document import as_landscape_document  # noqa: PLC0415

        arguments.save.write_text(json.dumps(as_landscape_document(found), indent=1) + "\n")
    return found


def document(path: Path) -> Any:
    """A file's JSON.

    Raises:
        InvalidInput: it is none, or cannot be read.
    """
    try:
        return json.loads(path.read_text())
    except OSError as error:
        raise InvalidInput(str(path), f"it cannot be read: {error.strerror}.") from error
    except ValueError as error:
        raise InvalidInput(str(path), f"it is no JSON: {error}.") from error


def _from_file(path: Path) -> Landscape:
    from sg_integration.model.landscape_document import landscape_from_document  # noqa: PLC0415

    return landscape_from_document(document(path), str(path))


def _live(arguments: argparse.Namespace) -> Landscape:
    from sg_integration.commands.live_landscape import Asked, read  # noqa: PLC0415

    node_groups, pod_default = (named_groups(arguments, name) for name in ("node-group", "pod-default"))
    vpc_id = identifiers.vpc_id(arguments.vpc_id, "--vpc-id")
    asked = Asked(connection(arguments), vpc_id, node_groups, "".join(pod_default))
    return read(asked, _cluster(arguments))


def _cluster(arguments: argparse.Namespace) -> Cluster:
    from sg_integration.kubernetes.connection import ClusterConnection, connect  # noqa: PLC0415

    names = ("region", "profile", "role_arn", "endpoint_url") if arguments.eks_cluster_name else ()
    return connect(ClusterConnection(**{name: getattr(arguments, name) for name in (*_CLUSTER, *names)}))
