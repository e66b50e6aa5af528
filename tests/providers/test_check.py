"""What check refuses, by which input; what it says when not everything is known; and what diff makes of it."""

from __future__ import annotations

from typing import Any

import pytest
from pulumi import output

from sg_integration.model.errors import (
    AccessDenied,
    CredentialsMissing,
    GroupNotFound,
    IntegrationError,
    InvalidInput,
    Refused,
    Unreachable,
)
from sg_integration.model.groups import Groups
from sg_integration.model.selectors import Instances
from sg_integration.providers.discovery import selector
from sg_integration.providers.enrollment import Ec2EnrollmentProvider, RdsEnrollmentProvider
from sg_integration.providers.settings import Settings
from sg_integration.providers.state import FOUND

from .world import NEW_TRUST, TRUST, VPC, inputs, world

UNKNOWN: Any = output.Unknown()  # type: ignore[no-untyped-call]
SENTINEL = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"


class Broken(Ec2EnrollmentProvider):
    """Whoever looks, meets an error."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    def _look(self, settings: Settings, props: dict[str, Any], replaced: Groups) -> Any:
        raise self._error


@pytest.mark.parametrize(
    ("said", "name", "words"),
    [
        ({"vpc_id": "x"}, "vpc_id", "vpc_id: 'x' is not a VPC id"),
        ({"security_group_ids": ["x"]}, "security_group_ids", "security_group_ids[0]: 'x'"),
        ({"fallback_security_group_id": "x"}, "fallback_security_group_id", "fallback_security_group_id: 'x'"),
        ({"pace": {"capacity": 0.0}}, "pace", "pace: capacity 0.0"),
        ({"region": "no region"}, "region", "region: "),
        ({"profile": 1.0}, "profile", "profile: 1.0"),
        ({"select": {}}, "select", "Instances: it selects nothing."),
        ({"select": {"instance_ids": ["x"]}}, "select", "Instances: instance_ids[0]: 'x'"),
        ({"select": {"tags": {"a": [1.0]}}}, "select", 'Instances: tags["a"]: 1.0'),
        ({"nodes": True, "select": {"tags": {"a": [1.0]}}}, "select", 'Nodes: tags["a"]: 1.0'),
    ],
)
def test_bad_input_is_refused_by_its_name_before_anybody_looks(said: Any, name: str, words: str) -> None:
    """Each input has its own failure, and AWS is not asked."""
    provider = Broken(AssertionError("somebody looked"))
    found = provider.check({}, inputs(**said))
    assert [failure.property for failure in found.failures] == [name]
    assert found.failures[0].reason.startswith(words)


def test_databases_are_refused_as_databases() -> None:
    """The selection of an RDS enrollment is read as one of databases."""
    failures = RdsEnrollmentProvider().check({}, inputs(select={"identifiers": ["A"]})).failures
    assert failures[0].reason.startswith("Databases: identifiers[0]: 'A'")


@pytest.mark.parametrize(
    ("error", "name"),
    [
        (InvalidInput("Instances: instance_ids", "i-1: no such instance"), "select"),
        (GroupNotFound("looking up", "InvalidGroup.NotFound", "no"), "security_group_ids"),
        (CredentialsMissing("listing", "ExpiredToken", "no"), "region"),
        (CredentialsMissing("connecting", "ProfileNotFound", "no"), "profile"),
        (InvalidInput("endpoint_url", "no URL"), "endpoint_url"),
        (Unreachable("listing", "EndpointConnectionError", "no"), "region"),
        (AccessDenied("listing", "UnauthorizedOperation", "no"), "vpc_id"),
        (Refused("listing", "Other", "no"), "vpc_id"),
        (IntegrationError("other"), "vpc_id"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else value,
)
def test_what_aws_refuses_is_a_failure_of_the_input_it_is_about(error: Exception, name: str) -> None:
    """One line at one input, not a traceback."""
    found = Broken(error).check({}, inputs(endpoint_url="x"))
    assert [(failure.property, failure.reason) for failure in found.failures] == [(name, str(error))]


def test_a_defect_is_not_dressed_up() -> None:
    """Anything but our errors is raised."""
    with pytest.raises(KeyError):
        Broken(KeyError("x")).check({}, inputs())


@pytest.mark.parametrize("name", ["vpc_id", "region", "profile", "role_arn", "endpoint_url"])
def test_nobody_looks_before_it_is_known_where(name: str) -> None:
    """With one of these unknown the inputs pass without members, but a bad selection is refused all the same."""
    provider = Broken(AssertionError("somebody looked"))
    found = provider.check({}, inputs(**{name: UNKNOWN}))
    assert not found.failures
    assert not set(FOUND) & set(found.inputs or {})
    assert provider.check({}, inputs(**{name: UNKNOWN, "select": {}})).failures


@pytest.mark.parametrize("unknown", [UNKNOWN, SENTINEL], ids=["object", "sentinel"])
def test_a_group_that_is_not_made_yet_hides_nobody(unknown: Any) -> None:
    """Members are listed before the group exists, nothing counts as lost, and the change is one."""
    made = world("a", "b")
    made.up()
    made.fleet.groups["a"] = ("sg-00000001",)
    made.inputs["security_group_ids"] = [unknown]
    news = made.check()
    assert news["members"] == {"a": "A", "b": "B"}
    assert news["repair"] == {}
    verdict = made.provider.diff(made.id, made.outs or {}, news)
    assert verdict.changes is not False
    assert not verdict.replaces


@pytest.mark.parametrize("unknown", [UNKNOWN, SENTINEL], ids=["object", "sentinel"])
@pytest.mark.parametrize(
    ("select", "left"),
    [
        (lambda unknown: {"instance_ids": [unknown, "i-12345678"]}, {"instance_ids": ["i-12345678"]}),
        (lambda unknown: {"instance_ids": unknown}, {}),
        (lambda unknown: {"tags": {"a": ["x"], "b": [unknown]}}, {}),
        (lambda unknown: {"tags": {"a": ["x"]}, "exclude_ids": [unknown]}, {"tags": {"a": "x"}, "exclude_ids": []}),
        (lambda unknown: {"whole_vpc": True, "exclude_tags": {"a": [unknown]}}, {"whole_vpc": True, "exclude_tags": {"a": None}}),
    ],
)  # fmt: skip
def test_what_is_not_known_is_left_out_of_the_selection(select: Any, left: dict[str, Any], unknown: Any) -> None:
    """A preview lists who is selected by what is known; a tag without its value does not become any value."""
    assert selector(Instances, {"select": select(unknown)}) == Instances(**left, allow_empty=True)


def test_another_vpc_is_another_enrollment() -> None:
    """It is replaced, the old one first: the members of before are found only in their own VPC."""
    made = world("a")
    made.up()
    for vpc_id in ("vpc-00000002", UNKNOWN):
        verdict = made.provider.diff(made.id, made.outs or {}, {**made.check(), "vpc_id": vpc_id})
        assert (verdict.changes, verdict.replaces, verdict.delete_before_replace) == (True, ["vpc_id"], True)


def test_only_lines_that_differ_are_shown() -> None:
    """Other wording is no change; a change that shows is left to the engine to compare; a retry, which shows nothing, is said."""
    made = world("a", "b")
    outs, news = made.up(), made.check()
    renamed = {**news, "members": {"a": "renamed", "b": "B"}, "skipped": {"c": "new reason"}, "select": {"whole_vpc": True, "x": 1.0}}  # fmt: skip
    assert made.provider.diff("", outs, renamed).changes is False
    assert made.provider.diff("", outs, {**news, "members": {"a": "A"}}).changes is None
    assert made.provider.diff("", outs, {**news, "security_group_ids": [NEW_TRUST]}).changes is None
    assert made.provider.diff("", {**outs, "failed": {"a": "why"}}, news).changes is True
    assert made.provider.diff("", outs, news).changes is False


def test_full_members_are_looked_at_with_what_the_swap_takes_away() -> None:
    """Looking is told which groups of ours go in the same write, so that a full member stays in when trust is replaced."""
    told: list[Groups] = []

    class Listening(Ec2EnrollmentProvider):
        def _look(self, settings: Settings, props: dict[str, Any], replaced: Groups) -> Any:
            told.append(replaced)
            raise IntegrationError("enough")

    olds = inputs(security_group_ids=[TRUST, "sg-0000000c"])
    Listening().check(olds, inputs(security_group_ids=[NEW_TRUST, "sg-0000000c"]))
    Listening().check({}, inputs(security_group_ids=[NEW_TRUST]))
    Listening().check(olds, inputs(security_group_ids=[UNKNOWN, "sg-0000000c"], vpc_id=VPC))
    assert told == [{TRUST}, frozenset(), {TRUST}]
