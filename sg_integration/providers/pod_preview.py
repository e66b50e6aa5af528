"""What a preview says of pods: who gains and loses groups, who is left alone, and how many are not listed."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from typing import Any, Final

from sg_integration.model.bindings import Binding, PodChange
from sg_integration.providers.pod_sight import Sight, Todo
from sg_integration.providers.settings import PLACEHOLDER
from sg_integration.providers.state import Props

FOUND: Final = ("pods", "workloads", "skipped", "summary")
"""What `check` finds and adds to the inputs."""
_LISTED: Final = 300


def preview(sight: Sight, todo: Todo, binding: Binding, olds: Props, same: bool) -> Props:
    """The inputs that show what will be done.

    Args:
        sight: what was seen.
        todo: what must be written.
        binding: the binding as it will be.
        olds: the inputs of the last update.
        same: whether the binding is the one of before.
    """
    pods = listed([(str(change.pod), _words(change)) for change in todo.pods])
    templates = listed([(str(change.pod), f"{_words(change)} (rolls out)") for _, change in todo.workloads])
    quiet = same and not pods and not templates
    return {
        "pods": told_again(pods, olds.get("pods") or {}, quiet),
        "workloads": told_again(templates, olds.get("workloads") or {}, quiet),
        "skipped": dict(listed(sorted(todo.skipped.items()))),
        # Pods come and go: their number is news only with other news.
        "summary": olds.get("summary") or _summary(sight, todo, binding) if quiet else _summary(sight, todo, binding),
    }


def warning(found: Props) -> str:
    """What of the summary must be seen also by who does not look at the details; mostly nothing."""
    summary = str(found.get("summary") or "")
    return summary if summary.startswith("no ") or "return to the node groups" in summary else ""


def _summary(sight: Sight, todo: Todo, binding: Binding) -> str:
    if not any(binding.covers(labels) for labels in sight.namespaces.values()):
        return f"no namespace is there that {binding.namespaces} matches; pods of one that comes later are bound"
    if not todo.matched and not todo.pods and not todo.skipped:
        return f"no live pod matches {binding.pods} in {binding.namespaces}; pods that come later are bound"
    words = [f"{len(todo.pods)} of {todo.matched} live pods change"]
    if bare := sum(1 for change in todo.pods if not change.groups):
        words.append(f"{bare} return to the node groups, which can widen or cut their access")
    if todo.workloads:
        words.append(f"{len(todo.workloads)} workloads are rolled out")
    if todo.skipped:
        words.append(f"{len(todo.skipped)} are left alone")
    return "; ".join(words)


def _words(change: PodChange) -> str:
    """The change in one line; groups that do not exist yet have placeholders, numbered if it is known how many they are."""
    return re.sub(
        rf"{PLACEHOLDER}( \d+)?", lambda found: f"{'a group' if found[1] else 'groups'} {found[0]}", str(change)
    )


def listed(found: list[tuple[str, str]]) -> dict[str, str]:
    """All lines, or, of a large set, so many that a person reads them, and the others counted by what they say."""
    lines = dict(sorted(found)[:_LISTED])
    counted = Counter(words for _, words in sorted(found)[_LISTED:])
    return {**lines, **{f"({count} more) {words}": "as listed" for words, count in sorted(counted.items())}}


def told_again(lines: Mapping[str, str], said: Mapping[str, Any], quiet: bool, most: int = _LISTED) -> dict[str, str]:
    """The lines, so that a change reads as one: what was done the last time is no news, but its going would look like some.

    It stays as long as there is other news and goes without being shown; the same change once more reads differently.
    """
    fresh = {one: f"{words} (once more)" if said.get(one) == words else words for one, words in lines.items()}
    kept = said if len(said) <= most else {}
    return {} if quiet else {**{one: str(words) for one, words in kept.items()}, **fresh}
