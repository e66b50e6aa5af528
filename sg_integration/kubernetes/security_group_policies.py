"""SecurityGroupPolicies of EKS, and the parts of a cluster that make network interfaces of what they say."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from msgspec import Struct

from sg_integration.kubernetes.api import JSON, NOT_FOUND, Api, path
from sg_integration.kubernetes.documents import Metadata, Page, Partial, decoder
from sg_integration.model.branch_interfaces import API_VERSION, PLURAL, Policy, policy

_ROOT: Final = f"/apis/{API_VERSION}"
_CORE: Final = "/api/v1"
_PLUGIN: Final = path("/apis/apps/v1", "kube-system", "daemonsets", "aws-node")


class _Variable(Struct, gc=False, frozen=True):
    name: str = ""
    value: str = ""


class _Container(Struct, gc=False, frozen=True):
    env: list[_Variable] | None = None


class _PodSpec(Struct, gc=False, frozen=True, rename="camel"):
    containers: list[_Container] | None = None
    init_containers: list[_Container] | None = None
    service_account_name: str = "default"


class _Pod(Struct, gc=False, frozen=True):
    metadata: Metadata = Metadata()
    spec: _PodSpec = _PodSpec()


class _DaemonSetSpec(Struct, gc=False, frozen=True):
    template: _Pod = _Pod()


class _DaemonSet(Struct, gc=False, frozen=True):
    spec: _DaemonSetSpec = _DaemonSetSpec()


_objects = decoder(Page[dict[str, Any]])
_pods = decoder(Page[_Pod])
_partials = decoder(Page[Partial])
_daemon_set = decoder(_DaemonSet)


@dataclass(frozen=True)
class SecurityGroupPolicies:
    """The policies of one cluster. Every method raises `ServiceError` when the cluster says no.

    Args:
        api: its API server.
    """

    api: Api

    def served(self) -> bool:
        """Whether the cluster knows them: the VPC resource controller, which every EKS cluster has, defines them."""
        return any(each["name"] == PLURAL for each in self.api.served(API_VERSION) or [])

    def listed(self, namespace: str) -> list[Policy]:
        """The policies of a namespace that the controller acts on."""
        doing, where = f"listing the SecurityGroupPolicies of namespace {namespace}", path(_ROOT, namespace, PLURAL)
        found = self.api.everything(doing, where, _objects, accept=JSON)
        live = (each for each in found if not each["metadata"].get("deletionTimestamp"))
        return [each for each in map(policy, live) if each is not None]

    def service_accounts(self, namespace: str, selector: str = "") -> dict[str, dict[str, str]]:
        """The labels of the service account of each pod in a namespace, by the pod's name.

        Args:
            namespace: the namespace.
            selector: which pods, as kubectl takes it.
        """
        doing, where = (
            f"listing the service accounts of namespace {namespace}",
            path(_CORE, namespace, "serviceaccounts"),
        )
        labels = {
            each.metadata.name: each.metadata.labels or {} for each in self.api.everything(doing, where, _partials)
        }
        doing, where = f"listing the pods of namespace {namespace}", path(_CORE, namespace, "pods")
        query = {"labelSelector": selector} if selector else {}
        found: Sequence[_Pod] = self.api.everything(doing, where, _pods, query=query, accept=JSON)
        return {pod.metadata.name: labels.get(pod.spec.service_account_name, {}) for pod in found}

    def plugin_settings(self) -> dict[str, str] | None:
        """The environment of the VPC CNI plugin, of its init container too; None if its DaemonSet is not there."""
        answer = self.api.request("reading DaemonSet kube-system/aws-node", "GET", _PLUGIN, allow=NOT_FOUND)
        if answer.code in NOT_FOUND:
            return None
        found: _DaemonSet = answer.read(_daemon_set)
        template = found.spec.template.spec
        containers = [*(template.init_containers or ()), *(template.containers or ())]
        return {each.name: each.value for container in containers for each in container.env or ()}
