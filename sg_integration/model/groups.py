"""The one decision behind every enrollment: which groups a member should have after we are done with it.

A member is anything that carries a set of groups: a network interface, a database, a pod. AWS and Kubernetes replace the
whole set at once; of that set we own only what we attached.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

Groups: TypeAlias = frozenset[str]


@dataclass(frozen=True, slots=True)
class Change:
    """What to do with one member.

    Args:
        actual: the groups that it has.
        result: the groups that it should have.
        attached: of the result, what is ours to take away again.
    """

    actual: Groups
    result: Groups
    attached: Groups

    def __bool__(self) -> bool:
        """Whether anything has to be written."""
        return self.result != self.actual


def plan(actual: Groups, *, desired: Groups, attached: Groups = frozenset(), owned: Groups = frozenset()) -> Change:
    """Attach what is desired, and take away what we attached and no longer desire; touch nothing else.

    Args:
        actual: the groups that the member has.
        desired: the groups that we want on it; empty to leave it.
        attached: the groups that we attached to it before, as recorded.
        owned: groups that are ours alone, whoever attached them: a reserved group that is desired and found on the member
            counts as attached by us, so that what a killed run left behind is not taken for somebody else's.
    """
    kept = actual - (attached - desired)
    added = desired - actual
    return Change(actual, kept | desired, (attached | added | owned) & desired)


def ordered(groups: Sequence[str], result: Groups) -> list[str]:
    """The result as a list: groups that were there keep their places, new ones follow sorted, none is twice."""
    kept = [group for group in dict.fromkeys(groups) if group in result]
    return kept + sorted(result.difference(kept))


def restored(originals: Iterable[str], existing: Groups, fallback: str | None) -> Groups:
    """What a member gets back when ours is the only group left on it, since AWS requires one.

    Args:
        originals: the groups that it had when it was enrolled.
        existing: those of them that exist still.
        fallback: the group that the user named for this case.

    Returns:
        The originals that exist; else the fallback; else nothing, and then the member cannot leave.
    """
    left = frozenset(originals) & existing
    return left or (frozenset([fallback]) if fallback else frozenset())
