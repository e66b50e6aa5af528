"""How dynamic providers reach a Kubernetes cluster: decoded from a resource's inputs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from pulumi.dynamic import CheckFailure, CheckResult

from sg_integration.kubernetes.cluster import Cluster
from sg_integration.kubernetes.connection import ClusterConnection, connect
from sg_integration.model.errors import CredentialsMissing, IntegrationError, InvalidInput, Unreachable
from sg_integration.providers.saying import say
from sg_integration.providers.settings import CLUSTER
from sg_integration.providers.state import Props

_WITHOUT_AWS: Final = ("kubeconfig", "context")


def connection(props: Mapping[str, Any]) -> ClusterConnection:
    """The connection in a resource's inputs or outputs; raises `InvalidInput`."""
    found: dict[str, str | None] = {}
    # Without an EKS cluster the others say how the resource itself reaches AWS.
    for name in CLUSTER if props.get("eks_cluster_name") else _WITHOUT_AWS:
        value = props.get(name)
        if value is not None and not isinstance(value, str):
            raise InvalidInput(name, f"{type(value).__name__} is no text.")
        # An empty kubeconfig is refused where it is read: it must not lead to the cluster that the environment names.
        found[name] = value if name == "kubeconfig" else value or None
    return ClusterConnection(**found)


def cluster(props: Mapping[str, Any]) -> Cluster:
    """The cluster that a resource's inputs name."""
    return connect(connection(props))


def refused(error: IntegrationError, olds: Props, news: Props, found: tuple[str, ...]) -> CheckResult:
    """What `check` answers to an error: one clear line, or, if the program says so, what was known before.

    Args:
        error: what happened.
        olds: the inputs of the last update.
        news: the inputs now.
        found: the names of what `check` finds and adds.
    """
    if isinstance(error, (Unreachable, CredentialsMissing)) and news.get("cluster_unreachable") == "warn":
        say(f"{error} What the preview shows of this cluster is as of the last update.")
        return CheckResult({**news, **{name: olds[name] for name in found if name in olds}}, [])
    return CheckResult(news, [CheckFailure(_about(error, news), str(error))])


def _about(error: IntegrationError, news: Props) -> str:
    """The input that an error is about, whose value the engine prints beside the message; empty if it is about none.

    It must never be the kubeconfig: the engine prints it secret or not, and later hides whatever looks like it.
    """
    if isinstance(error, (Unreachable, CredentialsMissing)):
        return "cluster_unreachable"  # which says what to do when the cluster does not answer
    name = error.where.partition(":")[0].partition("[")[0] if isinstance(error, InvalidInput) else ""
    return name if name in news and name != "kubeconfig" else ""
