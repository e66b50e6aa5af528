"""Network interfaces: list a VPC's in as few calls as there are pages, read some again, write one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from typing import TYPE_CHECKING, Any, Final, TypeVar

from sg_integration.aws.connection import Connection
from sg_integration.aws.errors import refusals
from sg_integration.aws.sightings import Sighting, lately
from sg_integration.model.declared import declared
from sg_integration.model.errors import Refused
from sg_integration.model.groups import Groups
from sg_integration.model.members import Instance, Interface

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client

Item = TypeVar("Item")

_PAGE: Final = 1000
_IDS_PER_FILTER: Final = 200
_QUOTA: Final = {"ServiceCode": "vpc", "QuotaCode": "L-2AFB9258"}
_DEFAULT_QUOTA: Final = 5
_LIVE: Final = ("pending", "running", "stopping", "stopped")
_DATABASES: Final = {"amazon-rds", "RDSNetworkInterface"}  # requester and description of a database's interface


@dataclass(frozen=True)
class NetworkInterfaces:
    """The interfaces of a VPC as carriers of groups.

    Args:
        connection: how to reach AWS.
        vpc_id: the VPC.
        previewing: whether nothing is written, so that what was seen a moment ago will do.
    """

    connection: Connection
    vpc_id: str
    previewing: bool = False
    kind = "network interface"

    @cached_property
    def _ec2(self) -> EC2Client:
        return self.connection.client("ec2")

    def discover(self) -> tuple[list[Interface], list[Instance]]:
        """Every interface and every live instance of the VPC: a call for each 1,000 of either."""
        seen = self.sighting()
        return [_interface(item, seen.instances) for item in seen.interfaces], list(seen.instances.values())

    def sighting(self) -> Sighting:
        """The same, as EC2 describes it."""
        return lately((self.connection, self.vpc_id), self._look) if self.previewing else self._look()

    def carrying(self, groups: Groups) -> dict[str, str]:
        """Who in the VPC has any of the groups, by itself: id to name. A database's interface follows its database."""
        with refusals(f"listing who has {', '.join(sorted(groups))} in {self.vpc_id}", str(self.connection)):
            found = self._describe([{"Name": "group-id", "Values": sorted(groups)}])
            return {item.id: str(item) for item in (_interface(raw, {}) for raw in found) if not _is_databases(item)}

    def read(self, ids: Iterable[str]) -> dict[str, tuple[str, ...]]:
        """The groups that members have now; who is gone is not in the answer. One call for each 200."""
        found: dict[str, tuple[str, ...]] = {}
        with refusals(f"reading network interfaces of {self.vpc_id} again", str(self.connection)):
            for some in batches(ids, _IDS_PER_FILTER):
                for item in self._describe([{"Name": "network-interface-id", "Values": some}]):
                    found[item["NetworkInterfaceId"]] = _groups(item)
        return found

    def write(self, member: str, groups: Sequence[str], doing: str) -> None:
        """Replace a member's groups, all of them, in one call.

        Raises:
            ServiceError: as the table says.
        """
        with refusals(doing, str(self.connection)):
            self._ec2.modify_network_interface_attribute(NetworkInterfaceId=member, Groups=list(groups))

    def declared(self, ids: Iterable[str]) -> dict[str, Groups]:
        """The groups that the owners of interfaces declare, by a tag of the interface or, for a primary one, of its instance."""
        wanted, found = set(ids), self.discover()[0]
        return {item.id: groups for item in found if item.id in wanted and (groups := _declared(item))}

    def leaving(self, groups: Groups) -> dict[str, str]:
        """Nobody: an interface has left as soon as it is written."""
        del groups
        return {}

    def quota(self) -> int:
        """How many groups an interface may have; AWS's default where we may not ask."""
        try:
            with refusals("reading the quota of groups per network interface", str(self.connection)):
                answer = self.connection.client("service-quotas").get_service_quota(**_QUOTA)
        except Refused:
            return _DEFAULT_QUOTA
        return int(answer["Quota"].get("Value", _DEFAULT_QUOTA))

    def account_id(self) -> str:
        """The account that we are."""
        with refusals("asking who we are", str(self.connection)):
            return self.connection.client("sts").get_caller_identity()["Account"]

    def _look(self) -> Sighting:
        with refusals(f"listing the network interfaces of {self.vpc_id}", str(self.connection)):
            instances = {instance.id: instance for instance in self._instances()}
            return Sighting(tuple(self._describe([])), instances)

    def _describe(self, filters: list[Any]) -> Iterator[Any]:
        pages = self._ec2.get_paginator("describe_network_interfaces")
        in_vpc = [{"Name": "vpc-id", "Values": [self.vpc_id]}, *filters]
        seen: set[str] = set()  # pages are not one moment: an item may come twice
        for page in pages.paginate(Filters=in_vpc, PaginationConfig={"PageSize": _PAGE}):
            for item in page["NetworkInterfaces"]:
                if item["NetworkInterfaceId"] not in seen:
                    seen.add(item["NetworkInterfaceId"])
                    yield item

    def _instances(self) -> Iterator[Instance]:
        pages = self._ec2.get_paginator("describe_instances")
        filters: list[Any] = [
            {"Name": "vpc-id", "Values": [self.vpc_id]},
            {"Name": "instance-state-name", "Values": _LIVE},
        ]
        for page in pages.paginate(Filters=filters, PaginationConfig={"PageSize": _PAGE}):
            for reservation in page["Reservations"]:
                for item in reservation["Instances"]:
                    yield Instance(item["InstanceId"], tags(item.get("Tags", [])), item["State"]["Name"])


def batches(items: Iterable[Item], size: int) -> Iterator[list[Item]]:
    """The items in lists of at most `size`."""
    rest = iter(items)
    while some := list(islice(rest, size)):
        yield some


def tags(listed: Iterable[Any]) -> dict[str, str]:
    """AWS's list of tags as a mapping."""
    return {tag["Key"]: tag.get("Value", "") for tag in listed}


def _groups(item: Any) -> tuple[str, ...]:
    return tuple(group["GroupId"] for group in item["Groups"])


def _declared(interface: Interface) -> Groups:
    of_instance = interface.instance.tags if interface.instance and interface.device_index == 0 else {}
    return declared(interface.tags) | declared(of_instance)


def _is_databases(interface: Interface) -> bool:
    return interface.requester_managed and bool(_DATABASES & {interface.requester_id, interface.description})


def _interface(item: Any, instances: Mapping[str, Instance]) -> Interface:
    attachment = item.get("Attachment", {})
    operator = item.get("Operator", {})
    instance_id = attachment.get("InstanceId", "")
    return Interface(
        id=item["NetworkInterfaceId"],
        groups=_groups(item),
        owner_id=item.get("OwnerId", ""),
        requester_managed=item.get("RequesterManaged", False),
        requester_id=item.get("RequesterId", ""),
        operator=operator.get("Principal", "an operator of AWS") if operator.get("Managed") else "",
        interface_type=item.get("InterfaceType", "interface"),
        instance=instances.get(instance_id),
        instance_id=instance_id,
        instance_owner_id=attachment.get("InstanceOwnerId", ""),
        device_index=attachment.get("DeviceIndex", 0),
        status=item.get("Status", ""),
        description=item.get("Description", ""),
        tags=tags(item.get("TagSet", [])),
    )
