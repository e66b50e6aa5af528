"""Kubernetes objects as the provider's properties: kind, id, names, and the spelling of `x-kubernetes-*` fields."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from sg_integration.sandbox.plugins.document import UNKNOWN, Document, secret
from sg_integration.sandbox.plugins.errors import PluginError

AUTONAMED: Final = "pulumi.com/autonamed"
FIELD_MANAGER_KEY: Final = "__fieldManager"
INITIAL_VERSION_KEY: Final = "__initialApiVersion"

# What only the API server writes; the provider drops it from inputs that it derives from a live object.
_SERVER_METADATA: Final = frozenset(
    {
        "creationTimestamp",
        "deletionGracePeriodSeconds",
        "deletionTimestamp",
        "generation",
        "managedFields",
        "resourceVersion",
        "selfLink",
        "uid",
    }
)
# The schema extensions of CustomResourceDefinitions, which the SDKs spell with underscores.
_UNDERSCORED: Final = {
    f"x_kubernetes_{name}": f"x-kubernetes-{name.replace('_', '-')}"
    for name in (
        "embedded_resource",
        "int_or_string",
        "list_map_keys",
        "list_type",
        "map_type",
        "preserve_unknown_fields",
        "validations",
    )
}
_DASHED: Final = {dashed: underscored for underscored, dashed in _UNDERSCORED.items()}
# Generated names end in so many hexadecimal digits: the provider asks the SDK's NewUniqueName for its default.
_SUFFIX: Final = 8


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of object: `apiVersion` as objects spell it (`v1`, `apps/v1`) and the kind's name."""

    api_version: str
    name: str

    @property
    def group(self) -> str:
        """The API group, empty for the core group."""
        return self.api_version.rpartition("/")[0]

    @property
    def root(self) -> str:
        """The path that lists what the group and version serve."""
        return f"/apis/{self.api_version}" if self.group else f"/api/{self.api_version}"


def kind_of_type(type_: str) -> Kind:
    """The kind that a resource type stands for: `kubernetes:core/v1:Pod`, `kubernetes:example.com/v1:Widget`.

    Raises:
        PluginError: the type is none of a Kubernetes object.
    """
    _, version, name = type_.split(":", 2)
    if not version.rpartition("/")[2].startswith("v"):
        raise PluginError(f"the kubernetes stand-in has no resource type {type_!r}")
    return Kind(version.removeprefix("core/"), name)


def kind_of(document: Mapping[str, Any], type_: str) -> Kind:
    """The kind of inputs or state; what they do not say, the resource type says."""
    by_type = kind_of_type(type_)
    return Kind(document.get("apiVersion") or by_type.api_version, document.get("kind") or by_type.name)


def metadata(document: Mapping[str, Any]) -> dict[str, Any]:
    """The metadata as far as they are known; changes to the result do not reach the document."""
    found = document.get("metadata")
    return dict(found) if isinstance(found, dict) else {}


def annotation(document: Mapping[str, Any], key: str) -> str:
    """One annotation, empty when it is absent or not known."""
    annotations = metadata(document).get("annotations")
    value = annotations.get(key) if isinstance(annotations, dict) else None
    return value if isinstance(value, str) else ""


def id_of(live: Mapping[str, Any]) -> str:
    """The resource id of a live object: `namespace/name`, or the name where there are no namespaces."""
    about = metadata(live)
    return f"{about['namespace']}/{about['name']}" if about.get("namespace") else str(about["name"])


def parse_id(id_: str) -> tuple[str, str]:
    """Namespace and name of a resource id; no namespace means `default`, by Kubernetes' convention."""
    namespace, _, name = id_.rpartition("/")
    return namespace or "default", name


def named(inputs: Document, old: Mapping[str, Any], *, prefix: str, seed: bytes) -> Document:
    """The inputs with a name: their own, the generated one of before, or a new `prefix-` and eight hex digits.

    Nothing is generated next to `generateName`, nor where name or metadata are not known yet.
    """
    about = inputs.get("metadata", {})
    if about is UNKNOWN or about.get("name") or about.get("generateName"):
        return inputs
    if annotation(old, AUTONAMED) == "true":
        name = metadata(old)["name"]
    else:
        name = f"{prefix}-{hashlib.sha256(seed or secrets.token_bytes()).hexdigest()[:_SUFFIX]}"
    annotations = about.get("annotations", {})
    if annotations is not UNKNOWN:
        about = {**about, "annotations": {**annotations, AUTONAMED: "true"}}
    return {**inputs, "metadata": {**about, "name": name}}


def body(inputs: Mapping[str, Any], kind: Kind, *, namespace: str, name: str, namespaced: bool) -> Document:
    """The object to send: spelled as the API spells it, with its place filled in.

    Args:
        inputs: the resource's inputs, all known.
        kind: the object's kind.
        namespace: where it goes; not sent for kinds without namespaces.
        name: its name; empty to let the server generate one.
        namespaced: whether the kind has namespaces.
    """
    about = {key: value for key, value in metadata(inputs).items() if key not in {"namespace", "name"}}
    about |= ({"namespace": namespace} if namespaced else {}) | ({"name": name} if name else {})
    rest = {key: value for key, value in inputs.items() if key not in {"status", "metadata"} and value is not None}
    sent = {**rest, "apiVersion": kind.api_version, "kind": kind.name, "metadata": about}
    return dict(_respelled(sent, _UNDERSCORED))


def outputs(live: Mapping[str, Any], *, manager: str, initial: str) -> Document:
    """The state of a live object, as the provider keeps it; a Secret's data are marked secret."""
    state = {**_respelled(live, _DASHED), INITIAL_VERSION_KEY: initial, FIELD_MANAGER_KEY: manager}
    return _guarded(state)


def imported_inputs(live: Mapping[str, Any]) -> Document:
    """The inputs that would make a live object: all of it but what only the server writes."""
    about = {key: value for key, value in metadata(live).items() if key not in _SERVER_METADATA}
    kept = {key: value for key, value in live.items() if key != "status"}
    return _guarded(dict(_respelled({**kept, "metadata": about}, _DASHED)))


def guarded_inputs(inputs: Mapping[str, Any]) -> Document:
    """The inputs with a Secret's data marked secret."""
    return _guarded(inputs)


def spelled_as_inputs(live: Mapping[str, Any]) -> Document:
    """A live object with its fields spelled as inputs spell them."""
    return dict(_respelled(live, _DASHED))


def _guarded(document: Mapping[str, Any]) -> Document:
    if document.get("kind") != "Secret" or document.get("apiVersion") != "v1":
        return dict(document)
    return {key: secret(value) if key in {"data", "stringData"} else value for key, value in document.items()}


def _respelled(value: Any, spelling: Mapping[str, str]) -> Any:
    """The value with its keys respelled, at every depth."""
    if isinstance(value, Mapping):
        return {spelling.get(key, key): _respelled(item, spelling) for key, item in value.items()}
    return [_respelled(item, spelling) for item in value] if isinstance(value, list) else value
