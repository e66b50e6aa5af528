"""`aws.ec2.SecurityGroup`, without inline rules."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Final

from sg_integration.sandbox.plugins.aws.faults import code_of
from sg_integration.sandbox.plugins.aws.kind import Kind
from sg_integration.sandbox.plugins.aws.tagging import at_creation, from_aws, tag_ec2
from sg_integration.sandbox.plugins.protocol import Failure

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sg_integration.sandbox.plugins.aws.scope import Scope
    from sg_integration.sandbox.plugins.document import Document

_IN_USE: Final = frozenset({"DependencyViolation", "InvalidGroup.InUse"})
_EVERYWHERE: Final = (
    {"IpRanges": [{"CidrIp": "0.0.0.0/0"}]},
    {"Ipv6Ranges": [{"CidrIpv6": "::/0"}]},
)


def _problems(inputs: Document) -> Iterator[Failure]:
    if "name" in inputs and "namePrefix" in inputs:
        yield Failure("namePrefix", "give name or namePrefix, not both")
    if inputs.get("description") == "":
        yield Failure("description", "a security group's description cannot be empty")


def _create(scope: Scope, inputs: Document) -> str:
    vpc = {"VpcId": inputs["vpcId"]} if inputs.get("vpcId") else {}
    name = inputs.get("name") or f"{inputs['namePrefix']}{time.time_ns():026x}"
    tags = at_creation("security-group", inputs["tagsAll"])
    made = scope.ec2.create_security_group(GroupName=name, Description=inputs["description"], **vpc, **tags)
    return str(made["GroupId"])


def _finish(scope: Scope, id_: str, inputs: Document) -> None:  # noqa: ARG001
    """Take away the rule that lets everything out, which AWS gives every new group; the real provider does so too."""
    for ranges in _EVERYWHERE:
        _revoke_egress(scope, id_, {"IpProtocol": "-1", **ranges})


def _revoke_egress(scope: Scope, id_: str, permission: dict[str, Any]) -> None:
    try:
        scope.ec2.revoke_security_group_egress(GroupId=id_, IpPermissions=[permission])
    except Exception as fault:
        if code_of(fault) != "InvalidPermission.NotFound":
            raise


def _read(scope: Scope, id_: str, state: Document) -> Document | None:  # noqa: ARG001
    found = scope.ec2.describe_security_groups(GroupIds=[id_])["SecurityGroups"]
    if not found:
        return None
    group = found[0]
    owner = group.get("OwnerId") or scope.account
    return {
        "arn": f"arn:aws:ec2:{scope.region}:{owner}:security-group/{id_}",
        "name": group["GroupName"],
        "description": group["Description"],
        "vpcId": group.get("VpcId"),
        "ownerId": owner,
        "ingress": _rules(group, group.get("IpPermissions", [])),
        "egress": _rules(group, group.get("IpPermissionsEgress", [])),
        "tagsAll": from_aws(group.get("Tags")),
    }


def _rules(group: dict[str, Any], permissions: list[dict[str, Any]]) -> list[Document]:
    """The rules in the form of the `ingress` and `egress` outputs, in a fixed order."""
    rules = [_rule(group["GroupId"], permission) for permission in permissions]
    return sorted(rules, key=lambda rule: (rule["protocol"], rule["fromPort"], rule["toPort"], str(rule)))


def _rule(group: str, permission: dict[str, Any]) -> Document:
    peers = [pair["GroupId"] for pair in permission.get("UserIdGroupPairs", [])]
    return {
        "protocol": permission["IpProtocol"],
        "fromPort": permission.get("FromPort", 0),  # the provider's form of "all ports" is 0 to 0
        "toPort": permission.get("ToPort", 0),
        "cidrBlocks": sorted(one["CidrIp"] for one in permission.get("IpRanges", [])),
        "ipv6CidrBlocks": sorted(one["CidrIpv6"] for one in permission.get("Ipv6Ranges", [])),
        "prefixListIds": sorted(one["PrefixListId"] for one in permission.get("PrefixListIds", [])),
        "securityGroups": sorted(peer for peer in peers if peer != group),
        "self": group in peers,
    }


def _delete(scope: Scope, id_: str, state: Document) -> None:
    """Delete it, waiting while something still uses it, because interfaces take a while to let go of a group.

    When the time is up, AWS's own refusal is raised.
    """
    if state.get("revokeRulesOnDelete"):
        _revoke_all(scope, id_)
    refusals: list[Exception] = []

    def gone() -> bool:
        try:
            scope.ec2.delete_security_group(GroupId=id_)
        except Exception as fault:
            if code_of(fault) not in _IN_USE:
                raise
            refusals.append(fault)
            return False
        return True

    if not scope.until(gone):
        raise refusals[-1]


def _revoke_all(scope: Scope, id_: str) -> None:
    found = scope.ec2.describe_security_group_rules(Filters=[{"Name": "group-id", "Values": [id_]}])[
        "SecurityGroupRules"
    ]
    for egress, revoke in (
        (True, scope.ec2.revoke_security_group_egress),
        (False, scope.ec2.revoke_security_group_ingress),
    ):
        rules = [rule["SecurityGroupRuleId"] for rule in found if rule["IsEgress"] is egress]
        if rules:
            revoke(GroupId=id_, SecurityGroupRuleIds=rules)


SECURITY_GROUP: Final = Kind(
    token="aws:ec2/securityGroup:SecurityGroup",  # noqa: S106
    applied=frozenset({"name", "namePrefix", "description", "vpcId", "revokeRulesOnDelete"}),
    force_new=frozenset({"name", "namePrefix", "description", "vpcId"}),
    kept=frozenset({"name", "vpcId", "ingress", "egress"}),
    remembered=frozenset({"namePrefix", "revokeRulesOnDelete"}),
    defaults={"description": "Managed by Pulumi", "revokeRulesOnDelete": False},
    autoname="name",
    autoname_taken_by=frozenset({"namePrefix"}),
    problems=_problems,
    create=_create,
    finish=_finish,
    read=_read,
    delete=_delete,
    tag=tag_ec2,
    gone=frozenset({"InvalidGroup.NotFound"}),
    seconds=30.0,  # the real provider waits 15 minutes
)
