"""What the stand-in makes of a change of inputs: in place, by replacement, or no change at all."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from pulumi.runtime.proto import provider_pb2

from sg_integration.sandbox.plugins.document import UNKNOWN
from tests.sandbox.plugin_aws import DATABASE, GROUP, INGRESS, INTERFACE, VPC, provider
from tests.sandbox.plugin_client import Client

NOWHERE = "http://127.0.0.1:9"  # nothing here may call AWS
RULE = {"securityGroupId": "sg-1", "ipProtocol": "tcp", "fromPort": 80, "toPort": 80, "cidrIpv4": "10.0.0.0/8"}


@pytest.fixture(scope="module")
def client() -> Iterator[Client]:
    """A provider that cannot reach anything."""
    with provider(NOWHERE, defaultTags={"tags": {"team": "net"}}) as client:
        yield client


def reasons(client: Client, type_: str, **inputs: Any) -> str:
    """Why inputs are refused."""
    return "\n".join(f"{name}: {reason}" for name, reason in client.check(type_, inputs)[1])


def kinds(answer: Any) -> dict[str, str]:
    """A diff's paths with the names of their kinds."""
    return {path: provider_pb2.PropertyDiff.Kind.Name(one.kind) for path, one in answer.detailedDiff.items()}


def settled(**state: Any) -> dict[str, Any]:
    """A state with the tags that this provider gives."""
    return {"region": "eu-central-1", "tags": {}, "tagsAll": {"team": "net"}, **state}


@pytest.mark.parametrize("name", ["name", "description", "vpcId"])
def test_a_groups_identity_needs_a_new_group(client: Client, name: str) -> None:
    """A change of name, description or VPC replaces a group, as the documentation of the type says."""
    group = {"name": "a", "description": "b", "vpcId": "c", "__defaults": ["name"]}

    answer = client.diff(GROUP, settled(**group), {**group, name: "other"})

    assert list(answer.replaces) == [name]
    assert kinds(answer) == {name: "UPDATE_REPLACE"}
    assert not answer.deleteBeforeReplace


def test_an_explicit_name_must_be_free_first(client: Client) -> None:
    """A group with a name of the program's own is deleted before its replacement is made, which has the same name."""
    group = {"name": "a", "description": "b", "vpcId": "c", "__defaults": []}

    assert client.diff(GROUP, settled(**group), {**group, "description": "other"}).deleteBeforeReplace
    assert not client.diff(GROUP, settled(**group), {**group, "tags": {"x": "y"}}).deleteBeforeReplace


def test_tags_change_key_by_key(client: Client) -> None:
    """Each tag is a change of its own, with a path that the engine can read whatever the key."""
    state = settled(tags={"a": "1", "b.c": "2"}, tagsAll={"a": "1", "b.c": "2", "team": "net"})

    answer = client.diff(VPC, state, {"tags": {"a": "1x", "d": "3"}})

    assert kinds(answer) == {"tags.a": "UPDATE", 'tags["b.c"]': "DELETE", "tags.d": "ADD"}
    assert list(answer.diffs) == ["tags"]


def test_default_tags_of_the_provider_show_where_they_are_missing(client: Client) -> None:
    """A changed default tag is a change of tagsAll of every resource."""
    assert kinds(client.diff(VPC, settled(tagsAll={"team": "old"}), {})) == {"tagsAll.team": "UPDATE"}


@pytest.mark.parametrize(
    ("change", "replaces"),
    [
        ({"toPort": 90}, []),
        ({"ipProtocol": "udp"}, []),
        ({"cidrIpv4": "10.0.0.0/16"}, []),
        ({"description": "new"}, []),
        ({"securityGroupId": "sg-2"}, ["securityGroupId"]),
        ({"securityGroupId": UNKNOWN}, ["securityGroupId"]),
        ({"cidrIpv4": None, "referencedSecurityGroupId": "sg-9"}, ["cidrIpv4", "referencedSecurityGroupId"]),
        ({"cidrIpv4": None, "referencedSecurityGroupId": UNKNOWN}, ["cidrIpv4", "referencedSecurityGroupId"]),
    ],
)
def test_a_rule_is_changed_in_place_unless_its_group_or_kind_of_peer_changes(
    client: Client, change: dict[str, Any], replaces: list[str]
) -> None:
    """AWS changes a rule in place, but neither moves it to another group nor changes what kind its peer is."""
    inputs = {key: value for key, value in {**RULE, **change}.items() if value is not None}

    answer = client.diff(INGRESS, settled(**RULE), inputs)

    assert list(answer.replaces) == replaces
    assert set(answer.diffs) == change.keys()


def test_another_region_needs_a_new_resource(client: Client) -> None:
    """A resource stands in one region; the region of the resource counts before that of the provider."""
    assert list(client.diff(VPC, settled(region="eu-west-1"), {}).replaces) == ["region"]
    assert list(client.diff(VPC, settled(region="eu-west-1"), {"region": "eu-west-1"}).replaces) == []


@pytest.mark.parametrize(
    ("type_", "state", "inputs"),
    [
        (INGRESS, {**RULE, "ipProtocol": "tcp"}, {**RULE, "ipProtocol": "6"}),
        (INTERFACE, {"subnetId": "s", "securityGroups": ["a", "b"]}, {"subnetId": "s", "securityGroups": ["b", "a"]}),
        (INTERFACE, {"subnetId": "s", "securityGroups": ["a"], "privateIps": ["10.0.0.1"]}, {"subnetId": "s"}),
        (DATABASE, {"instanceClass": "c", "port": 5432, "multiAz": False}, {"instanceClass": "c"}),
    ],
)
def test_the_same_in_other_words_is_no_difference(
    client: Client, type_: str, state: dict[str, Any], inputs: dict[str, Any]
) -> None:
    """Order of groups, the number of a protocol, and what AWS chose in the program's silence, are no changes."""
    assert kinds(client.diff(type_, settled(**state), inputs)) == {}


def test_drift_of_what_the_program_does_not_say_shows(client: Client) -> None:
    """A description that somebody gave a rule by hand is to be removed."""
    assert kinds(client.diff(INGRESS, settled(**RULE, description="by hand"), RULE)) == {"description": "DELETE"}


def test_ignored_changes_are_no_changes(client: Client) -> None:
    """What ignoreChanges names does not show, one tag or a whole property."""
    state = settled(**RULE, description="by hand")
    state["tags"] = {"a": "1", "b": "1"}

    answer = client.diff(INGRESS, state, {**RULE, "tags": {}}, ignore=("description", "tags.a"))

    assert kinds(answer) == {"tags.b": "DELETE"}
