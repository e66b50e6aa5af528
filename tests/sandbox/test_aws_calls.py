"""The call log, the admin endpoint and the process of the embedded AWS."""

from __future__ import annotations

import time
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

from sg_integration.sandbox.aws import EmbeddedAws
from tests.sandbox.aws_account import UNKNOWN_GROUP, Account, client, refused, tcp

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedAws]:
    """An embedded AWS in a process of its own."""
    with EmbeddedAws(directory=tmp_path_factory.mktemp("aws")) as aws:
        yield aws


@pytest.fixture
def aws(running: EmbeddedAws) -> EmbeddedAws:
    """The same, emptied."""
    running.reset()
    return running


def test_every_call_is_logged_in_order(aws: EmbeddedAws) -> None:
    """The log has service, action, ids, time, status and code of each call, oldest first."""
    before = time.time()
    account = Account.at(aws.url)
    group_id = account.group()
    account.allow(group_id, tcp(22, "10.0.0.0/8"))
    with refused("InvalidGroup.NotFound"):
        account.ec2.delete_security_group(GroupId=UNKNOWN_GROUP)
    calls = aws.calls()
    assert [(call.service, call.action, call.status, call.code) for call in calls] == [
        ("ec2", "CreateVpc", 200, None),
        ("ec2", "CreateSubnet", 200, None),
        ("ec2", "CreateSecurityGroup", 200, None),
        ("ec2", "AuthorizeSecurityGroupIngress", 200, None),
        ("ec2", "DeleteSecurityGroup", 400, "InvalidGroup.NotFound"),
    ]
    assert [call.ids for call in calls[2:]] == [(account.vpc_id,), (group_id,), (UNKNOWN_GROUP,)]
    assert before <= calls[0].at <= calls[-1].at <= time.time()


def test_calls_are_asked_for_by_action_and_service(aws: EmbeddedAws) -> None:
    """The log is filtered by action, with or without the service."""
    ec2, rds, sts = (client(service, aws.url) for service in ("ec2", "rds", "sts"))
    ec2.describe_vpcs()
    with refused("DBInstanceNotFound"):
        rds.describe_db_instances(DBInstanceIdentifier="orders")
    assert sts.get_caller_identity()["Account"] == "123456789012"
    assert [call.service for call in aws.calls("DescribeVpcs")] == ["ec2"]
    [call] = aws.calls("rds:DescribeDBInstances")
    assert (call.ids, call.status, call.code) == (("orders",), 404, "DBInstanceNotFound")
    assert [call.action for call in aws.calls("sts:GetCallerIdentity")] == ["GetCallerIdentity"]
    assert aws.calls("rds:DescribeVpcs") == []


def test_the_log_is_cleared_without_the_cloud(aws: EmbeddedAws) -> None:
    """Clearing the log leaves the cloud as it is."""
    group_id = Account.at(aws.url).group()
    aws.clear_calls()
    assert aws.calls() == []
    assert client("ec2", aws.url).describe_security_groups(GroupIds=[group_id])["SecurityGroups"]


def test_a_reset_leaves_the_default_vpc_only(aws: EmbeddedAws) -> None:
    """A reset empties the log and the cloud; the default VPC is there again, as in a new account."""
    account = Account.at(aws.url)
    account.database()
    aws.reset()
    assert aws.calls() == []
    ec2 = client("ec2", aws.url)
    [vpc] = ec2.describe_vpcs()["Vpcs"]
    assert (vpc["IsDefault"], vpc["CidrBlock"]) == (True, "172.31.0.0/16")
    assert len(ec2.describe_subnets()["Subnets"]) == 3
    assert [group["GroupName"] for group in ec2.describe_security_groups()["SecurityGroups"]] == ["default"]
    assert client("rds", aws.url).describe_db_instances()["DBInstances"] == []


def test_what_the_sandbox_lacks_is_said_at_once(aws: EmbeddedAws) -> None:
    """An action that is not emulated is an error that names it, and that no SDK tries again."""
    with refused("SandboxNotImplemented", "ec2:DescribeSecurityGroupReferences"):
        client("ec2", aws.url).describe_security_group_references(GroupId=[UNKNOWN_GROUP])
    assert [(call.status, call.code) for call in aws.calls()] == [(501, "SandboxNotImplemented")]


def test_calls_at_once_are_done_one_at_a_time(account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    """No call overtakes another between its check and what it guards: of five calls at once, one is inside moto."""
    from sg_integration.sandbox.aws.strict.ec2 import StrictEC2  # noqa: PLC0415 - moto takes a second to import

    inside: list[int] = []
    most = 0
    describe = StrictEC2.describe_vpcs

    def slowly(response: StrictEC2) -> Any:
        nonlocal most
        inside.append(1)
        most = max(most, len(inside))
        time.sleep(0.05)
        inside.pop()
        return describe(response)

    monkeypatch.setattr(StrictEC2, "describe_vpcs", slowly)
    with ThreadPoolExecutor(5) as threads:
        answers = list(threads.map(lambda _: account.ec2.describe_vpcs(), range(5)))
    assert (len(answers), most) == (5, 1)


def test_an_admin_endpoint_that_is_not_there_is_not_found(aws: EmbeddedAws) -> None:
    """Unknown admin endpoints answer 404, and are not sent to moto."""
    with pytest.raises(urllib.error.HTTPError, match="404"):
        urllib.request.urlopen(f"{aws.url}/_sandbox/nothing")
    assert aws.calls() == []


def test_two_run_beside_each_other_and_stop(aws: EmbeddedAws, tmp_path: Path) -> None:
    """Another embedded AWS has a port and a cloud of its own, and nobody answers once it is stopped."""
    group_id = Account.at(aws.url).group()
    with EmbeddedAws(directory=tmp_path) as other:
        assert other.port != aws.port
        with refused("InvalidGroup.NotFound"):
            client("ec2", other.url).describe_security_groups(GroupIds=[group_id])
    with pytest.raises(OSError, match="refused"):
        other.calls()
    other.stop()
