"""References to groups of peered VPCs that lead nowhere any more.

Source: https://docs.aws.amazon.com/vpc/latest/peering/vpc-peering-security-groups.html.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from moto.core.responses import ActionResult
from moto.ec2.responses.security_groups import SecurityGroups

from sg_integration.sandbox.aws.strict import paging, rule_store
from sg_integration.sandbox.aws.strict.groups import check_vpc
from sg_integration.sandbox.aws.strict.peers import is_stale

if TYPE_CHECKING:
    from collections.abc import Iterator


class StaleGroups(SecurityGroups):
    """DescribeStaleSecurityGroups, which moto lacks."""

    def describe_stale_security_groups(self) -> ActionResult:
        """The groups of a VPC that have stale rules, with those rules."""
        vpc_id = self.params.get("VpcId", "")
        check_vpc(self.ec2_backend, vpc_id)
        self.error_on_dryrun()
        shown = {each["GroupId"]: each for each in self._stale(vpc_id)}
        found, token = paging.results(
            self.params, lambda: list(shown.values()), shown.get, lambda each: str(each["GroupId"])
        )
        return ActionResult({"StaleSecurityGroupSet": found, "NextToken": token})

    def _stale(self, vpc_id: str) -> Iterator[dict[str, Any]]:
        for group in self.ec2_backend.groups[vpc_id].values():
            sides = {
                key: [_permission(rule) for rule in rules if is_stale(self.ec2_backend, vpc_id, rule)]
                for key, rules in (
                    ("StaleIpPermissions", group.ingress_rules),
                    ("StaleIpPermissionsEgress", group.egress_rules),
                )
            }
            if any(sides.values()):
                said = {"GroupId": group.id, "GroupName": group.name, "Description": group.description}
                yield {**said, "VpcId": vpc_id, **sides}


def _permission(rule: Any) -> dict[str, Any]:
    permission = rule_store.permission_of(rule)
    pair = {"GroupId": permission.peer, "VpcId": rule.source_group["VpcId"]}
    shown = {"IpProtocol": permission.protocol, "UserIdGroupPairs": [pair]}
    return (
        shown
        if permission.from_port is None
        else {**shown, "FromPort": permission.from_port, "ToPort": permission.to_port}
    )
