"""What is taken over, and what is refused before any call."""

from __future__ import annotations

from typing import Any

import pulumi
import pytest

from sg_integration import InvalidInput, adopted

GROUP, RULE = "aws:ec2/securityGroup:SecurityGroup", "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
IDS = {"prod-trust": "sg-0123456789abcdef0", "prod-trust-from-enforced-all": "sgr-0123456789abcdef0"}


def transformed(name: str, kind: str, *, custom: bool = True) -> Any:
    """The options that a resource of that name has after the transform, if it has any other than before."""
    opts = pulumi.ResourceOptions(ignore_changes=["tags"])
    result: Any = adopted(IDS)(pulumi.ResourceTransformArgs(custom, kind, name, {}, opts))
    return result and result.opts


def test_a_group_is_imported_and_keeps_its_name() -> None:
    """A group is imported by its id; what AWS cannot change of it is ignored, besides what the user ignores."""
    opts = transformed("prod-trust", GROUP)
    assert opts.import_ == IDS["prod-trust"]
    assert set(opts.ignore_changes) == {"tags", "description", "name"}


def test_a_rule_is_imported_and_may_change() -> None:
    """A rule is imported by its id, and its description becomes ours."""
    opts = transformed("prod-trust-from-enforced-all", RULE)
    assert opts.import_ == IDS["prod-trust-from-enforced-all"]
    assert opts.ignore_changes == ["tags"]


def test_everything_else_is_left_alone() -> None:
    """A resource of another name, and a component of the same, are as they were."""
    assert transformed("prod-enforced", GROUP) is None
    assert transformed("prod-trust", "sg-integration:index:SecurityGroup", custom=False) is None
    assert transformed("prod-trust", "aws:sqs/queue:Queue") is None


def test_a_group_is_no_rule_and_a_rule_no_group() -> None:
    """An id of the other kind is refused before anything is imported."""
    with pytest.raises(InvalidInput, match="it is a rule, and sg-0123456789abcdef0 is none"):
        transformed("prod-trust", RULE)
    with pytest.raises(InvalidInput, match="it is a group, and sgr-0123456789abcdef0 is none"):
        transformed("prod-trust-from-enforced-all", GROUP)


@pytest.mark.parametrize("wrong", ["", "sgr-", "sgr-0123456789ABCDEF0", "vpc-0123456789abcdef0", 5, None])
def test_what_is_no_id_is_refused(wrong: Any) -> None:
    """An id that names neither a group nor a rule is refused by the name that it was given for."""
    with pytest.raises(InvalidInput, match='adopted: "prod-trust"'):
        adopted({"prod-trust": wrong})


def test_one_id_stands_for_one_name() -> None:
    """One group cannot be two resources: both names are said, and the id."""
    with pytest.raises(InvalidInput, match='"shop-trust" and "shop-enforced" both have the id sg-0123456789abcdef0'):
        adopted({"shop-trust": IDS["prod-trust"], "shop-enforced": IDS["prod-trust"]})


def test_an_output_is_refused_by_name() -> None:
    """What is imported must be known while the program runs."""
    later: Any = pulumi.Output.from_input(IDS["prod-trust"])
    with pytest.raises(InvalidInput, match='"shop-trust": its id is not known while the program runs: write the id'):
        adopted({"shop-trust": later})


@pytest.mark.parametrize("wrong", [["x"], "prod-trust", None])
def test_what_is_no_mapping_is_refused(wrong: Any) -> None:
    """Ids are given by name."""
    with pytest.raises(InvalidInput, match="adopted: .* is no mapping"):
        adopted(wrong)
