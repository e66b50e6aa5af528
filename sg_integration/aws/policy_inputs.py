"""What AWS knows of the inputs of policy: the groups of a VPC with their rules, who is in them, and where."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from sg_integration.aws.connection import Connection
from sg_integration.aws.errors import refusals
from sg_integration.aws.interfaces import NetworkInterfaces, batches, tags
from sg_integration.aws.policy_members import Found, Sorting, sort_out
from sg_integration.aws.policy_rules import foreign_vpcs, rule, stale_references
from sg_integration.aws.vpcs import address_blocks
from sg_integration.model.errors import Refused
from sg_integration.model.groups import Groups
from sg_integration.model.policy import Caveat
from sg_integration.model.policy_inputs import Member, Node, PolicyInputs, SecurityGroup, SecurityGroupRule
from sg_integration.model.policy_memory import uncollected
from sg_integration.model.rules import PeerKind

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client

_PAGE: Final = {"PageSize": 1000}
_STALE_PAGE: Final = {"PageSize": 255}
_ENTRIES_PAGE: Final = {"PageSize": 100}
_VALUES_OF_A_FILTER: Final = 200
_AT_ONCE: Final = 4  # AWS throttles at 20 a second; a page of rules takes it longer than we take to read one
_ROLE: Final = "sg-integration:role"
_RESERVED: Final = ("trust", "enforced")
_Rules: TypeAlias = "dict[str, dict[str, Any]]"


@dataclass(frozen=True, slots=True)
class VpcPolicy:
    """The part of `PolicyInputs` that AWS knows.

    Args:
        groups: every group of the VPC, and those of other VPCs that an interface or a pod here has, by id.
        members: who is in the VPC beside the cluster.
        nodes: the cluster's nodes.
        prefix_lists: the entries of each prefix list that a rule names and that exists.
        vpc_cidrs: the VPC's blocks: IPv4, primary first, then IPv6.
        caveats: what cannot be held back.
        reserved: groups that say by their tags that they are some integration's `trust` or `enforced`.
    """

    groups: tuple[SecurityGroup, ...]
    members: tuple[Member, ...]
    nodes: tuple[Node, ...]
    prefix_lists: Mapping[str, tuple[str, ...]]
    vpc_cidrs: tuple[str, ...]
    caveats: tuple[Caveat, ...] = field(default=())
    reserved: Groups = frozenset()

    def inputs(
        self,
        *,
        default_groups: Groups,
        pod_default: str,
        in_use: Groups = frozenset(),
        reserved: Groups = frozenset(),
        api_server: tuple[str, ...] = (),
    ) -> PolicyInputs:
        """All inputs, with what only the program and the cluster know; the arguments are those of `PolicyInputs`."""
        return PolicyInputs(
            groups=self.groups,
            default_groups=default_groups,
            pod_default=pod_default,
            in_use=in_use,
            members=self.members,
            nodes=self.nodes,
            prefix_lists=self.prefix_lists,
            reserved=reserved | self.reserved,
            vpc_cidrs=self.vpc_cidrs,
            api_server=api_server,
        )


@dataclass(frozen=True)
class VpcPolicyReader:
    """Reads a VPC for the compiler of policy.

    Args:
        connection: how to reach AWS.
        vpc_id: the VPC.
        at_once: how many calls at most are under way at a time.
        previewing: whether nothing is written, so that interfaces seen a moment ago will do.
    """

    connection: Connection
    vpc_id: str
    at_once: int = _AT_ONCE
    previewing: bool = False

    @cached_property
    def _ec2(self) -> EC2Client:
        return self.connection.client("ec2")

    def read(
        self,
        *,
        nodes: Mapping[str, str],
        trust: Groups = frozenset(),
        enforced: Groups = frozenset(),
        in_use: Groups = frozenset(),
    ) -> VpcPolicy:
        """Everything, in pages of 1,000; rules of 200 groups at a time.

        One call for the VPC, and those of pages of instances, interfaces, groups and rules; one for each prefix list that
        a rule names (or 100 entries of it); one for groups of other VPCs if anybody here has such a group, and one for their
        rules; and one for stale references if a rule refers to another VPC. What does not depend on another is read at once.

        Args:
            nodes: the name in Kubernetes of each node of the cluster, by instance id.
            trust: the group `trust`, and what else opens a member to the nodes; empty while there is none.
            enforced: the group of the nodes, likewise.
            in_use: groups that pods have, and so must be among those that are read.

        Raises:
            ServiceError: AWS refused a call; the message names the action that is missing.
        """
        cidrs = address_blocks(self.connection, self.vpc_id)  # first, since a wrong VPC ends here
        with uncollected(), ThreadPoolExecutor(self.at_once) as pool:
            sorted_out = pool.submit(self._sort_out, Sorting(nodes, trust, enforced))
            names, reserved = pool.submit(self._names, "vpc-id", [self.vpc_id]).result()
            raw = self._rules_of(names, pool)
            found = sorted_out.result()
            had = in_use.union(*(each.groups for each in found.members), *(each.groups for each in found.nodes))
            for some in batches(sorted(had - names.keys()), _VALUES_OF_A_FILTER):
                elsewhere, _ = pool.submit(self._names, "group-id", some).result()
                raw |= self._rules_of(elsewhere, pool)
                names |= elsewhere
            groups = self._groups(names, raw)
        lists = {each.peer for group in groups for each in group.rules if each.peer_kind is PeerKind.PREFIX_LIST}
        entries = {each: self._entries(each) for each in sorted(lists)}
        return VpcPolicy(
            groups=groups,
            members=tuple(sorted(found.members, key=lambda each: each.id)),
            nodes=tuple(sorted(found.nodes, key=lambda each: each.name)),
            prefix_lists={each: known for each, known in entries.items() if known is not None},
            vpc_cidrs=cidrs,
            caveats=tuple(found.caveats),
            reserved=reserved,
        )

    def _sort_out(self, sorting: Sorting) -> Found:
        seen = NetworkInterfaces(self.connection, self.vpc_id, self.previewing).sighting()
        return sort_out(seen.interfaces, seen.instances, sorting)

    def _groups(self, names: Mapping[str, str], raw: _Rules) -> tuple[SecurityGroup, ...]:
        """The groups, each with its rules."""
        known = frozenset(names)
        stale = self._stale() if foreign_vpcs(raw.values(), self.vpc_id, known) else frozenset()
        rules: dict[str, list[SecurityGroupRule]] = {group: [] for group in names}
        for id_ in sorted(raw):
            read = rule(raw[id_], self.vpc_id, known)
            if read is not None and raw[id_]["GroupId"] in rules:
                key = raw[id_]["GroupId"], read.direction, read.peer
                rules[raw[id_]["GroupId"]].append(replace(read, stale=True) if key in stale else read)
        return tuple(SecurityGroup(group, names[group], tuple(rules[group])) for group in sorted(names))

    def _names(self, name: str, values: list[str]) -> tuple[dict[str, str], Groups]:
        """The groups that a filter finds, and which of them are reserved.

        They are called as a person calls them: Pulumi gives their names a random end.
        """
        pages = self._ec2.get_paginator("describe_security_groups")
        filters: list[Any] = [{"Name": name, "Values": values}]
        with refusals(f"reading the security groups of {self.vpc_id}", str(self.connection)):
            found = pages.paginate(Filters=filters, PaginationConfig=_PAGE)  # type: ignore[arg-type]
            groups = [group for page in found for group in page["SecurityGroups"]]
            reserved = frozenset(
                each["GroupId"] for each in groups if tags(each.get("Tags", [])).get(_ROLE) in _RESERVED
            )
            return {group["GroupId"]: _called(group) for group in groups}, reserved

    def _rules_of(self, groups: Collection[str], pool: Executor) -> _Rules:
        some = [pool.submit(self._raw_rules, each) for each in batches(sorted(groups), _VALUES_OF_A_FILTER)]
        return {id_: rule for found in some for id_, rule in found.result().items()}

    def _raw_rules(self, groups: list[str]) -> _Rules:
        """Rules by their id; the listing knows no VPC, so groups are named, and pages may show a rule twice."""
        pages = self._ec2.get_paginator("describe_security_group_rules")
        filters: list[Any] = [{"Name": "group-id", "Values": groups}]
        with refusals(f"reading the rules of {self.vpc_id}'s security groups", str(self.connection)):
            found = pages.paginate(Filters=filters, PaginationConfig=_PAGE)  # type: ignore[arg-type]
            return {each["SecurityGroupRuleId"]: dict(each) for page in found for each in page["SecurityGroupRules"]}

    def _stale(self) -> frozenset[Any]:
        pages = self._ec2.get_paginator("describe_stale_security_groups")
        with refusals(f"looking for stale references in {self.vpc_id}", str(self.connection)):
            found = pages.paginate(VpcId=self.vpc_id, PaginationConfig=_STALE_PAGE)  # type: ignore[arg-type]
            return frozenset(each for page in found for each in stale_references(page["StaleSecurityGroupSet"]))

    def _entries(self, prefix_list: str) -> tuple[str, ...] | None:
        """What is in a prefix list; None if it is gone."""
        pages = self._ec2.get_paginator("get_managed_prefix_list_entries")
        try:
            with refusals(f"reading the entries of prefix list {prefix_list}", str(self.connection)):
                found = pages.paginate(PrefixListId=prefix_list, PaginationConfig=_ENTRIES_PAGE)  # type: ignore[arg-type]
                return tuple(dict.fromkeys(entry["Cidr"] for page in found for entry in page["Entries"]))
        except Refused as error:
            if error.code.lower() == "invalidprefixlistid.notfound":
                return None
            raise


def _called(group: Any) -> str:
    return tags(group.get("Tags", [])).get("Name") or str(group["GroupName"])
