"""RDS databases: list them in as few calls as there are pages, and write one.

`ApplyImmediately` is never sent: group changes do not need it, and it would carry out other pending modifications,
which may restart the database (RDS user guide, "Modifying an Amazon RDS DB instance").
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from sg_integration.aws.connection import Connection
from sg_integration.aws.errors import refusals
from sg_integration.aws.interfaces import tags
from sg_integration.model.declared import declared
from sg_integration.model.groups import Groups
from sg_integration.model.members import Database

if TYPE_CHECKING:
    from mypy_boto3_rds import RDSClient

_PAGE: Final = 100
_LEAVING: Final = "removing"  # such a group is held no more, and must not be written again; every other one is


@dataclass
class RdsDatabases:
    """The databases of a VPC as carriers of groups.

    Args:
        connection: how to reach AWS.
        vpc_id: the VPC.
    """

    connection: Connection
    vpc_id: str
    kind = "database"
    _known: dict[str, Database] = field(default_factory=dict, repr=False)

    @cached_property
    def _rds(self) -> RDSClient:
        return self.connection.client("rds")

    def discover(self) -> list[Database]:
        """Every database of the account in the region, since RDS has no filter for a VPC: a call for each 100."""
        with refusals("listing databases", str(self.connection)):
            instances = list(self._pages("describe_db_instances", "DBInstances"))
            vpcs = {item["DBInstanceIdentifier"]: item.get("DBSubnetGroup", {}).get("VpcId", "") for item in instances}
            clusters = list(self._pages("describe_db_clusters", "DBClusters"))
            subnet_groups = self._subnet_groups() if any(not item.get("DBClusterMembers") for item in clusters) else {}
            found = [_instance(item, vpcs) for item in instances]
            found += [_cluster(item, vpcs, subnet_groups) for item in clusters]
        self._known = {database.id: database for database in found}
        return found

    def carrying(self, groups: Groups) -> dict[str, str]:
        """Who in the VPC has any of the groups: id to name."""
        return {
            database.id: str(database)
            for database in self.discover()
            if database.vpc_id == self.vpc_id and not database.cluster and groups & set(database.groups)
        }

    def read(self, ids: Iterable[str]) -> dict[str, tuple[str, ...]]:
        """The groups that members have now; who is gone is not in the answer. A call for each 100 databases there are."""
        wanted = set(ids)
        return {database.id: database.groups for database in self.discover() if database.id in wanted}

    def write(self, member: str, groups: Sequence[str], doing: str) -> None:
        """Replace a member's groups, all of them, in one call; a cluster is written as a cluster.

        Raises:
            ServiceError: as the table says.
        """
        database = self._known[member]
        with refusals(doing, str(self.connection)):
            if database.is_cluster:
                self._rds.modify_db_cluster(DBClusterIdentifier=database.identifier, VpcSecurityGroupIds=list(groups))
            else:
                self._rds.modify_db_instance(DBInstanceIdentifier=database.identifier, VpcSecurityGroupIds=list(groups))

    def declared(self, ids: Iterable[str]) -> dict[str, Groups]:
        """The groups that the owners of databases declare, by a tag."""
        known = self._known or {database.id: database for database in self.discover()}
        return {each: groups for each in ids if each in known and (groups := declared(known[each].tags))}

    def leaving(self, groups: Groups) -> dict[str, str]:
        """Who is still giving up one of the groups: AWS deletes no group until it is done."""
        return {database.id: str(database) for database in self.discover() if groups & set(database.leaving)}

    def _pages(self, call: Any, key: str) -> Iterator[Any]:
        seen: set[str] = set()
        for page in self._rds.get_paginator(call).paginate(PaginationConfig={"PageSize": _PAGE}):
            for item in page[key]:
                identity = item.get("DbiResourceId") or item.get("DbClusterResourceId")
                if identity not in seen:
                    seen.add(identity)
                    yield item

    def _subnet_groups(self) -> dict[str, str]:
        """The VPC of each subnet group, which is all that a cluster without instances says of its VPC."""
        pages = self._rds.get_paginator("describe_db_subnet_groups").paginate(PaginationConfig={"PageSize": _PAGE})
        return {group["DBSubnetGroupName"]: group["VpcId"] for page in pages for group in page["DBSubnetGroups"]}


def _groups(item: Any, *, leaving: bool = False) -> tuple[str, ...]:
    listed = item.get("VpcSecurityGroups", [])
    return tuple(group["VpcSecurityGroupId"] for group in listed if (group.get("Status") == _LEAVING) is leaving)


def _instance(item: Any, vpcs: dict[str, str]) -> Database:
    return Database(
        id=item["DbiResourceId"],
        identifier=item["DBInstanceIdentifier"],
        groups=_groups(item),
        leaving=_groups(item, leaving=True),
        cluster=item.get("DBClusterIdentifier", ""),
        engine=item["Engine"],
        status=item["DBInstanceStatus"],
        vpc_id=vpcs[item["DBInstanceIdentifier"]],
        tags=tags(item.get("TagList", [])),
    )


def _cluster(item: Any, vpcs: dict[str, str], subnet_groups: dict[str, str]) -> Database:
    members = [member["DBInstanceIdentifier"] for member in item.get("DBClusterMembers", [])]
    by_member = next((vpcs[name] for name in members if vpcs.get(name)), "")
    return Database(
        id=item["DbClusterResourceId"],
        identifier=item["DBClusterIdentifier"],
        groups=_groups(item),
        leaving=_groups(item, leaving=True),
        is_cluster=True,
        engine=item["Engine"],
        status=item["Status"],
        vpc_id=by_member or subnet_groups.get(item.get("DBSubnetGroup", ""), ""),
        tags=tags(item.get("TagList", [])),
    )
