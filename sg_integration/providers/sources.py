"""The groups from which pods accept, which the user names: that they exist."""

from __future__ import annotations

from sg_integration.aws import security_groups
from sg_integration.model.errors import InvalidInput
from sg_integration.providers.saying import say
from sg_integration.providers.settings import Settings, is_unknown
from sg_integration.providers.state import Props


def check_sources(settings: Settings, olds: Props, news: Props) -> None:
    """Refuse groups of nodes and control plane that do not exist, when they are new: AWS would do so half-way in the update.

    Args:
        settings: how to reach AWS, and the VPC.
        olds: the inputs of the last update.
        news: the inputs now.

    Raises:
        InvalidInput: there is no such group.
    """
    sources = news.get("source_security_group_ids") or ()
    named = [] if is_unknown(sources) else [each for each in sources if not is_unknown(each)]
    if not named or olds.get("source_security_group_ids") == sources:
        return
    found = security_groups.homes(settings.connection, named)
    if missing := [each for each in named if each not in found]:
        raise InvalidInput(
            "source_security_group_ids",
            f"{', '.join(missing)} of node_security_group_ids or control_plane_security_group_id: no such group in this account "
            "and region. Correct the id.",
        )
    for group, vpc_id in found.items():
        if vpc_id != settings.vpc_id:  # AWS takes it if that VPC is a peer of this one
            say(f"{group} of node_security_group_ids or control_plane_security_group_id is a group of {vpc_id}")
