"""The network interfaces of database instances: RDS makes one in the instance's subnets, manages it, and gives it the groups.

Source: requester-managed interfaces, https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/requester-managed-eni.html; their
requester is `amazon-rds` and their description `RDSNetworkInterface`.
"""

from __future__ import annotations

from typing import Any, Final

from sg_integration.sandbox.aws.strict import memberships

_DATABASE: Final = "sandbox_database"
_MARKS: Final = {"requester_managed": True, "requester_id": "amazon-rds", "description": "RDSNetworkInterface"}


def give(database: Any, ec2: Any) -> None:
    """Make the interface of a database that has been made."""
    if subnets := _subnets(database):
        # Asked for none, moto takes any of the subnet's, also the VPC's resolver's.
        address = subnets[0].get_available_subnet_ip(instance=database)
        made = ec2.create_network_interface(subnets[0], address)
        made.__dict__.update({**_MARKS, "status": "in-use", _DATABASE: database})


def _subnets(database: Any) -> list[Any]:
    """Where it is; a member of a cluster where its cluster is."""
    known = getattr(database, "db_subnet_group", None)
    known = known or database.backend.subnet_groups.get(
        getattr(memberships.holder(database), "db_subnet_group_name", None)
    )
    return list(getattr(known, "_subnets", ()))


def take(database: Any, ec2: Any) -> None:
    """Take the interface of a database that is gone away; of None, nothing."""
    if database is None:
        return
    for id_ in [each.id for each in ec2.enis.values() if each.__dict__.get(_DATABASE) is database]:
        del ec2.enis[id_]


def groups(interface: Any) -> list[Any] | None:
    """The groups of a database's interface, which are those that RDS has come to attach; None for any other interface."""
    database = interface.__dict__.get(_DATABASE)
    if database is None:
        return None
    there = [group for group, status in memberships.statuses(database) if status != "adding"]
    found = [interface.ec2_backend.get_security_group_from_id(each) for each in there]
    return [each for each in found if each is not None]
