"""Security group rules through the stand-in, against the embedded AWS."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.sandbox.aws_account import Account
from tests.sandbox.plugin_aws import EGRESS, GROUP, INGRESS, Resource, provider
from tests.sandbox.plugin_client import Client


@pytest.fixture(scope="module")
def client(aws_url: str) -> Iterator[Client]:
    """A provider for the embedded AWS."""
    with provider(aws_url) as client:
        yield client


@pytest.fixture
def group(client: Client, account: Account) -> Resource:
    """A group that the stand-in made."""
    return Resource(client, GROUP).make(vpcId=account.vpc_id, tags={"a": "1"})


def test_a_rule_says_exactly_what_it_was_told(group: Resource, account: Account) -> None:
    """A rule has the ports, the peer, the description and the tags of its inputs, and its own id and arn."""
    rule = Resource(group.client, INGRESS).make(
        securityGroupId=group.id, ipProtocol="tcp", fromPort=80, toPort=81,
        referencedSecurityGroupId=group.id, description="themselves", tags={"k": "v"},
    )  # fmt: skip

    [found] = account.rules(group.id)
    assert found["SecurityGroupRuleId"] == rule.id == rule.state["securityGroupRuleId"]
    assert (found["IpProtocol"], found["FromPort"], found["ToPort"]) == ("tcp", 80, 81)
    assert found["ReferencedGroupInfo"]["GroupId"] == rule.state["referencedSecurityGroupId"] == group.id
    assert (found["Description"], found["Tags"]) == ("themselves", [{"Key": "k", "Value": "v"}])
    assert rule.state["arn"].endswith(f":security-group-rule/{rule.id}")


def test_a_rule_for_everything_has_no_ports(group: Resource, account: Account) -> None:
    """AWS's -1 for "all ports" stays out of the state where the program gave no ports, also after a refresh."""
    rule = Resource(group.client, EGRESS).make(securityGroupId=group.id, ipProtocol="-1", cidrIpv6="::/0")

    rule.refresh()

    assert not {"fromPort", "toPort"} & rule.state.keys()
    assert account.rules(group.id, egress=True)[0]["CidrIpv6"] == "::/0"


def test_a_rule_changes_in_place(group: Resource, account: Account) -> None:
    """Ports, peer of the same kind and description change on the same rule; a dropped description is gone."""
    plain = {"securityGroupId": group.id, "ipProtocol": "tcp", "fromPort": 80, "toPort": 80}
    rule = Resource(group.client, INGRESS).make(**plain, cidrIpv4="10.0.0.0/8", description="old")

    rule.change(**{**plain, "toPort": 90}, cidrIpv4="10.1.0.0/16")

    [found] = account.rules(group.id)
    assert (found["SecurityGroupRuleId"], found["ToPort"], found["CidrIpv4"]) == (rule.id, 90, "10.1.0.0/16")
    assert not found.get("Description")
    assert "description" not in rule.state


def test_only_changed_tags_are_no_change_of_the_rule(group: Resource, account: Account) -> None:
    """A rule whose tags alone change is tagged, and not modified."""
    plain = {"securityGroupId": group.id, "ipProtocol": "-1", "cidrIpv4": "10.0.0.0/8"}
    rule = Resource(group.client, INGRESS).make(**plain, tags={"a": "1"})

    rule.change(**plain, tags={"a": "2"})

    assert rule.state["tags"] == {"a": "2"}
    assert account.rules(group.id)[0]["Tags"] == [{"Key": "a", "Value": "2"}]


def test_a_rule_deleted_by_hand_is_gone(group: Resource, account: Account) -> None:
    """A rule that somebody revoked is an empty id after a refresh, and its deletion is success."""
    rule = Resource(group.client, INGRESS).make(securityGroupId=group.id, ipProtocol="-1", cidrIpv4="10.0.0.0/8")
    account.ec2.revoke_security_group_ingress(GroupId=group.id, SecurityGroupRuleIds=[rule.id])

    rule.remove()

    rule.refresh()
    assert rule.id == ""


def test_a_deleted_rule_leaves_the_others(group: Resource, account: Account) -> None:
    """Deleting one rule takes exactly that rule away."""
    plain = {"securityGroupId": group.id, "ipProtocol": "-1"}
    one = Resource(group.client, INGRESS).make(**plain, cidrIpv4="10.0.0.0/8")
    two = Resource(group.client, INGRESS).make(**plain, cidrIpv4="10.1.0.0/16")

    one.remove()

    assert [rule["SecurityGroupRuleId"] for rule in account.rules(group.id)] == [two.id]
