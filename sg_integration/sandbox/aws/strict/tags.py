"""Tags: those of a request, those of a resource, and CreateTags on groups and rules."""

from __future__ import annotations

import fnmatch
from typing import TYPE_CHECKING, Any

from moto.ec2.responses.tags import TagResponse

from sg_integration.sandbox.aws.strict import rule_store
from sg_integration.sandbox.aws.strict.errors import AwsError, invalid
from sg_integration.sandbox.aws.strict.groups import every_group, find_group

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from moto.core.responses import ActionResult
    from moto.ec2.responses._base_response import EC2BaseResponse


def tags_for(response: EC2BaseResponse, kind: str) -> dict[str, str]:
    """The tags that the request's TagSpecifications give the resource it makes, whose type is `kind`."""
    tags: dict[str, str] = {}
    for specification in response.params.get("TagSpecifications") or []:
        if specification.get("ResourceType") != kind:
            words = "is not a valid taggable resource type for this operation."
            raise invalid(f"'{specification.get('ResourceType')}' {words}")
        tags |= {tag["Key"]: tag.get("Value", "") for tag in specification.get("Tags") or []}
    check_keys(tags)
    return tags


def check_keys(keys: Iterable[str]) -> None:
    """Refuse keys that only AWS may write."""
    for key in keys:
        if key.lower().startswith("aws:"):
            raise invalid("Tag keys starting with 'aws:' are reserved for internal use")


def tags_match(tags: list[dict[str, str]], name: str, values: list[str]) -> bool:
    """Whether tags pass the filter `tag:KEY` or `tag-key`; `*` and `?` are wildcards in its values."""
    found = (
        [tag["Key"] for tag in tags] if name == "tag-key" else [t["Value"] for t in tags if f"tag:{t['Key']}" == name]
    )
    return any(fnmatch.fnmatchcase(each, value) for each in found for value in values)


class TagActions(TagResponse):
    """CreateTags and DeleteTags refuse groups and rules that do not exist."""

    def create_tags(self) -> ActionResult:
        """Write tags."""
        check_keys(tag["Key"] for tag in self.params.get("Tags") or [])
        self._check_resources(self.params)
        return super().create_tags()

    def delete_tags(self) -> ActionResult:
        """Take tags away; all of them when the request names none."""
        self._check_resources(self.params)
        if not self.params.get("Tags"):
            self.error_on_dryrun()
            for resource_id in self.params["Resources"]:
                own = self.ec2_backend.tags.get(resource_id, {})
                self.params.setdefault("Tags", []).extend({"Key": key} for key in own if not key.startswith("aws:"))
        return super().delete_tags()

    def _check_resources(self, params: Mapping[str, Any]) -> None:
        for resource_id in params.get("Resources") or []:
            if resource_id.startswith("sg-"):
                find_group(self.ec2_backend, resource_id)
            elif resource_id.startswith("sgr-"):
                rules = (rule for group in every_group(self.ec2_backend) for rule in rule_store.every_rule(group))
                rule_store.find_rules(rules, [resource_id])
            elif "-" not in resource_id:
                raise AwsError("InvalidID", f"The ID '{resource_id}' is not valid")
