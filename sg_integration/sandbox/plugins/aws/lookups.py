"""The lookups: `aws.ec2.get_vpc`, `get_subnets`, `aws.get_caller_identity`, `aws.get_region`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sg_integration.sandbox.plugins.aws.network import describe_vpc
from sg_integration.sandbox.plugins.aws.settings import SDK
from sg_integration.sandbox.plugins.errors import PluginError
from sg_integration.sandbox.plugins.names import lookup_names

if TYPE_CHECKING:
    from collections.abc import Callable

    from sg_integration.sandbox.plugins.aws.scope import Scope
    from sg_integration.sandbox.plugins.document import Document


def look_up(token: str, scope: Scope, args: Document) -> Document:
    """The answer to a lookup.

    Raises:
        PluginError: there is no such lookup, an argument is not applied, or not exactly one thing was found.
    """
    if token not in LOOKUPS:
        raise PluginError(f"the stand-in for pulumi-resource-aws has no function {token}; it has {', '.join(LOOKUPS)}")
    applied, answer = LOOKUPS[token]
    given = {name: value for name, value in args.items() if value is not None}
    refused = sorted(given.keys() - applied)
    if refused:
        raise PluginError(f"{token}: the stand-in applies {', '.join(sorted(applied))}, not {', '.join(refused)}")
    outputs = lookup_names(SDK, token).outputs
    found = {"region": scope.region, **given, **answer(scope, given)}
    return {name: value for name, value in found.items() if name in outputs}


def _filters(args: Document, **simple: str) -> list[dict[str, Any]]:
    """AWS's filters: those given, the tags, and the simple arguments (argument = AWS's name of the filter)."""
    given = [{"Name": one["name"], "Values": one["values"]} for one in args.get("filters", [])]
    tags = [{"Name": f"tag:{key}", "Values": [value]} for key, value in args.get("tags", {}).items()]
    named = [(ours, args[name]) for name, ours in simple.items() if name in args]
    return [*given, *tags, *({"Name": ours, "Values": [_text(value)]} for ours, value in named)]


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _get_vpc(scope: Scope, args: Document) -> Document:
    filters = _filters(args, cidrBlock="cidr", default="isDefault", state="state", dhcpOptionsId="dhcp-options-id")
    ids = {"VpcIds": [args["id"]]} if "id" in args else {}
    found = scope.ec2.describe_vpcs(Filters=filters, **ids)["Vpcs"]
    if len(found) != 1:
        what = "no matching EC2 VPC found" if not found else "multiple EC2 VPCs matched; use additional constraints"
        raise PluginError(f"reading EC2 VPC: {what}")
    vpc = found[0]
    state = describe_vpc(scope, vpc)
    associations = [
        {"associationId": one["AssociationId"], "cidrBlock": one["CidrBlock"], "state": one["CidrBlockState"]["State"]}
        for one in vpc.get("CidrBlockAssociationSet", [])
    ]
    return {
        **state,
        "id": vpc["VpcId"],
        "default": bool(vpc.get("IsDefault")),
        "state": vpc["State"],
        "cidrBlockAssociations": associations,
        "tags": state["tagsAll"],
    }


def _get_subnets(scope: Scope, args: Document) -> Document:
    pages = scope.ec2.get_paginator("describe_subnets").paginate(Filters=_filters(args))
    ids = [subnet["SubnetId"] for page in pages for subnet in page["Subnets"]]
    return {"id": scope.region, "ids": ids, "tags": args.get("tags", {})}


def _get_caller_identity(scope: Scope, args: Document) -> Document:  # noqa: ARG001
    who = scope.sts.get_caller_identity()
    return {"id": who["Account"], "accountId": who["Account"], "arn": who["Arn"], "userId": who["UserId"]}


def _get_region(scope: Scope, args: Document) -> Document:  # noqa: ARG001
    name = scope.region
    return {"id": name, "name": name, "region": name, "endpoint": f"ec2.{name}.amazonaws.com"}


LOOKUPS: Final[dict[str, tuple[frozenset[str], Callable[[Scope, Document], Document]]]] = {
    "aws:ec2/getVpc:getVpc": (
        frozenset({"id", "cidrBlock", "default", "dhcpOptionsId", "filters", "region", "state", "tags"}),
        _get_vpc,
    ),
    "aws:ec2/getSubnets:getSubnets": (frozenset({"filters", "tags", "region"}), _get_subnets),
    "aws:index/getCallerIdentity:getCallerIdentity": (frozenset(), _get_caller_identity),
    "aws:index/getRegion:getRegion": (frozenset({"region"}), _get_region),
}
