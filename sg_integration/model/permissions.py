"""What the identity that runs the integration may do on a cluster, as RBAC manifests: no more than it needs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from sg_integration.model.admission import API_VERSION as ADMISSION
from sg_integration.model.admission import MANAGED_BY, REGISTRY_NAMESPACE
from sg_integration.model.annotation import OURS
from sg_integration.model.guard_rules import NAME as GUARD
from sg_integration.model.guard_rules import RESOURCE, ROUTES

NAME: Final = f"{OURS}-bindings"
"""Of the cluster role, of the role in kube-system, and of what binds subjects to them."""

_API_VERSION: Final = "rbac.authorization.k8s.io/v1"
_ADMISSION: Final = ADMISSION.partition("/")[0]
_CALICO: Final = ("projectcalico.org", "crd.projectcalico.org")
_READ: Final = ("get", "list", "watch")
_WRITE: Final = ("update", "patch", "delete")


def rights(subjects: Sequence[Mapping[str, str]], *, templates: bool = False) -> list[dict[str, Any]]:
    """Both roles, and what gives them to subjects, if there are any.

    Args:
        subjects: as RBAC writes them: `{"kind": "User", "name": "ci"}`, `Group`, or `ServiceAccount` with its `namespace`.
        templates: also let them write the templates of workloads, for bindings in mode `template`.
    """
    roles = [cluster_role(templates=templates), role()]
    return roles + [given(each, subjects) for each in roles if subjects]


def cluster_role(*, templates: bool = False) -> dict[str, Any]:
    """The ClusterRole `sg-integration-bindings`.

    `create` on pods is for dry runs only, but RBAC knows no dry run. Names of a binding's policies are not known before, so
    whoever has this role can change any mutating policy: give it to nobody who is not trusted with the cluster.

    Args:
        templates: also let it write the templates of workloads, for bindings in mode `template`.
    """
    guards = ("validatingadmissionpolicies", "validatingadmissionpolicybindings")
    policies = ("mutatingadmissionpolicies", "mutatingadmissionpolicybindings")
    rules = [
        _rule("", ["pods"], ["get", "list", "patch", "create"]),
        _rule("", ["namespaces", "nodes"], ["get", "list"]),
        _rule(OURS, [RESOURCE], ["use"]),
        _rule(_ADMISSION, policies, [*_READ, "create", *_WRITE]),
        _rule(_ADMISSION, guards, [*_READ, "create"]),
        {**_rule(_ADMISSION, guards, _WRITE), "resourceNames": [GUARD, ROUTES]},
    ]
    if templates:
        rules.append(_rule("apps", ["daemonsets", "deployments", "statefulsets"], ["get", "list", "patch"]))
        rules.append(_rule("batch", ["cronjobs"], ["get", "list", "patch"]))
    return {**_manifest("ClusterRole"), "rules": rules}


def enforcement_role() -> dict[str, Any]:
    """The ClusterRole `sg-integration-enforcement`: what `CalicoEnforcement` needs besides the one for bindings.

    Calico's own API server asks for a right on the policies of tiers, too (`tier.globalnetworkpolicies`); and whoever may write
    policies of the first tiers can switch all others off, so give it to nobody who is not trusted with the cluster.
    """
    policies = ("globalnetworkpolicies", "stagedglobalnetworkpolicies")
    written = ["tiers", "globalnetworksets", *policies, *(f"tier.{each}" for each in policies)]
    verbs = ["get", "list", "create", "patch", "delete"]
    seen = (
        "clusterinformations",
        "kubecontrollersconfigurations",
        "hostendpoints",
        "networkpolicies",
        "tier.networkpolicies",
    )
    rules = [
        {**_rule("", written, verbs), "apiGroups": list(_CALICO)},
        {**_rule("", seen, ["get", "list"]), "apiGroups": list(_CALICO)},
        _rule("discovery.k8s.io", ["endpointslices"], ["list"]),
        _rule("", ["nodes", "pods"], ["list"]),
    ]
    manifest = _manifest("ClusterRole")
    return {**manifest, "metadata": {**manifest["metadata"], "name": f"{OURS}-enforcement"}, "rules": rules}


def role() -> dict[str, Any]:
    """The Role in kube-system for the registry of bindings that have no policy."""
    return {**_manifest("Role", REGISTRY_NAMESPACE), "rules": [_rule("", ["configmaps"], [*_READ, "create", *_WRITE])]}


def given(role: Mapping[str, Any], subjects: Sequence[Mapping[str, str]]) -> dict[str, Any]:
    """What gives a role to subjects; it has the role's name, and is where the role is.

    Args:
        role: the manifest of a ClusterRole or Role.
        subjects: as RBAC writes them.
    """
    group = _API_VERSION.partition("/")[0]
    named = [dict(each) if each["kind"] == "ServiceAccount" else {"apiGroup": group, **each} for each in subjects]
    reference = {"apiGroup": group, "kind": role["kind"], "name": role["metadata"]["name"]}
    head = {"apiVersion": _API_VERSION, "kind": f"{role['kind']}Binding", "metadata": dict(role["metadata"])}
    return {**head, "roleRef": reference, "subjects": named}


def _manifest(kind: str, namespace: str = "") -> dict[str, Any]:
    place = {"namespace": namespace} if namespace else {}
    return {
        "apiVersion": _API_VERSION,
        "kind": kind,
        "metadata": {"name": NAME, **place, "labels": {MANAGED_BY: OURS}},
    }


def _rule(group: str, resources: Sequence[str], verbs: Sequence[str]) -> dict[str, Any]:
    return {"apiGroups": [group], "resources": list(resources), "verbs": list(verbs)}
