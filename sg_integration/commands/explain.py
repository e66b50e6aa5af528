"""`sg-integration explain`: may one reach another, and which groups, rules and objects decide it."""

from __future__ import annotations

import argparse
import json
from typing import Any, Final

from sg_integration.commands.landscapes import add_source, landscape

DENIED, DEPENDS = 3, 4
"""The exit codes of an answer that is no, and of one that is neither: for some of the addresses or ports, or not settled yet."""
_CODES: Final = {"allowed": 0, "denied": DENIED, "depends": DEPENDS, "unsettled": DEPENDS}
_WHO: Final = (
    "namespace/pod, namespace/kind/name, namespace/label=value, a node, a member, an instance, a database, a group, or an "
    "address"
)


def add(topics: Any) -> None:
    """Add the topic to the command's parser."""
    parser = topics.add_parser(
        "explain",
        help="may one reach another, and why: the chain of groups and rules, and what decides",
        epilog=f"Exit code: 0 allowed, {DENIED} denied, {DEPENDS} it depends on which of the addresses or ports, or the cluster "
        "holds something else than what is compiled now; 1 the question failed, 2 it was mistyped.",
    )
    parser.add_argument("source", help=f"who sends: {_WHO}")
    parser.add_argument("destination", help="who receives, in the same words")
    parser.add_argument("port", help="what: tcp/5432, udp/53, icmp/8-0, protocol/50, all; 5432 is tcp")
    parser.add_argument("--json", action="store_true", help="as one JSON object")
    add_source(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print the answer; returns the exit code."""
    from sg_integration.model.explain import explain  # noqa: PLC0415  other topics need no compiler
    from sg_integration.model.explain_words import as_json, as_text  # noqa: PLC0415
    from sg_integration.model.reach import Reach  # noqa: PLC0415
    from sg_integration.model.reach_find import Finder  # noqa: PLC0415
    from sg_integration.model.reach_parties import Parties  # noqa: PLC0415
    from sg_integration.model.traffic import parse_port  # noqa: PLC0415

    port = parse_port(arguments.port, "port")
    reach = Reach(landscape(arguments))
    finder = Finder(Parties(reach))
    source = finder.find(arguments.source, "source")
    found = explain(reach, source, finder.find(arguments.destination, "destination"), port)
    print(json.dumps(as_json(reach, found), indent=2) if arguments.json else as_text(reach, found))
    return _CODES[found.verdict]
