"""Pods that gain and lose groups by a plan, as bindings come, change and go."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from sg_integration.model import annotation
from sg_integration.model.bindings import Binding, binding, change, expected, with_binding
from sg_integration.model.errors import InvalidInput
from sg_integration.model.landscape import Landscape, RunningPod
from sg_integration.model.planned_changes import UNKNOWN, Plan, Step

BINDING: Final = "pulumi-python:dynamic/sg_integration:PodGroups"


def bound(landscape: Landscape, plan: Plan, steps: Sequence[Step]) -> Landscape:
    """The landscape with its pods as the bindings will have them; pods of other bindings are left as they are."""
    registry, touched = list(landscape.bindings), list[Binding]()
    for step in steps:
        before = _binding(step, step.old.get("inputs") or {}, None)
        after = _after(plan, step)
        if step.new and after is None:
            continue
        touched += [each for each in (before, after) if each is not None]
        for each in (before, after):
            if each is not None:
                registry = with_binding(registry, after, each.key)
    pods = (
        tuple(_pod(landscape, plan, each, registry, touched) for each in landscape.pods) if touched else landscape.pods
    )
    in_use = landscape.inputs.in_use.union(*(each.groups for each in registry))
    return replace(landscape, pods=pods, bindings=tuple(registry), inputs=replace(landscape.inputs, in_use=in_use))


def _after(plan: Plan, step: Step) -> Binding | None:
    if not step.new:
        return None
    if not step.whole:
        plan.unknown.append(f"{step.name}: a saved plan has differences only, so which pods it binds is not known")
        return None
    groups = plan.groups(step, "security_group_ids")
    found = None if groups is None else _binding(step, step.inputs, groups)
    if found is None:
        plan.unknown.append(f"{step.name}: which pods it binds is not known before the update")
    return found


def _binding(step: Step, inputs: Mapping[str, Any], groups: frozenset[str] | None) -> Binding | None:
    """The binding in a resource's inputs, with the groups given, or with its own."""
    document = inputs.get("binding")
    if not isinstance(document, Mapping) or UNKNOWN in document.values():
        return None
    listed = (
        groups if groups is not None else [each for each in inputs.get("security_group_ids") or () if each != UNKNOWN]
    )
    try:
        return replace(binding(document, step.name), groups=frozenset(listed))
    except InvalidInput:
        return None


def _pod(
    landscape: Landscape, plan: Plan, running: RunningPod, registry: Sequence[Binding], touched: Sequence[Binding]
) -> RunningPod:
    """A pod as the bindings will have it, if one that comes, changes or goes is about it."""
    pod, labels = running.pod, landscape.namespaces.get(running.pod.namespace, {})
    if pod.left_alone or not any(each.matches(pod, labels) for each in touched):
        return running
    try:
        done = change(pod, expected(pod, labels, registry))
    except InvalidInput as error:
        plan.unknown.append(f"pod {pod}: {error}")
        return running
    own = annotation.labelled(pod.labels)
    kept = {key: value for key, value in pod.labels.items() if key.removeprefix(annotation.LABEL_PREFIX) not in own}
    kept.pop(annotation.BOUND, None)
    return replace(running, pod=replace(pod, labels={**kept, **done.labels}))
