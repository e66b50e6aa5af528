"""What befalls the cloud from outside the calls that are logged: other principals, and services with rights of their own.

Everything here is found by its id or name in any region.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from moto.ec2.models import ec2_backends
from moto.rds.models import rds_backends

from sg_integration.sandbox.aws.iam_requests import ACCOUNT
from sg_integration.sandbox.aws.strict import database_interfaces, memberships

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_MARKS = {
    "RequesterManaged": "requester_managed",
    "RequesterId": "requester_id",
    "Operator": "operator",
    "OwnerId": "marked_owner",
    "InstanceOwnerId": "instance_owner_id",
    "InterfaceType": "interface_type",
    "Description": "description",
    "Status": "status",
    "Ipv4Prefixes": "ipv4_prefixes",
    "Ipv6Prefixes": "ipv6_prefixes",
}


def mark_interface(interface_id: str, fields: Mapping[str, Any]) -> None:
    """Make an interface what moto cannot make: a service's, an operator's, another account's, one of another type.

    Args:
        interface_id: the interface.
        fields: any of RequesterManaged, RequesterId, Operator, OwnerId, InstanceOwnerId, InterfaceType, Description, Status,
            and Ipv4Prefixes and Ipv6Prefixes, lists of delegated prefixes.

    Raises:
        LookupError: no such interface.
        ValueError: a field that cannot be marked.
    """
    interface = _interface(interface_id)
    if unknown := set(fields) - set(_MARKS):
        raise ValueError(f"an interface is not marked with {', '.join(sorted(unknown))}")
    interface.__dict__.update({_MARKS[name]: value for name, value in fields.items()})
    if "InstanceOwnerId" in fields and "Status" not in fields:
        interface.status = "in-use"


def mark_instance(instance_id: str, fields: Mapping[str, Any]) -> None:
    """Say which service operates an instance and its interfaces: `{"Operator": {"Managed": true, "Principal": "…"}}`."""
    if set(fields) != {"Operator"}:
        raise ValueError(f"an instance is marked with Operator, not with {', '.join(sorted(fields))}")
    for ec2 in ec2_backends[ACCOUNT].values():
        if instance := ec2.get_instance_by_id(instance_id):
            for each in (instance, *instance.nics.values()):
                each.__dict__["operator"] = fields["Operator"]
            return
    raise LookupError(f"there is no instance {instance_id}")


def mark_database(name: str, fields: Mapping[str, Any]) -> None:
    """Give a database instance an engine or a status. Raises LookupError or ValueError."""
    _mark(_database(name, clusters=False), fields)


def mark_cluster(name: str, fields: Mapping[str, Any]) -> None:
    """Give a database cluster an engine or a status. Raises LookupError or ValueError."""
    _mark(_database(name, instances=False), fields)


def _mark(database: Any, fields: Mapping[str, Any]) -> None:
    if unknown := set(fields) - {"Engine", "Status"}:
        raise ValueError(f"a database is not marked with {', '.join(sorted(unknown))}")
    for name, value in fields.items():
        setattr(database, name.lower(), value)


def write_groups(member_id: str, add: Iterable[str], remove: Iterable[str]) -> None:
    """Add groups to, and remove them from, an interface or a database, as another principal would."""
    gone, more = set(remove), list(add)
    if member_id.startswith("eni-"):
        interface = _interface(member_id)
        new = [interface.ec2_backend.get_security_group_from_id(each) for each in more]
        kept = [group for group in interface._group_set if group.id not in gone]
        interface._group_set = kept + [group for group in new if group not in kept]
    else:
        holder = memberships.holder(_database(member_id))
        kept_ids = [each for each in holder.vpc_security_group_ids if each not in gone]
        memberships.change(holder, list(dict.fromkeys([*kept_ids, *more])))


def vanish(member_id: str) -> None:
    """Delete an interface, with the instance whose primary one it is, or a database."""
    if not member_id.startswith("eni-"):
        for region, rds in rds_backends[ACCOUNT].items():
            database_interfaces.take(rds.databases.pop(member_id.lower(), None), ec2_backends[ACCOUNT][region])
            rds.clusters.pop(member_id.lower(), None)
        return
    try:
        interface = _interface(member_id)
    except LookupError:
        return
    instance, index = interface.instance, interface.device_index
    if instance is not None and index == 0:
        instance.terminate()
    elif instance is not None:
        instance.detach_eni(interface)
    interface.ec2_backend.enis.pop(member_id, None)


def _interface(interface_id: str) -> Any:
    for ec2 in ec2_backends[ACCOUNT].values():
        if interface_id in ec2.enis:
            return ec2.enis[interface_id]
    raise LookupError(f"there is no interface {interface_id}")


def _database(name: str, *, instances: bool = True, clusters: bool = True) -> Any:
    for rds in rds_backends[ACCOUNT].values():
        for wanted, kind in ((instances, rds.databases), (clusters, rds.clusters)):
            if wanted and name.lower() in kind:
                return kind[name.lower()]
    raise LookupError(f"there is no database {name}")
