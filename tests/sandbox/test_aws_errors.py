"""How the embedded AWS refuses, and how it says that the fault is its own: in each protocol's error document."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

import pytest
from botocore.exceptions import ClientError

from tests.sandbox.aws_account import client, refused

if TYPE_CHECKING:
    from tests.sandbox.aws_account import Account


def test_a_refusal_may_have_a_status_of_its_own(account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    """An AwsError is answered with its code, its words and its HTTP status."""
    from sg_integration.sandbox.aws.strict.ec2 import StrictEC2  # noqa: PLC0415 - moto takes a second to import
    from sg_integration.sandbox.aws.strict.errors import AwsError  # noqa: PLC0415

    def throttled(_: StrictEC2) -> NoReturn:
        raise AwsError("RequestLimitExceeded", "Request limit exceeded.", status=503)

    monkeypatch.setattr(StrictEC2, "describe_vpcs", throttled)
    with pytest.raises(ClientError, match="Request limit exceeded") as caught:
        account.ec2.describe_vpcs()
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 503
    assert caught.value.response["Error"]["Code"] == "RequestLimitExceeded"


def test_a_failure_of_the_sandbox_is_named_in_the_query_protocol(
    account: Account, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """When the sandbox itself fails the client is told what failed, and the log has the traceback."""
    from sg_integration.sandbox.aws.strict.rds import StrictRDS  # noqa: PLC0415 - moto takes a second to import

    def fails(_: StrictRDS) -> NoReturn:
        raise ValueError("<oops>")

    monkeypatch.setattr(StrictRDS, "describe_db_clusters", fails)
    with refused("SandboxFailure", "the sandbox cannot answer rds:DescribeDBClusters: ValueError: <oops>"):
        account.rds.describe_db_clusters()
    assert "Traceback" in capfd.readouterr().err


def test_a_failure_of_the_sandbox_is_named_in_the_json_protocol(aws_url: str) -> None:
    """Services that speak JSON get the same error as JSON."""
    with refused("SandboxNotImplemented", "secretsmanager:ValidateResourcePolicy"):
        client("secretsmanager", aws_url).validate_resource_policy(ResourcePolicy="{}")
