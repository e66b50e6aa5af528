"""Any two sets of objects for one cluster, and the states between them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from hypothesis import strategies as st

from sg_integration.model import calico
from sg_integration.model.calico import Manifest, Write, write_order
from sg_integration.model.policy_compile import compile_policy
from sg_integration.model.policy_inputs import PolicyInputs
from tests.policy.trial import allowed
from tests.policy.world import World
from tests.policy.worlds import GROUPS_OF_A_VPC, members, worlds

Objects = dict[str, Manifest]
OPTIONS: st.SearchStrategy[dict[str, Any] | None] = st.sampled_from(
    [{}, {}, {"hosts": "off"}, {"staged": True}, {"metadata": True}, None]
)
"""How the objects are made; `None`: there are none."""


@dataclass(frozen=True)
class Change:
    """Two sets of objects for the pods and nodes of one world."""

    world: World
    old: Objects
    new: Objects

    def __repr__(self) -> str:
        """The world, and what is written in between."""
        writes = [
            f"{each.step}: {each.verb} {calico.meaning(each.manifest)}" for each in write_order(self.old, self.new)
        ]
        return "\n".join([repr(self.world), *writes])

    def _repr_pretty_(self, printer: Any, _: bool) -> None:
        printer.text(repr(self))


@st.composite
def changes(draw: st.DrawFn) -> Change:
    """A world, and any two sets of objects for it: groups, members, default groups, options and all may differ."""
    world = draw(worlds())
    inputs = world.inputs
    other = replace(
        inputs,
        groups=draw(GROUPS_OF_A_VPC),
        members=draw(members(list(inputs.nodes))),
        default_groups=draw(
            st.sampled_from((inputs.default_groups, inputs.default_groups | {"sg-0c"}, frozenset({"sg-0c"})))
        ),
    )
    other = draw(st.sampled_from((other, replace(inputs, members=other.members), replace(inputs, groups=other.groups))))
    here = replace(world, hosts="members", shapes=world.shapes[:2])
    return Change(here, made(inputs, draw(OPTIONS)), made(other, draw(OPTIONS)))


def made(inputs: PolicyInputs, options: dict[str, Any] | None) -> Objects:
    """The objects of some inputs."""
    return {} if options is None else calico.objects(compile_policy(inputs), **options)


def opened(change: Change) -> str:
    """Where the law of writing is broken: until the turn each write only narrows, from then on each only widens.

    Returns:
        The write, and what passes too much or too little after it; empty if nothing does.
    """
    world, old, new = change.world, change.old, change.new
    before, after = allowed(world, old.values()), allowed(world, new.values())
    last, turned = before, False
    for write, state in states(old, new):
        turned = turned or write.step not in ("prepare", "narrow")
        now = allowed(world, state)
        wrong = now - (after if turned else before)
        wrong |= last - now if turned or write.step == "prepare" else now - last
        if wrong:
            where = f"after {write.step} {write.verb} {write.manifest['metadata']['name']}"
            return "\n".join([repr(change), where, *sorted(wrong)])
        last = now
    return "" if last == after else f"{change!r}\nin the end {sorted(last ^ after)}"


def states(old: Objects, new: Objects) -> Iterator[tuple[Write, list[Manifest]]]:
    """Every write, and all objects after it, as the API server has them."""
    now = {(each["kind"], each["metadata"]["name"]): each for each in old.values()}
    for write in write_order(old, new):
        key = write.manifest["kind"], write.manifest["metadata"]["name"]
        if write.verb == "apply":
            now[key] = write.manifest
        else:
            del now[key]
        yield write, list(now.values())
