"""Which groups of members their owners declare, looked up once, when somebody asks."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

from sg_integration.model.groups import Groups


class Tagged(Protocol):
    """What has members that say, by a tag, which of their groups their owner declares."""

    def declared(self, ids: Iterable[str]) -> Mapping[str, Groups]:
        """The groups that the owners of members declare; who has no such tag is not in the answer."""


@dataclass
class Declared:
    """The groups that the owners of some members declare.

    Args:
        carrier: where the members are.
        ids: the members.
    """

    carrier: Tagged
    ids: Collection[str]

    @cached_property
    def _found(self) -> Mapping[str, Groups]:
        return self.carrier.declared(self.ids) if self.ids else {}

    def groups(self, member: str) -> Groups:
        """Those of one member."""
        return self._found.get(member, frozenset())
