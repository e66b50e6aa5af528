"""Topics that print what features need, and so ask which are in use."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from typing import Any


def add_topic(topics: Any, name: str, words: str, features: Mapping[str, str], default: str) -> argparse.ArgumentParser:
    """Add such a topic to the command's parser.

    Args:
        topics: where topics are added.
        name: the topic.
        words: what it prints.
        features: what may be in use, and by what name a program has it.
        default: which are taken to be, if none is named.
    """
    parser: argparse.ArgumentParser = topics.add_parser(
        name, help=words, epilog="features: " + "; ".join(f"{each} ({what})" for each, what in features.items())
    )
    parser.add_argument(
        "--feature",
        action="append",
        choices=tuple(features),
        metavar="NAME",
        help=f"in use; again for more. Default: {default}",
    )
    return parser
