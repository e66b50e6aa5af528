"""The table of what the sandbox does as the real services do: every row is held by a test, and the page is the table."""

from __future__ import annotations

import importlib
import os
from pathlib import Path

import pytest

from tests.sandbox.behaviours import Behaviour

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "sandbox-behaviours.md"
PARTS = {
    "aws": "The embedded AWS",
    "control_plane": "The embedded Kubernetes",
    "plugin_aws": "The stand-in for the aws plugin",
    "plugin_kubernetes": "The stand-in for the kubernetes plugin",
}


def rows(part: str) -> tuple[Behaviour, ...]:
    """The rows of one part."""
    found: tuple[Behaviour, ...] = importlib.import_module(f"tests.sandbox.behaviours_{part}").BEHAVIOURS
    return found


@pytest.mark.parametrize("part", PARTS)
def test_every_behaviour_is_held_by_a_test(part: str) -> None:
    """Each row names a test that exists, and a source."""
    for row in rows(part):
        file, _, name = row.held_by.partition("::")
        function = name.rpartition("::")[2].partition("[")[0]
        assert f"def {function}(" in (ROOT / file).read_text(), row
        assert row.source.strip(), row


def page() -> str:
    """The table as a page."""
    lines = [
        "# What the sandbox does as the real services do",
        "",
        "Made from the rows beside the tests; `make docs` writes it.",
    ]
    for part, title in PARTS.items():
        lines += ["", f"## {title}", "", "| behaviour | where we know it from | held by |", "| --- | --- | --- |"]
        lines += [f"| {cell(row.what)} | {cell(row.source)} | `{cell(row.held_by)}` |" for row in rows(part)]
    return "\n".join(lines) + "\n"


def cell(text: str) -> str:
    """A text that cannot break a table."""
    return " ".join(text.replace("|", "\\|").split())


def test_the_page_is_the_table() -> None:
    """docs/sandbox-behaviours.md is what the rows say now."""
    if os.environ.get("WRITE_DOCS"):
        PAGE.write_text(page())
    assert PAGE.read_text() == page()
