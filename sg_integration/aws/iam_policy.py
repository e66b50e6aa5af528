"""The least-privilege IAM policy for the features in use, made from the table of what the code calls."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final

from sg_integration.aws.permissions import ACTIONS, FEATURES, ROLE, Place
from sg_integration.model import identifiers
from sg_integration.model.errors import InvalidInput

if TYPE_CHECKING:
    from botocore.regions import EndpointResolver

LONGEST: Final = 6144
"""Characters of a managed policy, without white space: the quota of IAM."""

_ACCOUNT: Final = re.compile(r"[0-9]{12}")
_ROLE_ARN: Final = re.compile(r"arn:(aws[a-z-]*):iam::[0-9]{12}:role/[\w+=,.@/-]+", re.ASCII)
# Ids of VPCs, subnets and prefix lists are nobody else's, and in a shared VPC they are another account's.
_OF_ANY_ACCOUNT: Final = ("vpc/", "subnet/", "prefix-list/")
_NAME: Final = re.compile(r"[A-Za-z0-9*?_-]+")


def iam_policy(
    *,
    features: Collection[str] = tuple(FEATURES),
    vpc_id: str | None = None,
    region: str | None = None,
    account_id: str | None = None,
    partition: str | None = None,
    instance_tags: Mapping[str, str] | None = None,
    database_tags: Mapping[str, str] | None = None,
    databases: Collection[str] = (),
    database_clusters: Collection[str] = (),
    eks_clusters: Collection[str] = (),
    role_arns: Collection[str] = (),
    read_only: bool = False,
) -> str:
    """The IAM policy that lets an identity do what the features do, and no more than AWS can be told; as JSON text.

    What is not given does not narrow. A condition on `ec2:Vpc` narrows the writes of groups and interfaces; AWS knows none for
    databases, so give their names or a tag.

    Args:
        features: which are in use; all by default. See `sg-integration iam-policy --help`.
        vpc_id: the VPC.
        region: the region.
        account_id: the account that owns groups, interfaces and databases; not for a VPC with groups of another account.
        partition: such as `aws-cn` or `aws-us-gov`; by default that of the region, and `aws` without one.
        instance_tags: all of these tags are on every instance that joins or leaves.
        database_tags: likewise for databases.
        databases: the identifiers of database instances; `*` stands for anything.
        database_clusters: the identifiers of database clusters.
        eks_clusters: the names of clusters that are reached by `eks_cluster_name`.
        role_arns: the roles that may be assumed, for the identity that assumes them.
        read_only: what a preview needs, and no write.

    Raises:
        InvalidInput: an argument is wrong, or the policy is longer than AWS takes.
    """
    given = frozenset(features) | ({ROLE} if role_arns else frozenset())
    if not given:
        raise InvalidInput("features", "none is named, and no role either: the policy would grant nothing.")
    if unknown := sorted(given - FEATURES.keys() - {ROLE}):
        raise InvalidInput("features", f"{', '.join(unknown)}: no such feature; there are {', '.join(FEATURES)}.")
    within = _partition(partition, region)
    names = {
        "vpc": [identifiers.vpc_id(vpc_id, "vpc_id")] if vpc_id is not None else ["*"],
        "databases": _names(databases, "databases", other=database_clusters),
        "clusters": _names(database_clusters, "database_clusters", other=databases),
        "eks": _names(eks_clusters, "eks_clusters"),
        "roles": [_role(each, within) for each in role_arns],
    }
    narrowed = {
        "instance": _tags(instance_tags, "instance_tags"),
        "database": _tags(database_tags, "database_tags"),
        "created": {"StringEquals": {"ec2:CreateAction": "CreateSecurityGroup"}},
    }
    arns = _Arns(within, region, account_id, names)
    if vpc_id is not None:
        narrowed["vpc"] = {"ArnLike": {"ec2:Vpc": arns.of("ec2:vpc/{vpc}")[0]}}
    if region is not None:
        narrowed[""] = {"StringEquals": {"aws:RequestedRegion": region}}
    granted = _granted(given, read_only=read_only)
    return _printed([_statement(place, actions, arns, narrowed) for place, actions in granted.items()])


def size(policy: str) -> int:
    """How many of the characters that IAM counts a policy has."""
    return len("".join(policy.split()))


def _granted(features: frozenset[str], *, read_only: bool) -> dict[Place, list[str]]:
    """What is granted where."""
    found: dict[Place, list[str]] = {}
    for action in ACTIONS:
        if action.features & features and (action.reads or not read_only):
            for place in action.places:
                found.setdefault(place, []).append(action.name)
    return found


class _Arns:
    """Spells the resources of the table.

    Args:
        partition: the partition.
        region: the region; None for any.
        account_id: the account; None for any.
        names: what stands in for each word in braces.
    """

    def __init__(
        self, partition: str, region: str | None, account_id: str | None, names: Mapping[str, list[str]]
    ) -> None:
        if account_id is not None and not _ACCOUNT.fullmatch(account_id):
            raise InvalidInput("account_id", f"{account_id!r} is no account number of 12 digits.")
        self._partition, self._region, self._account, self._names = partition, region or "*", account_id or "*", names

    def of(self, resource: str) -> list[str]:
        """The ARNs of a resource of the table: one for each name that is given."""
        word = next((each for each in self._names if f"{{{each}}}" in resource), None)
        if word is None:
            return [self._spelled(resource)]
        return [self._spelled(resource.replace(f"{{{word}}}", name)) for name in self._names[word]]

    def _spelled(self, resource: str) -> str:
        if resource == "*" or resource.startswith("arn:"):
            return resource
        service, _, path = resource.partition(":")
        account = "*" if path.startswith(_OF_ANY_ACCOUNT) else self._account
        return f"arn:{self._partition}:{service}:{self._region}:{account}:{path}"


def _statement(place: Place, actions: list[str], arns: _Arns, narrowed: Mapping[str, dict[str, Any]]) -> dict[str, Any]:
    resources = [arn for each in place.resources for arn in arns.of(each)]
    reads = place.resources == ("*",)
    condition = narrowed.get(place.key, {}) if place.key or reads else {}
    found: dict[str, Any] = {"Sid": place.sid, "Effect": "Allow", "Action": actions, "Resource": resources}
    return {**found, "Condition": condition} if condition else found


def _printed(statements: Iterable[dict[str, Any]]) -> str:
    policy = json.dumps({"Version": "2012-10-17", "Statement": list(statements)}, indent=2)
    if size(policy) > LONGEST:
        words = f"the policy has {size(policy)} characters, and AWS takes {LONGEST}"
        raise InvalidInput("iam_policy", f"{words}: make one for some features, another for the rest, or name fewer.")
    return policy


def _partition(partition: str | None, region: str | None) -> str:
    """The partition that was named, which must be that of the region; without a name that of the region."""
    if region is not None:
        identifiers.region(region, "region")
    elif partition is None:
        return "aws"
    regions = _regions()
    known = regions.get_available_partitions()
    if partition is not None and partition not in known:
        raise InvalidInput("partition", f"{partition!r} is none of {', '.join(known)}.")
    found = partition if region is None else _partition_of(region, regions)
    if partition is None:
        if found is None:
            raise InvalidInput("region", f"nobody knows the partition of {region}: correct it, or name the partition.")
        return found
    if found not in (None, partition):  # a region that is newer than botocore is where its user says
        raise InvalidInput("partition", f"region {region} is in {found}, not in {partition}.")
    return partition


def _regions() -> EndpointResolver:
    """What botocore knows of partitions and regions; not by a session, which refuses a wrong profile."""
    from botocore.loaders import Loader  # noqa: PLC0415  a program that only declares must not load botocore; so below
    from botocore.regions import EndpointResolver  # noqa: PLC0415

    return EndpointResolver(Loader().load_data("endpoints"))


def _partition_of(region: str, regions: EndpointResolver) -> str | None:
    from botocore.exceptions import UnknownRegionError  # noqa: PLC0415

    try:
        return regions.get_partition_for_region(region)
    except UnknownRegionError:
        return None


def _names(values: Collection[str], where: str, other: Collection[str] = ()) -> list[str]:
    """The names; anything if none is given, but nothing if the other kind is named and this one is not."""
    for each in values:
        if not _NAME.fullmatch(each):
            raise InvalidInput(where, f"{each!r} is no name.")
    return sorted(set(values)) or ([] if other else ["*"])


def _role(arn: str, partition: str) -> str:
    found = _ROLE_ARN.fullmatch(arn)
    if not found:
        raise InvalidInput("role_arns", f"{arn!r} is no ARN of a role.")
    if found[1] != partition:
        words = f"{arn} is in {found[1]}, and the policy is for {partition}: correct the ARN, or name its partition."
        raise InvalidInput("role_arns", words)
    return arn


def _tags(tags: Mapping[str, str] | None, where: str) -> dict[str, Any]:
    for key, value in (tags or {}).items():
        if not key or "${" in f"{key}{value}":  # which IAM would take for a variable
            raise InvalidInput(where, f"{key}={value} cannot be written in a policy.")
    conditions = {f"aws:ResourceTag/{key}": value for key, value in sorted((tags or {}).items())}
    return {"StringEquals": conditions} if conditions else {}
