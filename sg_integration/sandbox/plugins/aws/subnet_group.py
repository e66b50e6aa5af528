"""`aws.rds.SubnetGroup`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sg_integration.sandbox.plugins.aws.kind import Kind, unordered
from sg_integration.sandbox.plugins.aws.tagging import from_aws, tag_rds, to_aws

if TYPE_CHECKING:
    from sg_integration.sandbox.plugins.aws.scope import Scope
    from sg_integration.sandbox.plugins.document import Document


def _create(scope: Scope, inputs: Document) -> str:
    made = scope.rds.create_db_subnet_group(
        DBSubnetGroupName=inputs["name"],
        DBSubnetGroupDescription=inputs["description"],
        SubnetIds=inputs["subnetIds"],
        Tags=to_aws(inputs["tagsAll"]),
    )
    return str(made["DBSubnetGroup"]["DBSubnetGroupName"])


def _read(scope: Scope, id_: str, state: Document) -> Document | None:  # noqa: ARG001
    group = scope.rds.describe_db_subnet_groups(DBSubnetGroupName=id_)["DBSubnetGroups"][0]
    arn = group["DBSubnetGroupArn"]
    return {
        "arn": arn,
        "name": group["DBSubnetGroupName"],
        "description": group["DBSubnetGroupDescription"],
        "subnetIds": sorted(subnet["SubnetIdentifier"] for subnet in group["Subnets"]),
        "vpcId": group.get("VpcId"),
        "tagsAll": from_aws(scope.rds.list_tags_for_resource(ResourceName=arn)["TagList"]),
    }


def _update(scope: Scope, id_: str, inputs: Document, changed: frozenset[str]) -> None:
    if changed & {"description", "subnetIds"}:
        scope.rds.modify_db_subnet_group(
            DBSubnetGroupName=id_, DBSubnetGroupDescription=inputs["description"], SubnetIds=inputs["subnetIds"]
        )


def _delete(scope: Scope, id_: str, state: Document) -> None:  # noqa: ARG001
    scope.rds.delete_db_subnet_group(DBSubnetGroupName=id_)


SUBNET_GROUP: Final = Kind(
    token="aws:rds/subnetGroup:SubnetGroup",  # noqa: S106
    applied=frozenset({"name", "description", "subnetIds"}),
    force_new=frozenset({"name"}),
    kept=frozenset({"name"}),
    defaults={"description": "Managed by Pulumi"},
    autoname="name",
    canonical={"subnetIds": unordered},
    create=_create,
    read=_read,
    update=_update,
    delete=_delete,
    tag=tag_rds,
    gone=frozenset({"DBSubnetGroupNotFoundFault"}),
)
