"""A diff of inputs as the engine wants it: what changed, what that replaces, and in which order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sg_integration.sandbox.plugins.document import Document
from sg_integration.sandbox.plugins.kubernetes import objects
from sg_integration.sandbox.plugins.kubernetes.difference import changes, spelled
from sg_integration.sandbox.plugins.kubernetes.immutable import forces_replacement
from sg_integration.sandbox.plugins.protocol import Diff

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sg_integration.sandbox.plugins.protocol import DiffRequest


def diff_of(request: DiffRequest, *, namespaced: bool, mutable: frozenset[str]) -> Diff:
    """What changed between old and new inputs.

    Args:
        request: the engine's question.
        namespaced: whether the kind has namespaces; if not, the namespace is no difference.
        mutable: the kinds, of ConfigMap and Secret, whose data may change in place.
    """
    kind = objects.kind_of(request.inputs, request.type_)
    before = objects.kind_of(request.old_inputs, request.type_)
    old = _placed(request.old_inputs, namespaced=namespaced)
    new = _placed(request.inputs, namespaced=namespaced)
    found = changes(old, new)
    replacing = [
        path
        for path, how in found.items()
        if forces_replacement(path, how, kind, new, mutable) or (path == ("apiVersion",) and before.group != kind.group)
    ]
    return Diff(
        changed=tuple(sorted({str(path[0]) for path in found})),
        replaces=tuple(spelled(path) for path in replacing),
        detailed={spelled(path): how for path, how in found.items()},
        delete_before_replace=_same_place(old, new) and objects.annotation(new, objects.AUTONAMED) != "true",
    )


def _placed(inputs: Mapping[str, Any], *, namespaced: bool) -> Document:
    """The inputs with the namespace spelled out (`default` when unset), or without one where there are none."""
    if not isinstance(inputs.get("metadata", {}), dict):
        return dict(inputs)
    about = objects.metadata(inputs)
    namespace = about.pop("namespace", None)
    return {**inputs, "metadata": {**about, "namespace": namespace or "default"} if namespaced else about}


def _same_place(old: Mapping[str, Any], new: Mapping[str, Any]) -> bool:
    """Whether both are one object for the API server, which then cannot hold them at the same time."""
    ours, theirs = objects.metadata(old), objects.metadata(new)
    return bool(theirs.get("name")) and all(ours.get(key) == theirs.get(key) for key in ("name", "namespace"))
