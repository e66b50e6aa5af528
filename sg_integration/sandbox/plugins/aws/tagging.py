"""Tags: a resource's own, the provider's default ones under them, and what AWS adds of itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sg_integration.sandbox.plugins.document import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sg_integration.sandbox.plugins.aws.scope import Scope
    from sg_integration.sandbox.plugins.document import Document


def all_tags(own: Any, default: Mapping[str, str]) -> Any:
    """`tagsAll`: the default tags with the resource's own over them; unknown when those are."""
    return UNKNOWN if own is UNKNOWN else {**default, **(own or {})}


def own_tags(found: Mapping[str, str], given: Any, default: Mapping[str, str]) -> dict[str, str]:
    """`tags`, from all tags found: without the default ones, unless the program gave those too."""
    mine = given if isinstance(given, dict) else {}
    return {key: value for key, value in found.items() if key in mine or default.get(key) != value}


def from_aws(tags: Iterable[Mapping[str, str]] | None) -> dict[str, str]:
    """A map from AWS's list, without the tags that AWS itself adds."""
    return {tag["Key"]: tag.get("Value", "") for tag in tags or [] if not tag["Key"].startswith("aws:")}


def to_aws(tags: Mapping[str, str]) -> list[dict[str, str]]:
    """AWS's list from a map."""
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def at_creation(resource_type: str, tags: Mapping[str, str]) -> dict[str, Any]:
    """The `TagSpecifications` argument of an EC2 call that creates; AWS refuses an empty list of tags, so none then."""
    if not tags:
        return {}
    return {"TagSpecifications": [{"ResourceType": resource_type, "Tags": to_aws(tags)}]}


def tag_ec2(scope: Scope, id_: str, state: Document, added: Mapping[str, str], removed: Iterable[str]) -> None:  # noqa: ARG001
    """Set and remove tags of an EC2 resource, by its id."""
    gone = [{"Key": key} for key in removed]
    if gone:
        scope.ec2.delete_tags(Resources=[id_], Tags=gone)
    if added:
        scope.ec2.create_tags(Resources=[id_], Tags=to_aws(added))


def tag_rds(scope: Scope, id_: str, state: Document, added: Mapping[str, str], removed: Iterable[str]) -> None:  # noqa: ARG001
    """Set and remove tags of an RDS resource, by its ARN."""
    arn = state["arn"]
    gone = list(removed)
    if gone:
        scope.rds.remove_tags_from_resource(ResourceName=arn, TagKeys=gone)
    if added:
        scope.rds.add_tags_to_resource(ResourceName=arn, Tags=to_aws(added))
