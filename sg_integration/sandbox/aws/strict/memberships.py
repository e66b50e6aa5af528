"""The groups of databases: which are being added and removed, and for how long that takes.

Source: `VpcSecurityGroups[].Status` of https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_VpcSecurityGroupMembership.html;
`adding` and `removing` as in the code of https://github.com/ansible-collections/amazon.aws (rds_instance).
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from sg_integration.sandbox.aws.world import WORLD

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_CHANGES = "sandbox_group_changes"


def holder(database: Any) -> Any:
    """Whose groups a database has: its own, or those of the cluster that it is a member of."""
    return getattr(database, "cluster", database)


def change(database: Any, group_ids: Sequence[str]) -> None:
    """Give a database or a cluster these groups; what is new is being added, what is left out is being removed."""
    before, after = list(database.vpc_security_group_ids), list(group_ids)
    database.vpc_security_group_ids = after
    started(database, before)


def started(database: Any, before: Sequence[str]) -> None:
    """Its groups have been written, and were those before: show what is under way until it is done."""
    seconds, after = WORLD.settings.rds_transition_seconds, database.vpc_security_group_ids
    changes: dict[str, str] = database.__dict__.setdefault(_CHANGES, {})
    for group_id in set(before) ^ set(after):
        changes[group_id] = "adding" if group_id in after else "removing"
        WORLD.timeline.after(seconds, partial(_done, changes, group_id, changes[group_id]))


def _done(changes: dict[str, str], group_id: str, what: str) -> None:
    """The change is over, unless another has begun since."""
    if changes.get(group_id) == what:
        del changes[group_id]


def statuses(database: Any) -> Iterator[tuple[str, str]]:
    """Each group that a database shows, and its status."""
    owner = holder(database)
    changes: dict[str, str] = owner.__dict__.get(_CHANGES, {})
    for group_id in owner.vpc_security_group_ids:
        yield group_id, changes.get(group_id, "active")
    for group_id, status in changes.items():
        if status == "removing":
            yield group_id, status


def shown(database: Any) -> list[dict[str, str]]:
    """The list of memberships, as RDS shows it."""
    return [{"VpcSecurityGroupId": group_id, "Status": status} for group_id, status in statuses(database)]
