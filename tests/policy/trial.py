"""The trial of one world: both evaluators on every packet, and a counter-example that a person can read."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sg_integration.model import calico
from sg_integration.model.policy_compile import compile_policy
from tests.policy.aws import SecurityGroups
from tests.policy.calico import Calico
from tests.policy.world import World


def manifests(world: World, **options: Any) -> list[calico.Manifest]:
    """What the compiler makes of a world."""
    return list(calico.objects(compile_policy(world.inputs), hosts=world.hosts, **options).values())  # type: ignore[arg-type]


def disagreement(world: World, written: Iterable[calico.Manifest]) -> str:
    """The first packet that the two decide differently, with both reasons; empty if there is none."""
    expected = SecurityGroups(world.inputs, world.pods, world.late(), hosts=world.hosts == "members")
    actual = Calico(written, world.endpoints())
    for source, destination, packet in world.flows:
        wanted, found = expected.decide(source, destination, packet), actual.decide(packet)
        if wanted.allowed is not found.allowed:
            ends = f"{source.name} to {destination.name}: {packet}"
            return f"{world!r}\n{ends}\n  groups: {wanted.allowed}, {wanted.reason}\n  Calico: {found.allowed}, {found.reason}"
    return ""


def allowed(world: World, written: Iterable[calico.Manifest]) -> set[str]:
    """The packets that Calico lets pass."""
    decided = Calico(written, world.endpoints())
    return {words for packet, words in world.said if decided.decide(packet).allowed}
