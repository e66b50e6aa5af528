"""DescribeSecurityGroupRules, ModifySecurityGroupRules and UpdateSecurityGroupRuleDescriptions*."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from moto.core.responses import ActionResult

from sg_integration.sandbox.aws.strict import paging, rule_store
from sg_integration.sandbox.aws.strict.errors import AwsError, invalid, missing
from sg_integration.sandbox.aws.strict.filters import check_filters
from sg_integration.sandbox.aws.strict.groups import check_group_id, every_group, find_group
from sg_integration.sandbox.aws.strict.permissions import (
    Permission,
    cidr,
    peer_group,
    permissions,
    prefix_list,
    rule_description,
)
from sg_integration.sandbox.aws.strict.protocols import ports, protocol
from sg_integration.sandbox.aws.strict.rendering import Document
from sg_integration.sandbox.aws.strict.rule_changes import RuleChanges
from sg_integration.sandbox.aws.strict.rule_view import security_group_rule, tag_list
from sg_integration.sandbox.aws.strict.tags import tags_match

if TYPE_CHECKING:
    from collections.abc import Mapping

    from moto.ec2.models.security_groups import SecurityGroup, SecurityGroupRule

_KINDS = {
    "CidrIpv4": "IPv4 CIDR",
    "CidrIpv6": "IPv6 CIDR",
    "PrefixListId": "prefix list id",
    "ReferencedGroupId": "referenced group id",
}


class RuleEdits(RuleChanges):
    """What can be asked of rules that exist, and done to them."""

    def describe_security_group_rules(self) -> ActionResult:
        """Rules by id, by group or by tag."""
        filters = dict(self._filters_from_querystring())
        for group_id in filters.get("group-id", []):
            check_group_id(group_id)
        paging.check_results(self.params, "SecurityGroupRuleIds", "securityGroupRuleIdSet")
        check_filters(filters)
        groups = {group.id: group for group in every_group(self.ec2_backend)}
        named = frozenset(filters.pop("group-id", groups))
        of_groups = (rule for each in groups if each in named for rule in rule_store.every_rule(groups[each]))
        known: Mapping[str, SecurityGroupRule] = {rule.id: rule for rule in of_groups}
        if rule_ids := self.params.get("SecurityGroupRuleIds"):
            everything = (rule for group in groups.values() for rule in rule_store.every_rule(group))
            known = {rule.id: rule for rule in rule_store.find_rules(everything, rule_ids) if rule.id in known}
        self.error_on_dryrun()
        found, token = paging.results(
            self.params,
            lambda: [each for each in known.values() if _passes(each, filters)],
            known.get,
            lambda each: str(each.id),
        )
        shown = [security_group_rule(each, groups[each.group_id]) for each in found]
        return Document({"SecurityGroupRules": shown, "NextToken": token})

    def modify_security_group_rules(self) -> ActionResult:
        """Give rules other values in place: their ids stay, and so does the kind of their peer."""
        group = find_group(self.ec2_backend, self.params.get("GroupId", ""))
        updates = {each["SecurityGroupRuleId"]: each for each in self.params.get("SecurityGroupRules") or []}
        if not updates:
            raise missing("securityGroupRules")
        rules = rule_store.find_rules(rule_store.every_rule(group), updates)
        changed = {rule.id: self._modified(rule, group, updates[rule.id]["SecurityGroupRule"]) for rule in rules}
        for egress in (False, True):
            own = rule_store.rules_of(group, egress=egress)
            rule_store.check_distinct(changed.get(rule.id) or rule_store.permission_of(rule) for rule in own)
        self.error_on_dryrun()
        for rule in rules:
            rule_store.replace_rule(group, rule, changed[rule.id])
        return ActionResult({"Return": True})

    def _modified(self, rule: SecurityGroupRule, group: SecurityGroup, request: Mapping[str, Any]) -> Permission:
        """The values that a SecurityGroupRuleRequest gives the rule: all of them, a description left out is none."""
        kinds = [kind for kind in _KINDS if request.get(kind)]
        if len(kinds) != 1:
            code = "InvalidParameterCombination" if kinds else "MissingParameter"
            words = "Specify exactly one of: cidrIpv4, cidrIpv6, prefixListId, or referencedGroupId"
            raise AwsError(code, words)
        name = protocol(request.get("IpProtocol"))
        first, last = ports(name, request.get("FromPort"), request.get("ToPort"))
        kind, existing = kinds[0], rule_store.permission_of(rule).kind
        if kind != existing:
            words = f"You may not specify {_KINDS[kind]} for an existing {_KINDS[existing]} rule."
            raise invalid(f"Invalid rule type for security group rule '{rule.id}'. {words}")
        peer = self._peer(kind, request[kind], group)
        return Permission(name, first, last, kind, peer, rule_description(request.get("Description")))

    def _peer(self, kind: str, value: str, group: SecurityGroup) -> str:
        """The peer in canonical form, checked."""
        if kind == "ReferencedGroupId":
            return peer_group(self.ec2_backend, {"GroupId": value}, group)
        if kind == "PrefixListId":
            return prefix_list(self.ec2_backend, value)
        return cidr(value, 4 if kind == "CidrIpv4" else 6)

    def update_security_group_rule_descriptions_ingress(self) -> ActionResult:
        """Describe inbound rules anew."""
        return self._update_descriptions(egress=False)

    def update_security_group_rule_descriptions_egress(self) -> ActionResult:
        """Describe outbound rules anew."""
        return self._update_descriptions(egress=True)

    def _update_descriptions(self, *, egress: bool) -> ActionResult:
        """By rule id, or by rules spelled out; a description left out takes the old one away."""
        group = self._group_of_request()
        rules = rule_store.rules_of(group, egress=egress)
        described: list[tuple[SecurityGroupRule, str | None]] = []
        for each in self.params.get("SecurityGroupRuleDescriptions") or []:
            [rule] = rule_store.find_rules(rules, [each.get("SecurityGroupRuleId", "")])
            described.append((rule, rule_description(each.get("Description"))))
        present = {rule_store.permission_of(rule): rule for rule in rules}
        for wanted in permissions(self.ec2_backend, list(self.params.get("IpPermissions") or []), group):
            if wanted not in present:
                words = "The specified rule does not exist in this security group."
                raise AwsError("InvalidPermission.NotFound", words)
            described.append((present[wanted], wanted.description))
        self.error_on_dryrun()
        for rule, description in described:
            permission = replace(rule_store.permission_of(rule), description=description)
            rule_store.replace_rule(group, rule, permission)
        return ActionResult({"Return": True})


def _passes(rule: SecurityGroupRule, filters: Mapping[str, Any]) -> bool:
    """Whether a rule passes all filters but that of groups. Raises `InvalidParameterValue` for a filter that AWS lacks."""
    for name, values in filters.items():
        if name.startswith("tag:") or name == "tag-key":
            if not tags_match(tag_list(rule.ec2_backend, rule.id), name, values):
                return False
        elif name != "security-group-rule-id":
            raise invalid(f"The filter '{name}' is invalid")
        elif rule.id not in values:
            return False
    return True
