"""VPCs: whether one exists, and its addresses."""

from __future__ import annotations

from typing import Any, Final

from sg_integration.aws.connection import Connection
from sg_integration.aws.errors import refusals

_ASSOCIATED: Final = "associated"


def address_blocks(connection: Connection, vpc_id: str) -> tuple[str, ...]:
    """A VPC's blocks: IPv4, primary first, then IPv6; one call.

    Args:
        connection: how to reach AWS.
        vpc_id: the VPC.

    Raises:
        Refused: there is no such VPC in the account and the region.
        ServiceError: AWS refused the call otherwise.
    """
    with refusals(f"looking up {vpc_id} ({connection})", str(connection)):
        [vpc] = connection.client("ec2").describe_vpcs(VpcIds=[vpc_id])["Vpcs"]
    fours = [each["CidrBlock"] for each in vpc.get("CidrBlockAssociationSet", []) if _is_associated(each)]
    sixes = [each["Ipv6CidrBlock"] for each in vpc.get("Ipv6CidrBlockAssociationSet", []) if _is_associated(each)]
    return tuple(dict.fromkeys([vpc["CidrBlock"], *fours, *sixes]))


def _is_associated(block: Any) -> bool:
    state = block.get("CidrBlockState") or block.get("Ipv6CidrBlockState") or {}
    return bool(state.get("State") == _ASSOCIATED)
