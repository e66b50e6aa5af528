"""Who reaches whom as a table and as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

from sg_integration.model.reach_groups import Grouped, called, grouped
from sg_integration.model.reach_matrix import Change, Comparison, Way
from sg_integration.model.traffic import NOTHING, said

_PARTLY: Final = " (some)"
_HEADS: Final = ("FROM", "TO", "REACHES")
_HEADS_OF_CHANGES: Final = ("FROM", "TO", "BECOMES", "STOPS", "THEN")


def as_table(found: Comparison, *, previewed: bool, everything: bool = False) -> str:
    """As lines of those between whom anything passes.

    Args:
        found: the comparison; of a matrix with itself, if nothing is previewed.
        previewed: whether it is about a change.
        everything: of a change, also what stays.
    """
    small = grouped(found, always=True)
    shown = {pair: each for pair, each in small.cells.items() if each.differs or everything or not previewed}
    lines = [_line(small, *pair, change, previewed=previewed) for pair, change in sorted(shown.items(), key=_place)]
    heads = _HEADS_OF_CHANGES if previewed else _HEADS
    table = _columns([heads, *lines]) if lines else "Nothing changes." if previewed else "Nobody reaches anybody."
    return "\n".join([table, "", *_summary(found, previewed=previewed)])


def as_json(found: Comparison, *, previewed: bool, notes: Sequence[str], unknown: Sequence[str]) -> dict[str, Any]:
    """As a program reads it: every pair for itself."""
    pairs = [_pair(pair, change, previewed=previewed) for pair, change in sorted(found.cells.items())]
    return {
        "workloads": list(found.workloads),
        "members": list(found.members),
        "pairs": pairs,
        "notes": list(notes),
        **({"unknown": list(unknown)} if previewed else {}),
    }


def _pair(pair: tuple[str, str, Way], change: Change, *, previewed: bool) -> dict[str, Any]:
    workload, member, way = pair
    ends = (workload, member) if way == "out" else (member, workload)
    found: dict[str, Any] = {"source": ends[0], "destination": ends[1]}
    if not previewed:
        return {**found, "ports": _ports(change.before.ports), "partly": change.before.partly}
    return {
        **found,
        "before": _ports(change.before.ports),
        "after": _ports(change.after.ports),
        "becomes": _ports(change.becomes),
        "stops": _ports(change.stops),
        "partly": change.partly,
    }


def _ports(some: Any) -> list[str]:
    return [str(each) for each in some]


def _line(small: Grouped, row: int, column: int, way: Way, change: Change, *, previewed: bool) -> tuple[str, ...]:
    workload, member = called(small.rows[row]), called(small.columns[column])
    ends = (workload, member) if way == "out" else (member, workload)
    now = said(change.before.ports) + (_PARTLY if change.before.partly else "")
    if not previewed:
        return (*ends, now)
    then = said(change.after.ports) + (_PARTLY if change.after.partly else "")
    return (*ends, said(change.becomes), said(change.stops), then)


def _summary(found: Comparison, *, previewed: bool) -> Iterator[str]:
    pairs = 2 * len(found.workloads) * len(found.members)
    open_ = sum(1 for each in found.cells.values() if each.before.ports)
    sizes = f"{_counted(len(found.workloads), 'workload')}, {_counted(len(found.members), 'member')}"
    yield f"{sizes}, both ways: {open_} of {pairs} pairs are open{' now' if previewed else ''}."
    if previewed:
        becomes = sum(1 for each in found.cells.values() if each.becomes != NOTHING)
        stops = sum(1 for each in found.cells.values() if each.stops != NOTHING)
        same = sum(1 for each in found.cells.values() if not each.differs)
        yield f"More becomes reachable in {_counted(becomes, 'pair')}, less in {stops}; {same} that are open stay as they are."


def _counted(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def _place(item: tuple[tuple[int, int, Way], Change]) -> tuple[str, int, int]:
    row, column, way = item[0]
    return ("0" if way == "out" else "1", row, column)


def _columns(lines: Sequence[Sequence[str]]) -> str:
    widths = [max(len(line[at]) for line in lines) for at in range(len(lines[0]))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines
    )
