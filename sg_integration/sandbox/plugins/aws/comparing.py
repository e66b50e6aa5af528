"""Compares a resource's state with the inputs that the program wants now, as the engine's diff."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Final

from sg_integration.sandbox.plugins.aws.checking import DEFAULTS
from sg_integration.sandbox.plugins.aws.kind import is_empty
from sg_integration.sandbox.plugins.aws.tagging import all_tags
from sg_integration.sandbox.plugins.document import UNKNOWN, is_known
from sg_integration.sandbox.plugins.protocol import Diff, DiffKind

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from sg_integration.sandbox.plugins.aws.kind import Kind
    from sg_integration.sandbox.plugins.aws.settings import Settings
    from sg_integration.sandbox.plugins.document import Document

_PLAIN_KEY: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")


def diff(kind: Kind, settings: Settings, state: Document, inputs: Document, ignore: tuple[str, ...]) -> Diff:
    """What differs; drift shows too, because the state is what a refresh saw."""
    detailed = {path: how for path, how in _differences(kind, settings, state, inputs) if not _is_ignored(path, ignore)}
    changed = tuple(dict.fromkeys(_top(path) for path in detailed))
    forced = kind.force_new | {"region"} | set(kind.replaced_by(state, inputs))
    replaces = tuple(name for name in changed if name in forced)
    explicit = kind.autoname in inputs and kind.autoname not in inputs.get(DEFAULTS, [])
    return Diff(changed, replaces, detailed, delete_before_replace=bool(replaces) and explicit)


def _differences(kind: Kind, settings: Settings, state: Document, inputs: Document) -> Iterator[tuple[str, DiffKind]]:
    for name in sorted(kind.applied):
        old, new = state.get(name), inputs.get(name)
        if (name not in inputs and name in kind.kept) or (is_known(new) and kind.same(name, old, new)):
            continue
        yield name, _how(old, new)
    region = inputs.get("region", settings.region)
    if state.get("region", region) != region:
        yield "region", DiffKind.UPDATE
    yield from _tag_differences(settings, state, inputs)


def _tag_differences(settings: Settings, state: Document, inputs: Document) -> Iterator[tuple[str, DiffKind]]:
    old, new = state.get("tags") or {}, inputs.get("tags") or {}
    if new is UNKNOWN:
        yield "tags", DiffKind.UPDATE
        return
    yield from _map_differences("tags", old, new)
    if old == new:  # then only the provider's default tags can make a difference
        yield from _map_differences("tagsAll", state.get("tagsAll") or {}, all_tags(new, settings.default_tags))


def _map_differences(name: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[tuple[str, DiffKind]]:
    for key in sorted(old.keys() | new.keys()):
        if old.get(key) != new.get(key) or (key in old) != (key in new):
            yield _path(name, key), _how(old.get(key), new.get(key))


def _how(old: Any, new: Any) -> DiffKind:
    if is_empty(old) and old is not False:
        return DiffKind.ADD
    return DiffKind.DELETE if is_empty(new) and new is not False else DiffKind.UPDATE


def _path(name: str, key: str) -> str:
    """A property path to a key of a map: `tags.Name`, or quoted where the key has other characters."""
    return f"{name}.{key}" if _PLAIN_KEY.fullmatch(key) else f"{name}[{json.dumps(key)}]"


def _top(path: str) -> str:
    return re.split(r"[.\[]", path, maxsplit=1)[0]


def _is_ignored(path: str, ignore: tuple[str, ...]) -> bool:
    """Whether `ignoreChanges` covers a path: it names the path itself or one that leads to it."""
    return any(path == one or path.startswith((f"{one}.", f"{one}[")) for one in ignore)
