"""Security groups and rules through the stand-in, against the embedded AWS."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import grpc  # type: ignore[import-untyped]
import pytest

from sg_integration.sandbox.plugins.aws import table
from sg_integration.sandbox.plugins.document import from_struct
from tests.sandbox.aws_account import Account
from tests.sandbox.plugin_aws import EGRESS, GROUP, INGRESS, VPC, Resource, provider
from tests.sandbox.plugin_client import Client, fails, partial_failure


@pytest.fixture(scope="module")
def client(aws_url: str) -> Iterator[Client]:
    """A provider for the embedded AWS."""
    with provider(aws_url) as client:
        yield client


@pytest.fixture
def group(client: Client, account: Account) -> Resource:
    """A group that the stand-in made."""
    return Resource(client, GROUP).make(vpcId=account.vpc_id, tags={"a": "1"})


def described(account: Account, group_id: str) -> Any:
    """A group as AWS describes it."""
    [found] = account.ec2.describe_security_groups(GroupIds=[group_id])["SecurityGroups"]
    return found


def test_a_new_group_lets_nothing_in_or_out(group: Resource, account: Account) -> None:
    """The rule that lets everything out, which AWS gives every group, is gone after the creation."""
    assert account.rules(group.id) == account.rules(group.id, egress=True) == []


def test_a_groups_state_is_what_aws_says(group: Resource, account: Account) -> None:
    """Id, arn, owner, name, tags and empty rules come from AWS."""
    owner = described(account, group.id)["OwnerId"]

    assert group.state == {
        "arn": f"arn:aws:ec2:eu-central-1:{owner}:security-group/{group.id}",
        "description": "Managed by Pulumi",
        "egress": [],
        "ingress": [],
        "name": group.inputs["name"],
        "ownerId": owner,
        "region": "eu-central-1",
        "revokeRulesOnDelete": False,
        "tags": {"a": "1"},
        "tagsAll": {"a": "1"},
        "vpcId": account.vpc_id,
    }


def test_a_name_prefix_makes_a_name(client: Client, account: Account) -> None:
    """With a prefix the name is the prefix and something unique."""
    group = Resource(client, GROUP).make(vpcId=account.vpc_id, namePrefix="web-")

    assert group.state["name"].startswith("web-")
    assert len(group.state["name"]) == len("web-") + 26


def test_tags_change_in_place(group: Resource, account: Account) -> None:
    """Tags are set and removed one by one, on the same group."""
    group.change(vpcId=account.vpc_id, tags={"b": "2"})

    assert described(account, group.id)["Tags"] == [{"Key": "b", "Value": "2"}]
    assert group.state["tags"] == {"b": "2"}


def test_default_tags_are_added_and_kept_apart(aws_url: str, account: Account) -> None:
    """The provider's default tags are on the resource, in tagsAll, and not in its own tags."""
    with provider(aws_url, defaultTags={"tags": {"team": "net", "a": "0"}}) as client:
        group = Resource(client, GROUP).make(vpcId=account.vpc_id, tags={"a": "1"})

    assert group.state["tags"] == {"a": "1"}
    assert group.state["tagsAll"] == {"a": "1", "team": "net"}


def test_drift_shows_after_a_refresh(group: Resource, account: Account) -> None:
    """A tag and a rule added by hand are in the state after a refresh, and the tag is in the inputs, to be removed."""
    account.ec2.create_tags(Resources=[group.id], Tags=[{"Key": "by", "Value": "hand"}])
    account.allow(group.id, {"IpProtocol": "-1", "IpRanges": [{"CidrIp": "10.0.0.0/8"}]})

    group.refresh()

    assert group.inputs["tags"] == {"a": "1", "by": "hand"}
    assert [rule["cidrBlocks"] for rule in group.state["ingress"]] == [["10.0.0.0/8"]]
    assert list(group.diff(vpcId=account.vpc_id, tags={"a": "1"}).diffs) == ["tags"]


def test_a_group_in_use_is_not_deleted(group: Resource, account: Account) -> None:
    """The deletion waits for as long as customTimeouts allows, then fails with AWS's own words."""
    account.interface(group.id)
    start = time.monotonic()

    with fails("DependencyViolation"):
        group.remove(seconds=0.4)

    assert 0.4 <= time.monotonic() - start < 5


def test_a_group_that_gets_free_in_time_is_deleted(group: Resource, account: Account, monkeypatch: Any) -> None:
    """The deletion tries again, and succeeds once nothing uses the group any more."""
    interface, other = account.interface(group.id), account.group()

    def let_go(_: float) -> None:
        account.ec2.modify_network_interface_attribute(NetworkInterfaceId=interface, Groups=[other])

    monkeypatch.setattr("sg_integration.sandbox.plugins.aws.scope.time.sleep", let_go)
    group.remove(seconds=5)

    group.refresh()
    assert group.id == ""


def test_what_is_gone_already_is_deleted(group: Resource, account: Account) -> None:
    """A deletion of what somebody else deleted is success, and a refresh before it drops it."""
    account.ec2.delete_security_group(GroupId=group.id)

    group.remove()

    group.refresh()
    assert group.id == ""


def test_cyclic_rules_can_be_revoked_first(client: Client, account: Account) -> None:
    """With revokeRulesOnDelete a group goes although its own rules would keep another one."""
    one = Resource(client, GROUP).make(vpcId=account.vpc_id, revokeRulesOnDelete=True)
    two = Resource(client, GROUP).make(vpcId=account.vpc_id, revokeRulesOnDelete=False)
    Resource(client, INGRESS).make(securityGroupId=one.id, ipProtocol="-1", referencedSecurityGroupId=two.id)
    Resource(client, EGRESS).make(securityGroupId=one.id, ipProtocol="-1", cidrIpv4="10.0.0.0/8")

    one.remove()
    two.remove(seconds=0.1)

    assert two.client.read(GROUP, two.id)[0] == ""


def test_refusals_are_awss_words(group: Resource, account: Account) -> None:
    """A refused creation says what was being made, the API, AWS's code and its words, on one line."""
    with fails("creating aws:ec2/securityGroup:SecurityGroup: CreateSecurityGroup: InvalidGroup.Duplicate: "):
        Resource(group.client, GROUP).make(vpcId=account.vpc_id, name=group.state["name"])


def test_a_failed_read_back_loses_nothing(client: Client, account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    """A group that was made but cannot be read is answered with its id; the next update finishes it."""

    def broken(*_: Any) -> None:
        raise ConnectionError("gone away")

    whole = table.KINDS[GROUP]
    monkeypatch.setitem(table.KINDS, GROUP, replace(whole, finish=broken))
    group = Resource(client, GROUP)
    with pytest.raises(grpc.RpcError) as caught:
        group.make(vpcId=account.vpc_id)
    failed = partial_failure(caught.value)
    monkeypatch.setitem(table.KINDS, GROUP, whole)
    assert account.rules(failed.id, egress=True) != []

    group.id, group.state = failed.id, from_struct(failed.properties)
    group.change(vpcId=account.vpc_id)

    assert account.rules(failed.id, egress=True) == []
    assert group.state["ownerId"]


def test_an_import_gives_the_inputs_that_make_it_so(client: Client, account: Account) -> None:
    """Reading by id alone answers the inputs of a program that would change nothing."""
    id_ = account.group("by hand")

    _, state, inputs = client.read(GROUP, id_)

    assert inputs == {"__defaults": [], "name": "by hand", "description": "for a test", "vpcId": account.vpc_id}
    assert list(client.diff(GROUP, state, inputs).diffs) == []


def test_a_resource_can_stand_in_another_region(client: Client) -> None:
    """The region of a resource counts before that of the provider, for all of its life, and in the id of an import."""
    vpc = Resource(client, VPC).make(cidrBlock="10.9.0.0/16", region="eu-west-1")

    assert vpc.state["region"] == "eu-west-1"
    assert client.read(VPC, vpc.id)[0] == ""
    assert client.read(VPC, f"{vpc.id}@eu-west-1")[0] == vpc.id
    vpc.change(cidrBlock="10.9.0.0/16", region="eu-west-1", tags={"a": "b"})
    vpc.remove()
    assert client.read(VPC, f"{vpc.id}@eu-west-1")[0] == ""
