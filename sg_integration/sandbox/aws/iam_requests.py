"""What a request asks IAM for: which action on which resources, and what is known of them.

As strict as AWS's service authorization reference lets it be: a resource that an action *may* name is asked for whenever the
request touches it. https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonec2.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

from moto.ec2.models import ec2_backends
from moto.rds.models import rds_backends

from sg_integration.sandbox.aws.iam import Ask
from sg_integration.sandbox.aws.strict.groups import every_group

if TYPE_CHECKING:
    from sg_integration.sandbox.aws.requests import AwsRequest

ACCOUNT: Final = "123456789012"
KINDS: Final = {
    "eni": "network-interface",
    "sg": "security-group",
    "sgr": "security-group-rule",
    "i": "instance",
    "vpc": "vpc",
    "subnet": "subnet",
    "pl": "prefix-list",
}
_ID: Final = re.compile(rf"({'|'.join(KINDS)})-[0-9a-f]{{8,17}}")
_PREFIXES: Final = {"service-quotas": "servicequotas"}  # where IAM names a service otherwise than its endpoint does
_CLUSTER: Final = re.compile(r"GET /clusters/([^/]+)")
_FOR_NOTHING: Final = ("sts:GetCallerIdentity",)  # which nobody can be denied
# The peers of rules are no resources of a call; a prefix list in a changed rule is.
_PEERS: Final = re.compile(r"IpPermissions\..*|SecurityGroupRule\.\d+\.SecurityGroupRule\.(?!PrefixListId).*")
_TAGGED: Final = re.compile(r"TagSpecification\.\d+\.ResourceType")


def action_of(request: AwsRequest) -> str:
    """The action as IAM names it."""
    if request.service == "eks" and _CLUSTER.fullmatch(request.action):
        return "eks:DescribeCluster"
    return f"{_PREFIXES.get(request.service, request.service)}:{request.action}"


def asked(request: AwsRequest) -> list[Ask]:
    """All that a request asks for."""
    action, about = action_of(request), {"aws:RequestedRegion": request.region}
    if action in _FOR_NOTHING:
        return []
    if request.service == "ec2":
        return [Ask(each.action, each.arn, {**about, **each.context}) for each in _of_ec2(request, action)]
    if request.service == "rds":
        return [_of_rds(request, action, about)]
    if cluster := _CLUSTER.fullmatch(request.action):
        return [Ask(action, _arn(request, "eks", f"cluster/{cluster[1]}"), about)]
    return [Ask(action, "*", about)]


def _of_ec2(request: AwsRequest, action: str) -> Iterator[Ask]:
    if request.action.startswith("Describe"):  # which nobody can narrow
        yield Ask(action)
        return
    ids = _ids(request)
    kinds = {"AuthorizeSecurityGroup": "security-group-rule", "CreateSecurityGroup": "security-group"}
    made = [f"{kind}/*" for beginning, kind in kinds.items() if request.action.startswith(beginning)]
    for each in ids:
        yield Ask(action, _arn(request, "ec2", f"{KINDS[each.partition('-')[0]]}/{each}"), _known(request, each))
    for each in made:
        yield Ask(action, _arn(request, "ec2", each))
    if not ids and not made:
        yield Ask(action)
    for kind in (value for name, value in request.parameters.items() if _TAGGED.fullmatch(name)):
        yield Ask("ec2:CreateTags", _arn(request, "ec2", f"{kind}/*"), {"ec2:CreateAction": request.action})


def _ids(request: AwsRequest) -> list[str]:
    """The resources that a request names, and those that it touches with an interface."""
    named = [value for name, value in request.parameters.items() if not _PEERS.fullmatch(name) and _ID.fullmatch(value)]
    if request.action == "ModifyNetworkInterfaceAttribute":
        for interface in [_ec2(request).enis.get(each) for each in named]:
            instance = getattr(interface, "instance", None)
            named += [interface.subnet.id] if interface else []
            named += [instance.id] if instance else []
    return list(dict.fromkeys(named))


def _known(request: AwsRequest, id_: str) -> dict[str, str]:
    """The condition keys of a resource: its tags, and the VPC where AWS has one for its kind."""
    ec2 = _ec2(request)
    groups = {group.id: group.vpc_id for group in every_group(ec2)} if id_.startswith("sg-") else {}
    interface = ec2.enis.get(id_)
    subnets = {each.id: each.vpc_id for zone in ec2.subnets.values() for each in zone.values()}
    vpc = groups.get(id_) or getattr(interface, "vpc_id", None) or subnets.get(id_)
    of = {f"aws:ResourceTag/{key}": value for key, value in ec2.tags.get(id_, {}).items()}
    return {**of, **({"ec2:Vpc": _arn(request, "ec2", f"vpc/{vpc}")} if vpc else {})}


def _of_rds(request: AwsRequest, action: str, about: Mapping[str, str]) -> Ask:
    kind = "cluster" if "DBCluster" in request.action else "db"
    name = next(iter(request.members), "*")
    arn = _arn(request, "rds", f"{kind}:{name}")
    tags = rds_backends[ACCOUNT][request.region].list_tags_for_resource(arn) if name != "*" else []
    return Ask(action, arn, {**about, **{f"aws:ResourceTag/{each['Key']}": each["Value"] for each in tags}})


def _ec2(request: AwsRequest) -> Any:
    return ec2_backends[ACCOUNT][request.region]


def _arn(request: AwsRequest, service: str, path: str) -> str:
    return f"arn:aws:{service}:{request.region}:{ACCOUNT}:{path}"
