"""Of many ends, which pairs may be anything but closed: found by what rules name, without asking for each pair."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import TypeAlias

from sg_integration.model.reach import Reach
from sg_integration.model.reach_ends import End
from sg_integration.model.traffic import NOTHING

Ends: TypeAlias = "frozenset[End]"
_Type: TypeAlias = "tuple[str, bool, bool]"


class Doors:
    """Destinations by what opens them to one type of sources.

    Args:
        reach: what decides.
        example: one of the sources; what opens a destination depends only on the source's type.
        destinations: the destinations.
    """

    def __init__(self, reach: Reach, example: End, destinations: Iterable[End]) -> None:
        self._by_key: defaultdict[tuple[str, str], list[End]] = defaultdict(list)
        self._open: list[End] = []
        for each in destinations:
            gate = reach.gate(example, each)
            if gate is None:
                self._open.append(each)
            else:
                for key in gate[1]:
                    self._by_key[gate[0], key].append(each)

    def to(self, source: End) -> set[End]:
        """The destinations that may be open to a source."""
        found = set(self._open)
        for judge, keys in (("Calico", source.keys), ("AWS", source.interface_keys)):
            for key in keys:
                found.update(self._by_key.get((judge, key), ()))
        return found


def pairs_that_pass(reach: Reach, sources: Iterable[Ends], destinations: Iterable[Ends]) -> Iterator[tuple[Ends, Ends]]:
    """The pairs of parties, each given by its ends, between which anything passes.

    Args:
        reach: what decides.
        sources: who sends.
        destinations: who receives.
    """
    having = _having(destinations)
    doors: dict[_Type, Doors] = {}
    for some in sources:
        found: dict[Ends, None] = {}
        for source in some:
            kind = (source.kind, source.selected, source.interface is None)
            if kind not in doors:
                doors[kind] = Doors(reach, source, having)
            for each in doors[kind].to(source):
                if each.family == source.family and reach.reached(source, each) != NOTHING:
                    found.update(dict.fromkeys(having[each]))
        yield from ((some, each) for each in found)


def _having(parties: Iterable[Ends]) -> dict[End, list[Ends]]:
    """Which parties have an end."""
    found: defaultdict[End, list[Ends]] = defaultdict(list)
    for ends in parties:
        for each in ends:
            found[each].append(ends)
    return dict(found)
