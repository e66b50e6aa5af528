"""What differs between two documents, and what drifted away from the inputs. Pure.

Only what the program asked for counts: values that the server or other field managers added never show. A live value
is compared with the live value of before, not with the input, so that the server's own spelling of a value (`1` for
`1000m`, `data` for `stringData`) is no difference.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from sg_integration.sandbox.plugins.document import UNKNOWN
from sg_integration.sandbox.plugins.kubernetes.immutable import Path
from sg_integration.sandbox.plugins.protocol import DiffKind

_PLAIN: Final = re.compile(r"[A-Za-z_$][A-Za-z0-9_$-]*")
_ABSENT: Final = object()


def changes(old: Any, new: Any, path: Path = ()) -> dict[Path, DiffKind]:
    """Every place where two values differ, and how; an unknown value differs from all others."""
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        return _of_parts({key: (old.get(key), new.get(key)) for key in (*old, *new)}, path)
    if isinstance(old, list) and isinstance(new, list):
        longest = range(max(len(old), len(new)))
        return _of_parts({at: (_item(old, at), _item(new, at)) for at in longest}, path)
    if old is not UNKNOWN and new is not UNKNOWN and old == new:
        return {}
    if old is None:
        return {path: DiffKind.ADD}
    return {path: DiffKind.DELETE if new is None else DiffKind.UPDATE}


def spelled(path: Path) -> str:
    """A property path as the engine writes it: `metadata.labels.app`, `spec.ports[0]`, `data["a.b"]`."""
    text = ""
    for step in path:
        if isinstance(step, int):
            text += f"[{step}]"
        elif _PLAIN.fullmatch(step):
            text += f".{step}" if text else step
        else:
            quoted = step.replace('"', '\\"')
            text += f'["{quoted}"]'
    return text


def drifted(inputs: Any, before: Any, now: Any) -> Any:
    """The inputs that would make an object as it is now.

    Args:
        inputs: what the program asked for.
        before: the live value after the last update.
        now: the live value.

    Returns:
        the inputs, with the live value wherever that changed since, and without what went away.
    """
    if before == now:
        return inputs
    if isinstance(inputs, Mapping) and isinstance(now, Mapping):
        return _drifted_mapping(inputs, before if isinstance(before, Mapping) else {}, now)
    if isinstance(inputs, list) and isinstance(now, list) and isinstance(before, list):
        return _drifted_list(inputs, before, now)
    return now


def _drifted_mapping(inputs: Mapping[str, Any], before: Mapping[str, Any], now: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in inputs.items():
        if key in now:
            found[key] = drifted(value, before.get(key, _ABSENT), now[key])
        elif key not in before:  # write-only, as `stringData`: the server never shows it
            found[key] = value
    return found


def _drifted_list(inputs: list[Any], before: list[Any], now: list[Any]) -> list[Any]:
    """Items with names are matched by name, and those that others added are left out; other lists count as a whole."""
    olds, news = _by_name(before), _by_name(now)
    if _by_name(inputs) and olds and news:
        kept = [item for item in inputs if item["name"] in news]
        return [drifted(item, olds.get(item["name"]), news[item["name"]]) for item in kept]
    if len(inputs) == len(before) == len(now):
        return [drifted(*three) for three in zip(inputs, before, now, strict=True)]
    return now


def _by_name(items: list[Any]) -> dict[str, Any]:
    """The items by name; empty unless every one has its own."""
    named = {item["name"]: item for item in items if isinstance(item, Mapping) and isinstance(item.get("name"), str)}
    return named if len(named) == len(items) else {}


def _of_parts(parts: Mapping[Any, tuple[Any, Any]], path: Path) -> dict[Path, DiffKind]:
    return {where: kind for key, (old, new) in parts.items() for where, kind in changes(old, new, (*path, key)).items()}


def _item(items: list[Any], at: int) -> Any:
    return items[at] if at < len(items) else None
