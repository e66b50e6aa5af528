"""Rules as EC2 describes them, read as rules of policy."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final, TypeAlias

from sg_integration.model.groups import Groups
from sg_integration.model.policy_inputs import SecurityGroupRule
from sg_integration.model.rules import Direction, PeerKind

StaleReference: TypeAlias = tuple[str, Direction, str]
"""A group, which way, and the group that its rules refer to in vain."""

_PEERS: Final = {
    "CidrIpv4": PeerKind.CIDR_IPV4,
    "CidrIpv6": PeerKind.CIDR_IPV6,
    "PrefixListId": PeerKind.PREFIX_LIST,
}
_STALE: Final = {
    "StaleIpPermissions": Direction.INGRESS,
    "StaleIpPermissionsEgress": Direction.EGRESS,
}
_GONE: Final = ("deleted", "deleting", "expired", "failed", "rejected")


def rule(item: Any, vpc_id: str, known: Groups) -> SecurityGroupRule | None:
    """One rule; None if it names a peer of a kind that we do not know, and so grants nothing.

    Args:
        item: the rule as DescribeSecurityGroupRules shows it.
        vpc_id: the VPC that is read.
        known: the groups that are read: whichever VPC or account they are of, their members here are known.
    """
    peer = _peer(item)
    if peer is None:
        return None
    info = item.get("ReferencedGroupInfo", {})
    return SecurityGroupRule(
        id=item["SecurityGroupRuleId"],
        direction=Direction.EGRESS if item["IsEgress"] else Direction.INGRESS,
        protocol=item["IpProtocol"],
        from_port=item.get("FromPort"),
        to_port=item.get("ToPort"),
        peer_kind=peer[0],
        peer=peer[1],
        foreign=_foreign(item, vpc_id, known),
        stale=info.get("PeeringStatus", "") in _GONE,
    )


def foreign_vpcs(items: Iterable[Any], vpc_id: str, known: Groups) -> frozenset[str]:
    """Where rules refer to, other than this VPC."""
    return frozenset(where for item in items if (where := _foreign(item, vpc_id, known)))


def stale_references(found: Iterable[Any]) -> Iterator[StaleReference]:
    """What DescribeStaleSecurityGroups says; a reference that is stale in one rule is so in every rule of the group."""
    for group in found:
        for key, direction in _STALE.items():
            for permission in group.get(key, []):
                for pair in permission.get("UserIdGroupPairs", []):
                    yield group["GroupId"], direction, pair["GroupId"]


def _peer(item: Any) -> tuple[PeerKind, str] | None:
    for key, kind in _PEERS.items():
        if item.get(key):
            return kind, item[key]
    group = item.get("ReferencedGroupInfo", {}).get("GroupId")
    return (PeerKind.SECURITY_GROUP, group) if group else None


def _foreign(item: Any, vpc_id: str, known: Groups) -> str:
    """The VPC or the account of a group that is not read; empty for one that ought to be of this VPC."""
    info = item.get("ReferencedGroupInfo", {})
    if not info or info.get("GroupId") in known:
        return ""
    if info.get("VpcId", vpc_id) != vpc_id:
        return str(info["VpcId"])
    owner = item.get("GroupOwnerId", "")
    return str(info.get("UserId", owner)) if info.get("UserId", owner) != owner else ""
