"""The rows of docs/errors.md."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

PAGE: Final = Path(__file__).parents[2] / "docs" / "errors.md"
_CODE: Final = re.compile(r"`` (.+?) ``|`(.+?)`(?=<br>|$)")


@dataclass(frozen=True)
class Row:
    """One row.

    Args:
        line: its number on the page.
        messages: what is on the screen, or the codes of a service.
        cause: why.
        cure: what to do.
    """

    line: int
    messages: tuple[str, ...]
    cause: str
    cure: str


@cache
def rows() -> tuple[Row, ...]:
    """All of them."""
    found = []
    for number, line in enumerate(PAGE.read_text().splitlines(), 1):
        if line.startswith("| `"):
            cell, cause, cure = (each.strip() for each in line.strip("| ").split(" | "))
            said = tuple((one or other).replace("\\|", "|") for one, other in _CODE.findall(cell))
            found.append(Row(number, said, cause, cure))
    return tuple(found)
