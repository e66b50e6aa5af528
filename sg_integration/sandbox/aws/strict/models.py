"""What moto keeps wrongly: groups of instances and interfaces, a new VPC's default group, the ids of databases."""

from __future__ import annotations

import secrets
import string
from typing import Any

from moto.ec2.models import EC2Backend
from moto.ec2.models.elastic_network_interfaces import NetworkInterface
from moto.ec2.models.instances import Instance
from moto.rds.models import DBCluster, DBInstance

from sg_integration.sandbox.aws.strict import database_interfaces, memberships
from sg_integration.sandbox.aws.strict.permissions import Permission
from sg_integration.sandbox.aws.strict.rule_store import StoredRule

_TERMINATED = 48
_RESOURCE_ID = string.ascii_uppercase + string.digits
_moto_create_vpc = EC2Backend.create_vpc
_moto_new_database = DBInstance.__init__


def mend() -> None:
    """Put our properties and methods in the place of moto's."""
    replacements: tuple[tuple[type, str, Any], ...] = (
        (NetworkInterface, "group_set", property(_interface_groups)),
        (NetworkInterface, "owner_id", property(_interface_owner)),
        (Instance, "security_groups", property(_instance_groups, _set_instance_groups)),
        (Instance, "network_interfaces", property(_instance_interfaces)),
        (EC2Backend, "create_vpc", _create_vpc),
        (DBInstance, "__init__", _new_database),
        (DBInstance, "vpc_security_group_membership_list", property(memberships.shown)),
        (DBCluster, "vpc_security_groups", property(memberships.shown)),
    )
    for owner, name, replacement in replacements:
        setattr(owner, name, replacement)


def _interface_groups(interface: Any) -> list[Any]:
    """An interface's own groups, and a database's those of the database; moto adds those that an instance was launched with."""
    of_database = database_interfaces.groups(interface)
    return list(interface._group_set) if of_database is None else of_database


def _interface_owner(interface: Any) -> str:
    """An interface's account: that of the backend, unless it was marked as another's."""
    return str(interface.__dict__.get("marked_owner") or interface.ec2_backend.account_id)


def _instance_groups(instance: Any) -> list[Any]:
    """An instance's groups are those of its primary interface, and none once it is terminated."""
    if instance.state_code == _TERMINATED:
        return []
    primary = getattr(instance, "nics", {}).get(0)
    return _interface_groups(primary) if primary else list(instance.__dict__.get("launch_groups", []))


def _set_instance_groups(instance: Any, groups: list[Any]) -> None:
    """At launch, before there is an interface, keep them for it; later, give them to the primary interface."""
    primary = getattr(instance, "nics", {}).get(0)
    if primary:
        primary._group_set = list(groups)
    else:
        instance.__dict__["launch_groups"] = list(groups)


def _instance_interfaces(instance: Any) -> list[Any]:
    """An instance's interfaces; none once it is terminated."""
    return [] if instance.state_code == _TERMINATED else list(instance.nics.values())


def _create_vpc(backend: Any, *args: Any, **kwargs: Any) -> Any:
    """A VPC whose default group lets its own members in, as AWS makes it."""
    vpc = _moto_create_vpc(backend, *args, **kwargs)
    group = backend.get_default_security_group(vpc.id)
    own = Permission("-1", None, None, "ReferencedGroupId", group.id)
    group.ingress_rules.append(StoredRule(backend, group.id, own, egress=False))
    return vpc


def _new_database(database: Any, *args: Any, **kwargs: Any) -> None:
    """A database instance with an id of its own; moto gives all of them the same."""
    _moto_new_database(database, *args, **kwargs)
    database.dbi_resource_id = "db-" + "".join(secrets.choice(_RESOURCE_ID) for _ in range(26))
