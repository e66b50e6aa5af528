"""`sg-integration pods`: which groups pods have, which they should have, and which bindings say so."""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sg_integration.model.annotation import GROUPS
from sg_integration.model.bindings import Binding, Pod, change, expected
from sg_integration.model.errors import InvalidAnnotation

if TYPE_CHECKING:
    from sg_integration.kubernetes.cluster import Cluster

_COLUMNS = ("POD", "HAS", "SHOULD HAVE", "BINDINGS", "DIFFERS")
_NONE = "-"


@dataclass(frozen=True, slots=True)
class Row:
    """One pod.

    Args:
        pod: the pod.
        bindings: the keys of the bindings that match it.
        should_have: its groups after the next update, also those that somebody else gave it.
        differs: what the next update of a binding writes on it, or why it is left alone; empty if all is well.
    """

    pod: Pod
    bindings: tuple[str, ...]
    should_have: tuple[str, ...]
    differs: str

    def document(self) -> dict[str, Any]:
        """As one JSON object."""
        return {
            "namespace": self.pod.namespace,
            "name": self.pod.name,
            "annotation": self.pod.annotations.get(GROUPS),
            "expected": list(self.should_have),
            "bindings": list(self.bindings),
            "differs": self.differs or None,
        }

    def cells(self) -> tuple[str, ...]:
        """As one line of the table."""
        has = self.pod.annotations.get(GROUPS, _NONE).strip('[]"').replace('","', " ")
        return (
            str(self.pod),
            has or "[]",
            " ".join(self.should_have) or _NONE,
            " ".join(self.bindings) or _NONE,
            self.differs,
        )


def add(topics: Any) -> None:
    """Add the topic to the command's parser."""
    parser = topics.add_parser("pods", help="which groups pods have, which they should have, and which bindings say so")
    parser.add_argument("-n", "--namespace", help="only this namespace")
    parser.add_argument("--differing", action="store_true", help="only pods that are not as bindings say")
    parser.add_argument("--json", action="store_true", help="as a list of JSON objects")
    cluster = parser.add_argument_group("the cluster, by default what $KUBECONFIG says")
    cluster.add_argument("--kubeconfig", help="path of a kubeconfig")
    cluster.add_argument("--context", help="the context in it")
    cluster.add_argument("--eks-cluster-name", metavar="NAME", help="an EKS cluster, reached by AWS credentials alone")
    for name in ("region", "profile", "role-arn"):
        cluster.add_argument(f"--{name}", help="for --eks-cluster-name")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print the table; returns the exit code."""
    from sg_integration.kubernetes.connection import ClusterConnection, connect  # noqa: PLC0415  other topics need no client

    names = ("kubeconfig", "context", "eks_cluster_name", "region", "profile", "role_arn")
    cluster = connect(ClusterConnection(**{name: getattr(arguments, name) for name in names}))
    found = rows(cluster, arguments.namespace)
    if arguments.differing:
        found = [row for row in found if row.differs]
    if arguments.json:
        print(json.dumps([row.document() for row in found], indent=2))
    else:
        print(table([row.cells() for row in found]) if found else _nothing(arguments))
    return 0


def _nothing(arguments: argparse.Namespace) -> str:
    where = f" of namespace {arguments.namespace}" if arguments.namespace else ""
    if arguments.differing:
        return f"Every pod{where} is as bindings say."
    return f"No pod{where} has groups of its own, and no binding matches one."


def rows(cluster: Cluster, namespace: str | None = None) -> list[Row]:
    """Every pod that has groups, or should have some, in order of its name."""
    pods, namespaces, bindings = cluster.pods(namespace), cluster.namespaces(), cluster.registry()
    found = [_row(pod, namespaces.get(pod.namespace, {}), bindings) for pod in pods]
    return sorted((row for row in found if row is not None), key=lambda row: str(row.pod))


def _row(pod: Pod, namespace_labels: Mapping[str, str], bindings: Sequence[Binding]) -> Row | None:
    matching = tuple(sorted(each.key for each in bindings if each.matches(pod, namespace_labels)))
    if not matching and pod.annotations.get(GROUPS) is None:
        return None
    if matching and pod.left_alone:
        return Row(pod, matching, (), f"left alone: {pod.left_alone}")
    try:
        done = change(pod, expected(pod, namespace_labels, bindings))
    except InvalidAnnotation as error:
        return Row(pod, matching, (), str(error))
    told = matching or done.groups != pod.groups
    differs = str(done) if told else "given by no binding; without labels Calico does not see them"
    return Row(pod, matching, tuple(sorted(done.groups)), differs if done else "")


def table(lines: Sequence[Sequence[str]]) -> str:
    """Lines in columns as wide as their widest cell."""
    every = [_COLUMNS, *lines]
    widths = [max(len(line[at]) for line in every) for at in range(len(_COLUMNS))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in every
    )
