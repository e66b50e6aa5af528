"""Waits until AWS has really taken a group off the members that left, since it deletes no group before."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping
from typing import Final

from sg_integration.aws.databases import RdsDatabases
from sg_integration.aws.interfaces import NetworkInterfaces
from sg_integration.model.errors import IntegrationError
from sg_integration.model.groups import Groups
from sg_integration.providers.progress import Waiting, named
from sg_integration.providers.saying import say

_FIRST_WAIT: Final = 1.0  # seconds; doubles up to
_LONGEST_WAIT: Final = 15.0
_PATIENCE: Final = 900.0  # RDS says of changes of groups only that they take place as soon as possible


def wait_until_left(
    carrier: NetworkInterfaces | RdsDatabases,
    groups: Groups,
    members: Collection[str] | None = None,
    *,
    say: Callable[[str], None] = say,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> None:
    """Return when none of the members, by default nobody at all, is giving up one of the groups any more.

    Raises:
        IntegrationError: after 15 minutes some still are; the message lists them.
    """
    if not groups or (members is not None and not members):
        return
    until, wait, waiting = clock() + _PATIENCE, _FIRST_WAIT, Waiting(_PATIENCE, say, clock)
    while left := _who(carrier.leaving(groups), members):
        if clock() > until:
            raise IntegrationError(
                f"waiting for {', '.join(sorted(left.values()))} to give up {', '.join(sorted(groups))}: "
                f"not done after {_PATIENCE / 60:.0f} minutes. Look at their status in RDS, and run again."
            )
        waiting.still(f"waiting for {named(left.values())} to give up {', '.join(sorted(groups))}")
        sleep(wait)
        wait = min(wait * 2, _LONGEST_WAIT)


def _who(leaving: Mapping[str, str], members: Collection[str] | None) -> dict[str, str]:
    return {member: name for member, name in leaving.items() if members is None or member in members}
