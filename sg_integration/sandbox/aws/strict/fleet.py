"""Many instances at once, each with one interface, made from moto's objects without the calls for each.

They have no volumes, and are otherwise as RunInstances makes them: one is launched, the others are copies of it.
"""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

from moto.core.utils import utcnow
from moto.ec2.models import ec2_backends
from moto.ec2.models.block_device import BlockDeviceMapping
from moto.ec2.models.instances import InstanceState, Reservation
from moto.ec2.utils import (
    random_eni_attach_id,
    random_eni_id,
    random_instance_id,
    random_mac_address,
    random_reservation_id,
)

from sg_integration.sandbox.aws.iam_requests import ACCOUNT
from sg_integration.sandbox.aws.strict.groups import find_groups

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_IMAGE = "ami-12c6146b"  # one that moto knows
_STATES = {"pending": 0, "running": 16, "stopping": 64, "stopped": 80}


def launch(
    subnet_id: str,
    count: int,
    security_group_ids: Sequence[str],
    *,
    vpc_id: str | None = None,
    tags: Mapping[str, str] | None = None,
    name_prefix: str | None = None,
    state: str = "running",
) -> list[dict[str, str]]:
    """Launch instances; the ids of each and of its interface.

    Args:
        subnet_id: the subnet, which must have addresses for all of them.
        count: how many.
        security_group_ids: the groups of each interface.
        vpc_id: the subnet's VPC, for who wants it checked.
        tags: of each instance.
        name_prefix: their tag `Name` is this and a number from 1, `web-1`; without it they have none of their own.
        state: pending, running, stopping or stopped.

    Raises:
        LookupError: no such subnet.
        ValueError: the subnet is too small or of another VPC, or there is no such state.
        AwsError: a group is unknown or of another VPC.
    """
    ec2, subnet = _subnet(subnet_id)
    if state not in _STATES:
        raise ValueError(f"an instance is not launched {state}; it is {', '.join(_STATES)}")
    if vpc_id not in (None, subnet.vpc_id):
        raise ValueError(f"{subnet_id} is in {subnet.vpc_id}, not in {vpc_id}")
    if count > subnet.cidr.num_addresses - 5 - len(subnet._subnet_ips):
        raise ValueError(f"{subnet_id} has too few addresses for {count} instances")
    groups = find_groups(ec2, security_group_ids, subnet.vpc_id)
    made: list[dict[str, str]] = []
    pattern: Any = None
    for number in range(1, count + 1):
        own = dict(tags or {}) | ({"Name": f"{name_prefix}-{number}"} if name_prefix else {})
        pattern = _copy(ec2, subnet, pattern) if pattern else _first(ec2, subnet_id)
        pattern._state = InstanceState(state, _STATES[state])
        pattern.nics[0]._group_set = list(groups)
        ec2.tags.pop(pattern.id, None)
        if own:
            ec2.tags[pattern.id].update(own)
        made.append({"instance_id": pattern.id, "interface_id": pattern.nics[0].id})
    return made


def _first(ec2: Any, subnet_id: str) -> Any:
    """The first one, launched as any other."""
    nic = {"DeviceIndex": 0, "SubnetId": subnet_id, "DeleteOnTermination": True}
    made = ec2.run_instances(
        _IMAGE,
        1,
        None,
        [],
        instance_type="t3.micro",
        is_instance_type_default=False,
        region_name=ec2.region_name,
        nics=[nic],
    )
    return made.instances[0]


def _copy(ec2: Any, subnet: Any, pattern: Any) -> Any:
    """Another like it, in a reservation of its own."""
    instance = copy.copy(pattern)
    instance.id, instance.block_device_mapping = random_instance_id(), BlockDeviceMapping()
    address = subnet.get_available_subnet_ip(instance=instance)
    instance._private_ips = {address}
    nic = copy.copy(pattern.nics[0])
    nic.id, nic.mac_address, nic.instance = random_eni_id(), random_mac_address(), instance
    nic.attachment_id, nic.attach_time = random_eni_attach_id(), utcnow()
    nic.private_ip_address = address
    nic.private_ip_addresses = [{**nic.private_ip_addresses[0], "PrivateIpAddress": address}]
    instance.nics = {0: nic}
    ec2.enis[nic.id] = nic
    reservation = Reservation(random_reservation_id(), owner_id=ec2.account_id)
    reservation.instances.append(instance)
    ec2.reservations[reservation.id] = reservation
    return instance


def _subnet(subnet_id: str) -> tuple[Any, Any]:
    """The subnet and the backend that it is in."""
    for ec2 in ec2_backends[ACCOUNT].values():
        for of_zone in ec2.subnets.values():
            if subnet_id in of_zone:
                return ec2, of_zone[subnet_id]
    raise LookupError(f"there is no subnet {subnet_id}")
