"""The whole of who reaches whom: workloads and members, both ways, now and after a change."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple, TypeAlias

from sg_integration.model.policy_memory import uncollected
from sg_integration.model.reach import Reach
from sg_integration.model.reach_ends import End
from sg_integration.model.reach_pairs import pairs_that_pass
from sg_integration.model.reach_parties import Parties, Party
from sg_integration.model.traffic import NOTHING, Traffic, traffic_of, without

Way: TypeAlias = Literal["out", "in"]
"""`out`: a workload to a member; `in`: a member to a workload."""
WAYS: tuple[Way, Way] = ("out", "in")
Pair: TypeAlias = "tuple[str, str, Way]"
Ends: TypeAlias = "frozenset[End]"


class Cell(NamedTuple):
    """What one party may send to another.

    Args:
        ports: what at least one of its addresses may send to one of the other's.
        partly: whether not all of them may.
    """

    ports: Traffic = NOTHING
    partly: bool = False


EMPTY = Cell()


@dataclass(frozen=True, slots=True)
class Matrix:
    """Who reaches whom.

    Args:
        workloads: the names of the workloads, in order.
        members: the names of the members, in order.
        cells: what is reachable: by workload, member and way; who is not in it reaches nothing.
    """

    workloads: tuple[str, ...]
    members: tuple[str, ...]
    cells: Mapping[Pair, Cell]


class Change(NamedTuple):
    """One cell before and after.

    Args:
        before: as it is.
        after: as it will be.
    """

    before: Cell
    after: Cell

    @property
    def becomes(self) -> Traffic:
        """What becomes reachable."""
        return without(self.after.ports, self.before.ports)

    @property
    def stops(self) -> Traffic:
        """What is reachable no more."""
        return without(self.before.ports, self.after.ports)

    @property
    def partly(self) -> bool:
        """Whether either is so for some of the addresses only."""
        return self.before.partly or self.after.partly

    @property
    def differs(self) -> bool:
        """Whether anything changes, if only for more or fewer of the addresses."""
        return self.before != self.after


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two matrices as one.

    Args:
        workloads: the names of all workloads.
        members: the names of all members.
        cells: what is reachable before or after.
    """

    workloads: tuple[str, ...]
    members: tuple[str, ...]
    cells: Mapping[Pair, Change]

    def changed(self) -> dict[Pair, Change]:
        """The cells that change."""
        return {pair: each for pair, each in self.cells.items() if each.differs}


def matrix(reach: Reach, *, system: bool = False) -> Matrix:
    """Who reaches whom in a landscape; parties whose ends are the same are decided once.

    Args:
        reach: what decides there.
        system: also the pods of the cluster's own namespaces.
    """
    parties = Parties(reach)
    with uncollected():
        workloads, members = parties.workloads(system=system), parties.members()
        cells = dict(_cells(reach, workloads, members))
    names = tuple(tuple(each.name for each in some) for some in (workloads, members))
    return Matrix(names[0], names[1], cells)


def compare(before: Matrix, after: Matrix) -> Comparison:
    """What changes from one matrix to another."""
    pairs = dict.fromkeys([*before.cells, *after.cells])
    cells = {pair: Change(before.cells.get(pair, EMPTY), after.cells.get(pair, EMPTY)) for pair in pairs}
    workloads = tuple(sorted({*before.workloads, *after.workloads}))
    return Comparison(workloads, tuple(sorted({*before.members, *after.members})), cells)


def _cells(reach: Reach, workloads: list[Party], members: list[Party]) -> Iterator[tuple[Pair, Cell]]:
    rows, columns = _alike(workloads), _alike(members)
    for here, there in pairs_that_pass(reach, rows, columns):
        cell = _cell(reach, here, there)
        yield from (((row, column, "out"), cell) for row in rows[here] for column in columns[there])
    for there, here in pairs_that_pass(reach, columns, rows):
        cell = _cell(reach, there, here)
        yield from (((row, column, "in"), cell) for row in rows[here] for column in columns[there])


def _alike(parties: Iterable[Party]) -> dict[Ends, list[str]]:
    """The names of parties by their ends."""
    found: dict[Ends, list[str]] = {}
    for each in parties:
        found.setdefault(each.ends, []).append(each.name)
    return found


def _cell(reach: Reach, sources: Ends, destinations: Ends) -> Cell:
    ports: set[Traffic] = set()
    partly = False
    for family in (4, 6):
        pairs = [(s, d) for s in sources if s.family == family for d in destinations if d.family == family]
        reached = {reach.reached(*pair) for pair in pairs}
        ports |= reached
        partly = partly or len(reached) > 1
    return Cell(traffic_of(port for each in ports for port in each), partly)
