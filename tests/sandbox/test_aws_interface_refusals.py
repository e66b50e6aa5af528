"""What the embedded AWS refuses to write to an interface: whose it is, how many groups, and nothing at all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.sandbox.aws_account import Account, client, refused

if TYPE_CHECKING:
    from sg_integration.sandbox.aws.control import Control

NO_RIGHT = "You do not have permission to access the specified resource"


def write(account: Account, interface: str, *group_ids: str) -> None:
    """Give an interface these groups."""
    account.ec2.modify_network_interface_attribute(NetworkInterfaceId=interface, Groups=list(group_ids))


def shown(account: Account, interface: str) -> dict[str, Any]:
    """The interface as it is described."""
    [found] = account.ec2.describe_network_interfaces(NetworkInterfaceIds=[interface])["NetworkInterfaces"]
    return dict(found)


def test_no_groups_are_no_change(account: Account) -> None:
    """A write of no group names no attribute, and is refused; the groups stay."""
    group_id = account.group()
    interface = account.interface(group_id)
    with refused("InvalidParameterCombination", "No attributes specified"):
        write(account, interface)
    instance = account.instance(SubnetId=account.subnet_id)["InstanceId"]
    with refused("InvalidParameterCombination", "No attributes specified"):
        account.ec2.modify_instance_attribute(InstanceId=instance, Groups=[])
    assert account.groups_of(interface) == {group_id}


def test_one_attribute_is_changed_at_a_time(account: Account) -> None:
    """Groups and a description in one request are refused, and neither is changed."""
    group_id = account.group()
    interface = account.interface(group_id)
    with refused("InvalidParameterCombination", "multiple attribute types"):
        account.ec2.modify_network_interface_attribute(
            NetworkInterfaceId=interface, Groups=[account.group()], Description={"Value": "new"}
        )
    assert (account.groups_of(interface), shown(account, interface)["Description"]) == ({group_id}, "")


def test_an_interface_has_five_groups_at_most(account: Account) -> None:
    """A sixth group is refused by each way to write it, in its own words, and nothing is changed."""
    groups = [account.group() for _ in range(6)]
    interface = account.interface(*groups[:5])
    with refused("SecurityGroupsPerInterfaceLimitExceeded", "maximum number of security groups per interface"):
        write(account, interface, *groups)
    with refused("InvalidParameterValue", "exceeded limit 5 on the number of interface security group memberships"):
        account.interface(*groups)
    with refused("SecurityGroupsPerInstanceLimitExceeded"):
        account.instance(SubnetId=account.subnet_id, SecurityGroupIds=groups)
    new: Any = {"DeviceIndex": 0, "SubnetId": account.subnet_id, "Groups": groups}
    with refused("SecurityGroupsPerInstanceLimitExceeded"):
        account.instance(NetworkInterfaces=[new])
    instance = account.instance(SubnetId=account.subnet_id)
    with refused("SecurityGroupsPerInstanceLimitExceeded"):
        account.ec2.modify_instance_attribute(InstanceId=instance["InstanceId"], Groups=groups)
    assert account.groups_of(interface) == set(groups[:5])
    write(account, interface, *groups[1:], groups[1])
    assert account.groups_of(interface) == set(groups[1:])


def test_the_quota_of_groups_is_raised_and_told(account: Account, control: Control) -> None:
    """What the quota is set to is enforced, and is what Service Quotas says; no other quota changes."""
    quotas = client("service-quotas", account.ec2.meta.endpoint_url)
    asked = {"ServiceCode": "vpc", "QuotaCode": "L-2AFB9258"}
    assert quotas.get_service_quota(**asked)["Quota"]["Value"] == 5
    control.settings(groups_per_interface=7)
    assert quotas.get_service_quota(**asked)["Quota"]["Value"] == 7
    assert quotas.get_service_quota(ServiceCode="vpc", QuotaCode="L-0EA8095F")["Quota"]["Value"] == 60
    groups = [account.group() for _ in range(8)]
    interface = account.interface(*groups[:7])
    with refused("SecurityGroupsPerInterfaceLimitExceeded"):
        write(account, interface, *groups)
    for wrong in (0, 17):
        with pytest.raises(ValueError, match="groups_per_interface is 1 to 16"):
            control.settings(groups_per_interface=wrong)


def test_groups_stand_at_the_instance_or_at_its_interfaces(account: Account) -> None:
    """A launch that names groups for the instance and for its interfaces is refused."""
    group_id = account.group()
    new: Any = {"DeviceIndex": 0, "SubnetId": account.subnet_id, "Groups": [group_id]}
    with refused("InvalidParameterCombination", "may not be specified on the same request"):
        account.instance(NetworkInterfaces=[new], SecurityGroupIds=[group_id])


SERVICE = {"RequesterManaged": True, "RequesterId": "amazon-rds", "Description": "RDSNetworkInterface"}
OPERATOR = {"Operator": {"Managed": True, "Principal": "eks.amazonaws.com"}}


@pytest.mark.parametrize(
    ("marks", "code", "words"),
    [
        (SERVICE, "AuthFailure", NO_RIGHT),
        (OPERATOR, "OperationNotPermitted", "eks.amazonaws.com"),
        ({"OwnerId": "210987654321"}, "AuthFailure", NO_RIGHT),
        ({"InstanceOwnerId": "amazon-aws"}, "AuthFailure", NO_RIGHT),
    ],
)
def test_an_interface_of_somebody_else_is_not_changed(
    account: Account, control: Control, marks: dict[str, Any], code: str, words: str
) -> None:
    """A service's, an operator's and another account's interface show what they are, and refuse other groups."""
    group_id = account.group()
    interface = account.interface(group_id)
    control.mark_interface(interface, **marks)
    found = shown(account, interface)
    assert {**found, **found.get("Attachment", {})}.items() >= marks.items()
    with refused(code, words):
        write(account, interface, account.group())
    with refused(code, words):
        account.ec2.delete_network_interface(NetworkInterfaceId=interface)
    assert account.groups_of(interface) == {group_id}


def test_an_interface_that_another_accounts_instance_has_shows_no_instance(account: Account, control: Control) -> None:
    """An interface in use by an instance of another account is attached, to nothing that we can see."""
    interface = account.interface()
    control.mark_interface(interface, InstanceOwnerId="amazon-rds")
    found = shown(account, interface)
    assert (found["Status"], found["Attachment"]["Status"]) == ("in-use", "attached")
    assert "InstanceId" not in found["Attachment"]


def test_an_operators_instance_shows_its_operator(account: Account, control: Control) -> None:
    """A managed instance names its operator, so does its interface, and neither takes other groups."""
    instance = account.instance(SubnetId=account.subnet_id)
    control.mark_instance(instance["InstanceId"], **OPERATOR)
    by_operator: Any = [{"Name": "operator.principal", "Values": ["eks.amazonaws.com"]}, vpc(account)]
    [reservation] = account.ec2.describe_instances(Filters=by_operator)["Reservations"]
    assert reservation["Instances"][0]["Operator"] == OPERATOR["Operator"]
    assert reservation["Instances"][0]["NetworkInterfaces"][0]["Operator"] == OPERATOR["Operator"]
    with refused("OperationNotPermitted"):
        account.ec2.modify_instance_attribute(InstanceId=instance["InstanceId"], Groups=[account.group()])


def vpc(account: Account) -> dict[str, Any]:
    """The filter for the account's VPC."""
    return {"Name": "vpc-id", "Values": [account.vpc_id]}


def test_an_interface_has_the_type_it_was_made_with(account: Account, control: Control) -> None:
    """CreateNetworkInterface honours InterfaceType, and an interface can be marked with any other type."""
    made = account.ec2.create_network_interface(SubnetId=account.subnet_id, InterfaceType="trunk")["NetworkInterface"]
    assert shown(account, made["NetworkInterfaceId"])["InterfaceType"] == "trunk"
    other = account.interface()
    control.mark_interface(other, InterfaceType="lambda")
    assert shown(account, other)["InterfaceType"] == "lambda"


def test_marks_that_cannot_be_are_refused(account: Account, control: Control) -> None:
    """An interface that is not there, and a mark that there is not, are errors that name them."""
    with pytest.raises(ValueError, match="there is no interface eni-0123456789abcdef0"):
        control.mark_interface("eni-0123456789abcdef0", RequesterManaged=True)
    with pytest.raises(ValueError, match="Colour"):
        control.mark_interface(account.interface(), Colour="green")
    with pytest.raises(ValueError, match="there is no instance i-0123456789abcdef0"):
        control.mark_instance("i-0123456789abcdef0", **OPERATOR)
    with pytest.raises(ValueError, match="Colour"):
        control.mark_instance("i-0123456789abcdef0", Colour="green")
