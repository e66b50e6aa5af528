"""Calico's objects in one spelling, so that what was read can be compared with what was compiled.

Calico's API server gives back every rule with an empty source and destination, leaves out empty lists, keeps networks in an
order of its own, and fills in defaults. None of this is a difference, and each would be shown in every preview. What does
count is anything more that an object says: a field that narrows or widens a rule, or a label that puts networks into a group.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from sg_integration.model.annotation import LABEL_PREFIX, OURS
from sg_integration.model.calico import Manifest

_POLICIES: Final = ("GlobalNetworkPolicy", "StagedGlobalNetworkPolicy")
_DIRECTIONS: Final = ("ingress", "egress")
_NESTED: Final = (dict, list)  # what JSON is made of: compared by type, as 240,000 rules are looked at
_SETS: Final = ("nets", "notNets")
_OURS: Final = (f"{OURS}/", LABEL_PREFIX)
_OUR_LABELS: Final = (*_OURS, "app.kubernetes.io/managed-by", "projectcalico.org/")


def spelled(found: Mapping[str, Any]) -> Manifest:
    """An object as the compiler would write it: its name, our labels and annotations, and what its spec says.

    Args:
        found: the object as the API server shows it.
    """
    metadata = found["metadata"]
    spec = _plain(found.get("spec") or {})
    if found["kind"] in _POLICIES:
        spec = {**spec, **{each: spec.get(each, []) for each in _DIRECTIONS}}
    return {
        "apiVersion": found["apiVersion"],
        "kind": found["kind"],
        "metadata": {
            "name": metadata["name"],
            "labels": _beginning(metadata.get("labels"), _OUR_LABELS),
            "annotations": _beginning(metadata.get("annotations"), _OURS),
        },
        "spec": spec,
    }


def differs(actual: Mapping[str, Any], desired: Mapping[str, Any]) -> bool:
    """Whether an object says anything else than it should, beyond what a server fills in by itself.

    Args:
        actual: the object as it was read.
        desired: the manifest that was compiled.
    """
    return any(_differences(spelled(actual), spelled(desired)))


def repair(actual: Mapping[str, Any], desired: Mapping[str, Any]) -> dict[str, Any]:
    """The merge patch that makes an object what it should be; empty if it is.

    Server-side apply takes away only what we have applied: a network in a set, a label or a field that somebody else added
    stays, and so does what it opens.
    """
    patch: dict[str, Any] = {}
    for way, value in _differences(spelled(actual), spelled(desired)):
        place = patch
        for step in way[:-1]:
            place = place.setdefault(step, {})
        place[way[-1]] = value
    return patch


def _differences(found: Manifest, wanted: Manifest) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Where something is different, and what should be there; None for nothing."""
    for way in (("metadata", "labels"), ("metadata", "annotations"), ("spec",)):
        one, other = found, wanted
        for step in way:
            one, other = one[step], other[step]
        for key in sorted({*one, *other}):
            was, shall = one.get(key), other.get(key)
            if was != shall and _sorted(key, was) != _sorted(key, shall):
                yield (*way, key), shall


def _beginning(values: Mapping[str, str] | None, prefixes: tuple[str, ...]) -> dict[str, str]:
    return {key: value for key, value in (values or {}).items() if key.startswith(prefixes)}


def _plain(value: Any) -> Any:
    """A value without what says nothing: empty fields, and switches that are off. Numbers say something, also 0."""
    if type(value) is dict:
        plain: dict[str, Any] = {}
        for key, inner in value.items():
            each = _plain(inner) if type(inner) in _NESTED else inner
            if each or (each == 0 and each is not False):
                plain[key] = each
        return plain
    return [_plain(each) if type(each) in _NESTED else each for each in value]


def _sorted(key: str, value: Any) -> Any:
    """A value in which sets have one order."""
    if isinstance(value, Mapping):
        return {each: _sorted(each, inner) for each, inner in value.items()}
    if isinstance(value, list):
        return sorted(value) if key in _SETS else [_sorted("", each) for each in value]
    return value
