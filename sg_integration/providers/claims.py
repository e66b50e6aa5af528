"""What the enrollments of one deployment want and did, so that two that overlap respect each other.

The engine runs all dynamic resources of a deployment in one process, and checks everything that is in the program before it
deletes what is not. So when an enrollment goes, those that stay have made their claims here. And a group that one of them
attached is no group of somebody else's to the next that finds it: whoever is the last to go takes it away.
"""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Iterable, Mapping

from sg_integration.model.groups import Groups

_LOCK = threading.Lock()
_CLAIMS: defaultdict[str, set[str]] = defaultdict(set)
_BY: defaultdict[str, set[str]] = defaultdict(set)
_ATTACHED: defaultdict[str, set[str]] = defaultdict(set)
_WRITING: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)


def claim(members: Iterable[str], groups: Groups, by: str = "") -> list[str]:
    """Say that an enrollment of this deployment wants the groups on the members.

    Args:
        members: their ids.
        groups: the groups.
        by: what tells the enrollment from others that want the same.

    Returns:
        The members that another enrollment of this deployment wants too.
    """
    shared = []
    with _LOCK:
        for member in members:
            _CLAIMS[member] |= groups
            if _BY[member] - {by}:
                shared.append(member)
            _BY[member].add(by)
    return shared


def claimed(member: str) -> Groups:
    """The groups that enrollments of this deployment want on the member."""
    with _LOCK:
        return frozenset(_CLAIMS.get(member, ()))


def writing(kind: str) -> threading.Lock:
    """To be held from reading members of a kind to writing them: two who work on one member at once undo each other."""
    with _LOCK:
        return _WRITING[kind]


def record(attached: Mapping[str, Groups]) -> None:
    """Say what an enrollment of this deployment has attached to members, now or in an earlier deployment."""
    with _LOCK:
        for member, groups in attached.items():
            _ATTACHED[member] |= groups


def recorded(member: str) -> Groups:
    """The groups that enrollments of this deployment have attached to the member."""
    with _LOCK:
        return frozenset(_ATTACHED.get(member, ()))


def forget() -> None:
    """Forget everything; for tests, which are several deployments in one process."""
    with _LOCK:
        _CLAIMS.clear()
        _BY.clear()
        _ATTACHED.clear()
