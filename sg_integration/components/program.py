"""What a program has declared by its end: some resources come after everything else."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final
from weakref import WeakKeyDictionary

import pulumi

_RULES: Final[WeakKeyDictionary[pulumi.Resource, list[pulumi.Output[str]]]] = WeakKeyDictionary()
_SECURITY_GROUPS: Final[WeakKeyDictionary[pulumi.Resource, list[pulumi.Resource]]] = WeakKeyDictionary()


def at_its_end(function: Callable[[], Any]) -> pulumi.Output[Any]:
    """Call a function when the program has run to its end; returns what it returns, outputs resolved."""
    # The engine's SDK runs this only after the program has run.
    return pulumi.Output.from_input(True).apply(lambda _: pulumi.Output.from_input(function()))


def declare(security_group: pulumi.Resource) -> None:
    """Say that a group was declared."""
    root = pulumi.runtime.get_root_resource()
    if root is not None:
        _SECURITY_GROUPS.setdefault(root, []).append(security_group)


def security_groups() -> list[pulumi.Resource]:
    """The groups that the program has declared so far."""
    root = pulumi.runtime.get_root_resource()
    return [] if root is None else list(_SECURITY_GROUPS.get(root, ()))


def declare_rule(rule_id: pulumi.Output[str]) -> None:
    """Say that a rule was declared."""
    root = pulumi.runtime.get_root_resource()
    if root is not None:
        _RULES.setdefault(root, []).append(rule_id)


def rule_ids() -> list[pulumi.Output[str]]:
    """The ids of the rules that the program has declared so far."""
    root = pulumi.runtime.get_root_resource()
    return [] if root is None else list(_RULES.get(root, ()))
