"""Interfaces and instances of the embedded AWS: which groups they take, show and lose."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.aws_account import UNKNOWN_GROUP, Account, refused


def launches(account: Account, group_id: str) -> list[dict[str, Any]]:
    """Two ways to launch an instance into a group: its own parameter, and that of a new interface."""
    new = {"DeviceIndex": 0, "SubnetId": account.subnet_id, "Groups": [group_id]}
    return [{"SubnetId": account.subnet_id, "SecurityGroupIds": [group_id]}, {"NetworkInterfaces": [new]}]


def with_interface(interface: str) -> dict[str, Any]:
    """The third way: an interface that exists."""
    return {"NetworkInterfaces": [{"DeviceIndex": 0, "NetworkInterfaceId": interface}]}


def primary(instance: dict[str, Any]) -> str:
    """The id of an instance's first interface."""
    return str(instance["NetworkInterfaces"][0]["NetworkInterfaceId"])


def described(account: Account, instance: dict[str, Any]) -> dict[str, Any]:
    """The instance as DescribeInstances shows it now."""
    [reservation] = account.ec2.describe_instances(InstanceIds=[instance["InstanceId"]])["Reservations"]
    return dict(reservation["Instances"][0])


def group_ids(shown: dict[str, Any], key: str) -> set[str]:
    """The ids of the groups under that key."""
    return {group["GroupId"] for group in shown[key]}


@pytest.mark.parametrize("how", [0, 1, None])
def test_a_removed_group_is_gone_however_the_instance_was_launched(account: Account, how: int | None) -> None:
    """An interface's groups are what was last written, and the instance's are those of its primary interface."""
    before, after = account.group(), account.group()
    launch = with_interface(account.interface(before)) if how is None else launches(account, before)[how]
    instance = account.instance(**launch)
    assert group_ids(described(account, instance), "SecurityGroups") == {before}
    account.ec2.modify_network_interface_attribute(NetworkInterfaceId=primary(instance), Groups=[after])
    shown = described(account, instance)
    assert account.groups_of(primary(instance)) == {after}
    assert group_ids(shown, "SecurityGroups") == {after}
    assert group_ids(shown["NetworkInterfaces"][0], "Groups") == {after}
    for name, expected in ((before, []), (after, [instance["InstanceId"]])):
        by_group: Any = [{"Name": "instance.group-id", "Values": [name]}]
        found = account.ec2.describe_instances(Filters=by_group)["Reservations"]
        assert [each["Instances"][0]["InstanceId"] for each in found] == expected
    account.ec2.delete_security_group(GroupId=before)


def test_groups_of_an_instance_are_those_of_its_only_interface(account: Account) -> None:
    """ModifyInstanceAttribute writes the groups of the interface; with two interfaces it is refused."""
    before, after = account.group(), account.group()
    instance = account.instance(SubnetId=account.subnet_id, SecurityGroupIds=[before])
    account.ec2.modify_instance_attribute(InstanceId=instance["InstanceId"], Groups=[after])
    assert account.groups_of(primary(instance)) == {after}
    second = account.interface(before)
    account.ec2.attach_network_interface(NetworkInterfaceId=second, InstanceId=instance["InstanceId"], DeviceIndex=1)
    assert account.groups_of(second) == {before}
    with refused("InvalidInstanceID", "There are multiple interfaces attached to instance"):
        account.ec2.modify_instance_attribute(InstanceId=instance["InstanceId"], Groups=[before])


def test_without_groups_an_interface_has_its_vpcs_default_group(account: Account) -> None:
    """An interface that names no group gets the default group of its own VPC."""
    default = account.default_group()
    assert account.groups_of(account.interface()) == {default}
    assert account.groups_of(primary(account.instance(SubnetId=account.subnet_id))) == {default}


def test_an_unknown_group_is_refused_by_interfaces_and_instances(account: Account) -> None:
    """Every group that is written to an interface must exist; a refused write changes nothing."""
    group_id = account.group()
    interface = account.interface(group_id)
    with refused("InvalidSecurityGroupID.NotFound", f"The securityGroup ID '{UNKNOWN_GROUP}' does not exist"):
        account.interface(UNKNOWN_GROUP)
    with refused("InvalidGroup.NotFound", f"The security group '{UNKNOWN_GROUP}' does not exist"):
        account.ec2.modify_network_interface_attribute(NetworkInterfaceId=interface, Groups=[group_id, UNKNOWN_GROUP])
    with refused("InvalidGroupId.Malformed"):
        account.ec2.modify_network_interface_attribute(NetworkInterfaceId=interface, Groups=["web"])
    for how in launches(account, UNKNOWN_GROUP):
        with refused("InvalidGroup.NotFound"):
            account.instance(**how)
    assert account.groups_of(interface) == {group_id}


def test_a_group_of_another_vpc_is_refused_by_interfaces_and_instances(account: Account) -> None:
    """Every group that is written to an interface must be of the interface's VPC."""
    foreign = account.beside().group()
    group_id = account.group()
    interface = account.interface(group_id)
    with refused("InvalidGroup.NotFound", "belong to different networks"):
        account.interface(foreign)
    with refused("InvalidGroup.NotFound", "belong to different networks"):
        account.ec2.modify_network_interface_attribute(NetworkInterfaceId=interface, Groups=[group_id, foreign])
    for how in launches(account, foreign):
        with refused("InvalidParameter", "belong to different networks"):
            account.instance(**how)
    assert account.groups_of(interface) == {group_id}


def test_a_group_by_name_is_of_the_default_vpc(account: Account) -> None:
    """A launch takes groups by name in the default VPC only, where they must exist, and not with a subnet."""
    with refused("InvalidParameterCombination", "groupName cannot be used with the parameter subnet"):
        account.instance(SecurityGroups=["default"], SubnetId=account.subnet_id)
    with refused("InvalidGroup.NotFound", "The security group 'nobody' does not exist in default VPC 'vpc-"):
        account.instance(SecurityGroups=["nobody"])
    [group] = account.instance(SecurityGroups=["default"])["SecurityGroups"]
    assert group["GroupName"] == "default"


def test_a_group_twice_is_kept_once(account: Account) -> None:
    """A group that is written twice is on the interface once."""
    group_id = account.group()
    interface = account.interface(group_id, group_id)
    [shown] = account.ec2.describe_network_interfaces(NetworkInterfaceIds=[interface])["NetworkInterfaces"]
    assert len(shown["Groups"]) == 1


def test_an_unknown_interface_is_refused(account: Account) -> None:
    """An interface that does not exist is not found."""
    with refused("InvalidNetworkInterfaceID.NotFound"):
        account.ec2.modify_network_interface_attribute(
            NetworkInterfaceId="eni-0123456789abcdef0", Groups=[account.group()]
        )


@pytest.mark.parametrize("how", [0, 1])
def test_the_interface_of_a_terminated_instance_goes_with_it(account: Account, how: int) -> None:
    """Interfaces made at launch are deleted on termination, and their group is free."""
    group_id = account.group()
    instance = account.instance(**launches(account, group_id)[how])
    assert described(account, instance)["NetworkInterfaces"][0]["Attachment"]["DeleteOnTermination"] is True
    account.ec2.terminate_instances(InstanceIds=[instance["InstanceId"]])
    with refused("InvalidNetworkInterfaceID.NotFound"):
        account.groups_of(primary(instance))
    shown = described(account, instance)
    assert (shown["State"]["Name"], shown["SecurityGroups"], shown["NetworkInterfaces"]) == ("terminated", [], [])
    account.ec2.delete_security_group(GroupId=group_id)


def test_an_interface_that_was_there_before_outlives_the_instance(account: Account) -> None:
    """An interface that the launch did not make stays, free, with its groups."""
    group_id = account.group()
    instance = account.instance(**with_interface(account.interface(group_id)))
    account.ec2.terminate_instances(InstanceIds=[instance["InstanceId"]])
    [shown] = account.ec2.describe_network_interfaces(NetworkInterfaceIds=[primary(instance)])["NetworkInterfaces"]
    assert shown["Status"] == "available"
    assert account.groups_of(primary(instance)) == {group_id}
    account.ec2.delete_network_interface(NetworkInterfaceId=primary(instance))


def test_an_interface_in_use_is_not_deleted(account: Account) -> None:
    """An attached interface is deleted only after it is detached."""
    instance = account.instance(SubnetId=account.subnet_id)
    with refused("InvalidParameterValue", "is currently in use"):
        account.ec2.delete_network_interface(NetworkInterfaceId=primary(instance))
