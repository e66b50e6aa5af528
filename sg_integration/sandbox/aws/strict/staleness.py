"""Reads that do not show the last write yet: EC2 is eventually consistent.

Sources: https://docs.aws.amazon.com/ec2/latest/devguide/eventual-consistency.html; met with this very write in
https://github.com/hashicorp/terraform-provider-aws/issues/16201. What is stale is only what is shown: checks see the truth.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sg_integration.sandbox.aws.world import WORLD

if TYPE_CHECKING:
    from collections.abc import Iterable

_STALE = "sandbox_stale"


def before_write(interface: Any) -> None:
    """Keep the groups that are about to be replaced, for as long as the settings say."""
    settings = WORLD.settings
    until = WORLD.clock.now() + settings.stale_read_seconds if settings.stale_read_seconds else None
    if until or settings.stale_reads:
        interface.__dict__[_STALE] = {
            "groups": list(interface._group_set),
            "until": until,
            "reads": settings.stale_reads,
        }


def shown_groups(interface: Any) -> list[Any]:
    """The groups that a read shows."""
    stale = interface.__dict__.get(_STALE)
    if stale and (stale["reads"] > 0 or (stale["until"] or 0) > WORLD.clock.now()):
        return list(stale["groups"])
    return list(interface.group_set)


def shown(interfaces: Iterable[Any]) -> None:
    """A read has shown these."""
    for interface in interfaces:
        if stale := interface.__dict__.get(_STALE):
            stale["reads"] -= 1
