"""What a program has declared by its end: some resources come after everything else."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from types import FrameType
from typing import Any, Final
from weakref import WeakKeyDictionary

import pulumi

from sg_integration.model.errors import InvalidInput
from sg_integration.providers.settings import PREVIEWING


@dataclass
class Declared:
    """What one program has declared so far.

    Args:
        rule_ids: the ids of its rules.
        rules: what each of them says, id and all.
        owners: the integrations of clusters that enforce.
        memberships: the names of its memberships.
    """

    rule_ids: list[pulumi.Output[str]] = field(default_factory=list)
    rules: list[pulumi.Output[Any]] = field(default_factory=list)
    owners: list[str] = field(default_factory=list)
    memberships: list[str] = field(default_factory=list)


_POLL_SECONDS: Final = 0.01
_PROGRAMS: Final[WeakKeyDictionary[pulumi.Resource, Declared]] = WeakKeyDictionary()


def declared() -> Declared:
    """What the program that runs has declared; without an engine nothing is kept."""
    root = pulumi.runtime.get_root_resource()
    return Declared() if root is None else _PROGRAMS.setdefault(root, Declared())


def previewing() -> dict[str, bool]:
    """The input that tells a provider of a preview; no input of an update."""
    return {PREVIEWING: True} if pulumi.runtime.is_dry_run() else {}


def at_its_end(function: Callable[[], Any]) -> pulumi.Output[Any]:
    """Call a function when the program has run to its end; returns what it returns, outputs resolved."""

    async def wait(_: bool) -> bool:
        # The engine's SDK runs this after the program has run, or while it waits in a call such as `aws.ec2.get_vpc(…)`.
        while calls := _waiting_calls():
            if "register_resource_transform" in calls:  # which waits for us
                raise InvalidInput(
                    "register_resource_transform",
                    "it waits for what is declared before it, and an integration waits for the program's end. Register it "
                    "before the first VpcIntegration, or give transforms= to the resources or components that you mean.",
                )
            await asyncio.sleep(_POLL_SECONDS)
        return True

    started: pulumi.Output[bool] = pulumi.Output.from_input(True).apply(wait)
    return started.apply(lambda _: pulumi.Output.from_input(function()))


def _waiting_calls() -> list[str]:
    """The functions of a program that still runs and waits in one of them; none when it has run."""
    frames = list(_frames(sys._getframe()))
    for at, (inner, outer) in enumerate(pairwise(frames)):
        # The SDK turns the event loop itself while a program waits for an answer.
        if inner.f_code.co_name == "_run_once" and outer.f_code.co_name == "_sync_await":
            return [each.f_code.co_name for each in frames[at:]]
    return []


def _frames(frame: FrameType | None) -> Iterator[FrameType]:
    while frame is not None:
        yield frame
        frame = frame.f_back
