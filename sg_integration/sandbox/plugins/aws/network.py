"""`aws.ec2.Vpc` and `aws.ec2.Subnet`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sg_integration.sandbox.plugins.aws.kind import Kind
from sg_integration.sandbox.plugins.aws.tagging import at_creation, from_aws, tag_ec2

if TYPE_CHECKING:
    from sg_integration.sandbox.plugins.aws.scope import Scope
    from sg_integration.sandbox.plugins.document import Document

_DNS: Final = {"enableDnsSupport": "EnableDnsSupport", "enableDnsHostnames": "EnableDnsHostnames"}


def _create_vpc(scope: Scope, inputs: Document) -> str:
    tags = at_creation("vpc", inputs["tagsAll"])
    tenancy = inputs.get("instanceTenancy", "default")
    made = scope.ec2.create_vpc(CidrBlock=inputs.get("cidrBlock", ""), InstanceTenancy=tenancy, **tags)
    return str(made["Vpc"]["VpcId"])


def _finish_vpc(scope: Scope, id_: str, inputs: Document) -> None:
    _update_vpc(scope, id_, inputs, frozenset(inputs))


def _update_vpc(scope: Scope, id_: str, inputs: Document, changed: frozenset[str]) -> None:
    for name, attribute in _DNS.items():  # AWS takes one attribute a call
        if name in changed:
            scope.ec2.modify_vpc_attribute(VpcId=id_, **{attribute: {"Value": bool(inputs.get(name))}})


def _read_vpc(scope: Scope, id_: str, state: Document) -> Document | None:  # noqa: ARG001
    found = scope.ec2.describe_vpcs(VpcIds=[id_])["Vpcs"]
    return describe_vpc(scope, found[0]) if found else None


def describe_vpc(scope: Scope, vpc: dict[str, Any]) -> Document:
    """The state of a VPC from AWS's description, with what has to be asked for separately."""
    id_, owner = vpc["VpcId"], vpc.get("OwnerId") or scope.account
    mine = [{"Name": "vpc-id", "Values": [id_]}]
    default, main = (
        [*mine, {"Name": "default", "Values": ["true"]}],
        [*mine, {"Name": "association.main", "Values": ["true"]}],
    )
    groups = scope.ec2.describe_security_groups(Filters=[*mine, {"Name": "group-name", "Values": ["default"]}])
    tables = scope.ec2.describe_route_tables(Filters=main)["RouteTables"]
    acls = scope.ec2.describe_network_acls(Filters=default)["NetworkAcls"]
    return {
        "arn": f"arn:aws:ec2:{scope.region}:{owner}:vpc/{id_}",
        "cidrBlock": vpc["CidrBlock"],
        "instanceTenancy": vpc.get("InstanceTenancy"),
        "dhcpOptionsId": vpc.get("DhcpOptionsId"),
        "ownerId": owner,
        "tagsAll": from_aws(vpc.get("Tags")),
        "defaultSecurityGroupId": _first(groups["SecurityGroups"], "GroupId"),
        "defaultRouteTableId": _first(tables, "RouteTableId"),
        "mainRouteTableId": _first(tables, "RouteTableId"),
        "defaultNetworkAclId": _first(acls, "NetworkAclId"),
        **{name: _attribute(scope, id_, name, attribute) for name, attribute in _DNS.items()},
    }


def _attribute(scope: Scope, id_: str, name: str, attribute: str) -> bool:
    return bool(scope.ec2.describe_vpc_attribute(VpcId=id_, Attribute=name)[attribute]["Value"])


def _first(found: list[dict[str, Any]], key: str) -> str | None:
    return str(found[0][key]) if found else None


def _delete_vpc(scope: Scope, id_: str, state: Document) -> None:  # noqa: ARG001
    scope.ec2.delete_vpc(VpcId=id_)


VPC: Final = Kind(
    token="aws:ec2/vpc:Vpc",  # noqa: S106
    applied=frozenset({"cidrBlock", "instanceTenancy", *_DNS}),
    force_new=frozenset({"cidrBlock"}),
    kept=frozenset({"cidrBlock", *_DNS}),
    defaults={"instanceTenancy": "default", "enableDnsSupport": True},
    create=_create_vpc,
    finish=_finish_vpc,
    read=_read_vpc,
    update=_update_vpc,
    delete=_delete_vpc,
    tag=tag_ec2,
    gone=frozenset({"InvalidVpcID.NotFound"}),
)


def _create_subnet(scope: Scope, inputs: Document) -> str:
    names = {"vpcId": "VpcId", "cidrBlock": "CidrBlock", "availabilityZone": "AvailabilityZone"}
    given = {ours: inputs[name] for name, ours in names.items() if inputs.get(name)}
    made = scope.ec2.create_subnet(**given, **at_creation("subnet", inputs["tagsAll"]))
    return str(made["Subnet"]["SubnetId"])


def _finish_subnet(scope: Scope, id_: str, inputs: Document) -> None:
    if inputs.get("mapPublicIpOnLaunch"):
        _update_subnet(scope, id_, inputs, frozenset({"mapPublicIpOnLaunch"}))


def _update_subnet(scope: Scope, id_: str, inputs: Document, changed: frozenset[str]) -> None:
    if "mapPublicIpOnLaunch" in changed:
        value = {"Value": bool(inputs.get("mapPublicIpOnLaunch"))}
        scope.ec2.modify_subnet_attribute(SubnetId=id_, MapPublicIpOnLaunch=value)


def _read_subnet(scope: Scope, id_: str, state: Document) -> Document | None:  # noqa: ARG001
    found = scope.ec2.describe_subnets(SubnetIds=[id_])["Subnets"]
    return describe_subnet(scope, found[0]) if found else None


def describe_subnet(scope: Scope, subnet: dict[str, Any]) -> Document:
    """The state of a subnet from AWS's description."""
    owner = subnet.get("OwnerId") or scope.account
    return {
        "arn": subnet.get("SubnetArn") or f"arn:aws:ec2:{scope.region}:{owner}:subnet/{subnet['SubnetId']}",
        "vpcId": subnet["VpcId"],
        "cidrBlock": subnet.get("CidrBlock"),
        "availabilityZone": subnet.get("AvailabilityZone"),
        "availabilityZoneId": subnet.get("AvailabilityZoneId"),
        "mapPublicIpOnLaunch": bool(subnet.get("MapPublicIpOnLaunch")),
        "ownerId": owner,
        "tagsAll": from_aws(subnet.get("Tags")),
    }


def _delete_subnet(scope: Scope, id_: str, state: Document) -> None:  # noqa: ARG001
    scope.ec2.delete_subnet(SubnetId=id_)


SUBNET: Final = Kind(
    token="aws:ec2/subnet:Subnet",  # noqa: S106
    applied=frozenset({"vpcId", "cidrBlock", "availabilityZone", "mapPublicIpOnLaunch"}),
    force_new=frozenset({"vpcId", "cidrBlock", "availabilityZone"}),
    kept=frozenset({"availabilityZone"}),
    defaults={"mapPublicIpOnLaunch": False},
    create=_create_subnet,
    finish=_finish_subnet,
    read=_read_subnet,
    update=_update_subnet,
    delete=_delete_subnet,
    tag=tag_ec2,
    gone=frozenset({"InvalidSubnetID.NotFound"}),
)
