"""What we know of a network interface and of a database when we decide whether it may join."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

_OF_SERVICES: Final = {"RDSNetworkInterface": "interface of a database"}  # what services write, and nobody knows


@dataclass(frozen=True, slots=True)
class Instance:
    """An EC2 instance, as far as selecting it needs.

    Args:
        id: its instance id.
        tags: its tags.
        state: `pending`, `running`, `stopping` or `stopped`.
    """

    id: str
    tags: Mapping[str, str] = field(default_factory=dict)
    state: str = "running"

    def __str__(self) -> str:
        """As a person knows it: `web-1 (i-0a1)`."""
        name = self.tags.get("Name")
        return f"{name} ({self.id})" if name else self.id


@dataclass(frozen=True, slots=True)
class Interface:
    """A network interface, in EC2's own words.

    Args:
        id: its network interface id.
        groups: the ids of its security groups, in AWS's order.
        owner_id: the account that owns it.
        requester_managed: made by a service of AWS for itself.
        requester_id: which service.
        operator: the operator that manages it (EKS Auto Mode …), if one does.
        interface_type: `interface`, `efa`, `trunk`, `branch`, …; an open set.
        instance: the instance that it is attached to, if that is of this VPC.
        instance_id: the id of that instance, also if it was not listed.
        instance_owner_id: the account that owns the instance.
        device_index: 0 for the primary interface.
        status: `available`, `in-use`, ….
        description: what its maker wrote.
        tags: its own tags, not the instance's.
    """

    id: str
    groups: tuple[str, ...]
    owner_id: str
    requester_managed: bool = False
    requester_id: str = ""
    operator: str = ""
    interface_type: str = "interface"
    instance: Instance | None = None
    instance_id: str = ""
    instance_owner_id: str = ""
    device_index: int = 0
    status: str = "in-use"
    description: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        """As a person knows it: `web-1 (i-0a1)`, and for another interface of the instance `web-1 (i-0a1) eth1`."""
        if self.instance is None:
            described = _OF_SERVICES.get(self.description, self.description)
            return self.tags.get("Name") or described or "no name"
        return str(self.instance) if self.device_index == 0 else f"{self.instance} eth{self.device_index}"


@dataclass(frozen=True, slots=True)
class Database:
    """An RDS database that has a list of groups: a cluster, or an instance that is in no cluster.

    Args:
        id: DbiResourceId or DbClusterResourceId, which no rename changes and no namesake inherits.
        identifier: its current identifier, which calls take.
        groups: the ids of groups that it has or is getting (`active`, `adding`), in AWS's order.
        leaving: groups that are being taken away (`removing`).
        is_cluster: whether ModifyDBCluster is the call.
        cluster: for an instance in a cluster, the cluster's identifier: the cluster is the member then.
        engine: `postgres`, `aurora-mysql`, `neptune`, `custom-oracle-ee`, ….
        status: `available`, `stopped`, ….
        vpc_id: the VPC, from its subnet group.
        tags: its tags.
    """

    id: str
    identifier: str
    groups: tuple[str, ...]
    leaving: tuple[str, ...] = ()
    is_cluster: bool = False
    cluster: str = ""
    engine: str = "postgres"
    status: str = "available"
    vpc_id: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        """As a person knows it: `orders (postgres)`, `ledger (aurora-postgresql cluster)`."""
        return f"{self.identifier} ({self.engine}{' cluster' if self.is_cluster else ''})"
