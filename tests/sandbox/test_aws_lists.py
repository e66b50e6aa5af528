"""Pages and filters of the embedded AWS's lists."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.sandbox.aws_account import Account, refused

if TYPE_CHECKING:
    from sg_integration.sandbox.aws.control import Control

UNKNOWN = "i-0123456789abcdef0"


def of_vpc(account: Account, **more: str) -> Any:
    """Filters: those of the account's VPC, and more."""
    named = [{"Name": name.replace("__", ".").replace("_", "-"), "Values": [value]} for name, value in more.items()]
    return [{"Name": "vpc-id", "Values": [account.vpc_id]}, *named]


def interfaces(account: Account, **filters: str) -> list[str]:
    """The ids of the VPC's interfaces that pass these filters."""
    found = account.ec2.describe_network_interfaces(Filters=of_vpc(account, **filters))["NetworkInterfaces"]
    return [each["NetworkInterfaceId"] for each in found]


def test_interfaces_come_in_pages(account: Account) -> None:
    """Pages of the size that was asked for, together each interface once, also when one goes in between."""
    made = [account.interface() for _ in range(12)]
    first = account.ec2.describe_network_interfaces(Filters=of_vpc(account), MaxResults=5)
    account.ec2.delete_network_interface(NetworkInterfaceId=made[0])
    account.ec2.delete_network_interface(NetworkInterfaceId=made[7])
    account.interface()
    second = account.ec2.describe_network_interfaces(MaxResults=5, NextToken=first["NextToken"])
    third = account.ec2.describe_network_interfaces(MaxResults=5, NextToken=second["NextToken"])
    assert "NextToken" not in third
    pages = [[each["NetworkInterfaceId"] for each in page["NetworkInterfaces"]] for page in (first, second, third)]
    assert [len(page) for page in pages] == [5, 4, 2]
    assert [each for page in pages for each in page] == [*made[:7], *made[8:]]
    again = account.ec2.describe_network_interfaces(MaxResults=5, NextToken=first["NextToken"])
    assert [each["NetworkInterfaceId"] for each in again["NetworkInterfaces"]] == pages[1]


def test_a_listing_without_a_page_size_has_pages_of_a_thousand(account: Account, control: Control) -> None:
    """A listing that names no page size ends after a thousand, with a token for the rest."""
    control.fleet(subnet_id=account.subnet_id, count=1003, security_group_ids=[account.group()])
    first = account.ec2.describe_network_interfaces(Filters=of_vpc(account))
    rest = account.ec2.describe_network_interfaces(Filters=of_vpc(account), NextToken=first["NextToken"])
    assert [len(page["NetworkInterfaces"]) for page in (first, rest)] == [1000, 3]


def test_instances_come_in_pages_of_instances(account: Account) -> None:
    """A page holds instances, not reservations: a large reservation goes on on the next page, under its id."""
    launch: Any = {"ImageId": "ami-12c6146b", "SubnetId": account.subnet_id, "MinCount": 7, "MaxCount": 7}
    made = account.ec2.run_instances(**launch)
    first = account.ec2.describe_instances(Filters=of_vpc(account), MaxResults=5)
    second = account.ec2.describe_instances(MaxResults=5, NextToken=first["NextToken"])
    pages = [[each for r in page["Reservations"] for each in r["Instances"]] for page in (first, second)]
    assert [len(page) for page in pages] == [5, 2]
    assert [len(page["Reservations"]) for page in (first, second)] == [1, 1]
    assert {r["ReservationId"] for page in (first, second) for r in page["Reservations"]} == {made["ReservationId"]}
    assert [each["InstanceId"] for page in pages for each in page] == [each["InstanceId"] for each in made["Instances"]]


def test_groups_and_rules_come_in_pages(account: Account) -> None:
    """DescribeSecurityGroups and DescribeSecurityGroupRules keep to the page size, and show each once."""
    for _ in range(6):
        account.group()
    for operation, key in (
        ("describe_security_groups", "SecurityGroups"),
        ("describe_security_group_rules", "SecurityGroupRules"),
    ):
        describe: Any = getattr(account.ec2, operation)
        by_group: Any = {} if key == "SecurityGroupRules" else {"Filters": of_vpc(account)}
        all_of_them = {str(each) for each in describe(**by_group)[key]}
        page = describe(**by_group, MaxResults=5)
        seen = [str(each) for each in page[key]]
        while token := page.get("NextToken"):
            assert len(page[key]) == 5
            page = describe(**by_group, MaxResults=5, NextToken=token)
            seen += [str(each) for each in page[key]]
        assert len(seen) == len(set(seen))
        assert set(seen) == all_of_them


@pytest.mark.parametrize(
    ("operation", "ids", "parameter"),
    [
        ("describe_network_interfaces", {"NetworkInterfaceIds": ["eni-0123456789abcdef0"]}, "networkInterface"),
        ("describe_instances", {"InstanceIds": [UNKNOWN]}, "instancesSet"),
        ("describe_security_groups", {"GroupIds": ["sg-0123456789abcdef0"]}, "group"),
    ],
)
def test_a_page_size_must_fit(account: Account, operation: str, ids: Any, parameter: str) -> None:
    """Fewer than 5, more than 1000, a page size beside ids and a token that was not given out are refused."""
    describe: Any = getattr(account.ec2, operation)
    for wrong in (1001, 5000):
        with refused("InvalidParameterValue", f"Value ( {wrong} ) for parameter maxResults is invalid"):
            describe(MaxResults=wrong)
    if operation == "describe_instances":  # of the others botocore itself refuses it
        with refused("InvalidParameterValue", "Value ( 4 ) for parameter maxResults is invalid"):
            describe(MaxResults=4)
    with refused("InvalidNextToken"):
        describe(NextToken="nobody")
    with refused("InvalidParameterCombination" if parameter != "group" else "InvalidGroup.NotFound", parameter):
        describe(**ids, MaxResults=5)


def test_interfaces_are_filtered_by_what_they_show(account: Account, control: Control) -> None:
    """Each filter that selects members passes those that show the value, and no other."""
    group_id = account.group()
    plain, marked = account.interface(group_id), account.interface()
    control.mark_interface(marked, RequesterManaged=True, RequesterId="amazon-elb", InterfaceType="branch")
    control.mark_interface(marked, OwnerId="210987654321", Operator={"Managed": True, "Principal": "a.amazonaws.com"})
    instance = account.instance(SubnetId=account.subnet_id, SecurityGroupIds=[group_id])
    attached = instance["NetworkInterfaces"][0]["NetworkInterfaceId"]
    account.ec2.create_tags(Resources=[plain], Tags=[{"Key": "team", "Value": "shop"}])
    expected: dict[tuple[str, str], list[str]] = {
        ("requester_managed", "true"): [marked],
        ("requester_id", "amazon-*"): [marked],
        ("operator__managed", "false"): [plain, attached],
        ("operator__principal", "a.amazonaws.com"): [marked],
        ("owner_id", "123456789012"): [plain, attached],
        ("interface_type", "branch"): [marked],
        ("attachment__instance_id", instance["InstanceId"]): [attached],
        ("attachment__instance_owner_id", "123456789012"): [attached],
        ("attachment__device_index", "0"): [attached],
        ("attachment__status", "attached"): [attached],
        ("network_interface_id", plain): [plain],
        ("group_id", group_id): [plain, attached],
        ("status", "available"): [plain, marked],
        ("subnet_id", account.subnet_id): [plain, marked, attached],
        ("tag:team", "sh?p"): [plain],
        ("tag_key", "team"): [plain],
    }
    assert {key: interfaces(account, **{key[0]: key[1]}) for key in expected} == expected


def test_instances_are_filtered_by_the_groups_of_their_interfaces(account: Account) -> None:
    """`instance.group-id` looks at the primary interface, `network-interface.group-id` at all of them."""
    first, second = account.group(), account.group()
    instance = account.instance(SubnetId=account.subnet_id, SecurityGroupIds=[first])["InstanceId"]
    other = account.interface(second)
    account.ec2.attach_network_interface(NetworkInterfaceId=other, InstanceId=instance, DeviceIndex=1)
    expected = {("instance.group-id", first): 1, ("instance.group-id", second): 0}
    expected |= {("network-interface.group-id", first): 1, ("network-interface.group-id", second): 1}
    for (name, value), count in expected.items():
        by_group: Any = [{"Name": name, "Values": [value]}]
        assert len(account.ec2.describe_instances(Filters=by_group)["Reservations"]) == count, name


def test_filters_that_cannot_be_are_refused(account: Account) -> None:
    """A filter that AWS lacks is InvalidParameterValue; one that only the sandbox lacks says so."""
    for operation in ("describe_network_interfaces", "describe_instances"):
        describe: Any = getattr(account.ec2, operation)
        with refused("InvalidParameterValue", "The filter 'colour' is invalid"):
            describe(Filters=[{"Name": "colour", "Values": ["green"]}])
    with refused("SandboxNotImplemented", "the filter tenancy"):
        account.ec2.describe_instances(Filters=[{"Name": "tenancy", "Values": ["host"]}])


def test_a_filter_has_two_hundred_values_at_most(account: Account) -> None:
    """The 201st value of a filter is refused by every list."""
    values = [f"vpc-{number:017x}" for number in range(201)]
    for operation in (
        "describe_network_interfaces",
        "describe_instances",
        "describe_security_groups",
        "describe_security_group_rules",
    ):
        describe: Any = getattr(account.ec2, operation)
        name = "group-id" if operation.endswith("rules") else "vpc-id"
        asked = [each.replace("vpc", "sg") for each in values] if name == "group-id" else values
        describe(Filters=[{"Name": name, "Values": asked[:200]}])
        with refused("FilterLimitExceeded", "200"):
            describe(Filters=[{"Name": name, "Values": asked}])


def test_the_filters_emulated_are_filters_of_aws() -> None:
    """The tables of filters name none that AWS does not document."""
    from sg_integration.sandbox.aws.strict import instance_view, interface_view  # noqa: PLC0415 - with moto
    from sg_integration.sandbox.aws.strict.filters import documented  # noqa: PLC0415

    assert set(interface_view.FILTERS) <= documented("DescribeNetworkInterfaces")
    assert set(instance_view.FILTERS) <= documented("DescribeInstances")


def test_an_unknown_id_is_refused_by_the_lists(account: Account) -> None:
    """One id that is not there refuses the whole listing."""
    with refused("InvalidNetworkInterfaceID.NotFound", "eni-0123456789abcdef0"):
        account.ec2.describe_network_interfaces(NetworkInterfaceIds=[account.interface(), "eni-0123456789abcdef0"])
    instance = account.instance(SubnetId=account.subnet_id)["InstanceId"]
    with refused("InvalidInstanceID.NotFound", UNKNOWN):
        account.ec2.describe_instances(InstanceIds=[instance, UNKNOWN])
