"""The roles in a cluster that the features in use need: no more than they need, as manifests of RBAC."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, Final

from sg_integration.model import permissions
from sg_integration.model.admission import API_VERSION as ADMISSION
from sg_integration.model.admission import MANAGED_BY, REGISTRY_NAMESPACE
from sg_integration.model.annotation import OURS
from sg_integration.model.branch_interfaces import API_VERSION as BRANCH_INTERFACES
from sg_integration.model.branch_interfaces import PLURAL
from sg_integration.model.errors import InvalidInput

FEATURES: Final[Mapping[str, str]] = {
    "bindings": "PodGroupBinding",
    "templates": "PodGroupBinding in mode template, besides bindings",
    "guard": "PodGroupGuard, in every ClusterIntegration unless guard=False, besides bindings: it writes roles",
    "nodes": "ClusterIntegration(nodes=Nodes.from_cluster())",
    "enforcement": "CalicoEnforcement, besides bindings",
    "security-group-policy": "SecurityGroupPolicyEnforcement, besides bindings",
    "tigera": "TigeraEnforcement",
    "commands": "sg-integration pods, explain and reach: they only read",
}
"""What may be in use, and by what name a program has it."""

_RBAC: Final = "rbac.authorization.k8s.io"
_CALICO: Final = ("projectcalico.org", "crd.projectcalico.org")
_ALL: Final = ("get", "list", "watch", "create", "update", "patch", "delete")
_OPERATOR: Final = "tigera-operator"
_CREDENTIALS: Final = "amazon-cloud-integration-credentials"

Manifest = dict[str, Any]


def manifests(features: Collection[str], subjects: Sequence[Mapping[str, str]] = ()) -> list[Manifest]:
    """The roles for some features, and what gives them to subjects, if there are any.

    Args:
        features: which are in use, by their names in `FEATURES`.
        subjects: as RBAC writes them: `{"kind": "User", "name": "ci"}`, `Group`, or `ServiceAccount` with its `namespace`.

    Raises:
        InvalidInput: there is no such feature.
    """
    if unknown := sorted(set(features) - FEATURES.keys()):
        raise InvalidInput("features", f"{', '.join(unknown)}: no such feature; there are {', '.join(FEATURES)}.")
    if "templates" in features and "bindings" not in features:
        raise InvalidInput("features", "templates is a way of bindings; name both.")
    roles = [role for each in FEATURES if each in features for role in _roles(each, features)]
    return roles + [permissions.given(role, subjects) for role in roles if subjects]


def _roles(feature: str, features: Collection[str]) -> Iterator[Manifest]:
    if feature == "bindings":
        yield permissions.cluster_role(templates="templates" in features)
        yield permissions.role()
    elif feature == "enforcement":
        yield permissions.enforcement_role()
    elif feature in _CLUSTER_WIDE:
        yield _role(feature, _CLUSTER_WIDE[feature])
    for (of, namespace), rules in _INSIDE.items():
        if of == feature:
            yield _role(feature, rules, namespace)


def _rule(groups: Sequence[str], resources: Sequence[str], verbs: Sequence[str], *names: str) -> Manifest:
    rule: Manifest = {"apiGroups": list(groups), "resources": list(resources), "verbs": list(verbs)}
    return {**rule, "resourceNames": list(names)} if names else rule


_POLICIES: Final = ("mutatingadmissionpolicies", "validatingadmissionpolicies")
_CALICO_KINDS: Final = ("clusterinformations", "kubecontrollersconfigurations", "hostendpoints", "tiers")
_OBJECTS: Final = (
    "globalnetworksets",
    *(f"{tier}{staged}globalnetworkpolicies" for staged in ("", "staged") for tier in ("", "tier.")),
)
_CLUSTER_WIDE: Final[Mapping[str, list[Manifest]]] = {
    "guard": [_rule([_RBAC], ["clusterroles", "clusterrolebindings", "roles", "rolebindings"], _ALL)],
    "nodes": [_rule([""], ["nodes"], ["list"])],
    "security-group-policy": [
        _rule([BRANCH_INTERFACES.partition("/")[0]], [PLURAL], _ALL),
        _rule([""], ["nodes", "pods", "serviceaccounts"], ["list"]),
    ],
    "tigera": [
        _rule(["operator.tigera.io"], ["amazoncloudintegrations"], _ALL),
        _rule(["operator.tigera.io"], ["tigerastatuses"], ["get"]),
        _rule(_CALICO, _CALICO_KINDS, ["get", "list"]),
    ],
    "commands": [
        _rule([""], ["namespaces", "nodes", "pods"], ["list"]),
        _rule([ADMISSION.partition("/")[0]], _POLICIES, ["get", "list"]),
        _rule(_CALICO, (*_CALICO_KINDS, *_OBJECTS), ["get", "list"]),
        _rule(["discovery.k8s.io"], ["endpointslices"], ["list"]),
    ],
}
_INSIDE: Final[Mapping[tuple[str, str], list[Manifest]]] = {
    ("security-group-policy", REGISTRY_NAMESPACE): [_rule(["apps"], ["daemonsets"], ["get"], "aws-node")],
    ("tigera", _OPERATOR): [
        _rule([""], ["secrets"], ["create"]),
        _rule([""], ["secrets"], ["get", "list", "watch", "update", "patch", "delete"], _CREDENTIALS),
    ],
    ("commands", REGISTRY_NAMESPACE): [_rule([""], ["configmaps"], ["list"])],
}


def _role(feature: str, rules: list[Manifest], namespace: str = "") -> Manifest:
    metadata = {
        "name": f"{OURS}-{feature}",
        **({"namespace": namespace} if namespace else {}),
        "labels": {MANAGED_BY: OURS},
    }
    kind = "Role" if namespace else "ClusterRole"
    return {"apiVersion": f"{_RBAC}/v1", "kind": kind, "metadata": metadata, "rules": rules}
