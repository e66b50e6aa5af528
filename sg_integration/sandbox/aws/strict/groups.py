"""Finding security groups as AWS finds them, and refusing ids that are malformed, unknown or of another VPC."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from sg_integration.sandbox.aws.strict.errors import AwsError, different_networks, group_not_found

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from moto.ec2.models.security_groups import SecurityGroup

_GROUP_ID = re.compile(r"sg-(?:[0-9a-f]{8}|[0-9a-f]{17})")
_VPC_ID = re.compile(r"vpc-(?:[0-9a-f]{8}|[0-9a-f]{17})")


def every_group(ec2: Any) -> Iterator[SecurityGroup]:
    """All groups of the account in the region."""
    for of_vpc in ec2.groups.values():
        yield from of_vpc.values()


def check_group_id(group_id: str) -> None:
    """Refuse what cannot be a group id."""
    if not group_id.startswith("sg-") and group_id:
        raise AwsError("InvalidGroupId.Malformed", f'Invalid id: "{group_id}" (expecting "sg-...")')
    if not _GROUP_ID.fullmatch(group_id):
        raise AwsError("InvalidGroupId.Malformed", f"The security group ID '{group_id}' is malformed")


def find_group(ec2: Any, group_id: str) -> SecurityGroup:
    """The group with that id. Raises `InvalidGroupId.Malformed` or `InvalidGroup.NotFound`."""
    check_group_id(group_id)
    for of_vpc in ec2.groups.values():
        if group_id in of_vpc:
            return of_vpc[group_id]  # type: ignore[no-any-return]
    raise group_not_found(group_id)


def find_groups(ec2: Any, group_ids: Iterable[str], vpc_id: str) -> list[SecurityGroup]:
    """The groups with those ids, each once. Raises `InvalidGroup.NotFound` also for one of another VPC."""
    groups = [find_group(ec2, group_id) for group_id in dict.fromkeys(group_ids)]
    if any(group.vpc_id != vpc_id for group in groups):
        raise different_networks()
    return groups


def default_vpc_id(ec2: Any) -> str:
    """The id of the default VPC. Raises `VPCIdNotSpecified` where there is none."""
    for vpc in ec2.vpcs.values():
        if vpc.is_default:
            return str(vpc.id)
    raise AwsError("VPCIdNotSpecified", "No default VPC for this user")


def find_named(ec2: Any, name: str) -> SecurityGroup:
    """The group of that name in the default VPC: elsewhere AWS goes by id only."""
    vpc_id = default_vpc_id(ec2)
    for group in ec2.groups[vpc_id].values():
        if group.name == name:
            return group  # type: ignore[no-any-return]
    raise AwsError("InvalidGroup.NotFound", f"The security group '{name}' does not exist in default VPC '{vpc_id}'")


def check_vpc(ec2: Any, vpc_id: str) -> None:
    """Refuse a VPC that does not exist."""
    if vpc_id not in ec2.vpcs:
        code = "NotFound" if _VPC_ID.fullmatch(vpc_id) else "Malformed"
        text = f"The vpc ID '{vpc_id}' does not exist" if code == "NotFound" else f'Invalid id: "{vpc_id}"'
        raise AwsError(f"InvalidVpcID.{code}", text)
