"""Networks, instances, interfaces, databases and lookups through the stand-in, against the embedded AWS."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.sandbox.aws_account import Account
from tests.sandbox.plugin_aws import (
    INSTANCE,
    INTERFACE,
    SUBNET,
    VPC,
    Resource,
    provider,
)
from tests.sandbox.plugin_client import Client, fails

AMI = "ami-12c6146b"


@pytest.fixture(scope="module")
def client(aws_url: str) -> Iterator[Client]:
    """A provider for the embedded AWS."""
    with provider(aws_url) as client:
        yield client


@pytest.fixture
def groups(account: Account) -> list[str]:
    """Two groups of somebody else's."""
    return [account.group(), account.group()]


def test_a_vpc_lives_and_dies(client: Client, account: Account) -> None:
    """A VPC has its attributes, shows its default group, changes DNS in place, and goes."""
    vpc = Resource(client, VPC).make(cidrBlock="10.8.0.0/16", enableDnsHostnames=True)
    assert vpc.state["defaultSecurityGroupId"].startswith("sg-")
    assert (vpc.state["enableDnsSupport"], vpc.state["enableDnsHostnames"]) == (True, True)

    vpc.change(cidrBlock="10.8.0.0/16", enableDnsHostnames=False)
    shown = account.ec2.describe_vpc_attribute(VpcId=vpc.id, Attribute="enableDnsHostnames")
    assert shown["EnableDnsHostnames"] == {"Value": False}

    vpc.remove()
    assert client.read(VPC, vpc.id)[0] == ""


def test_a_subnet_lives_and_dies(client: Client, account: Account) -> None:
    """A subnet stands in its VPC and zone, changes in place what can, and needs a new one for another range."""
    plain = {"vpcId": account.vpc_id, "cidrBlock": "10.0.32.0/20", "availabilityZone": "eu-central-1b"}
    subnet = Resource(client, SUBNET).make(**plain)
    assert subnet.state["availabilityZone"] == "eu-central-1b"

    subnet.change(**plain, mapPublicIpOnLaunch=True)
    [shown] = account.ec2.describe_subnets(SubnetIds=[subnet.id])["Subnets"]
    assert shown["MapPublicIpOnLaunch"]
    assert list(subnet.diff(**{**plain, "cidrBlock": "10.0.48.0/20"}).replaces) == ["cidrBlock"]

    subnet.remove()
    assert client.read(SUBNET, subnet.id)[0] == ""


def test_an_instances_groups_are_those_of_its_first_interface(
    client: Client, account: Account, groups: list[str]
) -> None:
    """An instance starts with its groups; a change is written to its first interface; drift there shows."""
    plain = {"ami": AMI, "instanceType": "t3.micro", "subnetId": account.subnet_id}
    instance = Resource(client, INSTANCE).make(**plain, vpcSecurityGroupIds=groups)
    interface = instance.state["primaryNetworkInterfaceId"]
    assert account.groups_of(interface) == set(groups)
    assert instance.state["instanceState"] == "running"

    instance.change(**plain, vpcSecurityGroupIds=groups[:1])
    assert account.groups_of(interface) == {groups[0]}

    account.ec2.modify_network_interface_attribute(NetworkInterfaceId=interface, Groups=groups[1:])
    instance.refresh()
    assert instance.state["vpcSecurityGroupIds"] == groups[1:]


def test_an_instances_type_changes_by_a_stop_and_it_goes(client: Client, account: Account) -> None:
    """Another type is applied in place, and a terminated instance is gone."""
    plain = {"ami": AMI, "subnetId": account.subnet_id}
    instance = Resource(client, INSTANCE).make(**plain, instanceType="t3.micro")

    instance.change(**plain, instanceType="t3.small")
    assert (instance.state["instanceType"], instance.state["instanceState"]) == ("t3.small", "running")

    instance.remove()
    assert client.read(INSTANCE, instance.id)[0] == ""


def test_an_interface_lives_and_dies(client: Client, account: Account, groups: list[str]) -> None:
    """An interface has its groups, description and address, changes in place, and goes."""
    plain = {"subnetId": account.subnet_id, "privateIps": ["10.0.0.9"], "sourceDestCheck": False}
    interface = Resource(client, INTERFACE).make(**plain, securityGroups=groups, description="one")
    assert interface.state["privateIps"] == ["10.0.0.9"]
    assert interface.state["sourceDestCheck"] is False

    interface.change(**plain, securityGroups=groups[:1], description="two")
    assert account.groups_of(interface.id) == {groups[0]}
    assert interface.state["description"] == "two"

    interface.remove()
    assert client.read(INTERFACE, interface.id)[0] == ""


def test_lookups_find_what_is_there(client: Client, account: Account) -> None:
    """A VPC by id or tag, the subnets of a VPC, who we are, and where."""
    account.ec2.create_tags(Resources=[account.vpc_id], Tags=[{"Key": "find", "Value": account.vpc_id}])
    here = {"name": "vpc-id", "values": [account.vpc_id]}

    by_id = client.invoke("aws:ec2/getVpc:getVpc", id=account.vpc_id)
    assert client.invoke("aws:ec2/getVpc:getVpc", tags={"find": account.vpc_id}) == {**by_id, "tags": by_id["tags"]}
    assert (by_id["cidrBlock"], by_id["default"]) == ("10.0.0.0/16", False)
    assert client.invoke("aws:ec2/getSubnets:getSubnets", filters=[here])["ids"] == [account.subnet_id]
    assert client.invoke("aws:index/getCallerIdentity:getCallerIdentity")["accountId"] == by_id["ownerId"]
    assert client.invoke("aws:index/getRegion:getRegion")["region"] == "eu-central-1"
    assert client.invoke("aws:index/getRegion:getRegion", region="eu-west-1")["region"] == "eu-west-1"
    assert client.invoke("aws:ec2/getVpc:getVpc", default=True, region="eu-west-1")["default"]


def test_lookups_refuse_what_they_cannot_answer(client: Client) -> None:
    """A lookup that does not exist, an argument that is not applied, and no or several VPCs are refused."""
    with fails("has no function aws:ec2/getAmi:getAmi"):
        client.invoke("aws:ec2/getAmi:getAmi")
    with fails("not endpoint"):
        client.invoke("aws:index/getRegion:getRegion", endpoint="x")
    with fails("no matching EC2 VPC found"):
        client.invoke("aws:ec2/getVpc:getVpc", tags={"nobody": "has this"})
    with fails("multiple EC2 VPCs matched"):
        client.invoke("aws:ec2/getVpc:getVpc", state="available")
