"""`ignoreChanges` under server-side apply: an ignored field must neither be changed nor be given up."""

from __future__ import annotations

import copy
import re
from typing import TYPE_CHECKING, Any, Final

from sg_integration.sandbox.plugins.kubernetes.objects import spelled_as_inputs
from sg_integration.sandbox.plugins.kubernetes.ownership import foreign

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_STEP: Final = re.compile(r'\["((?:[^"\\]|\\.)*)"\]|([^.\[\]]+)')


def without_ignored(
    inputs: Mapping[str, Any], live: Mapping[str, Any], ignored: Iterable[str], manager: str
) -> dict[str, Any]:
    """The inputs to apply when some property paths are ignored.

    A field that others hold and we do not is left out; any other keeps its live value, because leaving it out of an
    apply would remove it. Paths into lists are applied as the program says them.
    """
    kept = copy.deepcopy(dict(inputs))
    for path in ignored:
        steps = [quoted or plain for quoted, plain in _STEP.findall(path)]
        parent, last = _at(kept, steps[:-1]), steps[-1]
        if not isinstance(parent, dict) or last not in parent:
            continue
        current = _at(spelled_as_inputs(live), steps)
        if foreign(live, steps, manager):
            del parent[last]
        elif current is not None:
            parent[last] = current
    return kept


def _at(value: Any, steps: list[str]) -> Any:
    """What is at a path of keys, or `None`."""
    for step in steps:
        value = value.get(step) if isinstance(value, dict) else None
    return value
