"""Values that may not be known yet: checked now when they are known, and as soon as they are when not."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias, cast

import pulumi

from sg_integration.model import identifiers

Tags: TypeAlias = "pulumi.Input[Mapping[str, pulumi.Input[str]]] | None"


def is_known(value: object) -> bool:
    """Whether a value can be read while the program runs."""
    return not isinstance(value, pulumi.Output) and not hasattr(value, "__await__")


def checked(value: pulumi.Input[Any], check: Callable[[Any, str], str], where: str) -> pulumi.Input[str]:
    """The value after `check(value, where)`: at once, or in an `apply` when it is an output."""
    if is_known(value):
        return check(value, where)
    return pulumi.Output.from_input(value).apply(lambda known: check(known, where))


def checked_region(region: pulumi.Input[str] | None, where: str) -> pulumi.Input[str] | None:
    """A region, or none, which means the provider's."""
    return None if region is None else checked(region, identifiers.region, where)


def checked_tags(tags: Tags, where: str, *, reserved_group: bool = False) -> Tags:
    """The user's tags, refused as `identifiers.tags` refuses them: at once, or when they are known."""

    def check(known: Any) -> Any:
        return identifiers.tags(known or {}, where, reserved_group=reserved_group)

    return _map(tags, check)


def with_tags(theirs: Tags, ours: Mapping[str, str]) -> Tags:
    """The user's checked tags with ours; only `Name` can be in both, and theirs wins."""
    return _map(theirs, lambda known: {**ours, **(known or {})})


def _map(value: Tags, function: Callable[[Any], Any]) -> Tags:
    if is_known(value):
        return cast("Tags", function(value))
    return cast("Tags", pulumi.Output.from_input(value).apply(function))
