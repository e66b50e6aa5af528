"""Who wants which group on which member in this deployment, so that two enrollments that overlap respect each other.

The engine runs all dynamic resources of a deployment in one process, and checks everything that is in the program before it
deletes what is not. So when an enrollment goes, those that stay have made their claims here.
"""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Iterable

from sg_integration.model.groups import Groups

_LOCK = threading.Lock()
_CLAIMS: defaultdict[str, set[str]] = defaultdict(set)


def claim(members: Iterable[str], groups: Groups) -> None:
    """Say that an enrollment of this deployment wants the groups on the members."""
    with _LOCK:
        for member in members:
            _CLAIMS[member] |= groups


def claimed(member: str) -> Groups:
    """The groups that enrollments of this deployment want on the member."""
    with _LOCK:
        return frozenset(_CLAIMS.get(member, ()))


def forget() -> None:
    """Forget all claims; for tests, which are several deployments in one process."""
    with _LOCK:
        _CLAIMS.clear()
