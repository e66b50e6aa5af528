"""A comment for the pull request, from a saved plan: who joins, who leaves, what the nodes are told, and what else happens.

python comment.py plan.json > comment.md
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

# What a reviewer must see line by line: who is a member, who is passed over, what is repaired, what the nodes enforce.
SHOWN = {
    "members": "members",
    "deferred": "wait for their database",
    "skipped": "passed over",
    "repair": "repaired",
    "objects": "what the nodes enforce",
    "pods": "pods",
}
LIMIT = 60_000  # GitHub takes 65,536 characters


def changes(plan: Mapping[str, Any]) -> Iterator[tuple[str, list[str], Mapping[str, Any]]]:
    """Each resource that is not left as it is: its name, the steps, and what changes of its inputs."""
    for urn, resource in plan["resourcePlans"].items():
        steps = [step for step in resource.get("steps", []) if step != "same"]
        if steps and "::pulumi:" not in urn:
            yield urn.rpartition("::")[2], steps, (resource.get("goal") or {}).get("inputDiff") or {}


def lines(diff: Mapping[str, Any]) -> Iterator[str]:
    """What changes in the maps that a reviewer must see, a line each."""
    for name, title in SHOWN.items():
        found = {**diff.get("adds", {}), **diff.get("updates", {})}.get(name)
        if found:
            yield f"  * {title}, from now on:"
            yield from (f"    * `{each}` {words}" for each, words in sorted(found.items()))


def comment(plan: Mapping[str, Any]) -> str:
    """The comment, in Markdown."""
    made = ["### What `pulumi up --plan` will do", ""]
    for name, steps, diff in changes(plan):
        made.append(f"* **{name}**: {', '.join(steps)}")
        made += lines(diff)
    text = "\n".join(made if len(made) > 2 else [*made, "Nothing."])  # noqa: PLR2004  the heading and an empty line
    return text if len(text) < LIMIT else f"{text[:LIMIT]}\n\nand more: see the log of the preview.\n"


if __name__ == "__main__":
    if len(sys.argv) != 2:  # noqa: PLR2004  itself and the file
        print("usage: python comment.py plan.json > comment.md", file=sys.stderr)
        sys.exit(2)
    print(comment(json.loads(Path(sys.argv[1]).read_text())))
