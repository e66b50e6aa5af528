"""Rules as AWS's answers show them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sg_integration.sandbox.aws.strict.peers import reference
from sg_integration.sandbox.aws.strict.rule_store import permission_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from moto.ec2.models.security_groups import SecurityGroup, SecurityGroupRule

    from sg_integration.sandbox.aws.strict.permissions import Permission

_PAIRS = {
    "CidrIpv4": ("IpRanges", "CidrIp"),
    "CidrIpv6": ("Ipv6Ranges", "CidrIpv6"),
    "PrefixListId": ("PrefixListIds", "PrefixListId"),
    "ReferencedGroupId": ("UserIdGroupPairs", "GroupId"),
}


def tag_list(ec2: Any, resource_id: str) -> list[dict[str, str]]:
    """The tags of a resource as AWS lists them."""
    return [{"Key": key, "Value": value} for key, value in ec2.tags.get(resource_id, {}).items()]


def group_document(group: SecurityGroup) -> dict[str, Any]:
    """A group as DescribeSecurityGroups shows it: rules of the same protocol and ports are one permission."""
    return {
        "GroupId": group.id,
        "GroupName": group.name,
        "Description": group.description,
        "OwnerId": group.owner_id,
        "VpcId": group.vpc_id,
        "SecurityGroupArn": group.arn,
        "IpPermissions": _permissions(group.ingress_rules),
        "IpPermissionsEgress": _permissions(group.egress_rules),
        "Tags": tag_list(group.ec2_backend, group.id),
    }


def security_group_rule(rule: SecurityGroupRule, group: SecurityGroup) -> dict[str, Any]:
    """A SecurityGroupRule: what DescribeSecurityGroupRules and the Authorize calls answer."""
    ec2 = group.ec2_backend
    elsewhere = rule.source_group.get("VpcId")
    peering = reference(ec2, group.vpc_id, elsewhere) if elsewhere else {}
    shown = _traffic(permission_of(rule), "ReferencedGroupInfo", {"UserId": group.owner_id, **peering})
    shown["GroupOwnerId"] = group.owner_id
    shown["Tags"] = tag_list(ec2, rule.id)
    shown["SecurityGroupRuleArn"] = f"arn:aws:ec2:{ec2.region_name}:{group.owner_id}:security-group-rule/{rule.id}"
    return _identified(shown, rule, group)


def revoked_rule(rule: SecurityGroupRule, group: SecurityGroup) -> dict[str, Any]:
    """A RevokedSecurityGroupRule: what the Revoke calls answer."""
    return _identified(_traffic(permission_of(rule)), rule, group)


def ip_permission(permission: Permission) -> dict[str, Any]:
    """An IpPermission with this one peer."""
    many, one = _PAIRS[permission.kind]
    shown: dict[str, Any] = {"IpProtocol": permission.protocol, many: [{one: permission.peer}]}
    if permission.from_port is not None:
        shown |= {"FromPort": permission.from_port, "ToPort": permission.to_port}
    return shown


def _permissions(rules: Iterable[SecurityGroupRule]) -> list[dict[str, Any]]:
    """Permissions as AWS groups them."""
    found: dict[tuple[Any, Any, Any], dict[str, Any]] = {}
    for rule in rules:
        traffic = rule.ip_protocol, rule.from_port, rule.to_port
        shown = found.setdefault(
            traffic,
            {
                "IpProtocol": rule.ip_protocol, "FromPort": rule.from_port, "ToPort": rule.to_port,
                "UserIdGroupPairs": [], "IpRanges": [], "Ipv6Ranges": [], "PrefixListIds": [],
            },
        )  # fmt: skip
        if rule.source_group:
            shown["UserIdGroupPairs"].append(rule.source_group)
        if rule.ip_range:
            shown["IpRanges" if "CidrIp" in rule.ip_range else "Ipv6Ranges"].append(rule.ip_range)
        if rule.prefix_list_id:
            shown["PrefixListIds"].append({"PrefixListId": rule.prefix_list_id})
    return list(found.values())


def _traffic(permission: Permission, info: str | None = None, more: dict[str, str] | None = None) -> dict[str, Any]:
    """Protocol, ports (-1 where there are none), peer and description; a group as `info` when named, with `more` on it."""
    no_ports = permission.from_port is None
    shown: dict[str, Any] = {
        "IpProtocol": permission.protocol,
        "FromPort": -1 if no_ports else permission.from_port,
        "ToPort": -1 if no_ports else permission.to_port,
    }
    if permission.kind == "ReferencedGroupId" and info:
        shown[info] = {"GroupId": permission.peer, **(more or {})}
    else:
        shown[permission.kind] = permission.peer
    if permission.description:
        shown["Description"] = permission.description
    return shown


def _identified(shown: dict[str, Any], rule: SecurityGroupRule, group: SecurityGroup) -> dict[str, Any]:
    """The same with the ids of rule and group, and the direction."""
    return {**shown, "SecurityGroupRuleId": rule.id, "GroupId": group.id, "IsEgress": rule.is_egress}
