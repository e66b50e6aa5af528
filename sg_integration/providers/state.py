"""What an enrollment keeps in its inputs and outputs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final, TypeAlias, cast

from sg_integration.model.groups import Groups
from sg_integration.providers.reconcile import Results

Props: TypeAlias = dict[str, Any]

FOUND: Final = ("members", "skipped", "deferred", "repair")
"""What `check` finds and adds to the inputs."""
DONE: Final = ("attached", "originals", "failed")
"""What was really done, in the outputs only."""


def members(props: Props) -> dict[str, str]:
    """Who is in, by name."""
    return cast("dict[str, str]", props.get("members") or {})


def deferred(props: Props) -> dict[str, str]:
    """Who waits until its database runs, and why."""
    return cast("dict[str, str]", props.get("deferred") or {})


def attached(props: Props) -> dict[str, Groups]:
    """What is ours on each member."""
    return {member: frozenset(groups) for member, groups in (props.get("attached") or {}).items()}


def originals(props: Props) -> dict[str, tuple[str, ...]]:
    """What each member had before us."""
    return {member: tuple(groups) for member, groups in (props.get("originals") or {}).items()}


def listed(groups: Mapping[str, Iterable[str]]) -> dict[str, list[str]]:
    """Groups by member as plain data."""
    return {member: sorted(ids) for member, ids in groups.items()}


def outputs(props: Props, results: Results) -> Props:
    """The outputs of an update: all inputs, and what was done."""
    return {
        **props,
        **{name: props.get(name, {}) for name in FOUND},
        "attached": listed(results.attached),
        "originals": {member: list(groups) for member, groups in results.originals.items()},
        "failed": dict(results.failed),
    }
