"""Security groups: whose they are, and whether they still exist."""

from __future__ import annotations

from collections.abc import Iterable

from sg_integration.aws.connection import Connection
from sg_integration.aws.errors import refusals
from sg_integration.aws.interfaces import batches
from sg_integration.model.errors import GroupNotFound
from sg_integration.model.groups import Groups


def owner_in_vpc(connection: Connection, groups: Groups, vpc_id: str, *, ours: Groups) -> str:
    """The account that we are, having seen that all groups are of the VPC; one call.

    Args:
        connection: how to reach AWS.
        groups: the groups.
        vpc_id: the VPC.
        ours: those of them that we made; in a shared VPC another one may be another account's.

    Raises:
        GroupNotFound: one does not exist, or is of another VPC.
    """
    doing = f"looking up {', '.join(sorted(groups))}"
    with refusals(doing, str(connection)):
        found = connection.client("ec2").describe_security_groups(GroupIds=sorted(groups))["SecurityGroups"]
    for group in found:
        if group.get("VpcId") != vpc_id:
            raise GroupNotFound(
                doing,
                "InvalidGroup.NotFound",
                f"{group['GroupId']} is a group of {group.get('VpcId')}.",
                f"Name a group of {vpc_id}.",
            )
    return next((group["OwnerId"] for group in found if "OwnerId" in group and group["GroupId"] in ours), "")


def homes(connection: Connection, groups: Iterable[str]) -> dict[str, str]:
    """The VPC of each of the groups; one that does not exist is not in it. A call for each 200."""
    found: dict[str, str] = {}
    wanted = sorted(set(groups))
    with refusals(f"looking up {', '.join(wanted)}", str(connection)):
        ec2 = connection.client("ec2")
        for some in batches(wanted, 200):
            answer = ec2.describe_security_groups(Filters=[{"Name": "group-id", "Values": some}])
            found |= {group["GroupId"]: group.get("VpcId", "no VPC") for group in answer["SecurityGroups"]}
    return found


def existing(connection: Connection, groups: Iterable[str]) -> Groups:
    """Those of the groups that exist still; a call for each 200."""
    found: set[str] = set()
    with refusals("looking up which groups exist still", str(connection)):
        ec2 = connection.client("ec2")
        for some in batches(sorted(set(groups)), 200):
            answer = ec2.describe_security_groups(Filters=[{"Name": "group-id", "Values": some}])
            found.update(group["GroupId"] for group in answer["SecurityGroups"])
    return frozenset(found)
