"""How to reach a cluster: by a kubeconfig, by its name in EKS, or as kubectl finds it.

Cheap to import: the client is loaded when somebody connects.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from sg_integration.kubernetes import kubeconfig as kubeconfigs
from sg_integration.kubernetes.eks import EksCluster
from sg_integration.model.errors import InvalidInput

if TYPE_CHECKING:
    from sg_integration.kubernetes.cluster import Cluster

_AWS: Final = ("region", "profile", "role_arn", "endpoint_url")


@dataclass(frozen=True)
class ClusterConnection:
    """Where a cluster is and who we are there. With nothing at all: `$KUBECONFIG`, `~/.kube/config`, this pod's account.

    Args:
        kubeconfig: the text of a kubeconfig, as YAML or JSON, or the path of one; never shown.
        context: a context of it; by default its current one.
        eks_cluster_name: a cluster of EKS instead, whose address and tokens come from AWS.
        region: of EKS.
        profile: for EKS.
        role_arn: for EKS: a role to assume.
        endpoint_url: another endpoint for EKS and STS, as a sandbox has.

    Raises:
        InvalidInput: two of them contradict each other.
    """

    kubeconfig: str | None = field(default=None, repr=False)
    context: str | None = None
    eks_cluster_name: str | None = None
    region: str | None = None
    profile: str | None = None
    role_arn: str | None = None
    endpoint_url: str | None = None

    def __post_init__(self) -> None:
        if self.kubeconfig is not None and not self.kubeconfig.strip():
            raise InvalidInput("kubeconfig", "it is empty; give its text or its path, or leave it out.")
        given = "kubeconfig" if self.kubeconfig is not None else "context" if self.context else ""
        if self.eks_cluster_name and given:
            raise InvalidInput("eks_cluster_name", f"{given} is given, too; leave one of them out.")
        aws = [name for name in _AWS if getattr(self, name)]
        if aws and not self.eks_cluster_name:
            raise InvalidInput(aws[0], "it says how to ask EKS; give eks_cluster_name, too, or leave it out.")

    def __str__(self) -> str:
        """What is tried, for messages: `context prod of ~/.kube/config`."""
        if self.eks_cluster_name:
            return str(self._eks)
        try:
            source = kubeconfigs.find(self.kubeconfig)
        except InvalidInput:
            return "a kubeconfig that cannot be read"
        if source is None:
            return "the service account of this pod"
        return f"{f'context {self.context}' if self.context else 'the current context'} of {source.name}"

    @property
    def _eks(self) -> EksCluster:
        name = self.eks_cluster_name or ""
        return EksCluster(name, self.region, self.profile, self.role_arn, self.endpoint_url)

    def _open(self, source: kubeconfigs.Source | None) -> Cluster:
        from sg_integration.kubernetes.api import Api  # noqa: PLC0415  a program that only declares must not load it
        from sg_integration.kubernetes.clients import client, eks_client  # noqa: PLC0415
        from sg_integration.kubernetes.cluster import Cluster  # noqa: PLC0415

        name, selected = self.eks_cluster_name, kubeconfigs.select
        made = eks_client(self._eks) if name else client(selected(source, self.context))
        return Cluster(Api(made, str(self)), str(self))


_OPEN: Final[dict[tuple[ClusterConnection, kubeconfigs.Source | None], Cluster]] = {}
_LOCK: Final = threading.Lock()


def connect(connection: ClusterConnection) -> Cluster:
    """The cluster, with one client for the whole process as long as its kubeconfig is the same.

    Raises:
        InvalidInput: the kubeconfig is malformed, or has no such context; there is no such cluster in EKS.
        CredentialsMissing: there is nothing to log in with.
        ServiceError: EKS refused to say where the cluster is.
    """
    with _LOCK:
        source = None if connection.eks_cluster_name else kubeconfigs.find(connection.kubeconfig)
        key = (connection, source)
        if key not in _OPEN:
            _OPEN[key] = connection._open(source)
        return _OPEN[key]
