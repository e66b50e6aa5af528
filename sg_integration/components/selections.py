"""What all enrollments of an integration select, so that each of them knows of the others before it changes anything."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import pulumi

from sg_integration.components import program
from sg_integration.components.failures import Failures
from sg_integration.components.security_group import SecurityGroup
from sg_integration.model.selectors import Databases, Instances, Later, Nodes, as_document

Select = Instances | Databases | Nodes
# What a value that is not known yet makes narrower or wider: such a selection is left out as a whole.
_CONDITIONS: Final = ("tags", "exclude_tags", "exclude_ids", "engines")


@dataclass
class Selections:
    """The enrollments of one integration."""

    _all: list[tuple[Select, Sequence[SecurityGroup]]] = field(default_factory=list)
    _asked: list[pulumi.Output[list[str]]] = field(default_factory=list)
    _resources: list[tuple[type, pulumi.Resource]] = field(default_factory=list)
    _failures: Failures = field(default_factory=lambda: Failures("enrolled"))

    def add(self, select: Select, security_groups: Sequence[SecurityGroup] = ()) -> pulumi.Output[dict[str, Any]]:
        """Add one enrollment.

        Args:
            select: who is selected.
            security_groups: the groups that members get besides the reserved one.

        Returns:
            What the others select, once the program has declared them all: `nodes`, the selections of nodes, and `members`,
            those of the same kind, each with the positions in this enrollment's groups of what both attach. Ids that
            are not known while the program runs are left out, so that no enrollment waits for what another one needs.
        """
        mine = (select, tuple(security_groups))
        self._all.append(mine)
        return program.at_its_end(lambda: self._beside(mine))

    def ask(self, node_instance_ids: pulumi.Output[list[str]]) -> None:
        """Say that an enrollment of nodes asks the cluster who they are."""
        self._asked.append(node_instance_ids)

    def earlier(self, kind: type) -> list[pulumi.Resource]:
        """The enrollments so far that select in the same way; whoever comes later waits, and so learns what they attached."""
        return [resource for each, resource in self._resources if each is kind]

    def enrollments(self) -> list[Any]:
        """All of them."""
        return [resource for _, resource in self._resources]

    def declared(self, kind: type, resource: pulumi.Resource, failed: pulumi.Output[dict[str, str]]) -> None:
        """Say that an enrollment was declared.

        The program fails for members that failed only when all enrollments are done: one holds up no other.
        """
        self._resources.append((kind, resource))
        self._failures.declare(failed)

    def _beside(self, mine: tuple[Select, Sequence[SecurityGroup]]) -> dict[str, Any]:
        others = [each for each in self._all if each is not mine]
        nodes: list[dict[str, Any]] = [_known(select) for select, _ in others if isinstance(select, Nodes)]
        if not isinstance(mine[0], Nodes):  # one that asks the cluster for its nodes knows them, and comes first
            nodes += [{"instance_ids": found, "allow_empty": True} for found in self._asked]
        members = [
            {"select": document, "shares": [0, *(at for at, group in enumerate(mine[1], 1) if group in groups)]}
            for select, groups in others
            if isinstance(select, type(mine[0])) and (document := _known(select))
        ]
        return {"nodes": [document for document in nodes if document], "members": members}


def _known(select: Select) -> dict[str, Any]:
    """The selection as far as it is known now; empty if nothing of it can be told."""
    document = as_document(select)
    if any(_is_later(document.get(name)) for name in _CONDITIONS):
        return {}
    listed = {name: value for name, value in document.items() if not isinstance(value, Later)}
    return {
        name: [item for item in value if not isinstance(item, Later)] if isinstance(value, list) else value
        for name, value in listed.items()
    }


def _is_later(value: Any) -> bool:
    if isinstance(value, dict):
        return any(_is_later(each) for each in value.values())
    if isinstance(value, list):
        return any(_is_later(each) for each in value)
    return isinstance(value, Later)
