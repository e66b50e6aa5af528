"""What a program has declared by its end: some resources come after everything else."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final
from weakref import WeakKeyDictionary

import pulumi


@dataclass
class Declared:
    """What one program has declared so far.

    Args:
        rule_ids: the ids of its rules.
        rules: what each of them says, id and all.
        owners: the integrations of clusters that enforce.
    """

    rule_ids: list[pulumi.Output[str]] = field(default_factory=list)
    rules: list[pulumi.Output[Any]] = field(default_factory=list)
    owners: list[str] = field(default_factory=list)


_PROGRAMS: Final[WeakKeyDictionary[pulumi.Resource, Declared]] = WeakKeyDictionary()


def declared() -> Declared:
    """What the program that runs has declared; without an engine nothing is kept."""
    root = pulumi.runtime.get_root_resource()
    return Declared() if root is None else _PROGRAMS.setdefault(root, Declared())


def at_its_end(function: Callable[[], Any]) -> pulumi.Output[Any]:
    """Call a function when the program has run to its end; returns what it returns, outputs resolved."""
    # The engine's SDK runs this only after the program has run.
    return pulumi.Output.from_input(True).apply(lambda _: pulumi.Output.from_input(function()))
