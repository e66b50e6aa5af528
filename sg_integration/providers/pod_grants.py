"""Keeps the guard's list of which namespace may use which groups, which follows from the bindings of all stacks."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Callable, Mapping
from typing import Any, Final

from sg_integration.kubernetes.cluster import Cluster
from sg_integration.model import guard
from sg_integration.model.bindings import Binding
from sg_integration.model.errors import MemberChanged

_TRIES: Final = 20  # other stacks write the same object
_WRITING: defaultdict[int, threading.Lock] = defaultdict(threading.Lock)

Grants = Mapping[str, Binding]


def grant(cluster: Cluster, binding: Binding) -> bool:
    """Let a binding's groups be used before it is registered; returns whether there is a guard, and it had to be told."""
    return _rewrite(cluster, lambda pending: {**pending, binding.key: binding})


def settle(cluster: Cluster, key: str) -> bool:
    """From now on a binding may use what the registry says of it, and nothing if it is not registered."""
    return _rewrite(cluster, lambda pending: {name: each for name, each in pending.items() if name != key})


def refresh(cluster: Cluster) -> bool:
    """See to it that the guard knows all that is registered."""
    return _rewrite(cluster, lambda pending: pending)


def _rewrite(cluster: Cluster, change: Callable[[Grants], Grants]) -> bool:
    """Read the guard, compile it anew, and write it if that makes a difference; again if somebody else wrote meanwhile."""
    with _WRITING[id(cluster)]:
        for attempt in range(_TRIES):
            actual = cluster.guard()
            if actual is None:
                return False
            desired = compiled(cluster, actual, change)
            if not guard.differs(actual, desired):
                return False
            try:
                cluster.put_guard(desired)
            except MemberChanged:
                if attempt == _TRIES - 1:
                    raise
            else:
                return True
    return False


def compiled(
    cluster: Cluster,
    actual: Mapping[str, Any] | None,
    change: Callable[[Grants], Grants] = lambda pending: pending,
    *,
    allowed: tuple[Binding, ...] | None = None,
    owner: str | None = None,
) -> dict[str, Any]:
    """The guard as it should be.

    Args:
        cluster: whose bindings count.
        actual: the guard as it is, or None.
        change: what to do to the grants of bindings that are not registered yet.
        allowed: what may be used whether bound or not; by default as the guard has it.
        owner: what tells the stack that declares the guard; by default as the guard has it.
    """
    before = guard.grants(actual or {})
    desired = guard.compiled(
        cluster.registry(),
        before.allowed if allowed is None else allowed,
        change(before.pending),
        owner=before.owner if owner is None else owner,
    )
    if actual:
        desired["metadata"]["resourceVersion"] = actual["metadata"]["resourceVersion"]
    return desired
