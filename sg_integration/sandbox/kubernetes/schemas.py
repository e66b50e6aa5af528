"""Structural schemas of custom resources, put together from small parts."""

from __future__ import annotations

from typing import Any, TypeAlias

Schema: TypeAlias = dict[str, Any]
Definition: TypeAlias = dict[str, Any]

BOOLEAN: Schema = {"type": "boolean"}


def text(longest: int | None = None, **more: Any) -> Schema:
    """A string."""
    return {"type": "string", **({} if longest is None else {"maxLength": longest}), **more}


def choice(*values: str, **more: Any) -> Schema:
    """One of some strings."""
    return {"type": "string", "enum": list(values), **more}


def number(least: int, most: int, **more: Any) -> Schema:
    """An integer between two, both included."""
    return {"type": "integer", "minimum": least, "maximum": most, **more}


def either(**more: Any) -> Schema:
    """An integer or a string."""
    return {"x-kubernetes-int-or-string": True, "anyOf": [{"type": "integer"}, {"type": "string"}], **more}


def items(of: Schema, most: int | None = None, *, kind: str = "atomic", **more: Any) -> Schema:
    """A list; `kind` is how server-side apply merges it, `atomic` or `set`."""
    limit = {} if most is None else {"maxItems": most}
    return {"type": "array", "items": of, "x-kubernetes-list-type": kind, **limit, **more}


def texts() -> Schema:
    """A mapping from string to string."""
    return {"type": "object", "additionalProperties": {"type": "string"}}


def fields(
    properties: dict[str, Schema], *required: str, rules: tuple[tuple[str, str], ...] = (), **more: Any
) -> Schema:
    """An object.

    Args:
        properties: its fields.
        required: those that must be there.
        rules: expressions of CEL that must hold, each with the message when it does not.
        more: further keywords of the schema.
    """
    found: Schema = {"type": "object", "properties": properties, **more}
    if required:
        found["required"] = list(required)
    if rules:
        found["x-kubernetes-validations"] = [{"rule": rule, "message": message} for rule, message in rules]
    return found


def definition(
    api_version: str,
    kind: str,
    plural: str,
    spec: Schema,
    *,
    namespaced: bool = False,
    status: bool = False,
    rules: tuple[tuple[str, str], ...] = (),
) -> Definition:
    """A CustomResourceDefinition with one version.

    Args:
        api_version: its group and version.
        kind: the kind.
        plural: the resource.
        spec: the schema of `spec`.
        namespaced: whether its objects are in namespaces.
        status: whether it has a status, of any form.
        rules: expressions over the whole object that must hold, each with its message.
    """
    group, _, version = api_version.partition("/")
    properties = {"apiVersion": text(), "kind": text(), "metadata": {"type": "object"}, "spec": spec}
    if status:
        properties["status"] = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    schema = fields(properties, "metadata", "spec", rules=rules)
    served = {"name": version, "served": True, "storage": True, "schema": {"openAPIV3Schema": schema}}
    if status:
        served["subresources"] = {"status": {}}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{plural}.{group}"},
        "spec": {
            "group": group,
            "names": {"kind": kind, "listKind": f"{kind}List", "plural": plural, "singular": kind.lower()},
            "scope": "Namespaced" if namespaced else "Cluster",
            "versions": [served],
        },
    }
