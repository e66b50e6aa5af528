"""A landscape as plain data: the inputs of policy as `compile --save` writes them, and what a cluster adds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from sg_integration.model.bindings import Pod, binding
from sg_integration.model.errors import InvalidInput
from sg_integration.model.landscape import Enforcement, Landscape, RunningPod
from sg_integration.model.policy_document import as_document, from_document


def as_landscape_document(landscape: Landscape) -> dict[str, Any]:
    """The landscape as JSON takes it; `sg-integration compile --file` reads it, too."""
    enforcement = asdict(landscape.enforcement)
    return {
        **as_document(landscape.inputs),
        "pods": [_pod(each) for each in landscape.pods],
        "enforcement": {name: list(value) if isinstance(value, tuple) else value for name, value in enforcement.items()},
        "trust": sorted(landscape.trust),
        "enforced": sorted(landscape.enforced),
        "known_as": {name: list(ids) for name, ids in sorted(landscape.known_as.items())},
        "namespaces": {name: dict(labels) for name, labels in sorted(landscape.namespaces.items())},
        "bindings": [
            {"key": each.key, "namespaces": each.namespaces.document(), "pods": each.pods.document(),
             "groups": sorted(each.groups), "mode": each.mode}
            for each in landscape.bindings
        ],
        "objects": None if landscape.objects is None else sorted(landscape.objects),
        "differing": dict(sorted(landscape.differing.items())),
        "notes": list(landscape.notes),
    }  # fmt: skip


def landscape_from_document(document: Mapping[str, Any], where: str = "file") -> Landscape:
    """The landscape that a document was made of; one of `compile --save` has no pods, and Calico is taken to enforce.

    Args:
        document: the document.
        where: what it is, for the message.

    Raises:
        InvalidInput: it is malformed; the message names the part.
    """
    inputs = from_document(document, where)
    try:
        return Landscape(
            inputs=inputs,
            pods=tuple(_running(each) for each in document.get("pods", ())),
            enforcement=_enforcement(document.get("enforcement", {})),
            trust=frozenset(document.get("trust", ())),
            enforced=frozenset(document.get("enforced", ())),
            known_as={name: tuple(ids) for name, ids in document.get("known_as", {}).items()},
            namespaces=document.get("namespaces", {}),
            bindings=tuple(binding(each, f"{where}: bindings") for each in document.get("bindings", ())),
            objects=None if document.get("objects") is None else frozenset(document["objects"]),
            differing=dict(document.get("differing", {})),
            notes=tuple(document.get("notes", ())),
        )
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        if isinstance(error, InvalidInput):
            raise
        raise InvalidInput(where, f"it is not what `sg-integration reach --save` writes: {error!r}.") from error


def _pod(running: RunningPod) -> dict[str, Any]:
    pod = running.pod
    return {
        "namespace": pod.namespace, "name": pod.name, "labels": dict(pod.labels), "annotations": dict(pod.annotations),
        "host_network": pod.host_network, "workload": running.workload, "node": running.node,
        "addresses": list(running.addresses),
    }  # fmt: skip


def _running(document: Mapping[str, Any]) -> RunningPod:
    pod = Pod(
        namespace=document["namespace"],
        name=document["name"],
        labels=document.get("labels", {}),
        annotations=document.get("annotations", {}),
        host_network=bool(document.get("host_network")),
    )
    return RunningPod(pod, document.get("workload", ""), document.get("node", ""), tuple(document.get("addresses", ())))


def _enforcement(document: Mapping[str, Any]) -> Enforcement:
    lists = {name: tuple(value) for name, value in document.items() if isinstance(value, list)}
    found = Enforcement(**{**document, **lists})
    if found.standing not in ("live", "staged", "none") or found.hosts not in ("members", "off"):
        raise InvalidInput("enforcement", f"{dict(document)!r} is no enforcement.")
    return found
