"""Network interfaces are listed by pages, read by ids, and written one by one, with exactly these requests."""

from __future__ import annotations

from typing import Any

import pytest

from sg_integration.aws.connection import Connection
from sg_integration.aws.interfaces import NetworkInterfaces, batches
from sg_integration.model.errors import AccessDenied, MemberNotFound
from sg_integration.model.members import Instance

from .script import Script

VPC = "vpc-0123456789abcdef0"
IN_VPC = {"Name": "vpc-id", "Values": [VPC]}
LIVE = {"Name": "instance-state-name", "Values": ("pending", "running", "stopping", "stopped")}
LIST = {"Filters": [IN_VPC], "MaxResults": 1000}
LIST_INSTANCES = {"Filters": [IN_VPC, LIVE], "MaxResults": 1000}


@pytest.fixture
def interfaces(script: Script) -> NetworkInterfaces:
    """The interfaces of a VPC."""
    del script
    return NetworkInterfaces(Connection(), VPC)


def raw(id_: str, *groups: str, **more: Any) -> dict[str, Any]:
    """An interface as AWS describes it."""
    return {"NetworkInterfaceId": id_, "Groups": [{"GroupId": group} for group in groups], **more}


def machine(id_: str, state: str = "running", **tags: str) -> dict[str, Any]:
    """An instance as AWS describes it."""
    tagged = [{"Key": key, "Value": value} for key, value in tags.items()]
    return {"InstanceId": id_, "State": {"Name": state}, "Tags": tagged}


def test_a_vpc_is_listed_by_pages_of_a_thousand(script: Script, interfaces: NetworkInterfaces) -> None:
    """Interfaces and live instances are asked for by VPC, 1,000 at a time, to the last page; what comes twice counts once."""
    script.expect("ec2", "describe_instances", LIST_INSTANCES, {"Reservations": [{"Instances": [machine("i-1", Name="web")]}], "NextToken": "n"})  # fmt: skip
    script.expect("ec2", "describe_instances", {**LIST_INSTANCES, "NextToken": "n"}, {"Reservations": [{"Instances": [machine("i-2", "stopped")]}]})  # fmt: skip
    attached = {"Attachment": {"InstanceId": "i-1", "InstanceOwnerId": "1", "DeviceIndex": 0}}
    script.expect("ec2", "describe_network_interfaces", LIST, {"NetworkInterfaces": [raw("eni-1", "sg-b", "sg-a", OwnerId="1", **attached)], "NextToken": "m"})  # fmt: skip
    script.expect("ec2", "describe_network_interfaces", {**LIST, "NextToken": "m"}, {"NetworkInterfaces": [raw("eni-1"), raw("eni-2")]})  # fmt: skip
    found, instances = interfaces.discover()
    assert [str(each) for each in found] == ["web (i-1)", "no name"]
    assert found[0].groups == ("sg-b", "sg-a")
    assert instances == [Instance("i-1", {"Name": "web"}), Instance("i-2", state="stopped")]


def test_every_field_that_decides_is_taken_from_awss_answer(script: Script, interfaces: NetworkInterfaces) -> None:
    """Owner, requester, operator, type, attachment, status, description and tags are those of the answer."""
    script.expect("ec2", "describe_instances", LIST_INSTANCES, {"Reservations": []})
    item = raw(
        "eni-1", "sg-a", OwnerId="111", RequesterManaged=True, RequesterId="amazon-elb", InterfaceType="branch",
        Operator={"Managed": True, "Principal": "eks.amazonaws.com"}, Status="available", Description="ELB app/x",
        Attachment={"InstanceId": "i-9", "InstanceOwnerId": "222", "DeviceIndex": 3}, TagSet=[{"Key": "k", "Value": "v"}],
    )  # fmt: skip
    control_plane = raw("eni-2", "sg-a", OwnerId="111", Attachment={"InstanceOwnerId": "333", "DeviceIndex": 1})
    own = raw("eni-3", "sg-a", Operator={"Managed": False, "Principal": "x"})
    script.expect("ec2", "describe_network_interfaces", LIST, {"NetworkInterfaces": [item, control_plane, own]})
    one, two, three = interfaces.discover()[0]
    assert (one.owner_id, one.requester_managed, one.requester_id) == ("111", True, "amazon-elb")
    assert (one.operator, one.interface_type, one.status) == ("eks.amazonaws.com", "branch", "available")
    assert (one.instance, one.instance_id, one.instance_owner_id, one.device_index) == (None, "i-9", "222", 3)
    assert (one.description, one.tags) == ("ELB app/x", {"k": "v"})
    assert (two.instance_id, two.instance_owner_id) == ("", "333")
    assert three.operator == ""


def test_members_are_read_again_two_hundred_a_call(script: Script, interfaces: NetworkInterfaces) -> None:
    """Ids go in a filter, so that one that is gone does not fail the others; the gone one is not in the answer."""
    ids = [f"eni-{number}" for number in range(201)]
    for some in (ids[:200], ids[200:]):
        request = {"Filters": [IN_VPC, {"Name": "network-interface-id", "Values": some}], "MaxResults": 1000}
        answer = [raw(id_, "sg-a") for id_ in some if id_ != "eni-7"]
        script.expect("ec2", "describe_network_interfaces", request, {"NetworkInterfaces": answer})
    found = interfaces.read(ids)
    assert len(found) == 200
    assert "eni-7" not in found
    assert found["eni-200"] == ("sg-a",)


def test_reading_nobody_asks_nothing(interfaces: NetworkInterfaces) -> None:
    """No ids, no call: an empty filter would list everything."""
    assert interfaces.read([]) == {}


def test_a_member_is_written_with_its_whole_list(script: Script, interfaces: NetworkInterfaces) -> None:
    """A write is one ModifyNetworkInterfaceAttribute with the ids in their order and nothing else."""
    request = {"NetworkInterfaceId": "eni-1", "Groups": ["sg-b", "sg-a"]}
    script.expect("ec2", "modify_network_interface_attribute", request, {})
    interfaces.write("eni-1", ["sg-b", "sg-a"], "attaching")


def test_a_refused_write_becomes_our_error(script: Script, interfaces: NetworkInterfaces) -> None:
    """The error begins with what we were doing."""
    script.refuse("ec2", "modify_network_interface_attribute", "InvalidNetworkInterfaceID.NotFound")
    with pytest.raises(MemberNotFound, match=r"^attaching sg-a to eni-1: InvalidNetworkInterfaceID.NotFound: words\."):
        interfaces.write("eni-1", ["sg-a"], "attaching sg-a to eni-1")


def test_who_carries_a_group_is_asked_of_aws(script: Script, interfaces: NetworkInterfaces) -> None:
    """One filtered listing finds everybody with a group; the interface of a database follows its database, and is left."""
    request = {"Filters": [IN_VPC, {"Name": "group-id", "Values": ["sg-a", "sg-b"]}], "MaxResults": 1000}
    answer = [
        raw("eni-1", "sg-a", TagSet=[{"Key": "Name", "Value": "mine"}]),
        raw("eni-2", "sg-a", RequesterManaged=True, RequesterId="amazon-rds", Description="RDSNetworkInterface"),
        raw("eni-3", "sg-b", RequesterManaged=True, RequesterId="123", Description="RDSNetworkInterface"),
        raw("eni-4", "sg-b", RequesterManaged=True, RequesterId="amazon-elb", Description="ELB app/x"),
        raw("eni-5", "sg-b", RequesterManaged=False, Description="RDSNetworkInterface"),
    ]
    script.expect("ec2", "describe_network_interfaces", request, {"NetworkInterfaces": answer})
    found = interfaces.carrying(frozenset({"sg-b", "sg-a"}))
    assert found == {"eni-1": "mine", "eni-4": "ELB app/x", "eni-5": "interface of a database"}


def test_nobody_is_ever_leaving(interfaces: NetworkInterfaces) -> None:
    """An interface has left as soon as it is written; that costs no call."""
    assert interfaces.leaving(frozenset({"sg-a"})) == {}


def test_the_quota_is_asked_once_and_is_five_where_we_may_not_ask(
    script: Script, interfaces: NetworkInterfaces
) -> None:
    """The applied quota is used; refused or without a value, it is AWS's default."""
    asked = {"ServiceCode": "vpc", "QuotaCode": "L-2AFB9258"}
    script.expect("service-quotas", "get_service_quota", asked, {"Quota": {"Value": 10.0}})
    script.expect("service-quotas", "get_service_quota", asked, {"Quota": {}})
    script.refuse("service-quotas", "get_service_quota", "AccessDeniedException")
    assert [interfaces.quota() for _ in range(3)] == [10, 5, 5]


def test_who_we_are_is_asked_of_sts(script: Script, interfaces: NetworkInterfaces) -> None:
    """The account is the caller's."""
    script.expect("sts", "get_caller_identity", {}, {"Account": "123456789012"})
    assert interfaces.account_id() == "123456789012"


def test_a_listing_that_is_refused_names_the_action(script: Script, interfaces: NetworkInterfaces) -> None:
    """A missing permission to list is an error that says which to grant."""
    script.refuse("ec2", "describe_instances", "UnauthorizedOperation", "You are not authorized.")
    with pytest.raises(AccessDenied, match=rf"listing the network interfaces of {VPC}.*Grant ec2:DescribeInstances to"):
        interfaces.discover()


@pytest.mark.parametrize(("count", "sizes"), [(0, []), (1, [1]), (3, [3]), (4, [3, 1]), (6, [3, 3])])
def test_batches_hold_everything_once(count: int, sizes: list[int]) -> None:
    """Batches are full but the last, and hold the items in their order."""
    made = list(batches(range(count), 3))
    assert [len(some) for some in made] == sizes
    assert [item for some in made for item in some] == list(range(count))
