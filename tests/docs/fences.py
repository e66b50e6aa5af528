"""Every fence of code in the documentation, with where it stands and who answers for it."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
_FENCE = re.compile(r"^( *)(```+|~~~+)[ ]*([^\n`]*)\n(.*?)^\1\2[ ]*$", re.DOTALL | re.MULTILINE)
DRAWING = "a drawing"
_SHOWN_BY = re.compile(rf"<!-- (?:shown by: (\S+)|({DRAWING})) -->\s*\Z")


@dataclass(frozen=True)
class Fence:
    """One fence.

    Args:
        page: the file, from the root.
        line: where its text begins.
        language: what it says it is; empty if it says nothing.
        text: what is in it, without the indentation of the fence.
        shown_by: the test that holds what it shows, as `tests/test_x.py::test_y`; DRAWING if nothing printed it; empty if none is named.
    """

    page: str
    line: int
    language: str
    text: str
    shown_by: str

    def __str__(self) -> str:
        """Where it is."""
        return f"{self.page}:{self.line}"


def pages() -> list[Path]:
    """Every page that a reader may copy from."""
    found = [ROOT / "README.md", *ROOT.glob("CONTRIBUTING.md"), *ROOT.glob("SECURITY.md")]
    return sorted([*found, *ROOT.glob("docs/**/*.md"), *ROOT.glob("examples/*/README.md")])


def fences_of(page: Path) -> Iterator[Fence]:
    """The fences of one page."""
    text = page.read_text()
    for found in _FENCE.finditer(text):
        before = text[: found.start()]
        owner = _SHOWN_BY.search(before)
        language = (found[3].split() or [""])[0].strip("{}.")
        yield Fence(
            str(page.relative_to(ROOT)),
            before.count("\n") + 2,
            language,
            textwrap.dedent(found[4]) if found[1] else found[4],
            (owner[1] or owner[2]) if owner else "",
        )


FENCES = [fence for page in pages() for fence in fences_of(page)]
"""All of them."""
