"""Groups and rules that stand already, taken over by the integration instead of made anew."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

import pulumi

from sg_integration.components import inputs
from sg_integration.model import identifiers
from sg_integration.model.errors import InvalidInput

_GROUP: Final = "aws:ec2/securityGroup:SecurityGroup"
_RULE_ID: Final = re.compile(r"sgr-(?:[0-9a-f]{8}|[0-9a-f]{17})")
_RULES: Final = (
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
    "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule",
)
# A group cannot be given another name or description: AWS would need another group for that.
_KEPT: Final = ["description", "name"]


def adopted(ids: Mapping[str, str]) -> pulumi.ResourceTransform:
    """Take over groups and rules that stand already, such as those of the original product's stacks.

    ```python
    stands = adopted({"prod-trust": "sg-0123456789abcdef0", "prod-trust-from-enforced-all": "sgr-0123456789abcdef0"})
    VpcIntegration("prod", vpc_id=vpc_id, opts=pulumi.ResourceOptions(transforms=[stands]))
    ```

    The preview says `=` (import) of each; one that it does not say it of has another name in the program, and would be made
    beside it. It says, too, what of each changes: tags of groups, descriptions of rules. A group keeps the name
    and the description that it has, so leave the line where it is as long as the group lives: without it the
    group would be replaced. A rule that stands and is not in `ids` would be made a second time, which AWS refuses.
    Whatever made the groups must let go of them first.

    Args:
        ids: the id of each, by the name that it has in the program: `prod-trust`, `prod-trust-from-enforced-all`.

    Raises:
        InvalidInput: an id is neither a security group's nor a rule's, is an output, or is there for two names; nothing was
            called.
    """
    _check(ids)

    def adopt(args: pulumi.ResourceTransformArgs) -> pulumi.ResourceTransformResult | None:
        if args.name not in ids or args.type_ not in (_GROUP, *_RULES):
            return None
        if ids[args.name].startswith("sgr-") is (args.type_ == _GROUP):
            what = "a group" if args.type_ == _GROUP else "a rule"
            raise InvalidInput(f'adopted: "{args.name}"', f"it is {what}, and {ids[args.name]} is none.")
        mine = pulumi.ResourceOptions(import_=ids[args.name], ignore_changes=_KEPT if args.type_ == _GROUP else None)
        return pulumi.ResourceTransformResult(args.props, pulumi.ResourceOptions.merge(args.opts, mine))

    return adopt


def _check(ids: object) -> None:
    if not isinstance(ids, Mapping):
        raise InvalidInput("adopted", f'{ids!r} is no mapping; write {{"prod-trust": "sg-…"}}.')
    names: dict[str, str] = {}
    for name, value in ids.items():
        _check_id(value, f'adopted: "{name}"')
        first = names.setdefault(value, name)
        if first != name:
            raise InvalidInput(
                "adopted",
                f'"{first}" and "{name}" both have the id {value}; one stands for one name. Correct one of them.',
            )


def _check_id(value: object, where: str) -> None:
    if not inputs.is_known(value):
        raise InvalidInput(where, "its id is not known while the program runs: write the id.")
    if isinstance(value, str) and value.startswith("sgr"):
        if not _RULE_ID.fullmatch(value):
            raise InvalidInput(where, f"{value!r} is no id of a rule; one is sgr- and 17 hexadecimal digits.")
        return
    identifiers.security_group_id(value, where)
