"""What the engine really hands over is decoded, and what is wrong is refused by the name of its input."""

from __future__ import annotations

from typing import Any

import pytest
from pulumi import output

from sg_integration.aws.connection import Connection
from sg_integration.aws.pacing import Pace
from sg_integration.model.errors import InvalidInput
from sg_integration.providers.settings import can_call, decode, is_unknown, without_unknowns

VPC, TRUST, ORDERS = "vpc-00000001", "sg-0000000a", "sg-0000000b"
SENTINEL = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
UNKNOWN: Any = output.Unknown()  # type: ignore[no-untyped-call]
NOT_KNOWN = [UNKNOWN, SENTINEL]


def test_everything_said_is_decoded() -> None:
    """Numbers arrive as floats; every setting is where it belongs."""
    found = decode(
        {
            "vpc_id": VPC, "security_group_ids": [TRUST, ORDERS], "reserved_group_ids": [TRUST],
            "region": "eu-west-1", "profile": "p", "role_arn": "arn:x", "endpoint_url": "http://e",
            "pace": {"capacity": 7.0, "refill": 2.0}, "fallback_security_group_id": "sg-0000000c",
            "select": {}, "members": {}, "unheard of": 1,
        }
    )  # fmt: skip
    assert found.vpc_id == VPC
    assert found.desired == {TRUST, ORDERS}
    assert found.reserved == {TRUST}
    assert found.connection == Connection("eu-west-1", "p", "arn:x", "http://e")
    assert found.pace == Pace(7, 2.0)
    assert isinstance(found.pace.capacity, int)
    assert (found.fallback, found.known) == ("sg-0000000c", True)


@pytest.mark.parametrize("empty", [{}, dict.fromkeys(("vpc_id", "region", "pace", "security_group_ids"))])
def test_what_is_not_said_has_its_default(empty: dict[str, Any]) -> None:
    """None is lost on the way, so every input may be missing."""
    found = decode(empty)
    assert (found.vpc_id, found.desired, found.reserved, found.fallback) == ("", frozenset(), frozenset(), None)
    assert (found.connection, found.pace, found.known) == (Connection(), Pace(50, 2.5), True)


def test_a_pace_without_a_refill_is_unlimited() -> None:
    """Pace off arrives as a pace without a refill, and a capacity that is missing is the default."""
    assert decode({"pace": {"capacity": 1.0}}).pace == Pace(1, None)
    assert decode({"pace": {}}).pace == Pace(50, None)


@pytest.mark.parametrize("unknown", NOT_KNOWN, ids=["object", "sentinel"])
def test_what_is_not_known_yet_takes_a_place(unknown: Any) -> None:
    """A group that is not known counts, under a name of its own; other inputs are as if not said."""
    found = decode({"vpc_id": unknown, "security_group_ids": [TRUST, unknown, unknown], "reserved_group_ids": [unknown], "region": unknown, "pace": unknown, "fallback_security_group_id": unknown})  # fmt: skip
    assert found.desired == {TRUST, "not known yet 1", "not known yet 2"}
    assert (found.known, found.vpc_id, found.reserved, found.fallback) == (False, "", frozenset(), None)
    assert (found.connection, found.pace) == (Connection(), Pace())
    whole = decode({"security_group_ids": unknown})
    assert whole.desired == {"not known yet"}
    assert not whole.known
    assert is_unknown(unknown)


@pytest.mark.parametrize("unknown", NOT_KNOWN, ids=["object", "sentinel"])
@pytest.mark.parametrize("name", ["vpc_id", "region", "profile", "role_arn", "endpoint_url"])
def test_nothing_is_called_until_it_is_known_where_aws_is(name: str, unknown: Any) -> None:
    """Each of these must be known; groups and the selection need not be."""
    assert not can_call({"vpc_id": VPC, name: unknown})
    assert can_call({"vpc_id": VPC, "security_group_ids": [unknown], "select": unknown})


@pytest.mark.parametrize(
    ("props", "line"),
    [
        ({"vpc_id": "vpc-1"}, "vpc_id: 'vpc-1' is not a VPC id; write vpc- and 8 or 17 hexadecimal digits."),
        ({"vpc_id": ""}, "vpc_id: '' is not a VPC id; write vpc- and 8 or 17 hexadecimal digits."),
        ({"vpc_id": 3.0}, "vpc_id: 3.0 is not a VPC id; write vpc- and 8 or 17 hexadecimal digits."),
        ({"security_group_ids": [TRUST, "x"]}, "security_group_ids[1]: 'x' is not a security group id; write sg- and 8 or 17 hexadecimal digits."),
        ({"fallback_security_group_id": "x"}, "fallback_security_group_id: 'x' is not a security group id; write sg- and 8 or 17 hexadecimal digits."),
        ({"profile": 3.0}, "profile: 3.0 is no text."),
        ({"role_arn": ["x"]}, "role_arn: ['x'] is no text."),
        ({"pace": "fast"}, "pace: 'fast' is no pace; write Pace(capacity=…, refill=…)."),
        *(({"pace": {"capacity": bad}}, f"pace: capacity {bad!r} is not a whole number of writes from 1 to 1000.")
          for bad in (0.0, -1.0, 1.5, 1001.0, "x", float("inf"), float("nan"))),
        *(({"pace": {"refill": bad}}, f"pace: refill {bad!r} is not a number of writes a second above 0, up to 1000.")
          for bad in (0.0, -1.0, 1001.0, "x", float("inf"), float("nan"))),
    ],
)  # fmt: skip
def test_what_is_wrong_is_refused_by_its_name(props: dict[str, Any], line: str) -> None:
    """The message begins with the input and says what to write."""
    with pytest.raises(InvalidInput) as caught:
        decode(props)
    assert str(caught.value) == line


def test_a_region_that_is_none_is_refused_by_its_name() -> None:
    """A region is looked at before anybody connects to it."""
    with pytest.raises(InvalidInput, match="^region: "):
        decode({"region": "not a region"})


def test_a_document_without_what_is_not_known() -> None:
    """Unknown values are left out at any depth; the document that was given is not changed."""
    document = {"a": UNKNOWN, "b": ["x", SENTINEL, {"c": UNKNOWN, "d": 1.0}], "e": {"f": [UNKNOWN]}, "g": True}
    assert without_unknowns(document) == {"b": ["x", {"d": 1.0}], "e": {"f": []}, "g": True}
    assert len(document) == 4
