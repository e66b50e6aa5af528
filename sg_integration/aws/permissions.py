"""The IAM actions that the product calls, in one place: what for, for which features, and on which resources.

`groups` are the calls that Pulumi's aws provider makes for our groups and rules; every other one is made by us. Tests hold that
no flow calls anything else. What a resource can be narrowed by is from AWS's service authorization reference.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

FEATURES: Final[Mapping[str, str]] = {
    "groups": "SecurityGroup, VpcIntegration, ClusterIntegration: groups, their rules and tags, by Pulumi's aws provider",
    "integration": "VpcIntegration: takes out whoever is left in trust or enforced before the groups go",
    "instances": "Ec2Enrollment",
    "nodes": "ClusterIntegration(nodes=…)",
    "databases": "RdsEnrollment",
    "enforcement": "CalicoEnforcement",
    "commands": "sg-integration compile, explain and reach",
    "eks": "eks_cluster_name",
}
"""What may be in use, and by what name a program has it."""
ROLE: Final = "role"
"""The feature of those who assume a role: `role_arn`."""

Key = Literal["", "vpc", "created", "instance", "database"]


@dataclass(frozen=True, slots=True)
class Place:
    """Where an action is granted: one statement of a policy.

    Args:
        sid: the statement's name.
        resources: each as service and the end of its ARN; `*` for an action that AWS lets nobody narrow.
        key: what a condition narrows them by, if it is given: the VPC, their creation, or tags.
    """

    sid: str
    resources: tuple[str, ...] = ("*",)
    key: Key = ""


@dataclass(frozen=True, slots=True)
class Action:
    """One action of IAM.

    Args:
        name: `ec2:DescribeVpcs`.
        why: what for.
        features: who calls it.
        places: on what it must be granted; nowhere if it needs no grant. AWS asks for every resource that a call names.
    """

    name: str
    why: str
    features: frozenset[str]
    places: tuple[Place, ...] = ()

    @property
    def reads(self) -> bool:
        """Whether it changes nothing, so that a preview may need it."""
        return self.name.partition(":")[2].startswith(("Describe", "Get", "Assume"))


_READ: Final = Place("Read")
_GROUPS: Final = Place("Groups", ("ec2:security-group/*",), "vpc")
_NEW_GROUPS: Final = Place("NewGroups", ("ec2:security-group/*", "ec2:vpc/{vpc}"))
# Neither a rule nor the tags of a group can be narrowed to a VPC; who writes a rule needs its group, too.
_RULES: Final = Place("Rules", ("ec2:security-group-rule/*", "ec2:prefix-list/*"))
_TAGS: Final = Place("Tags", ("ec2:security-group-rule/*",))
_TAGS_OF_NEW: Final = Place("TagsOfNewGroups", ("ec2:security-group/*",), "created")
_TAGS_GONE: Final = Place("TagsThatGo", ("ec2:security-group/*", "ec2:security-group-rule/*"))
_MEMBERS: Final = Place("Members", ("ec2:network-interface/*", "ec2:security-group/*", "ec2:subnet/*"), "vpc")
# An instance knows no ec2:Vpc; that of its interface is asked for all the same.
_INSTANCES: Final = Place("InstancesOfMembers", ("ec2:instance/*",), "instance")
_DATABASES: Final = Place("Databases", ("rds:db:{databases}", "rds:cluster:{clusters}"), "database")

_MEMBERSHIP: Final = frozenset({"instances", "nodes"})
_POLICY: Final = frozenset({"enforcement", "commands"})
_OURS: Final = frozenset(FEATURES) - {"groups", "eks"}
_BY_PROVIDER: Final = frozenset({"groups"})


def _provider(name: str, why: str, *places: Place) -> Action:
    return Action(f"ec2:{name}", why, _BY_PROVIDER, places)


def _rds(name: str, why: str, place: Place) -> Action:
    # The commands call a database by its name where they may.
    return Action(
        f"rds:{name}", why, frozenset({"databases", "commands"} if place is _READ else {"databases"}), (place,)
    )


ACTIONS: Final = (
    Action(
        "ec2:DescribeNetworkInterfaces",
        "to list a VPC, and to read a member again just before it is changed",
        _OURS - {"databases"} | _BY_PROVIDER,  # the provider looks for what Lambda left, before it deletes a group
        (_READ,),
    ),
    Action(
        "ec2:DescribeInstances",
        "to select by instance tags, and to name members",
        _MEMBERSHIP | _POLICY,
        (_READ,),
    ),
    Action(
        "ec2:DescribeSecurityGroups",
        "to see that a group is of the VPC, and which groups of before still exist",
        _OURS | _BY_PROVIDER,
        (_READ,),
    ),
    Action(
        "ec2:ModifyNetworkInterfaceAttribute",
        "to attach and to take away; on network-interface/*, security-group/* and instance/*",
        _MEMBERSHIP | {"integration"},
        (_MEMBERS, _INSTANCES),
    ),
    Action(
        "ec2:DescribeVpcs",
        "to see in a preview that a VPC is there; and to know its addresses, and so its resolver's, which AWS never filters",
        _POLICY | {"integration"},
        (_READ,),
    ),
    Action("ec2:DescribeSecurityGroupRules", "to compile the rules that nodes hold", _POLICY | _BY_PROVIDER, (_READ,)),
    Action(
        "ec2:DescribeStaleSecurityGroups",
        "to see which references to other VPCs are stale; only where there are such",
        _POLICY,
        (_READ,),
    ),
    Action(
        "ec2:GetManagedPrefixListEntries", "to know the addresses of prefix lists that rules name", _POLICY, (_READ,)
    ),
    Action(
        "servicequotas:GetServiceQuota",
        "to see whether a full interface may have another group (optional)",
        _MEMBERSHIP,
        (_READ,),
    ),
    _rds("DescribeDBInstances", "to list databases", _READ),
    _rds("DescribeDBClusters", "to list clusters", _READ),
    _rds("DescribeDBSubnetGroups", "to learn the VPC of a cluster without instances", _READ),
    _rds("ModifyDBInstance", "to attach and to take away; no condition can narrow it to groups", _DATABASES),
    _rds("ModifyDBCluster", "to attach and to take away; no condition can narrow it to groups", _DATABASES),
    Action(
        "sts:GetCallerIdentity",
        "to know interfaces of other accounts while the groups do not exist yet (needs no grant)",
        _MEMBERSHIP | _BY_PROVIDER,
    ),
    Action("sts:AssumeRole", "when role_arn is given", frozenset({ROLE}), (Place("Role", ("{roles}",)),)),
    Action(
        "eks:DescribeCluster",
        "to learn where the API server is",
        frozenset({"eks"}),
        (Place("Cluster", ("eks:cluster/{eks}",)),),
    ),
    _provider("CreateSecurityGroup", "to make a group, in one VPC", _NEW_GROUPS),
    _provider("DeleteSecurityGroup", "to delete a group", _GROUPS),
    _provider("AuthorizeSecurityGroupIngress", "to make a rule", _GROUPS, _RULES),
    _provider("AuthorizeSecurityGroupEgress", "to make a rule", _GROUPS, _RULES),
    _provider("RevokeSecurityGroupIngress", "to delete a rule", _GROUPS, _RULES),
    _provider(
        "RevokeSecurityGroupEgress", "to delete a rule, and what AWS lets every new group reach", _GROUPS, _RULES
    ),
    _provider("ModifySecurityGroupRules", "to change a rule or its description", _GROUPS, _RULES),
    _provider("CreateTags", "to tag groups and rules", _TAGS_OF_NEW, _GROUPS, _TAGS),
    _provider("DeleteTags", "to take tags off groups and rules", _TAGS_GONE),
)

# What README lists: the calls that are ours, by service.
_LISTED: Final = {each.name: each.why for each in ACTIONS if each.features - {"groups", "eks"}}
EC2_ACTIONS: Final[Mapping[str, str]] = {
    name: why for name, why in _LISTED.items() if name.startswith(("ec2:", "servicequotas:"))
}
RDS_ACTIONS: Final[Mapping[str, str]] = {name: why for name, why in _LISTED.items() if name.startswith("rds:")}
STS_ACTIONS: Final[Mapping[str, str]] = {name: why for name, why in _LISTED.items() if name.startswith("sts:")}


def named(features: frozenset[str]) -> frozenset[str]:
    """The actions of some features."""
    return frozenset(each.name for each in ACTIONS if each.features & features)
