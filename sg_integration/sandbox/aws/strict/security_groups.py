"""Creating, describing and deleting security groups."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from moto.core.responses import ActionResult
from moto.ec2.responses.security_groups import SecurityGroups
from moto.rds.models import rds_backends

from sg_integration.sandbox.aws.strict import memberships, paging, rule_store
from sg_integration.sandbox.aws.strict.errors import AwsError, dependency, invalid, missing
from sg_integration.sandbox.aws.strict.filters import check_filters
from sg_integration.sandbox.aws.strict.groups import (
    check_group_id,
    check_vpc,
    default_vpc_id,
    every_group,
    find_group,
    find_named,
)
from sg_integration.sandbox.aws.strict.permissions import TEXT_SET, is_text
from sg_integration.sandbox.aws.strict.rendering import Document
from sg_integration.sandbox.aws.strict.rule_view import group_document, tag_list
from sg_integration.sandbox.aws.strict.tags import tags_for

if TYPE_CHECKING:
    from collections.abc import Iterator

    from moto.ec2.models.security_groups import SecurityGroup

_SET = f"strings less than 256 characters from the following set: {TEXT_SET}"


class GroupActions(SecurityGroups):
    """The actions on groups as a whole; their rules are elsewhere."""

    def create_security_group(self) -> ActionResult:
        """Make a group; it starts with the rules that AWS gives it, all traffic out."""
        name = _checked_name(self.params.get("GroupName", ""))
        description = _checked_description(self.params.get("Description", ""))
        vpc_id = self.params.get("VpcId") or default_vpc_id(self.ec2_backend)
        check_vpc(self.ec2_backend, vpc_id)
        if any(group.name.lower() == name.lower() for group in self.ec2_backend.groups[vpc_id].values()):
            text = f"The security group '{name}' already exists for VPC '{vpc_id}'"
            raise AwsError("InvalidGroup.Duplicate", text)
        tags = tags_for(self, "security-group")
        self.error_on_dryrun()
        group = self.ec2_backend.create_security_group(name, description, vpc_id=vpc_id, tags=tags, force=True)
        shown = tag_list(self.ec2_backend, group.id)
        return ActionResult({"GroupId": group.id, "SecurityGroupArn": group.arn, "Tags": shown})

    def describe_security_groups(self) -> ActionResult:
        """Groups by id, by name (in the default VPC) and by filter."""
        group_ids = list(self.params.get("GroupIds") or [])
        for group_id in group_ids:
            check_group_id(group_id)
        for group_id in group_ids:
            find_group(self.ec2_backend, group_id)
        group_ids += [find_named(self.ec2_backend, name).id for name in self.params.pop("GroupNames", None) or []]
        paging.check_results(self.params, "GroupIds", "groupIdSet")
        check_filters(self._filters_from_querystring())
        if group_ids:
            self.params["GroupIds"] = list(dict.fromkeys(group_ids))
        self.error_on_dryrun()
        return self._page_of_groups()

    def _page_of_groups(self) -> ActionResult:
        """The page of groups that the request asks for."""
        known = {group.id: group for group in every_group(self.ec2_backend)}
        found, token = paging.results(
            self.params,
            lambda: cast("Any", super(GroupActions, self).describe_security_groups()).result["SecurityGroups"],
            known.get,
            lambda group: str(group.id),
        )
        return Document({"SecurityGroups": [group_document(each) for each in found], "NextToken": token})

    def delete_security_group(self) -> ActionResult:
        """Delete a group that nothing uses."""
        if (group_id := self.params.get("GroupId")) is not None:
            group = find_group(self.ec2_backend, group_id)
        else:
            group = find_named(self.ec2_backend, self.params.get("GroupName", ""))
        if group.is_default:
            words = f'the specified group: "{group.id}" name: "{group.name}" cannot be deleted by a user'
            raise AwsError("CannotDelete", words)
        if next(users_of(group), None):
            raise dependency(group.id)
        self.error_on_dryrun()
        for rule in rule_store.every_rule(group):
            self.ec2_backend.tags.pop(rule.id, None)
        self.ec2_backend.tags.pop(group.id, None)
        del self.ec2_backend.groups[group.vpc_id][group.id]
        return ActionResult({"Return": True, "GroupId": group.id})


def users_of(group: SecurityGroup) -> Iterator[str]:
    """The ids of what keeps a group from being deleted: interfaces, rules of other groups, databases."""
    ec2 = group.ec2_backend
    yield from (eni.id for eni in ec2.enis.values() if any(each.id == group.id for each in eni.group_set))
    for other in every_group(ec2):
        if other.id != group.id and other.vpc_id == group.vpc_id:  # one of a peered VPC becomes stale instead
            rules = rule_store.every_rule(other)
            yield from (rule.id for rule in rules if rule.source_group.get("GroupId") == group.id)
    yield from _databases_in(group)


def _databases_in(group: SecurityGroup) -> Iterator[str]:
    """The names of the database instances, clusters and proxies in a group."""
    rds: Any = rds_backends[group.owner_id][group.ec2_backend.region_name]
    for kind in (rds.databases, rds.clusters, rds.db_proxies):
        yield from (name for name, database in kind.items() if group.id in _groups_of(database))


def _groups_of(database: Any) -> set[str]:
    """The ids of a database's groups, with those that are still being removed."""
    return {group_id for group_id, _ in memberships.statuses(database)}


def _checked_name(name: str) -> str:
    """The name as AWS keeps it: spaces at its end are cut off."""
    if not name.rstrip():
        raise missing("groupName")
    if name.lower().startswith("sg-"):
        words = "is invalid. Group names may not be in the format sg-*."
        raise invalid(f"Value ({name}) for parameter GroupName {words}")
    if name.lower() == "default":
        raise invalid("Cannot use reserved security group name: default")
    if not is_text(name):
        raise invalid(f"Value ({name}) for parameter GroupName is invalid. Valid names are {_SET}")
    return name.rstrip()


def _checked_description(description: str) -> str:
    if not description:
        raise missing("GroupDescription")
    if not is_text(description):
        raise invalid(f"Invalid security group description. Valid descriptions are {_SET}")
    return description
