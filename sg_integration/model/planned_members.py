"""Members and nodes that join and leave by a plan."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from sg_integration.model.groups import Groups
from sg_integration.model.landscape import Landscape
from sg_integration.model.planned_changes import Plan, Step
from sg_integration.model.policy_inputs import Member, Node

JOINING: Final = tuple(
    f"pulumi-python:dynamic/sg_integration:{kind}Enrollment" for kind in ("Ec2", "Rds", "Node")
)  # fmt: skip
_INSTANCE: Final = re.compile(r"\((i-[0-9a-f]+)\)")


def joined(landscape: Landscape, plan: Plan, steps: Sequence[Step]) -> Landscape:
    """The landscape with the members of enrollments as they will be."""
    members = {each.id: each for each in landscape.inputs.members}
    nodes = {each.name: each for each in landscape.inputs.nodes}
    trust = landscape.trust
    for step in steps:
        if not step.whole:
            plan.unknown.append(f"{step.name}: a saved plan has differences only, so who joins and leaves is not known")
            continue
        for name, gains, loses, back in _moves(plan, step):
            places = list(_places(landscape, members, nodes, *name))
            if not places:
                plan.unknown.append(f"{step.name}: {name[1] or name[0]} is nobody who was found in the VPC")
            for place in places:
                if place in members:
                    members[place] = _member(members[place], gains, loses, back, trust)
                else:
                    nodes[place] = replace(nodes[place], groups=(nodes[place].groups - loses) | gains)
    inputs = replace(landscape.inputs, members=tuple(members.values()), nodes=tuple(nodes.values()))
    return replace(landscape, inputs=inputs)


def _moves(plan: Plan, step: Step) -> Iterator[tuple[tuple[str, str], Groups, Groups, Groups]]:
    """Who gains which groups, and loses which; and those it came with."""
    outputs: Mapping[str, Any] = step.old.get("outputs") or {}
    attached: Mapping[str, Iterable[str]] = outputs.get("attached") or {}
    originals: Mapping[str, Iterable[str]] = outputs.get("originals") or {}
    names: Mapping[str, Any] = outputs.get("members") or {}
    members: Any = step.inputs.get("members") if step.new else {}
    wanted = plan.groups(step, "security_group_ids") if step.new else frozenset[str]()
    if not isinstance(members, Mapping) or wanted is None:
        plan.unknown.append(f"{step.name}: who joins and leaves is not known before the update")
        return
    for deferred, why in (step.inputs.get("deferred") or {}).items():
        plan.unknown.append(f"{step.name}: {deferred} is deferred: {why}")
    for each in sorted({*attached, *members}):
        had = frozenset(attached.get(each, ()))
        gains = wanted if each in members else frozenset[str]()
        said = str(members.get(each) or names.get(each) or "")
        yield (each, said), gains, had - gains, frozenset(originals.get(each, ()))


def _places(
    landscape: Landscape, members: Mapping[str, Member], nodes: Mapping[str, Node], id_: str, said: str
) -> Iterator[str]:
    """The ids of members, or the name of the node, that an enrollment's member is."""
    if id_ in members:
        yield id_
        return
    found = _INSTANCE.search(said)
    for each in (*landscape.known_as.get(id_, ()), *(landscape.known_as.get(found[1], ()) if found else ())):
        if each in members or each in nodes:
            yield each


def _member(member: Member, gains: Groups, loses: Groups, back: Groups, trust: Groups) -> Member:
    """A member after it joined or left; nodes hold the rules of whoever is in trust."""
    groups = (member.groups - loses) | gains
    return replace(member, groups=groups or back, policed=member.policed or bool(trust & gains))
