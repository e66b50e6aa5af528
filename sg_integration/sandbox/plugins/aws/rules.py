"""`aws.vpc.SecurityGroupIngressRule` and `aws.vpc.SecurityGroupEgressRule`: one rule, one peer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sg_integration.sandbox.plugins.aws.kind import Kind
from sg_integration.sandbox.plugins.aws.tagging import from_aws, tag_ec2
from sg_integration.sandbox.plugins.protocol import Failure

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from sg_integration.sandbox.plugins.aws.scope import Scope
    from sg_integration.sandbox.plugins.document import Document

# Input -> its name in a SecurityGroupRuleRequest.
_PEERS: Final = {
    "cidrIpv4": "CidrIpv4",
    "cidrIpv6": "CidrIpv6",
    "prefixListId": "PrefixListId",
    "referencedSecurityGroupId": "ReferencedGroupId",
}
_FIELDS: Final = {
    **_PEERS,
    "ipProtocol": "IpProtocol",
    "fromPort": "FromPort",
    "toPort": "ToPort",
    "description": "Description",
}
# https://www.iana.org/assignments/protocol-numbers; AWS answers with these names whatever was written.
_PROTOCOL_NAMES: Final = {"1": "icmp", "6": "tcp", "17": "udp", "58": "icmpv6", "all": "-1"}


def _protocol(value: str) -> str:
    return _PROTOCOL_NAMES.get(str(value).lower(), str(value).lower())


def _problems(inputs: Document) -> Iterator[Failure]:
    given = [name for name in _PEERS if name in inputs]
    if len(given) != 1:
        yield Failure("", f"a rule has exactly one of {', '.join(_PEERS)}; given: {', '.join(given) or 'none'}")


def _peer(document: Document) -> str:
    """Which kind of peer a rule has."""
    return next((name for name in _PEERS if document.get(name) is not None), "")


def _replaced_by(state: Document, inputs: Document) -> Iterable[str]:
    """AWS cannot change a rule's kind of peer."""
    old, new = _peer(state), _peer(inputs)
    return () if old == new else (old, new)


def _permission(inputs: Document) -> dict[str, Any]:
    """The rule as an IpPermission, which is what the calls that add rules take."""
    said = {"Description": inputs["description"]} if inputs.get("description") else {}
    peer = _peer(inputs)
    value = inputs[peer]
    form = {
        "cidrIpv4": ("IpRanges", {"CidrIp": value}),
        "cidrIpv6": ("Ipv6Ranges", {"CidrIpv6": value}),
        "prefixListId": ("PrefixListIds", {"PrefixListId": value}),
        "referencedSecurityGroupId": ("UserIdGroupPairs", _group(value)),
    }
    name, content = form[peer]
    ports = {_FIELDS[key]: inputs[key] for key in ("fromPort", "toPort") if inputs.get(key) is not None}
    return {"IpProtocol": str(inputs["ipProtocol"]), **ports, name: [{**content, **said}]}


def _group(value: str) -> dict[str, str]:
    """A group, which may be another account's: `123456789012/sg-0a1`."""
    owner, _, group = value.rpartition("/")
    return {"GroupId": group, **({"UserId": owner} if owner else {})}


def _update(scope: Scope, id_: str, inputs: Document, changed: frozenset[str]) -> None:
    if not changed & _FIELDS.keys():
        return
    rule = {ours: inputs[name] for name, ours in _FIELDS.items() if inputs.get(name) is not None}
    scope.ec2.modify_security_group_rules(
        GroupId=inputs["securityGroupId"], SecurityGroupRules=[{"SecurityGroupRuleId": id_, "SecurityGroupRule": rule}]
    )


def _finish(scope: Scope, id_: str, inputs: Document) -> None:
    """Tag it; the real provider, too, does so after the creation."""
    if inputs["tagsAll"]:
        tag_ec2(scope, id_, inputs, inputs["tagsAll"], ())


def _read(scope: Scope, id_: str, state: Document) -> Document | None:
    found = scope.ec2.describe_security_group_rules(SecurityGroupRuleIds=[id_])["SecurityGroupRules"]
    if not found:
        return None
    rule = found[0]
    return {
        "arn": scope.arn("ec2", f"security-group-rule/{id_}"),
        "securityGroupRuleId": id_,
        "securityGroupId": rule["GroupId"],
        "ipProtocol": rule["IpProtocol"],
        "fromPort": _port(rule.get("FromPort"), state.get("fromPort")),
        "toPort": _port(rule.get("ToPort"), state.get("toPort")),
        "cidrIpv4": rule.get("CidrIpv4"),
        "cidrIpv6": rule.get("CidrIpv6"),
        "prefixListId": rule.get("PrefixListId"),
        "referencedSecurityGroupId": _referenced(scope, rule.get("ReferencedGroupInfo")),
        "description": rule.get("Description") or None,
        "tagsAll": from_aws(rule.get("Tags")),
    }


def _port(found: int | None, known: int | None) -> int | None:
    """AWS says -1 for "all ports"; where the program gave none, none it stays."""
    return None if found == -1 and known is None else found


def _referenced(scope: Scope, info: dict[str, str] | None) -> str | None:
    if not info:
        return None
    owner = info.get("UserId")
    return info["GroupId"] if owner in {None, scope.account} else f"{owner}/{info['GroupId']}"


def _kind(direction: str) -> Kind:
    """The type for `ingress` or `egress`: they differ in the two calls that have the word in their name."""

    def create(scope: Scope, inputs: Document) -> str:
        authorize = getattr(scope.ec2, f"authorize_security_group_{direction}")
        made = authorize(GroupId=inputs["securityGroupId"], IpPermissions=[_permission(inputs)])
        return str(made["SecurityGroupRules"][0]["SecurityGroupRuleId"])

    def delete(scope: Scope, id_: str, state: Document) -> None:
        revoke = getattr(scope.ec2, f"revoke_security_group_{direction}")
        revoke(GroupId=state["securityGroupId"], SecurityGroupRuleIds=[id_])

    name = f"ecurityGroup{direction.capitalize()}Rule"
    return Kind(
        token=f"aws:vpc/s{name}:S{name}",
        applied=frozenset({"securityGroupId", *_FIELDS}),
        force_new=frozenset({"securityGroupId"}),
        canonical={"ipProtocol": _protocol},
        problems=_problems,
        replaced_by=_replaced_by,
        create=create,
        finish=_finish,
        read=_read,
        update=_update,
        delete=delete,
        tag=tag_ec2,
        gone=frozenset({"InvalidSecurityGroupRuleId.NotFound", "InvalidGroup.NotFound", "InvalidPermission.NotFound"}),
    )


INGRESS_RULE: Final = _kind("ingress")
EGRESS_RULE: Final = _kind("egress")
