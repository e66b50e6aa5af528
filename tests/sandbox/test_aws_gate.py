"""What the embedded AWS asks of every call: credentials, permission, tokens; and reads that lag behind writes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from tests.sandbox.aws_account import Account, client, refused

if TYPE_CHECKING:
    from sg_integration.sandbox.aws.control import Control

WRITE = "ModifyNetworkInterfaceAttribute"
UNPAGED = {"DescribeNetworkInterfaces:unpaged": [2, 1]}


def write(account: Account, interface: str, *group_ids: str) -> None:
    """Give an interface these groups."""
    account.ec2.modify_network_interface_attribute(NetworkInterfaceId=interface, Groups=list(group_ids))


@pytest.mark.parametrize(
    ("credentials", "codes"),
    [
        ("expired", ("RequestExpired", "ExpiredToken", "ExpiredToken", "ExpiredTokenException")),
        ("invalid", ("AuthFailure", "InvalidClientTokenId", "InvalidClientTokenId", "UnrecognizedClientException")),
    ],
)
def test_credentials_that_are_no_good_are_refused(
    account: Account, control: Control, credentials: Any, codes: tuple[str, ...]
) -> None:
    """Every service refuses expired and unknown credentials with its own code, until they are good again."""
    url = account.ec2.meta.endpoint_url
    quotas, sts = client("service-quotas", url), client("sts", url)
    asked: list[Any] = [
        account.ec2.describe_vpcs,
        account.rds.describe_db_instances,
        sts.get_caller_identity,
        lambda: quotas.get_service_quota(ServiceCode="vpc", QuotaCode="L-2AFB9258"),
    ]
    control.settings(credentials=credentials)
    for call, code in zip(asked, codes, strict=True):
        with refused(code):
            call()
    control.settings(credentials="valid")
    for call in asked:
        call()


def test_a_denied_write_names_the_action_and_the_resource(account: Account, control: Control) -> None:
    """EC2 says who may not do what to which ARN; another interface is written."""
    group_id = account.group()
    interface, other = account.interface(group_id), account.interface(group_id)
    control.settings(deny=[{"action": f"ec2:{WRITE}", "id": interface}])
    arn = f"arn:aws:ec2:eu-central-1:123456789012:network-interface/{interface}"
    with refused("UnauthorizedOperation", f"is not authorized to perform: ec2:{WRITE} on resource: {arn}"):
        write(account, interface, account.group())
    write(account, other, account.group())
    control.settings(deny=[{"action": "ec2:Modify*", "id": group_id}])
    with refused("UnauthorizedOperation", f"arn:aws:ec2:eu-central-1:123456789012:security-group/{group_id}"):
        write(account, other, group_id)
    assert account.groups_of(interface) == {group_id}


def test_a_denied_listing_names_the_action(account: Account, control: Control) -> None:
    """What is not for one resource is denied without an ARN by EC2, and with `*` by RDS; others have their own code."""
    control.settings(deny=[{"action": "*:Describe*"}, {"action": "servicequotas:*"}])
    with refused("UnauthorizedOperation", "ec2:DescribeInstances because no identity-based policy allows"):
        account.ec2.describe_instances()
    with refused("AccessDenied", "rds:DescribeDBInstances on resource: arn:aws:rds:eu-central-1:123456789012:db:*"):
        account.rds.describe_db_instances()
    with refused("AccessDenied", "rds:DescribeDBClusters on resource: arn:aws:rds:eu-central-1:123456789012:cluster:*"):
        account.rds.describe_db_clusters()
    with refused("AccessDeniedException", "servicequotas:GetServiceQuota"):
        client("service-quotas", account.ec2.meta.endpoint_url).get_service_quota(ServiceCode="vpc", QuotaCode="x")
    control.settings(deny=[])
    account.ec2.describe_instances()


def test_a_bucket_empties_and_fills(account: Account, control: Control) -> None:
    """When the tokens of an action are used up it is refused with 503; they come back with time."""
    groups = [account.group(), account.group()]
    interface = account.interface(groups[0])
    control.settings(throttling={WRITE: [3, 0.5]})
    for _ in range(3):
        write(account, interface, *groups)
    with refused("RequestLimitExceeded", "Request limit exceeded."):
        write(account, interface, *groups)
    assert control.calls(WRITE)[-1].status == 503
    account.groups_of(interface)
    control.advance(2)
    write(account, interface, *groups)
    with refused("RequestLimitExceeded"):
        write(account, interface, *groups)
    control.advance(1000)
    for _ in range(3):
        write(account, interface, *groups)
    with refused("RequestLimitExceeded"):
        write(account, interface, *groups)
    control.settings(throttling="off")
    write(account, interface, *groups)


def test_rds_throttles_in_its_own_words(account: Account, control: Control) -> None:
    """RDS answers `Throttling` with 400."""
    control.settings(throttling={"DescribeDBInstances": [1, 0]})
    account.rds.describe_db_instances()
    with pytest.raises(ClientError, match="Rate exceeded") as caught:
        account.rds.describe_db_instances()
    response = caught.value.response
    assert (response["Error"]["Code"], response["ResponseMetadata"]["HTTPStatusCode"]) == ("Throttling", 400)


def test_the_buckets_of_ec2_are_those_it_documents(account: Account, control: Control) -> None:
    """`aws` sets them: 100 writes to interfaces then 5 a second; 50 listings of everything, 100 of some."""
    buckets = control.settings(throttling="aws", clock_scale=0)["throttling"]
    assert (buckets[WRITE], buckets["DeleteSecurityGroup"], buckets["CreateTags"]) == ([100, 5], [50, 5], [100, 10])
    assert (buckets["DescribeInstances"], buckets["DescribeInstances:unpaged"]) == ([100, 20], [50, 10])
    control.settings(throttling=UNPAGED)
    for _ in range(2):
        account.ec2.describe_network_interfaces()
    with refused("RequestLimitExceeded"):
        account.ec2.describe_network_interfaces()
    account.ec2.describe_network_interfaces(MaxResults=5)
    account.groups_of(account.interface())


def test_time_can_run_faster(account: Account, control: Control) -> None:
    """With a clock at a thousand times the speed an empty bucket is full again at once."""
    control.settings(throttling={"DescribeVpcs": [1, 1]}, clock_scale=1e6)
    for _ in range(5):
        account.ec2.describe_vpcs()


def test_reads_lag_behind_a_write_for_a_time(account: Account, control: Control) -> None:
    """For so long after a write both lists show the old groups, also to filters; what is checked is the truth."""
    before, after = account.group(), account.group()
    instance = account.instance(SubnetId=account.subnet_id, SecurityGroupIds=[before])
    interface = instance["NetworkInterfaces"][0]["NetworkInterfaceId"]
    by_group: Any = [{"Name": "group-id", "Values": [after]}]
    control.settings(stale_read_seconds=10, clock_scale=0)
    write(account, interface, after)
    assert account.groups_of(interface) == {before}
    [reservation] = account.ec2.describe_instances(InstanceIds=[instance["InstanceId"]])["Reservations"]
    assert [group["GroupId"] for group in reservation["Instances"][0]["SecurityGroups"]] == [before]
    assert account.ec2.describe_network_interfaces(Filters=by_group)["NetworkInterfaces"] == []
    with refused("DependencyViolation"):
        account.ec2.delete_security_group(GroupId=after)
    control.advance(10)
    assert account.groups_of(interface) == {after}
    account.ec2.delete_security_group(GroupId=before)


def test_reads_lag_behind_a_write_for_a_number_of_reads(account: Account, control: Control) -> None:
    """The next reads show the old groups, then the new; other interfaces show theirs."""
    before, after = account.group(), account.group()
    interface, other = account.interface(before), account.interface(before)
    control.settings(stale_reads=2)
    write(account, interface, after)
    assert account.groups_of(other) == {before}
    assert [account.groups_of(interface) for _ in range(3)] == [{before}, {before}, {after}]


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"colour": "green"}, "no such setting: colour"),
        ({"credentials": "stolen"}, "valid or expired or invalid"),
        ({"stale_reads": -1}, "less than 0"),
        ({"throttling": {"A": 3}}, "throttling cannot be"),
        ({"deny": [{"id": "eni-1"}]}, "deny cannot be"),
    ],
)
def test_settings_that_cannot_be_are_refused(control: Control, wrong: dict[str, Any], words: str) -> None:
    """A setting that there is not, or a value that it cannot have, is an error, and nothing is set."""
    before = control.settings()
    with pytest.raises(ValueError, match=words):
        control._ask("POST", "settings", {"groups_per_interface": 9, **wrong})
    assert control.settings() == before
