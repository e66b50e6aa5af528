"""`aws.rds.Cluster` and `aws.rds.ClusterInstance`: Aurora and the Multi-AZ clusters, whose groups belong to the cluster."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sg_integration.sandbox.plugins.aws.kind import Kind, unordered
from sg_integration.sandbox.plugins.aws.rds import (
    CLUSTER_GONE,
    DELETION,
    INSTANCE_GONE,
    SECONDS,
    arguments,
    final_snapshot,
    groups_of,
    version_as_given,
    wait_available,
    wait_gone,
)
from sg_integration.sandbox.plugins.aws.tagging import from_aws, tag_rds, to_aws

if TYPE_CHECKING:
    from sg_integration.sandbox.plugins.aws.scope import Scope
    from sg_integration.sandbox.plugins.document import Document

# Input -> its name in CreateDBCluster.
_CREATE: Final = {
    "clusterIdentifier": "DBClusterIdentifier",
    "engine": "Engine",
    "engineVersion": "EngineVersion",
    "masterUsername": "MasterUsername",
    "masterPassword": "MasterUserPassword",
    "databaseName": "DatabaseName",
    "dbSubnetGroupName": "DBSubnetGroupName",
    "vpcSecurityGroupIds": "VpcSecurityGroupIds",
    "port": "Port",
    "deletionProtection": "DeletionProtection",
}
_FORCE_NEW: Final = frozenset({"clusterIdentifier", "engine", "masterUsername", "databaseName", "dbSubnetGroupName"})
_MODIFY: Final = {name: _CREATE[name] for name in _CREATE.keys() - _FORCE_NEW}


def _create(scope: Scope, inputs: Document) -> str:
    made = scope.rds.create_db_cluster(**arguments(_CREATE, inputs), Tags=to_aws(inputs["tagsAll"]))["DBCluster"]
    return str(made["DBClusterIdentifier"])


def _describe(scope: Scope, id_: str) -> dict[str, Any]:
    return dict(scope.rds.describe_db_clusters(DBClusterIdentifier=id_)["DBClusters"][0])


def _wait(scope: Scope, id_: str, inputs: Document) -> None:  # noqa: ARG001
    wait_available(scope, lambda: _describe(scope, id_).get("Status"), f"database cluster {id_}")


def _read(scope: Scope, id_: str, state: Document) -> Document | None:
    found = _describe(scope, id_)
    return {
        "arn": found["DBClusterArn"],
        "clusterIdentifier": found["DBClusterIdentifier"],
        "clusterResourceId": found.get("DbClusterResourceId"),
        "clusterMembers": sorted(one["DBInstanceIdentifier"] for one in found.get("DBClusterMembers", [])),
        "engine": found["Engine"],
        "engineVersion": version_as_given(found.get("EngineVersion"), state.get("engineVersion")),
        "engineVersionActual": found.get("EngineVersion"),
        "masterUsername": found.get("MasterUsername"),
        "databaseName": found.get("DatabaseName"),
        "dbSubnetGroupName": found.get("DBSubnetGroup"),
        "vpcSecurityGroupIds": groups_of(found),
        "availabilityZones": sorted(found.get("AvailabilityZones", [])),
        "deletionProtection": bool(found.get("DeletionProtection")),
        "endpoint": found.get("Endpoint"),
        "readerEndpoint": found.get("ReaderEndpoint"),
        "hostedZoneId": found.get("HostedZoneId"),
        "port": found.get("Port"),
        "tagsAll": from_aws(found.get("TagList")),
    }


def _update(scope: Scope, id_: str, inputs: Document, changed: frozenset[str]) -> None:
    given = arguments(_MODIFY, inputs, changed)
    if given:
        now = bool(inputs.get("applyImmediately"))
        scope.rds.modify_db_cluster(DBClusterIdentifier=id_, ApplyImmediately=now, **given)
        _wait(scope, id_, inputs)


def _delete(scope: Scope, id_: str, state: Document) -> None:
    scope.rds.delete_db_cluster(DBClusterIdentifier=id_, **final_snapshot(id_, state))
    wait_gone(scope, lambda: _describe(scope, id_), CLUSTER_GONE, f"database cluster {id_}")


CLUSTER: Final = Kind(
    token="aws:rds/cluster:Cluster",  # noqa: S106
    applied=frozenset({*_CREATE, *DELETION}),
    force_new=_FORCE_NEW,
    kept=(frozenset(_CREATE) - {"masterPassword", "deletionProtection"}) | {"availabilityZones", "clusterMembers"},
    remembered=DELETION | {"masterPassword"},
    imported={"skipFinalSnapshot": True},
    defaults={"skipFinalSnapshot": False},
    autoname="clusterIdentifier",
    canonical={"vpcSecurityGroupIds": unordered},
    create=_create,
    finish=_wait,
    read=_read,
    update=_update,
    delete=_delete,
    tag=tag_rds,
    gone=CLUSTER_GONE,
    seconds=SECONDS,
)

_CREATE_MEMBER: Final = {
    "identifier": "DBInstanceIdentifier",
    "clusterIdentifier": "DBClusterIdentifier",
    "instanceClass": "DBInstanceClass",
    "engine": "Engine",
    "engineVersion": "EngineVersion",
    "publiclyAccessible": "PubliclyAccessible",
}
_MODIFY_MEMBER: Final = {"instanceClass": "DBInstanceClass", "publiclyAccessible": "PubliclyAccessible"}


def _create_member(scope: Scope, inputs: Document) -> str:
    given = arguments(_CREATE_MEMBER, inputs)
    made = scope.rds.create_db_instance(**given, Tags=to_aws(inputs["tagsAll"]))["DBInstance"]
    return str(made["DBInstanceIdentifier"])


def _describe_member(scope: Scope, id_: str) -> dict[str, Any]:
    return dict(scope.rds.describe_db_instances(DBInstanceIdentifier=id_)["DBInstances"][0])


def _wait_member(scope: Scope, id_: str, inputs: Document) -> None:  # noqa: ARG001
    wait_available(scope, lambda: _describe_member(scope, id_).get("DBInstanceStatus"), f"database instance {id_}")


def _read_member(scope: Scope, id_: str, state: Document) -> Document | None:
    found = _describe_member(scope, id_)
    endpoint = found.get("Endpoint") or {}
    return {
        "arn": found["DBInstanceArn"],
        "identifier": found["DBInstanceIdentifier"],
        "clusterIdentifier": found.get("DBClusterIdentifier"),
        "dbiResourceId": found.get("DbiResourceId"),
        "instanceClass": found["DBInstanceClass"],
        "engine": found["Engine"],
        "engineVersion": version_as_given(found.get("EngineVersion"), state.get("engineVersion")),
        "engineVersionActual": found.get("EngineVersion"),
        "publiclyAccessible": bool(found.get("PubliclyAccessible")),
        "availabilityZone": found.get("AvailabilityZone"),
        "dbSubnetGroupName": (found.get("DBSubnetGroup") or {}).get("DBSubnetGroupName"),
        "endpoint": endpoint.get("Address"),
        "port": endpoint.get("Port"),
        "tagsAll": from_aws(found.get("TagList")),
    }


def _update_member(scope: Scope, id_: str, inputs: Document, changed: frozenset[str]) -> None:
    given = arguments(_MODIFY_MEMBER, inputs, changed)
    if given:
        now = bool(inputs.get("applyImmediately"))
        scope.rds.modify_db_instance(DBInstanceIdentifier=id_, ApplyImmediately=now, **given)
        _wait_member(scope, id_, inputs)


def _delete_member(scope: Scope, id_: str, state: Document) -> None:  # noqa: ARG001
    scope.rds.delete_db_instance(DBInstanceIdentifier=id_, SkipFinalSnapshot=True)
    wait_gone(scope, lambda: _describe_member(scope, id_), INSTANCE_GONE, f"database instance {id_}")


CLUSTER_INSTANCE: Final = Kind(
    token="aws:rds/clusterInstance:ClusterInstance",  # noqa: S106
    applied=frozenset({*_CREATE_MEMBER, "applyImmediately"}),
    force_new=frozenset({"identifier", "clusterIdentifier", "engine", "engineVersion"}),
    kept=frozenset({"identifier", "engineVersion", "dbSubnetGroupName", "availabilityZone"}),
    remembered=frozenset({"applyImmediately"}),
    autoname="identifier",
    create=_create_member,
    finish=_wait_member,
    read=_read_member,
    update=_update_member,
    delete=_delete_member,
    tag=tag_rds,
    gone=INSTANCE_GONE,
    seconds=SECONDS,
)
