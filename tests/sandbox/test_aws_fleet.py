"""Fleets of the embedded AWS: many instances at once, which are as any other."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest

from tests.sandbox.aws_account import UNKNOWN_GROUP, Account, refused

if TYPE_CHECKING:
    from sg_integration.sandbox.aws.control import Control


def test_a_fleet_is_like_instances_launched_one_by_one(account: Account, control: Control) -> None:
    """Each has an id, an interface with the groups, an address of its own, its tags and its state."""
    groups = [account.group(), account.group()]
    made = control.fleet(
        subnet_id=account.subnet_id,
        vpc_id=account.vpc_id,
        count=30,
        security_group_ids=groups,
        tags={"team": "shop"},
        name_prefix="web",
        state="stopped",
    )
    by_tag: Any = [{"Name": "tag:team", "Values": ["shop"]}, {"Name": "vpc-id", "Values": [account.vpc_id]}]
    reservations = account.ec2.describe_instances(Filters=by_tag)["Reservations"]
    instances = [instance for each in reservations for instance in each["Instances"]]
    assert len({each["ReservationId"] for each in reservations}) == len(instances) == 30
    assert [each["InstanceId"] for each in instances] == [each["instance_id"] for each in made]
    assert {each["State"]["Name"] for each in instances} == {"stopped"}
    assert len({each["PrivateIpAddress"] for each in instances}) == 30
    names = [tag["Value"] for each in instances for tag in each["Tags"] if tag["Key"] == "Name"]
    assert names == [f"web-{number}" for number in range(1, 31)]
    nics = [each["NetworkInterfaces"][0] for each in instances]
    assert [nic["NetworkInterfaceId"] for nic in nics] == [each["interface_id"] for each in made]
    assert [nic["PrivateIpAddress"] for nic in nics] == [each["PrivateIpAddress"] for each in instances]
    assert len({nic["MacAddress"] for nic in nics}) == len({nic["Attachment"]["AttachmentId"] for nic in nics}) == 30
    assert {tuple(group["GroupId"] for group in nic["Groups"]) for nic in nics} == {tuple(groups)}


def test_members_of_a_fleet_are_changed_one_by_one(account: Account, control: Control) -> None:
    """A write to one, and its termination, leave the others as they are."""
    before, after = account.group(), account.group()
    first, second, third = control.fleet(subnet_id=account.subnet_id, count=3, security_group_ids=[before])
    account.ec2.modify_network_interface_attribute(NetworkInterfaceId=second["interface_id"], Groups=[after])
    account.ec2.create_tags(Resources=[first["instance_id"]], Tags=[{"Key": "a", "Value": "b"}])
    account.ec2.terminate_instances(InstanceIds=[third["instance_id"]])
    assert account.groups_of(first["interface_id"]) == {before}
    assert account.groups_of(second["interface_id"]) == {after}
    with refused("InvalidNetworkInterfaceID.NotFound"):
        account.groups_of(third["interface_id"])
    asked = [each["instance_id"] for each in (first, second, third)]
    shown = [each["Instances"][0] for each in account.ec2.describe_instances(InstanceIds=asked)["Reservations"]]
    assert [(each["State"]["Name"], each.get("Tags")) for each in shown] == [
        ("running", [{"Key": "a", "Value": "b"}]),
        ("running", None),
        ("terminated", None),
    ]


def test_a_fleet_that_cannot_be_is_refused(account: Account, control: Control) -> None:
    """A subnet that is unknown, elsewhere or too small, a group that is unknown and a wrong state are errors."""
    group_id = account.group()
    right: dict[str, Any] = {"subnet_id": account.subnet_id, "count": 1, "security_group_ids": [group_id]}
    for wrong, words in (
        ({"subnet_id": "subnet-0123456789abcdef0"}, "there is no subnet subnet-0123456789abcdef0"),
        ({"vpc_id": account.beside().vpc_id}, f"is in {account.vpc_id}, not in"),
        ({"count": 4092}, "too few addresses"),
        ({"security_group_ids": [UNKNOWN_GROUP]}, f"The security group '{UNKNOWN_GROUP}' does not exist"),
        ({"state": "terminated"}, "not launched terminated"),
    ):
        with pytest.raises(ValueError, match=words):
            control.fleet(**{**right, **wrong})
    of_vpc: Any = [{"Name": "vpc-id", "Values": [account.vpc_id]}]
    assert account.ec2.describe_instances(Filters=of_vpc)["Reservations"] == []


def test_thousands_are_cheap(account: Account, control: Control) -> None:
    """Three thousand are made, and a thousand listed, in seconds: minutes would mean that moto's own ways are back."""
    begin = time.monotonic()
    control.fleet(subnet_id=account.subnet_id, count=3000, security_group_ids=[account.group()])
    of_vpc: Any = [{"Name": "vpc-id", "Values": [account.vpc_id]}]
    assert len(account.ec2.describe_network_interfaces(Filters=of_vpc)["NetworkInterfaces"]) == 1000
    assert account.ec2.describe_instances(Filters=of_vpc, MaxResults=1000)["NextToken"]
    assert time.monotonic() - begin < 20  # a second or two on a quiet machine
