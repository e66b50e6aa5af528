"""Who reaches whom as a picture: a table of workloads and members, one for each way, with a legend.

It reads in light and in dark, and without colour: what is open is filled, what becomes open is hatched with a plus, what stops is
an outline with a cross. Every mark has a title with all that it stands for.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final
from xml.sax.saxutils import escape

from sg_integration.model.reach_groups import Grouped, Names, called, grouped
from sg_integration.model.reach_matrix import WAYS, Change, Comparison, Way
from sg_integration.model.reach_style import LEGEND_HEIGHT, STOPS, STYLE, legend, short
from sg_integration.model.traffic import NOTHING, said

MOST: Final = 40
"""So many rows, or columns, are drawn; what is left over is counted in the last line."""
_CELL: Final = (56, 22)
_LETTER: Final = 6.6
_LONGEST: Final = 36
_PAD: Final = 16
_HEAD: Final = 46
_NARROWEST: Final = 780
_HEADINGS: Final = {"out": "Workloads (rows) to members (columns)", "in": "Members (columns) to workloads (rows)"}


def picture(found: Comparison, *, previewed: bool = False, unknown: int = 0) -> str:
    """An SVG of a comparison.

    Args:
        found: the comparison; of a matrix with itself, if nothing is previewed.
        previewed: whether it is about a change.
        unknown: how much of the change could not be known.
    """
    small = grouped(found)
    drawing = _Drawing(small, previewed)
    title = "What a preview changes in who reaches whom" if previewed else "Who reaches whom"
    words = _description(found, previewed=previewed, unknown=unknown)
    lines = [
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {drawing.width} {drawing.height}" '
            f'width="{drawing.width}" height="{drawing.height}" role="img" aria-labelledby="title description">'
        ),
        f'<title id="title">{title}</title>',
        f'<desc id="description">{escape(words)}</desc>',
        STYLE,
        f'<rect class="page" width="{drawing.width}" height="{drawing.height}"/>',
        f'<text class="title" x="{_PAD}" y="24">{title}</text>',
        f'<text class="note" x="{_PAD}" y="40">{escape(words)}</text>',
        *drawing.panels(),
        *legend(_PAD, drawing.height - LEGEND_HEIGHT, previewed=previewed),
        "</svg>",
    ]
    return "\n".join(lines) + "\n"


def _description(found: Comparison, *, previewed: bool, unknown: int) -> str:
    cells = found.cells.values()
    words = f"Workloads: {len(found.workloads)}. Members: {len(found.members)}."
    if not previewed:
        return f"{words} Open pairs: {sum(1 for each in cells if each.before.ports)}."
    becomes = sum(1 for each in cells if each.becomes != NOTHING)
    stops = sum(1 for each in cells if each.stops != NOTHING)
    known = f" Not known: {unknown}, see the command." if unknown else ""
    return f"{words} Pairs that open further: {becomes}; that close further: {stops}.{known}"


class _Drawing:
    """Where everything is.

    Args:
        small: what is drawn.
        previewed: whether it is about a change.
    """

    def __init__(self, small: Grouped, previewed: bool) -> None:
        self._small = small
        self._previewed = previewed
        self._rows, self._columns = small.rows[:MOST], small.columns[:MOST]
        self._left = _PAD + _width(self._rows)
        self._top = 18 + int(_width(self._columns) * 0.8)
        self._slant = int(_width(self._columns) * 0.62)
        wide, high = _CELL
        grid = self._left + wide * len(self._columns) + self._slant
        self.width = max(grid + _PAD, _NARROWEST)
        self._panel = self._top + high * len(self._rows) + 44
        self.height = _HEAD + len(WAYS) * self._panel + LEGEND_HEIGHT

    def panels(self) -> Iterator[str]:
        """Both ways, one below the other."""
        for at, way in enumerate(WAYS):
            yield f'<g transform="translate(0 {_HEAD + at * self._panel})">'
            yield f'<text class="heading" x="{_PAD}" y="14">{_HEADINGS[way]}</text>'
            yield from self._names()
            yield from self._marks(way)
            yield from self._left_over()
            yield "</g>"

    def _names(self) -> Iterator[str]:
        wide, high = _CELL
        for at, names in enumerate(self._columns):
            x, y = self._left + wide * at + wide // 2, self._top - 6
            yield f'<g><title>{_all(names)}</title><text class="name" transform="translate({x} {y}) rotate(-52)">{_cut(names)}</text></g>'
        for at, names in enumerate(self._rows):
            x, y = self._left - 8, self._top + high * at + 15
            yield f'<g><title>{_all(names)}</title><text class="name row" x="{x}" y="{y}">{_cut(names)}</text></g>'

    def _marks(self, way: Way) -> Iterator[str]:
        wide, high = _CELL
        end_x, end_y = self._left + wide * len(self._columns), self._top + high * len(self._rows)
        for at in range(len(self._rows) + 1):
            yield f'<path class="line" d="M{self._left} {self._top + high * at}H{end_x}"/>'
        for at in range(len(self._columns) + 1):
            yield f'<path class="line" d="M{self._left + wide * at} {self._top}V{end_y}"/>'
        for row, names in enumerate(self._rows):
            for column, others in enumerate(self._columns):
                change = self._small.cells.get((row, column, way))
                if change is not None:
                    x, y = self._left + wide * column, self._top + high * row
                    ends = (called(names), called(others)) if way == "out" else (called(others), called(names))
                    yield f'<g transform="translate({x} {y})"><title>{escape(_told(change, *ends))}</title>'
                    yield from _mark(change)
                    yield "</g>"

    def _left_over(self) -> Iterator[str]:
        rows, columns = self._small.rows[MOST:], self._small.columns[MOST:]
        if rows or columns:
            counts = [sum(map(len, some)) for some in (rows, columns)]
            words = f"Not drawn: {counts[0]} workloads and {counts[1]} members; the table and --json have them."
            yield f'<text class="note" x="{_PAD}" y="{self._panel - 16}">{words}</text>'


def _mark(change: Change) -> Iterator[str]:
    """One cell: filled, hatched or crossed out, with its ports."""
    kind = (
        "both"
        if change.becomes and change.stops
        else "becomes"
        if change.becomes
        else "stops"
        if change.stops
        else "open"
    )
    partly = " partly" if change.partly else ""
    yield f'<rect class="mark {kind}{partly}" x="2" y="2" width="{_CELL[0] - 4}" height="{_CELL[1] - 4}" rx="2"/>'
    if kind in ("becomes", "both"):
        yield f'<rect class="hatch" x="2" y="2" width="{_CELL[0] - 4}" height="{_CELL[1] - 4}" rx="2"/>'
    if kind in ("stops", "both"):
        yield f'<path class="cross" d="M4 4L{_CELL[0] - 4} {_CELL[1] - 4}M{_CELL[0] - 4} 4L4 {_CELL[1] - 4}"/>'
    sign = {"open": "", "becomes": "+", "stops": STOPS, "both": "±"}[kind]
    ports = {"becomes": change.becomes, "stops": change.stops}.get(kind, change.after.ports)
    text = sign + short(ports or change.before.ports, len(sign))
    yield f'<text class="ports on-{kind}" x="{_CELL[0] / 2:g}" y="15">{escape(text)}</text>'


def _told(change: Change, source: str, destination: str) -> str:
    """All that a mark stands for."""
    some = " (for some of the addresses)" if change.partly else ""
    if not change.differs:
        return f"{source} to {destination}: {said(change.after.ports)}{some}"
    words = [f"becomes {said(change.becomes)}"] if change.becomes else []
    words += [f"stops {said(change.stops)}"] if change.stops else []
    return f"{source} to {destination}: {', '.join(words) or 'for more or fewer addresses'}; then {said(change.after.ports)}{some}"


def _all(names: Names) -> str:
    return escape("\n".join(names))


def _cut(names: Names) -> str:
    """A name as long as there is room; how many more there are is said in any case."""
    more = f" +{len(names) - 1}" if len(names) > 1 else ""
    room = _LONGEST - len(more)
    first = names[0] if len(names[0]) <= room else f"{names[0][: room - 12]}…{names[0][-11:]}"
    return escape(first + more)


def _width(some: Sequence[Names]) -> int:
    return int(_LETTER * max((min(_LONGEST, len(each[0]) + 4) for each in some), default=10))
