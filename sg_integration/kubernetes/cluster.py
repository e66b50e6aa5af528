"""A cluster: all that we ask of Kubernetes and write there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from sg_integration.kubernetes import calico_nodes, nodes, pods, registry, workloads
from sg_integration.kubernetes.api import Api
from sg_integration.kubernetes.calico import Calico
from sg_integration.kubernetes.documents import Page, Partial, decoder
from sg_integration.kubernetes.security_group_policies import SecurityGroupPolicies
from sg_integration.model.bindings import Binding, Pod, PodChange
from sg_integration.model.nodes import Node
from sg_integration.model.workloads import Workload

_partials = decoder(Page[Partial])


@dataclass(frozen=True)
class Cluster:
    """One cluster; safe to use from several threads. Every method raises `ServiceError` when the cluster says no.

    Args:
        api: its API server.
        name: how it is reached, for messages: `context prod of ~/.kube/config`.
    """

    api: Api
    name: str

    def __str__(self) -> str:
        """How it is reached."""
        return self.name

    @cached_property
    def calico(self) -> Calico:
        """Calico in it, if it has any."""
        return Calico(self.api)

    @cached_property
    def branch_interfaces(self) -> SecurityGroupPolicies:
        """The policies that give pods network interfaces of their own, if it serves them."""
        return SecurityGroupPolicies(self.api)

    def serves_admission_policies(self) -> bool:
        """Whether new pods can get their groups by MutatingAdmissionPolicy."""
        return registry.serves_admission_policies(self.api)

    def namespaces(self) -> dict[str, dict[str, str]]:
        """The labels of every namespace that is not about to go, by name."""
        found = self.api.everything("listing the namespaces", "/api/v1/namespaces", _partials)
        live = (item.metadata for item in found if not item.metadata.deletion_timestamp)
        return {metadata.name: metadata.labels or {} for metadata in live}

    def pods(self, namespace: str | None = None, selector: str = "") -> list[Pod]:
        """Pods that run or will run; those that have ended or are about to are left out.

        Args:
            namespace: the one namespace; None for all.
            selector: a label selector as kubectl takes it.
        """
        return pods.listed(self.api, namespace, selector)

    def pod(self, namespace: str, name: str) -> Pod | None:
        """One pod; None if it is gone, has ended or is about to."""
        return pods.read(self.api, namespace, name)

    def write(self, change: PodChange, *, force: bool) -> None:
        """Write a pod's annotations and labels, and nothing else of it.

        Args:
            change: what to write.
            force: whether to take over what another field manager owns.

        Raises:
            MemberNotFound: the pod is gone, or another one has its name.
            MemberChanged: it was written since it was read.
            MemberOwned: another field manager owns the annotation.
        """
        pods.write(self.api, change, force=force)

    def probe(self, namespace: str, labels: Mapping[str, str], annotations: Mapping[str, str] | None = None) -> Pod:
        """What admission makes of a new pod, by a dry run.

        Args:
            namespace: where.
            labels: the pod's labels.
            annotations: its annotations.

        Raises:
            ProbeRefused: some admission lets no such pod in.
        """
        return pods.probe(self.api, namespace, labels, annotations or {})

    def registry(self) -> list[Binding]:
        """Every binding that any stack has registered, by key.

        Raises:
            IntegrationError: an entry cannot be read; it names the object.
        """
        return registry.entries(self.api)

    def policy(self, name: str) -> dict[str, Any] | None:
        """A MutatingAdmissionPolicy as it stands, or None."""
        found: dict[str, Any] | None = registry.policy(self.api, name)
        return found

    def guard(self) -> dict[str, Any] | None:
        """The guard, a ValidatingAdmissionPolicy, as it stands, or None."""
        found: dict[str, Any] | None = registry.guard(self.api)
        return found

    def put_guard(self, document: dict[str, Any]) -> None:
        """Create the guard, or replace the one that has the document's resourceVersion.

        Raises:
            MemberChanged: somebody wrote it since it was read.
        """
        registry.put_guard(self.api, document)

    def delete_guard(self) -> None:
        """Delete the guard; success if there is none."""
        registry.delete_guard(self.api)

    def nodes(self) -> list[Node]:
        """Every node."""
        return nodes.listed(self.api)

    def ready_for_calico(self) -> frozenset[str]:
        """The names of the nodes on which Calico is ready, and so enforces."""
        return calico_nodes.ready(self.api)

    def workloads(self, namespace: str | None = None) -> list[Workload]:
        """Every Deployment, StatefulSet, DaemonSet and CronJob, with the metadata of its pod template.

        Args:
            namespace: the one namespace; None for all.
        """
        return list(workloads.listed(self.api, namespace))

    def write_template(
        self, workload: Workload, annotations: Mapping[str, str], labels: Mapping[str, str], *, force: bool
    ) -> None:
        """Write our annotations and labels in a pod template, and nothing else; those not given are removed.

        Args:
            workload: whose template.
            annotations: all of ours that it shall have.
            labels: all of ours that it shall have.
            force: whether to take over what another field manager owns.

        Raises:
            MemberNotFound: it is gone, or another one has its name.
            MemberChanged: it was written since it was read.
            MemberOwned: another field manager owns the annotation.
        """
        workloads.write_template(self.api, workload, annotations, labels, force=force)
