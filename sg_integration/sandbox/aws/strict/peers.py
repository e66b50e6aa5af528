"""Peered VPCs: a rule may refer to a group of one.

Source: https://docs.aws.amazon.com/vpc/latest/peering/vpc-peering-security-groups.html.
"""

from __future__ import annotations

from typing import Any

_ACTIVE = "active"


def are_peers(ec2: Any, one: str | None, other: str | None) -> bool:
    """Whether an active peering connection joins two VPCs."""
    found = _connection(ec2, one, other)
    return found is not None and found._status.code == _ACTIVE


def home(ec2: Any, group_id: str) -> str | None:
    """The VPC of a group; None if it does not exist."""
    return next((str(vpc_id) for vpc_id, groups in ec2.groups.items() if group_id in groups), None)


def reference(ec2: Any, vpc_id: str | None, elsewhere: str) -> dict[str, str]:
    """What a rule of a group of one VPC shows of its reference to another VPC."""
    found = _connection(ec2, vpc_id, elsewhere)
    more = {"VpcPeeringConnectionId": found.id, "PeeringStatus": found._status.code} if found else {}
    return {"VpcId": elsewhere, **more}


def is_stale(ec2: Any, vpc_id: str, rule: Any) -> bool:
    """Whether a rule of a group of that VPC refers to another VPC's group that is gone, or whose peering is."""
    elsewhere = rule.source_group.get("VpcId")
    if not elsewhere:
        return False
    gone = rule.source_group["GroupId"] not in ec2.groups.get(elsewhere, {})
    return gone or not are_peers(ec2, vpc_id, elsewhere)


def _connection(ec2: Any, one: str | None, other: str | None) -> Any:
    """The peering connection of two VPCs, an active one if there is any; None without one."""
    found = [each for each in ec2.vpc_pcxs.values() if {each.vpc.id, each.peer_vpc.id} == {one, other}]
    return next((each for each in found if each._status.code == _ACTIVE), found[-1] if found else None)
