"""A comparison made smaller: workloads that reach the same are one line, members that are reached alike are one column."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from sg_integration.model.reach_matrix import Change, Comparison, Way

Names: TypeAlias = "tuple[str, ...]"
_NAMED = 2


@dataclass(frozen=True, slots=True)
class Grouped:
    """Who reaches whom, in groups.

    Args:
        rows: the workloads of each row.
        columns: the members of each column.
        cells: by row, column and way; what is not in it is closed before and after.
    """

    rows: Sequence[Names]
    columns: Sequence[Names]
    cells: Mapping[tuple[int, int, Way], Change]


def grouped(found: Comparison, *, always: bool = False, most: int = 30) -> Grouped:
    """A comparison in groups.

    Args:
        found: the comparison.
        always: group also what is few; otherwise only where there are more than `most`.
        most: so many workloads, or members, are shown each for itself.
    """
    by_row: defaultdict[str, set[object]] = defaultdict(set)
    by_column: defaultdict[str, set[object]] = defaultdict(set)
    for (workload, member, way), change in found.cells.items():
        by_row[workload].add((member, way, change))
        by_column[member].add((workload, way, change))
    rows = _alike(found.workloads, by_row, apart=not always and len(found.workloads) <= most)
    columns = _alike(found.members, by_column, apart=not always and len(found.members) <= most)
    row_of = {name: at for at, names in enumerate(rows) for name in names}
    column_of = {name: at for at, names in enumerate(columns) for name in names}
    cells = {(row_of[w], column_of[m], way): change for (w, m, way), change in found.cells.items()}
    return Grouped(rows, columns, cells)


def called(names: Names) -> str:
    """Some names as one: `shop/orders-api, shop/storefront and 3 more`."""
    if len(names) <= _NAMED + 1:
        return ", ".join(names)
    return f"{', '.join(names[:_NAMED])} and {len(names) - _NAMED} more"


def _alike(names: Names, seen: Mapping[str, set[object]], *, apart: bool) -> list[Names]:
    """Names with the same cells together, in the order of the first of each; those that have none come last."""
    found: defaultdict[object, list[str]] = defaultdict(list)
    for each in names:
        cells = frozenset(seen.get(each, ()))
        found[each if apart else cells].append(each)
    empty = [some for some in found.values() if not seen.get(some[0])]
    return [tuple(some) for some in found.values() if seen.get(some[0])] + [tuple(some) for some in empty]
