"""Ids, names, descriptions and tags are refused as AWS would refuse them, before anything is sent."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sg_integration.model import identifiers
from sg_integration.model.errors import InvalidInput, MissingPort


@pytest.mark.parametrize("value", ["sg-0a1b2c3d", "sg-0123456789abcdef0"])
def test_both_lengths_of_an_id_are_accepted(value: str) -> None:
    """AWS has ids of 8 and of 17 digits."""
    assert identifiers.security_group_id(value, "x") == value


@pytest.mark.parametrize(
    "value", ["", "sg-", "sg-123", "sg-0A1B2C3D", "vpc-0a1b2c3d", "sg-0a1b2c3d ", "sg-0a1b2c3d\n", None, 5]
)
def test_a_bad_id_is_refused_naming_the_argument(value: object) -> None:
    """Anything else is refused with the argument's name and the form that is right."""
    with pytest.raises(InvalidInput, match="^node_security_group_ids: .* is not a security group id; write sg-"):
        identifiers.security_group_id(value, "node_security_group_ids")


@pytest.mark.parametrize("value", ["", "  ", "a::b", None])
def test_a_name_is_text_that_fits_a_urn(value: object) -> None:
    """An empty name, and one that would split a URN, are refused."""
    with pytest.raises(InvalidInput, match="^x: "):
        identifiers.name(value, "x")


@given(st.text(min_size=1))
def test_any_text_becomes_a_description_that_aws_takes(text: str) -> None:
    """Whatever people call their groups, the rule's description is one that AWS accepts."""
    made = identifiers.as_description(text)
    assert identifiers.description(made, "x") == made


def test_a_good_description_is_left_alone() -> None:
    """A description of AWS's own characters comes back as it was."""
    assert identifiers.as_description("orders-db: tcp/5432 from [a] = 1;") == "orders-db: tcp/5432 from [a] = 1;"


@pytest.mark.parametrize("value", ["", "é", "a" * 256, "tab\t", "<b>"])
def test_a_bad_description_is_refused(value: str) -> None:
    """AWS's characters and its length of 255 are the limit."""
    with pytest.raises(InvalidInput, match="^description: "):
        identifiers.description(value, "description")


@pytest.mark.parametrize(
    ("tags", "why"),
    [
        ({"aws:x": "1"}, "AWS keeps"),
        ({"sg-integration:role": "trust"}, "only the library"),
        ({"kubernetes.io/cluster/prod": "owned"}, "load balancer controller"),
        ({"": "1"}, "1 to 128"),
        ({"k" * 129: "1"}, "1 to 128"),
        ({"k": "v" * 257}, "at most 256"),
    ],
)
def test_tags_that_would_do_harm_are_refused(tags: dict[str, object], why: str) -> None:
    """AWS's keys, our keys, and the cluster tag on a reserved group are refused with the reason."""
    with pytest.raises(InvalidInput, match=why):
        identifiers.tags(tags, "tags", reserved_group=True)


def test_a_group_of_the_users_may_carry_the_cluster_tag() -> None:
    """Only reserved groups are kept from the cluster tag."""
    tags = {"kubernetes.io/cluster/prod": "owned", "team": "shop"}
    assert identifiers.tags(tags, "tags") == tags


def test_missing_port_names_both_ends() -> None:
    """The message of MissingPort names who connects, what is connected to, and what to do."""
    error = MissingPort('SecurityGroup "db": allow_from', source="api", target="db")
    assert '"api"' in str(error)
    assert 'give "db" a default_port' in str(error)
