"""The admission policy of a binding, which gives new pods their groups, and its entry in the cluster's registry.

A pod whose annotations are malformed is left as it is: the guard then refuses it, and its author reads why. Were it mended
here, a pod would start with other groups than its author wrote, and nobody would know.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from sg_integration.model import annotation, cel
from sg_integration.model.annotation import ATTACHED, BOUND, GROUPS, LABEL_PREFIX, OURS
from sg_integration.model.bindings import MIRROR, Binding
from sg_integration.model.bindings import binding as decoded
from sg_integration.model.errors import InvalidInput

API_VERSION: Final = "admissionregistration.k8s.io/v1"
ROLE: Final = f"{OURS}/role"
"""The label that says what an object of ours is for; `binding` for the entries of the registry."""
MANAGED_BY: Final = "app.kubernetes.io/managed-by"
DOCUMENT: Final = f"{OURS}/binding"
"""The annotation of an entry: `Binding.document()`."""
REGISTRY_NAMESPACE: Final = "kube-system"
"""Where the entries of bindings without a policy are."""

_TEXT: Final = cel.annotation(GROUPS)
_ATTACHED_TEXT: Final = cel.annotation(ATTACHED)
_GROUP: Final = cel.text("sg-[0-9a-f]+")
_WELL_FORMED: Final = cel.text(annotation.WELL_FORMED)
_MUTATION: Final = cel.filled(
    "Object{metadata: Object.metadata{"
    "annotations: variables.mine.size() == 0 ? {$groups: variables.written}"
    " : {$groups: variables.written, $attached: variables.record}, "
    "labels: (variables.groups.map(g, $prefix + g) + [$bound])"
    '.transformMapEntry(i, key, {key: key == $bound ? "true" : ""})}}',
    groups=GROUPS,
    attached=ATTACHED,
    prefix=LABEL_PREFIX,
    bound=BOUND,
)


def name(key: str) -> str:
    """The name of a binding's objects in the cluster."""
    return f"{OURS}-{key}"


def annotations(groups: Iterable[str]) -> dict[str, str]:
    """What says on a new pod that it has groups; the labels may be missing there, the integration adds them."""
    return {GROUPS: annotation.render(groups)}


def policy(binding: Binding) -> dict[str, Any]:
    """The MutatingAdmissionPolicy that gives new pods a binding's groups, besides those that they have.

    Its expressions read only what may be missing, with a default, so they cannot fail; several policies on one pod give the
    union in whatever order they run.

    Raises:
        InvalidInput: the binding gives no group.
    """
    if not binding.groups:
        raise InvalidInput(f"binding {binding.key}", "it gives no group; name one at least.")
    rule = {"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["pods"]}
    return {
        "apiVersion": API_VERSION,
        "kind": "MutatingAdmissionPolicy",
        "metadata": _metadata(binding),
        "spec": {
            "failurePolicy": "Fail",
            "reinvocationPolicy": "IfNeeded",
            "matchConstraints": {"resourceRules": [{**rule, "scope": "Namespaced"}]},
            "matchConditions": [{"name": title, "expression": test} for title, test in _conditions(binding).items()],
            "variables": [{"name": title, "expression": value} for title, value in _variables(binding).items()],
            "mutations": [{"patchType": "ApplyConfiguration", "applyConfiguration": {"expression": _MUTATION}}],
        },
    }


def policy_binding(binding: Binding) -> dict[str, Any]:
    """The MutatingAdmissionPolicyBinding that says on which pods the policy acts."""
    return {
        "apiVersion": API_VERSION,
        "kind": "MutatingAdmissionPolicyBinding",
        "metadata": _metadata(binding),
        "spec": {
            "policyName": name(binding.key),
            "matchResources": {
                "namespaceSelector": binding.all_namespaces.document(),
                "objectSelector": binding.pods.document(),
            },
        },
    }


def entry(binding: Binding) -> dict[str, Any]:
    """The ConfigMap that registers a binding where no policy does."""
    metadata = {**_metadata(binding), "namespace": REGISTRY_NAMESPACE}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata}


def registered(manifest: Mapping[str, Any]) -> Binding:
    """The binding that an entry of the registry describes.

    Raises:
        InvalidInput: the annotation is missing or broken, or describes another binding than the object's name says.
    """
    metadata = manifest.get("metadata") or {}
    where = f"{manifest.get('kind') or 'registry entry'} {metadata.get('name', '')}"
    document = (metadata.get("annotations") or {}).get(DOCUMENT)
    if document is None:
        raise InvalidInput(where, f"its annotation {DOCUMENT} is missing; delete the object, or run its stack again.")
    found = decoded(document, where)
    if metadata.get("name") != name(found.key):
        raise InvalidInput(where, f"its annotation {DOCUMENT} is that of {name(found.key)}; delete the object.")
    return found


def _metadata(binding: Binding) -> dict[str, Any]:
    return {
        "name": name(binding.key),
        "labels": {ROLE: "binding", MANAGED_BY: OURS},
        "annotations": {DOCUMENT: binding.document()},
    }


def _conditions(binding: Binding) -> dict[str, str]:
    """When the policy acts; no variables are known here."""
    wanted = cel.texts(sorted(binding.groups))
    return {
        "not-on-the-nodes-interface": "!object.spec.?hostNetwork.orValue(false)",
        "not-static": f"!({cel.text(MIRROR)} in object.metadata.?annotations.orValue({{}}))",
        "groups-well-formed": f"{_TEXT}.matches({_WELL_FORMED})",
        "attached-well-formed": f"{_ATTACHED_TEXT}.matches({_WELL_FORMED})",
        # The API server asks again after any change; without this the costly part would be done twice.
        "incomplete": (
            f'{cel.label(BOUND)} != "true" || {wanted}.exists(g, !(g in {_TEXT}.findAll({_GROUP})))'
            f" || {_TEXT}.findAll({_GROUP}).exists(g, !(({cel.text(LABEL_PREFIX)} + g) in object.metadata.labels))"
        ),
    }


def _variables(binding: Binding) -> dict[str, str]:
    """What the conditions and the mutation are made of; `mine` is what a later run may take away again."""
    return {
        "wanted": cel.texts(sorted(binding.groups)),
        "current": f"{_TEXT}.findAll({_GROUP})",
        "attached": f"{_ATTACHED_TEXT}.findAll({_GROUP})",
        "groups": "(variables.current + variables.wanted).distinct().sort()",
        "written": _rendered("variables.groups"),
        "mine": "(variables.attached + variables.wanted.filter(g, !(g in variables.current))).distinct().sort()",
        "record": _rendered("variables.mine"),
    }


def _rendered(groups: str) -> str:
    """A list as `annotation.render` writes it."""
    return f"""'["' + {groups}.join('","') + '"]'"""
