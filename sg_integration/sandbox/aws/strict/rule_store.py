"""Rules as moto keeps them, in a group's `ingress_rules` and `egress_rules`: written, read and shown as AWS's.

moto's own objects stay the store, so that its filters and DescribeSecurityGroups keep working on them.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from moto.ec2.models.security_groups import SecurityGroupRule

from sg_integration.sandbox.aws.strict.errors import AwsError
from sg_integration.sandbox.aws.strict.peers import home
from sg_integration.sandbox.aws.strict.permissions import Permission
from sg_integration.sandbox.aws.strict.quotas import RULES_PER_GROUP

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from moto.ec2.models.security_groups import SecurityGroup

_RULE_ID = re.compile(r"sgr-(?:[0-9a-f]{8}|[0-9a-f]{17})")


class StoredRule(SecurityGroupRule):
    """A rule in moto's form, made from a `Permission`."""

    def __init__(self, ec2: Any, group_id: str, permission: Permission, *, egress: bool) -> None:
        super().__init__(ec2, "-1", group_id, None, None, None, is_egress=egress)
        self.become(permission)

    def become(self, permission: Permission) -> None:
        """Take that permission's values; the id stays."""
        self.ip_protocol, self.from_port, self.to_port = permission.protocol, permission.from_port, permission.to_port
        said = {"Description": permission.description} if permission.description else {}
        self.ip_range, self.source_group, self.prefix_list_id = {}, {}, None
        self.list_description = permission.description
        if permission.kind == "CidrIpv4":
            self.ip_range = {"CidrIp": permission.peer, **said}
        elif permission.kind == "CidrIpv6":
            self.ip_range = {"CidrIpv6": permission.peer, **said}
        elif permission.kind == "PrefixListId":
            self.prefix_list_id = permission.peer
        else:
            vpc_id = home(self.ec2_backend, permission.peer)
            own = home(self.ec2_backend, self.group_id)
            elsewhere = {"VpcId": vpc_id} if vpc_id and own and vpc_id != own else {}
            self.source_group = {"GroupId": permission.peer, "UserId": self.ec2_backend.account_id, **elsewhere, **said}


def rules_of(group: SecurityGroup, *, egress: bool) -> list[SecurityGroupRule]:
    """The group's rules of one direction: the very list, to be changed in place."""
    return group.egress_rules if egress else group.ingress_rules


def every_rule(group: SecurityGroup) -> Iterator[SecurityGroupRule]:
    """The group's rules of both directions."""
    yield from group.ingress_rules
    yield from group.egress_rules


def permission_of(rule: SecurityGroupRule) -> Permission:
    """The values of a stored rule, also of one that moto made."""
    if block := rule.ip_range.get("CidrIp"):
        kind, peer, description = "CidrIpv4", block, rule.ip_range.get("Description")
    elif block := rule.ip_range.get("CidrIpv6"):
        kind, peer, description = "CidrIpv6", block, rule.ip_range.get("Description")
    elif rule.prefix_list_id:
        kind, peer, description = "PrefixListId", rule.prefix_list_id, getattr(rule, "list_description", None)
    else:
        kind, peer, description = (
            "ReferencedGroupId",
            rule.source_group["GroupId"],
            rule.source_group.get("Description"),
        )
    return Permission(str(rule.ip_protocol), rule.from_port, rule.to_port, kind, peer, description)


def replace_rule(group: SecurityGroup, rule: SecurityGroupRule, permission: Permission) -> None:
    """Give a stored rule other values, in place: id, tags and position stay."""
    if not isinstance(rule, StoredRule):  # moto's own default egress
        rules = rules_of(group, egress=rule.is_egress)
        stored = StoredRule(rule.ec2_backend, group.id, permission, egress=rule.is_egress)
        stored.id = rule.id
        rules[next(i for i, each in enumerate(rules) if each is rule)] = stored
    else:
        rule.become(permission)


def check_rule_id(rule_id: str) -> None:
    """Refuse what cannot be a rule id."""
    if not _RULE_ID.fullmatch(rule_id):
        raise AwsError("InvalidSecurityGroupRuleId.Malformed", f"The security group rule ID '{rule_id}' is malformed")


def find_rules(rules: Iterable[SecurityGroupRule], rule_ids: Iterable[str]) -> list[SecurityGroupRule]:
    """Those of the rules that have the ids. Raises `InvalidSecurityGroupRuleId.Malformed` or `.NotFound`."""
    known = {rule.id: rule for rule in rules}
    wanted = list(dict.fromkeys(rule_ids))
    for rule_id in wanted:
        check_rule_id(rule_id)
        if rule_id not in known:
            text = f"The security group rule ID '{rule_id}' does not exist"
            raise AwsError("InvalidSecurityGroupRuleId.NotFound", text)
    return [known[rule_id] for rule_id in wanted]


def check_distinct(present: Iterable[Permission]) -> None:
    """Refuse a set of rules that has one twice."""
    seen: set[Permission] = set()
    for permission in present:
        if permission in seen:
            raise AwsError("InvalidPermission.Duplicate", f'the specified rule "{permission}" already exists')
        seen.add(permission)


def check_quota(present: Iterable[Permission]) -> None:
    """Refuse more rules of one direction than a group may have: a group or a list counts for IPv4 and for IPv6."""
    kinds = [permission.kind for permission in present]
    if max(len(kinds) - kinds.count("CidrIpv6"), len(kinds) - kinds.count("CidrIpv4")) > RULES_PER_GROUP:
        words = "The maximum number of rules per security group has been reached."
        raise AwsError("RulesPerSecurityGroupLimitExceeded", words)
