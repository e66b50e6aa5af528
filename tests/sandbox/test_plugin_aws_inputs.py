"""What the stand-in makes of inputs: checks, defaults, generated names, and what a change means."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from pulumi.runtime.proto import provider_pb2

from sg_integration.sandbox.plugins.aws.settings import SDK
from sg_integration.sandbox.plugins.aws.table import KINDS, kind_of
from sg_integration.sandbox.plugins.document import UNKNOWN
from sg_integration.sandbox.plugins.names import resource_names
from tests.sandbox.plugin_aws import GROUP, INGRESS, SUBNET, VPC, provider
from tests.sandbox.plugin_client import Client, fails

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


@pytest.mark.parametrize("token", sorted(KINDS))
def test_the_table_and_the_installed_sdk_agree(token: str) -> None:
    """Every type of the table is in the SDK, with every input that the table mentions."""
    kind, names = kind_of(token), resource_names(SDK, token)

    assert kind.applied <= names.inputs
    assert kind.force_new | kind.remembered | kind.defaults.keys() | kind.canonical.keys() <= kind.applied
    assert kind.kept <= names.outputs
    assert names.required <= kind.applied


def test_an_unknown_type_is_refused(client: Client) -> None:
    """A type that the stand-in does not have is refused with the list of those it has."""
    with fails("has no resource type aws:s3/bucket:Bucket; it has aws:ec2/instance:Instance"):
        client.check("aws:s3/bucket:Bucket", {})


def test_an_invented_property_is_refused(client: Client) -> None:
    """A property that the SDK does not have is refused by name."""
    assert "nonsense: the installed pulumi_aws has no input nonsense" in reasons(client, GROUP, nonsense=1)


@pytest.mark.parametrize("name", ["ingress", "egress"])
def test_inline_rules_are_refused(client: Client, name: str) -> None:
    """A property that the SDK has and the stand-in would ignore, such as inline rules, is refused with the way out."""
    assert f"{name}: the stand-in for pulumi-resource-aws does not apply {name}" in reasons(client, GROUP, **{name: []})


def test_a_missing_required_property_is_refused(client: Client) -> None:
    """What the SDK requires is required here too."""
    assert reasons(client, SUBNET) == f"vpcId: {SUBNET} needs vpcId"


def test_tags_are_strings_and_none_of_them_is_awss_own(client: Client) -> None:
    """A tag that is no string, or whose key AWS reserves, is refused; one that is not known yet is not judged."""
    text = reasons(client, VPC, tags={"a": 1, "aws:x": "y", "later": UNKNOWN})

    assert text.splitlines()[0].startswith("tags.a: a tag's value must be a string")
    assert "tags.aws:x: tags whose key begins with aws: are AWS's own" in text
    assert "later" not in text


def test_a_group_gets_the_defaults_of_the_real_provider(client: Client) -> None:
    """Name, description and revokeRulesOnDelete are filled in, and noted as filled in."""
    inputs, failures = client.check(GROUP, {"vpcId": "vpc-1"}, name="web")

    assert failures == []
    name = inputs.pop("name")
    assert inputs == {
        "vpcId": "vpc-1",
        "description": "Managed by Pulumi",
        "revokeRulesOnDelete": False,
        "__defaults": ["description", "name", "revokeRulesOnDelete"],
    }
    assert name.startswith("web-")
    assert len(name) == len("web-") + 7


def test_a_generated_name_stays(client: Client) -> None:
    """A second check keeps the name of the first, also with another seed; an explicit name is never replaced."""
    first, _ = client.check(GROUP, {}, name="web")
    again, _ = client.check(GROUP, {}, first, name="renamed")
    explicit, _ = client.check(GROUP, {"name": "mine"}, first)

    assert again["name"] == first["name"]
    assert explicit["name"] == "mine"
    assert "name" not in explicit["__defaults"]


def test_a_group_has_a_name_or_a_prefix_and_never_an_empty_description(client: Client) -> None:
    """A prefix makes a generated name needless; both together, or an empty description, are refused."""
    assert "name" not in client.check(GROUP, {"namePrefix": "p"})[0]
    assert "not both" in reasons(client, GROUP, name="n", namePrefix="p")
    assert "cannot be empty" in reasons(client, GROUP, description="")


@pytest.mark.parametrize("peers", [{}, {"cidrIpv4": "10.0.0.0/8", "referencedSecurityGroupId": "sg-2"}])
def test_a_rule_has_exactly_one_peer(client: Client, peers: dict[str, str]) -> None:
    """No peer or two are refused; a peer that is not known yet counts."""
    rule = {key: value for key, value in RULE.items() if key != "cidrIpv4"}

    assert "exactly one of" in reasons(client, INGRESS, **rule, **peers)
    assert reasons(client, INGRESS, **rule, referencedSecurityGroupId=UNKNOWN) == ""


def test_the_preview_of_a_creation_knows_what_can_be_known(client: Client) -> None:
    """Inputs, region and tags are known before the update; what AWS chooses is not."""
    inputs, _ = client.check(GROUP, {"vpcId": UNKNOWN, "tags": {"a": "b"}})

    id_, state = client.create(GROUP, inputs, preview=True)

    assert id_ == ""
    assert {name for name, value in state.items() if value is UNKNOWN} == {
        "arn",
        "egress",
        "ingress",
        "ownerId",
        "vpcId",
    }
    assert state["region"] == "eu-central-1"
    assert state["tagsAll"] == {"team": "net", "a": "b"}
    assert "__defaults" not in state


def test_unknown_tags_make_unknown_tags(client: Client) -> None:
    """Where the tags are only known later, so are all tags."""
    assert client.create(VPC, {"tags": UNKNOWN}, preview=True)[1]["tagsAll"] is UNKNOWN


def test_the_preview_of_an_update_keeps_what_does_not_change(client: Client) -> None:
    """What AWS chose stays known, what the program changed is new, and what it dropped is gone."""
    state = {**RULE, "arn": "a", "description": "old", "region": "eu-central-1", "tags": {}, "tagsAll": {}}

    after = client.update(INGRESS, "sgr-1", state, {**RULE, "toPort": 90}, preview=True)

    assert (after["arn"], after["toPort"], after["tagsAll"]) == ("a", 90, {"team": "net"})
    assert "description" not in after
