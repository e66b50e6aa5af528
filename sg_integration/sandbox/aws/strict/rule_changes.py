"""Authorize and Revoke, ingress and egress.

All or nothing: the whole request is checked before the first rule changes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from moto.core.responses import ActionResult
from moto.ec2.responses.security_groups import SecurityGroups

from sg_integration.sandbox.aws.strict import rule_store
from sg_integration.sandbox.aws.strict.errors import AwsError, invalid, missing
from sg_integration.sandbox.aws.strict.groups import find_group, find_named
from sg_integration.sandbox.aws.strict.permissions import Permission, permissions
from sg_integration.sandbox.aws.strict.rule_view import ip_permission, revoked_rule, security_group_rule
from sg_integration.sandbox.aws.strict.tags import tags_for

if TYPE_CHECKING:
    from moto.ec2.models.security_groups import SecurityGroup, SecurityGroupRule

_SHORT = ("IpProtocol", "FromPort", "ToPort")


class RuleChanges(SecurityGroups):
    """The four actions."""

    def authorize_security_group_ingress(self) -> ActionResult:
        """Add inbound rules."""
        return self._authorize(egress=False)

    def authorize_security_group_egress(self) -> ActionResult:
        """Add outbound rules."""
        return self._authorize(egress=True)

    def revoke_security_group_ingress(self) -> ActionResult:
        """Remove inbound rules."""
        return self._revoke(egress=False)

    def revoke_security_group_egress(self) -> ActionResult:
        """Remove outbound rules."""
        return self._revoke(egress=True)

    def _group_of_request(self) -> SecurityGroup:
        """The group that the request names by id, or by name in the default VPC."""
        if (group_id := self.params.get("GroupId")) is not None:
            return find_group(self.ec2_backend, group_id)
        if name := self.params.get("GroupName"):
            return find_named(self.ec2_backend, name)
        raise missing("groupId")

    def _permissions_of_request(self, group: SecurityGroup) -> list[Permission]:
        """The rules that the request spells out, in its long form or in the short one of a single rule."""
        requests = list(self.params.get("IpPermissions") or [])
        if not requests and any(name in self.params for name in (*_SHORT, "CidrIp", "SourceSecurityGroupName")):
            requests = [self._short_form()]
        found = permissions(self.ec2_backend, requests, group)
        if len(set(found)) < len(found):
            raise invalid("The same permission must not appear multiple times")
        return found

    def _short_form(self) -> dict[str, Any]:
        """The single rule of the top-level parameters, as an IpPermission."""
        request = {name: self.params[name] for name in _SHORT if name in self.params}
        if block := self.params.get("CidrIp"):
            request["IpRanges"] = [{"CidrIp": block}]
        if name := self.params.get("SourceSecurityGroupName"):
            request |= {"UserIdGroupPairs": [{"GroupName": name}], "IpProtocol": request.get("IpProtocol", "-1")}
        return request

    def _authorize(self, *, egress: bool) -> ActionResult:
        group = self._group_of_request()
        wanted = self._permissions_of_request(group)
        if not wanted:
            raise missing("ipPermissions")
        tags = tags_for(self, "security-group-rule")
        rules = rule_store.rules_of(group, egress=egress)
        after = [rule_store.permission_of(rule) for rule in rules] + wanted
        rule_store.check_distinct(after)
        rule_store.check_quota(after)
        self.error_on_dryrun()
        added = [rule_store.StoredRule(self.ec2_backend, group.id, each, egress=egress) for each in wanted]
        rules += added
        for rule in added:
            rule.add_tags(tags)
        return ActionResult({"Return": True, "SecurityGroupRules": [security_group_rule(r, group) for r in added]})

    def _revoke(self, *, egress: bool) -> ActionResult:
        group = self._group_of_request()
        rules = rule_store.rules_of(group, egress=egress)
        unknown: list[Permission] = []
        if rule_ids := self.params.get("SecurityGroupRuleIds"):
            leaving = rule_store.find_rules(rules, rule_ids)
        else:
            leaving, unknown = self._spelled_out(group, rules)
        self.error_on_dryrun()
        shown = [revoked_rule(rule, group) for rule in leaving]
        gone = {rule.id for rule in leaving}
        rules[:] = [rule for rule in rules if rule.id not in gone]
        for rule_id in gone:
            self.ec2_backend.tags.pop(rule_id, None)
        result: dict[str, Any] = {"Return": True, "RevokedSecurityGroupRules": shown}
        if unknown:
            result["UnknownIpPermissions"] = [ip_permission(each) for each in unknown]
        return ActionResult(result)

    def _spelled_out(
        self, group: SecurityGroup, rules: list[SecurityGroupRule]
    ) -> tuple[list[SecurityGroupRule], list[Permission]]:
        """The rules that the request describes, and what it describes in vain: an error unless in a default VPC."""
        wanted = self._permissions_of_request(group)
        if not wanted:
            raise AwsError("MissingParameter", "Either 'ipPermissions' or 'securityGroupRuleIds' should be provided.")
        present = {rule_store.permission_of(rule): rule for rule in rules}
        unknown = [each for each in wanted if each not in present]
        if unknown and not self.ec2_backend.vpcs[group.vpc_id].is_default:
            words = "The specified rule does not exist in this security group."
            raise AwsError("InvalidPermission.NotFound", words)
        return [present[each] for each in wanted if each in present], unknown
