"""`sg-integration reach`: who reaches whom, workloads and members, both ways; now, and after a preview."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sg_integration.commands.landscapes import add_source, document, landscape

if TYPE_CHECKING:
    from sg_integration.model.landscape import Landscape
    from sg_integration.model.reach_matrix import Comparison


def add(topics: Any) -> None:
    """Add the topic to the command's parser."""
    parser = topics.add_parser(
        "reach", help="who reaches whom: workloads and members, both ways; with --preview what becomes and what stops"
    )
    parser.add_argument("--preview", type=Path, metavar="FILE", help="the output of `pulumi preview --json`")
    parser.add_argument("--all", action="store_true", help="with --preview also what stays as it is")
    parser.add_argument(
        "--system", action="store_true", help="also pods of the cluster's own namespaces, which policy never selects"
    )
    shown = parser.add_mutually_exclusive_group()
    shown.add_argument("--json", action="store_true", help="as one JSON object, every pair for itself")
    shown.add_argument("--svg", type=Path, metavar="FILE", help="draw a picture into this file")
    add_source(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print the table, or write the picture; returns the exit code."""
    from sg_integration.model.reach_words import as_json, as_table  # noqa: PLC0415  other topics need no compiler

    seen = landscape(arguments)
    found, unknown = _compared(arguments, seen)
    previewed = arguments.preview is not None
    if arguments.json:
        print(json.dumps(as_json(found, previewed=previewed, notes=seen.notes, unknown=unknown), indent=2))
        return 0
    if arguments.svg:
        from sg_integration.model.reach_picture import picture  # noqa: PLC0415

        arguments.svg.write_text(picture(found, previewed=previewed, unknown=len(unknown)))
        print(f"{arguments.svg} shows {len(found.workloads)} workloads and {len(found.members)} members.")
    else:
        print(as_table(found, previewed=previewed, everything=arguments.all))
    _say(seen, unknown, system=arguments.system)
    return 0


def _compared(arguments: argparse.Namespace, seen: Landscape) -> tuple[Comparison, tuple[str, ...]]:
    """What is and what will be, which is the same without a preview; and what could not be known."""
    from sg_integration.model.planned_changes import read_plan  # noqa: PLC0415
    from sg_integration.model.planned_landscape import planned  # noqa: PLC0415
    from sg_integration.model.reach import Reach  # noqa: PLC0415
    from sg_integration.model.reach_matrix import compare, matrix  # noqa: PLC0415

    before = matrix(Reach(seen), system=arguments.system)
    if arguments.preview is None:
        return compare(before, before), ()
    after = planned(seen, read_plan(document(arguments.preview), str(arguments.preview)))
    return compare(before, matrix(Reach(after.landscape), system=arguments.system)), after.unknown


def _say(seen: Landscape, unknown: tuple[str, ...], *, system: bool) -> None:
    """What is not in the table, on the error stream."""
    left_out = sorted({each.pod.namespace for each in seen.pods if each.excluded})
    if left_out and not system:
        words = "no policy selects their pods, so AWS alone decides for them by their nodes; --system shows them"
        print(f"note: left out: {', '.join(left_out)}: {words}.", file=sys.stderr)
    for each in seen.notes:
        print(f"note: {each}.", file=sys.stderr)
    for each in unknown:
        print(f"not known: {each}.", file=sys.stderr)
