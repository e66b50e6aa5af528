"""Whether what a page shows of a preview is what a preview prints, but for ids, addresses and numbers of pods."""

from __future__ import annotations

import re
from typing import Final

from .fences import FENCES

_CHANGING: Final = re.compile(
    r"(?<!\w)(sg|eni|i|db)-[0-9A-Za-z]{9,}|\d+\.\d+\.\d+\.\d+(/\d+)?|-[0-9a-z]{8,10}-[0-9a-z]{5}\b|(?<=orders-)\w{17}"
)


def require_printed(test: str, pages: set[str], printed: str) -> None:
    """Fail unless each line that these pages show, and say that this test holds, was printed.

    Args:
        test: the test, as pages name it.
        pages: the pages that show something of this preview.
        printed: what it printed.
    """
    shown = [fence for fence in FENCES if fence.shown_by == test and fence.page in pages]
    assert {fence.page for fence in shown} == pages, f"one of {pages} names {test} no more"
    for fence in shown:
        assert _plain(fence.text) <= _plain(printed), str(fence)


def _plain(text: str) -> set[str]:
    """Each line without what is different in every run, without indentation, and without marks of what changes."""
    lines = (_CHANGING.sub("…", line) for line in text.splitlines())
    return {re.sub(r"\s+", " ", line.strip(" +")).replace(" : ", ": ") for line in lines} - {"", "…", "}"}
