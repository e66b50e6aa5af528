"""`aws.rds.Instance`, a database that stands for itself."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from sg_integration.sandbox.plugins.aws.kind import Kind, unordered
from sg_integration.sandbox.plugins.aws.rds import (
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

# Input -> its name in CreateDBInstance.
_CREATE: Final = {
    "identifier": "DBInstanceIdentifier",
    "instanceClass": "DBInstanceClass",
    "engine": "Engine",
    "engineVersion": "EngineVersion",
    "allocatedStorage": "AllocatedStorage",
    "storageType": "StorageType",
    "username": "MasterUsername",
    "password": "MasterUserPassword",
    "dbName": "DBName",
    "port": "Port",
    "dbSubnetGroupName": "DBSubnetGroupName",
    "vpcSecurityGroupIds": "VpcSecurityGroupIds",
    "multiAz": "MultiAZ",
    "publiclyAccessible": "PubliclyAccessible",
    "deletionProtection": "DeletionProtection",
}
_FORCE_NEW: Final = frozenset({"engine", "username", "dbName"})
_MODIFY: Final = {
    **{name: _CREATE[name] for name in _CREATE.keys() - _FORCE_NEW - {"identifier", "port"}},
    "port": "DBPortNumber",
}
_RESOURCE_ID: Final = re.compile(r"db-[A-Z0-9]{20,}")


def _create(scope: Scope, inputs: Document) -> str:
    made = scope.rds.create_db_instance(**arguments(_CREATE, inputs), Tags=to_aws(inputs["tagsAll"]))["DBInstance"]
    return str(made["DbiResourceId"])


def _describe(scope: Scope, id_: str, state: Document) -> dict[str, Any] | None:
    """By identifier where that is known; an import may give the identifier or the resource id, which is the id in the state."""
    name = state.get("identifier")
    if name is None and _RESOURCE_ID.fullmatch(id_):
        by_id = [{"Name": "dbi-resource-id", "Values": [id_]}]
        found = scope.rds.describe_db_instances(Filters=by_id)["DBInstances"]
    else:
        found = scope.rds.describe_db_instances(DBInstanceIdentifier=name or id_)["DBInstances"]
    return dict(found[0]) if found else None


def _wait(scope: Scope, id_: str, inputs: Document) -> None:
    def status() -> str | None:
        return (_describe(scope, id_, inputs) or {}).get("DBInstanceStatus")

    wait_available(scope, status, f"database instance {inputs['identifier']}")


def _read(scope: Scope, id_: str, state: Document) -> Document | None:
    found = _describe(scope, id_, state)
    if found is None:
        return None
    endpoint = found.get("Endpoint") or {}
    return {
        "id": found["DbiResourceId"],
        "arn": found["DBInstanceArn"],
        "resourceId": found["DbiResourceId"],
        "identifier": found["DBInstanceIdentifier"],
        "instanceClass": found["DBInstanceClass"],
        "engine": found["Engine"],
        "engineVersion": version_as_given(found.get("EngineVersion"), state.get("engineVersion")),
        "engineVersionActual": found.get("EngineVersion"),
        "allocatedStorage": found.get("AllocatedStorage"),
        "storageType": found.get("StorageType"),
        "username": found.get("MasterUsername"),
        "dbName": found.get("DBName"),
        "dbSubnetGroupName": (found.get("DBSubnetGroup") or {}).get("DBSubnetGroupName"),
        "vpcSecurityGroupIds": groups_of(found),
        "multiAz": bool(found.get("MultiAZ")),
        "publiclyAccessible": bool(found.get("PubliclyAccessible")),
        "deletionProtection": bool(found.get("DeletionProtection")),
        "availabilityZone": found.get("AvailabilityZone"),
        "status": found["DBInstanceStatus"],
        "address": endpoint.get("Address"),
        "port": endpoint.get("Port"),
        "hostedZoneId": endpoint.get("HostedZoneId"),
        "endpoint": f"{endpoint['Address']}:{endpoint['Port']}" if endpoint.get("Address") else None,
        "tagsAll": from_aws(found.get("TagList")),
    }


def _update(scope: Scope, id_: str, inputs: Document, changed: frozenset[str]) -> None:
    given = arguments(_MODIFY, inputs, changed)
    if given:
        name, now = inputs["identifier"], bool(inputs.get("applyImmediately"))
        scope.rds.modify_db_instance(DBInstanceIdentifier=name, ApplyImmediately=now, **given)
        _wait(scope, id_, inputs)


def _delete(scope: Scope, id_: str, state: Document) -> None:
    name = state["identifier"]
    scope.rds.delete_db_instance(DBInstanceIdentifier=name, **final_snapshot(name, state))
    wait_gone(scope, lambda: _describe(scope, id_, state), INSTANCE_GONE, f"database instance {name}")


DATABASE: Final = Kind(
    token="aws:rds/instance:Instance",  # noqa: S106
    applied=frozenset({*_CREATE, *DELETION}),
    force_new=_FORCE_NEW | {"identifier"},
    kept=frozenset(_CREATE) - {"password", "multiAz", "publiclyAccessible", "deletionProtection"},
    remembered=DELETION | {"password"},
    imported={"skipFinalSnapshot": True, "applyImmediately": False},
    defaults={"applyImmediately": False, "skipFinalSnapshot": False},
    autoname="identifier",
    canonical={"vpcSecurityGroupIds": unordered},
    create=_create,
    finish=_wait,
    read=_read,
    update=_update,
    delete=_delete,
    tag=tag_rds,
    gone=INSTANCE_GONE,
    seconds=SECONDS,
)
