"""The guard: admission policies that let nobody give himself a security group.

When a pod is made its values are judged, whoever makes it: that is a controller, never the author of the template. When a pod
changes, the identity is: only who may `use` `podgroups` of our API group in the namespace changes the groups of a pod that is
there. Which groups a namespace may use is compiled into the policy: from the bindings of all stacks, which the registry
knows, and from what stands as annotations on the guard itself.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import chain
from typing import Any, Final

from sg_integration.model import guard_rules, permissions
from sg_integration.model.admission import API_VERSION, MANAGED_BY, ROLE
from sg_integration.model.annotation import OURS
from sg_integration.model.bindings import EXCLUDED_NAMESPACES, Binding
from sg_integration.model.bindings import binding as decoded
from sg_integration.model.errors import InvalidInput
from sg_integration.model.label_selectors import NAMESPACE_LABEL

NAME: Final = guard_rules.NAME
"""The policy on pods, and its binding."""
ROUTES: Final = guard_rules.ROUTES
"""The policy on what binds a pod to a node, and its binding."""
ALLOWED: Final = f"{OURS}/allowed"
"""The annotation of the guard with a JSON list of bindings that are allowed whether they are declared or not."""
GRANT: Final = f"grant.{OURS}/"
"""Before a binding's key, the annotation of the guard with a binding that is about to be declared."""
OWNER: Final = f"{OURS}/owner"
"""The annotation of the guard that tells which stack declares it."""

RULES: Final = f"{OURS}/rules"
"""The annotation of the guard that says in words which groups may be used where; for people, the policy does not read it."""

_LONGEST: Final = 100_000  # characters; all annotations of an object have 262,144 bytes together
_PODS: Final = ("pods", "pods/status", "pods/ephemeralcontainers", "pods/resize")
_TO_NODES: Final = ("pods/binding", "bindings")
_COUNTED: Final = ["as bound"]  # instead of groups, where there are too many to list
_OURS: Final = (ALLOWED, OWNER, RULES, ROLE, MANAGED_BY)


rights = permissions.rights
"""What the identity that runs the integration may do, as RBAC manifests."""


@dataclass(frozen=True, slots=True)
class Grants:
    """What an existing guard allows besides the registry.

    Args:
        allowed: bindings that are allowed for good.
        pending: bindings that are about to be declared, or about to go, by key.
        owner: what tells the stack that declares the guard; empty if nothing does.
    """

    allowed: tuple[Binding, ...] = ()
    pending: Mapping[str, Binding] = field(default_factory=dict)
    owner: str = ""


def policy(allowed: Iterable[Binding], *, annotations: Mapping[str, str]) -> dict[str, Any]:
    """The ValidatingAdmissionPolicy on pods.

    Args:
        allowed: which groups may be used where; of a binding only the namespaces and the groups count.
        annotations: what is to be found on it again; see `grants`.
    """
    found = _policy(NAME, ("CREATE", "UPDATE"), _PODS, guard_rules.validations())
    found["spec"]["variables"] = guard_rules.variables(allowed)
    if annotations:
        found["metadata"]["annotations"] = dict(sorted(annotations.items()))
    return found


def policy_binding() -> dict[str, Any]:
    """The ValidatingAdmissionPolicyBinding of the policy on pods: everywhere but where nothing is ever bound."""
    return _policy_binding(NAME)


def routes_policy() -> dict[str, Any]:
    """The ValidatingAdmissionPolicy on what binds a pod to a node."""
    return _policy(ROUTES, ("CREATE",), _TO_NODES, guard_rules.route_validations())


def routes_binding() -> dict[str, Any]:
    """The ValidatingAdmissionPolicyBinding of the policy on what binds a pod to a node."""
    return _policy_binding(ROUTES)


def grants(document: Mapping[str, Any]) -> Grants:
    """What stands as annotations on an existing guard; nothing for an empty document.

    Raises:
        InvalidInput: an annotation is broken; it names which.
    """
    annotations = (document.get("metadata") or {}).get("annotations") or {}
    where = f"ValidatingAdmissionPolicy {NAME}: annotation"
    pending = {key: value for key, value in annotations.items() if key.startswith(GRANT)}
    try:
        listed = json.loads(annotations.get(ALLOWED, "[]"))
    except ValueError as error:
        raise InvalidInput(f"{where} {ALLOWED}", f"it is no JSON: {error}.") from error
    if not isinstance(listed, list):
        raise InvalidInput(f"{where} {ALLOWED}", "it is no list of bindings.")
    return Grants(
        tuple(decoded(each, f"{where} {ALLOWED}[{at}]") for at, each in enumerate(listed)),
        {key.removeprefix(GRANT): decoded(value, f"{where} {key}") for key, value in sorted(pending.items())},
        annotations.get(OWNER, ""),
    )


def compiled(
    registry: Iterable[Binding],
    allowed: Iterable[Binding],
    pending: Mapping[str, Binding],
    *,
    owner: str = "",
) -> dict[str, Any]:
    """The policy on pods as it should be: always the same document for the same bindings, in whatever order they come.

    Args:
        registry: the bindings that are declared, of all stacks.
        allowed: bindings that are allowed whether they are declared or not.
        pending: bindings that are about to be declared, by key; they add to what the registry says under that key.
        owner: what tells the stack that declares the guard.
    """
    lasting = set(allowed)
    every = list(chain(registry, lasting, pending.values()))
    annotations = {f"{GRANT}{key}": each.document() for key, each in pending.items()}
    annotations[RULES] = _in_words(every)
    if lasting:
        annotations[ALLOWED] = f"[{','.join(sorted(each.document() for each in lasting))}]"
    if owner:
        annotations[OWNER] = owner
    return policy(every, annotations=annotations)


def rules(document: Mapping[str, Any]) -> dict[str, list[str]]:
    """Which groups a compiled guard lets be used where: by the name of a namespace, or by a selector of namespaces."""
    return dict(json.loads(document["metadata"]["annotations"][RULES]))


def allows(document: Mapping[str, Any], wanted: Binding) -> bool:
    """Whether a guard in the cluster lets a binding's groups be used, as far as it says: of very many it only counts them.

    Args:
        document: the guard as it stands; one whose list was taken away tells nothing here, and is repaired as a whole.
        wanted: the binding.
    """
    annotations = (document.get("metadata") or {}).get("annotations") or {}
    try:
        found = json.loads(annotations.get(RULES, ""))
    except ValueError:
        return True
    if not isinstance(found, Mapping) or _COUNTED in found.values():
        return True
    return all(set(groups) <= set(found.get(where, ())) for where, groups in guard_rules.in_words([wanted]).items())


def differs(actual: Mapping[str, Any], desired: Mapping[str, Any]) -> bool:
    """Whether an object in the cluster is not what it should be: its spec, and of its metadata what is ours.

    We set what the API server would set by default, so whatever else is in the spec was put there by somebody: a condition
    that never holds would switch the guard off.
    """
    return _meaning(actual) != _meaning(desired)


def _in_words(every: Iterable[Binding]) -> str:
    """Which groups may be used where; of very many only how many they are, since the API server limits all annotations."""
    found = guard_rules.in_words(every)
    words = json.dumps(found, separators=(",", ":"))
    return words if len(words) <= _LONGEST else json.dumps({f"({len(found)} namespaces and selectors)": _COUNTED})


def _policy(
    name: str, operations: tuple[str, ...], resources: tuple[str, ...], validations: list[dict[str, Any]]
) -> dict[str, Any]:
    rule = {"apiGroups": [""], "apiVersions": ["v1"], "operations": list(operations), "resources": list(resources)}
    return {
        "apiVersion": API_VERSION,
        "kind": "ValidatingAdmissionPolicy",
        "metadata": _metadata(name),
        "spec": {
            "failurePolicy": "Fail",
            "matchConstraints": {
                "matchPolicy": "Equivalent",
                "namespaceSelector": {},
                "objectSelector": {},
                "resourceRules": [{**rule, "scope": "*"}],
            },
            "validations": validations,
        },
    }


def _policy_binding(name: str) -> dict[str, Any]:
    elsewhere = {"key": NAMESPACE_LABEL, "operator": "NotIn", "values": list(EXCLUDED_NAMESPACES)}
    return {
        "apiVersion": API_VERSION,
        "kind": "ValidatingAdmissionPolicyBinding",
        "metadata": _metadata(name),
        "spec": {
            "policyName": name,
            "validationActions": ["Deny"],
            "matchResources": {
                "matchPolicy": "Equivalent",
                "namespaceSelector": {"matchExpressions": [elsewhere]},
                "objectSelector": {},
            },
        },
    }


def _metadata(name: str) -> dict[str, Any]:
    return {"name": name, "labels": {ROLE: "guard", MANAGED_BY: OURS}}


def _meaning(document: Mapping[str, Any]) -> tuple[Any, dict[str, str]]:
    metadata = document.get("metadata") or {}
    marks = {**(metadata.get("labels") or {}), **(metadata.get("annotations") or {})}
    ours = {key: value for key, value in marks.items() if key in _OURS or key.startswith(GRANT)}
    return _without_empty(document.get("spec") or {}), ours


def _without_empty(value: Any) -> Any:
    if isinstance(value, Mapping):
        kept = {key: _without_empty(each) for key, each in value.items()}
        return {key: each for key, each in kept.items() if each not in (None, "", [], {})}
    return [_without_empty(each) for each in value] if isinstance(value, (list, tuple)) else value
