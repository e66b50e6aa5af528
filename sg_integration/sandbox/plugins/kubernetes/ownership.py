"""Field managers: whose name an apply carries, whose fields it takes over, and what a conflict means. Pure."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any, Final

from sg_integration.sandbox.plugins.errors import PluginError
from sg_integration.sandbox.plugins.kubernetes.objects import FIELD_MANAGER_KEY, annotation, metadata

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sg_integration.sandbox.plugins.kubernetes.api import Refused

_MANAGER: Final = "pulumi.com/patchFieldManager"
_FORCE: Final = "pulumi.com/patchForce"
_PREFIX: Final = "pulumi-kubernetes-"
_CONFLICT: Final = "FieldManagerConflict"
# Whose fields the official provider takes over at an update, as (prefix of the manager's name, operation).
_TAKEN: Final = (
    ("kubectl", "Apply"),
    ("kubectl", "Update"),
    ("before-first-apply", "Update"),
    ("pulumi-kubernetes", "Update"),
    ("pulumi-resource-kubernetes", "Update"),
)


def manager_of(inputs: Mapping[str, Any], state: Mapping[str, Any]) -> str:
    """The field manager of a resource: by annotation, else as in its state, else a new random one."""
    return annotation(inputs, _MANAGER) or state.get(FIELD_MANAGER_KEY) or f"{_PREFIX}{secrets.token_hex(4)}"


def is_forced(inputs: Mapping[str, Any]) -> bool:
    """Whether the resource asks to take fields from other managers."""
    return annotation(inputs, _FORCE) == "true"


def taken_over(live: Mapping[str, Any], manager: str) -> list[dict[str, Any]] | None:
    """The managed fields of a live object with what we take over counted as applied by us; `None` if nothing is.

    An object made by POST lists its maker as having *updated* it, which an apply of the same name would conflict with
    (https://github.com/kubernetes/kubernetes/issues/99003): that entry is always taken over.
    """
    entries = metadata(live).get("managedFields") or []
    ours = [entry for entry in entries if _is_taken(entry, manager)]
    if not ours:
        return None
    applied = [entry for entry in entries if entry["manager"] == manager and entry["operation"] == "Apply"]
    fields: dict[str, Any] = {}
    for entry in (*applied, *ours):
        fields = _united(fields, entry.get("fieldsV1") or {})
    merged = {**(applied or ours)[0], "manager": manager, "operation": "Apply", "fieldsV1": fields}
    return [merged, *(entry for entry in entries if entry not in ours and entry not in applied)]


def only_taken_over(conflict: Refused, live: Mapping[str, Any], manager: str) -> bool:
    """Whether all managers of a conflict are such as we take over when it is not a preview."""
    entries = metadata(live).get("managedFields") or []
    names = {entry["manager"] for entry in entries if _is_taken(entry, manager)}
    return all(any(f'"{name}"' in cause.message for name in names) for cause in conflict.causes)


def is_conflict(refusal: Refused) -> bool:
    """Whether a refusal is about fields of other managers, not about the object's version."""
    return any(cause.reason == _CONFLICT for cause in refusal.causes)


def conflict_error(refusal: Refused, doing: str, manager: str) -> PluginError:
    """A conflict, told field by field, with what to do about it."""
    fields = "; ".join(f"{cause.field} ({cause.message})" for cause in refusal.causes)
    return PluginError(
        f"{doing} as field manager {manager!r}: other field managers hold fields with other values: {fields}."
        f' Leave those fields out of the program, or take them with the annotation {_FORCE}: "true".'
    )


def foreign(live: Mapping[str, Any], path: Iterable[str], manager: str) -> bool:
    """Whether a field belongs to others and not to us."""
    steps = [f"f:{step}" for step in path]
    entries = metadata(live).get("managedFields") or []
    holders = {entry["manager"] for entry in entries if _holds(entry.get("fieldsV1") or {}, steps)}
    return bool(holders) and manager not in holders


def _is_taken(entry: Mapping[str, Any], manager: str) -> bool:
    if entry.get("subresource"):
        return False
    name, operation = entry["manager"], entry["operation"]
    if name == manager:
        return bool(operation == "Update")
    return any(name.startswith(prefix) and operation == taken for prefix, taken in _TAKEN)


def _united(one: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    return {key: _united(one.get(key, {}), other.get(key, {})) for key in (*one, *other)}


def _holds(fields: Mapping[str, Any], steps: list[str]) -> bool:
    return not steps or (steps[0] in fields and _holds(fields[steps[0]], steps[1:]))
