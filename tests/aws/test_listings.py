"""Listings of EC2 that we parse ourselves say what botocore would say, and nothing else is touched."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from sg_integration.aws import listings
from sg_integration.aws.connection import Connection
from tests.sandbox.aws_account import REGION, Account, from_group, tcp
from tests.sandbox.conftest import account, aws_url, control

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client

__all__ = ["account", "aws_url", "control"]

UNREAD = {"IpPermissions", "IpPermissionsEgress", "Description", "SecurityGroupArn", "SecurityGroupRuleArn", "Tags"}


@pytest.fixture
def ec2(aws_url: str, monkeypatch: pytest.MonkeyPatch) -> EC2Client:
    """Our client of the account."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    return Connection(region=REGION, endpoint_url=aws_url).client("ec2")


def untimed(value: Any) -> Any:
    """A document without what only one of two requests has, and without times, which we do not read."""
    if isinstance(value, dict):
        items = {key: untimed(each) for key, each in value.items() if key != "ResponseMetadata"}
        return {key: each for key, each in items.items() if not isinstance(each, datetime)}
    return [untimed(each) for each in value] if isinstance(value, list) else value


def furnish(account: Account) -> str:
    """A node, a server, and groups with rules of every kind; the id of the node."""
    db, api = account.group("db"), account.group("api")
    account.allow(db, from_group(api, IpProtocol="tcp", FromPort=5432, ToPort=5432), tcp(22, "10.8.0.0/16"))
    account.interface(db)
    node = account.instance(SubnetId=account.subnet_id, SecurityGroupIds=[api])
    return str(node["InstanceId"])


def test_a_listing_says_what_botocore_says(account: Account, ec2: EC2Client) -> None:
    """Text, numbers, switches, lists that are empty and what is left out are as in botocore's own parsing."""
    furnish(account)
    here: Any = {"Filters": [{"Name": "vpc-id", "Values": [account.vpc_id]}]}
    theirs: Any = account.ec2.describe_network_interfaces(**here)
    ours: Any = ec2.describe_network_interfaces(**here)
    assert untimed(ours) == untimed(theirs)
    assert ours["ResponseMetadata"]["RequestId"]


def test_of_rules_groups_and_instances_only_what_is_read_is_there(account: Account, ec2: EC2Client) -> None:
    """A group is read without its rules, an instance without its hardware; what is left is botocore's."""
    instance = furnish(account)
    mine = [
        each["GroupId"]
        for each in account.ec2.describe_security_groups()["SecurityGroups"]
        if each["VpcId"] == account.vpc_id
    ]
    here: Any = {"Filters": [{"Name": "group-id", "Values": mine}]}
    for action, name in {"groups": "SecurityGroups", "group_rules": "SecurityGroupRules"}.items():
        theirs: Any = untimed(getattr(account.ec2, f"describe_security_{action}")(**here))[name]
        ours: Any = untimed(getattr(ec2, f"describe_security_{action}")(**here))[name]
        known = [{key: value for key, value in each.items() if key not in UNREAD} for each in theirs]
        assert [{key: value for key, value in each.items() if key not in UNREAD} for each in ours] == known
        assert not UNREAD.difference({"Tags"}).intersection(*ours)
    [reservation] = ec2.describe_instances(InstanceIds=[instance])["Reservations"]
    [found] = reservation["Instances"]
    assert found["InstanceId"] == instance
    assert found["State"]["Name"] == "running"
    assert "ImageId" not in found


def test_pages_go_on(account: Account, ec2: EC2Client) -> None:
    """The token of the next page is read too."""
    for number in range(7):
        account.group(f"group-{number}")
    pages = ec2.get_paginator("describe_security_groups").paginate(PaginationConfig={"PageSize": 5})
    assert {f"group-{number}" for number in range(7)} <= {
        each["GroupName"] for p in pages for each in p["SecurityGroups"]
    }


def test_a_refusal_stays_botocores(ec2: EC2Client) -> None:
    """What AWS refuses raises botocore's error with AWS's code."""
    with pytest.raises(ClientError, match=r"InvalidGroup\.NotFound"):
        ec2.describe_security_groups(GroupIds=["sg-0123456789abcdef0"])


@pytest.mark.parametrize(("status", "body"), [(200, b"<oops"), (503, b"<Response><RequestID>r</RequestID></Response>")])
def test_what_is_no_listing_is_left_as_it_is(ec2: EC2Client, status: int, body: bytes) -> None:
    """An answer that is no XML, or no success, is botocore's to judge."""
    answer, ours = {"status_code": status, "body": body}, dict[str, Any]()
    model: Any = ec2.meta.service_model.operation_model("DescribeSecurityGroupRules")
    listings._parse(model, answer, ours)
    assert (answer["body"], ours) == (body, {})
