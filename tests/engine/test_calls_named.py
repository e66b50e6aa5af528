"""The check that every test of the engine ends with."""

from __future__ import annotations

import pytest

from .calls_named import unnamed

BOTO = "Boto3/1.44 md/Botocore#1.44 ua/2.1 os/linux"


@pytest.mark.parametrize(
    ("agent", "action", "found"),
    [
        (f"{BOTO} sg-integration", "ec2:ModifyNetworkInterfaceAttribute", False),
        (f"{BOTO} sg-integration", "ec2:CreateSecurityGroup", True),
        (f"{BOTO} sg-integration-sandbox", "ec2:CreateSecurityGroup", False),
        (f"{BOTO} sg-integration-sandbox", "rds:CreateDBInstance", False),
        (f"{BOTO} sg-integration-sandbox", "ec2:DescribeStaleSecurityGroups", True),
        ("APN/1.0 Pulumi/1.0 terraform-provider-aws/7", "iam:CreateRole", True),
        (BOTO, "ec2:RunInstances", False),
    ],
)
def test_a_call_that_no_policy_names_is_found(agent: str, action: str, found: bool) -> None:
    """Ours, the stand-in's and the official provider's, each by what it may call; a test itself may do everything."""
    assert bool(unnamed([(agent, action)])) is found
