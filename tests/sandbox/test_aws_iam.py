"""Access keys that are held to IAM policies, and who asked for what."""

from __future__ import annotations

from typing import Any

import pytest

from sg_integration.sandbox.aws.control import Control
from sg_integration.sandbox.aws.iam import Ask, check, refused
from tests.sandbox.aws_account import Account, client, tcp
from tests.sandbox.aws_account import refused as refused_by_aws

GROUP = "arn:aws:ec2:eu-central-1:123456789012:security-group/sg-0a1"
DELETE = "ec2:DeleteSecurityGroup"


def policy(*statements: dict[str, Any]) -> dict[str, Any]:
    """A policy with these statements, which allow if they say nothing else."""
    return {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **each} for each in statements]}


@pytest.mark.parametrize(
    ("statement", "passes"),
    [
        ({"Action": DELETE, "Resource": GROUP}, True),
        ({"Action": ["ec2:Delete*"], "Resource": ["arn:aws:ec2:*:*:security-group/*"]}, True),
        ({"Action": "EC2:deletesecuritygroup", "Resource": "*"}, True),
        ({"Action": "ec2:CreateSecurityGroup", "Resource": "*"}, False),
        ({"Action": DELETE, "Resource": "arn:aws:ec2:us-east-1:*:security-group/*"}, False),
        ({"Action": DELETE, "Resource": "*", "Condition": {"ArnLike": {"ec2:Vpc": "arn:aws:ec2:*:*:vpc/vpc-1"}}}, True),
        ({"Action": DELETE, "Resource": "*", "Condition": {"ArnEquals": {"ec2:Vpc": ["arn:aws:ec2:*"]}}}, False),
        ({"Action": DELETE, "Resource": "*", "Condition": {"StringEquals": {"aws:ResourceTag/a": ["x", "b"]}}}, True),
        ({"Action": DELETE, "Resource": "*", "Condition": {"StringEquals": {"aws:ResourceTag/a": "B"}}}, False),
        ({"Action": DELETE, "Resource": "*", "Condition": {"StringEquals": {"aws:ResourceTag/z": "b"}}}, False),
        ({"Action": DELETE, "Resource": "*", "Condition": {"StringLike": {"aws:ResourceTag/a": "?"}}}, True),
    ],
)
def test_a_statement_is_about_what_matches_all_of_it(statement: dict[str, Any], passes: bool) -> None:
    """Action, resource and every condition; a condition on a key that is not there is false."""
    asked = [Ask(DELETE, GROUP, {"ec2:Vpc": "arn:aws:ec2:eu-central-1:1:vpc/vpc-1", "aws:ResourceTag/a": "b"})]
    assert (refused(policy(statement), asked) is None) is passes


def test_everything_asked_for_must_be_allowed_and_nothing_denied() -> None:
    """One resource of several that is not allowed is enough, and a denial outweighs what allows."""
    other = GROUP.replace("0a1", "0b2")
    one = policy({"Action": DELETE, "Resource": GROUP})
    assert refused(one, [Ask(DELETE, GROUP), Ask(DELETE, other)]) == Ask(DELETE, other)
    both = policy({"Action": "*", "Resource": "*"}, {"Effect": "Deny", "Action": DELETE, "Resource": other})
    assert refused(both, [Ask(DELETE, GROUP)]) is None
    assert refused(both, [Ask(DELETE, other)]) == Ask(DELETE, other)
    assert refused(one, []) is None


@pytest.mark.parametrize(
    "statement",
    [
        {"Action": "*", "Resource": "*", "Condition": {"DateLessThan": {}}},
        {"NotAction": "*", "Resource": "*"},
        {"Effect": "Perhaps", "Action": "*", "Resource": "*"},
    ],
)
def test_what_cannot_be_evaluated_is_refused(statement: dict[str, Any], control: Control) -> None:
    """Rather than to let pass, or refuse, what AWS would not."""
    with pytest.raises(ValueError, match="does not evaluate"):
        check(policy(statement))
    with pytest.raises(ValueError, match="does not evaluate"):
        control.settings(policies={"test": policy(statement)})
    with pytest.raises(ValueError, match="a list of statements"):
        control.settings(policies={"test": {}})


def test_an_access_key_is_held_to_its_policy(account: Account, control: Control) -> None:
    """A write needs all that it names or touches; whoever has no policy may do everything."""
    group, other, third = account.group(), account.group(), account.group()
    interface = account.interface(group)
    of_group = {"Action": "ec2:*", "Resource": [f"arn:aws:ec2:*:*:security-group/{each}" for each in (group, other)]}
    rest = {"Action": "ec2:Modify*", "Resource": ["arn:aws:ec2:*:*:network-interface/*", "arn:aws:ec2:*:*:subnet/*"]}
    rules = {"Action": "ec2:AuthorizeSecurityGroupIngress", "Resource": "arn:aws:ec2:*:*:security-group-rule/*"}
    control.settings(policies={"test": policy(of_group, rest, rules)})
    write = account.ec2.modify_network_interface_attribute
    write(NetworkInterfaceId=interface, Groups=[group, other])
    with refused_by_aws(
        "UnauthorizedOperation", f"on resource: arn:aws:ec2:eu-central-1:123456789012:security-group/{third}"
    ):
        write(NetworkInterfaceId=interface, Groups=[group, third])
    account.allow(group, tcp(22, "10.0.0.0/8"))
    with refused_by_aws("UnauthorizedOperation", third):
        account.allow(third, tcp(22, "10.0.0.0/8"))
    with refused_by_aws("UnauthorizedOperation", "ec2:DescribeVpcs because no identity-based policy allows"):
        account.ec2.describe_vpcs()
    with refused_by_aws(
        "AccessDenied", "rds:DescribeDBInstances on resource: arn:aws:rds:eu-central-1:123456789012:db:*"
    ):
        account.rds.describe_db_instances()
    control.settings(policies={"somebody": policy()})
    account.ec2.describe_vpcs()
    account.allow(third, tcp(22, "10.0.0.0/8"))


def test_clusters_and_quotas_are_asked_for_by_the_names_of_iam(account: Account, control: Control) -> None:
    """A cluster by its ARN, though its request has no operation; a quota by the service's other name; who one is, never."""
    url = account.ec2.meta.endpoint_url
    one = {"Action": "eks:DescribeCluster", "Resource": "arn:aws:eks:eu-central-1:123456789012:cluster/shop"}
    control.settings(policies={"test": policy(one)})
    control.take_asked()
    with refused_by_aws("ResourceNotFoundException"):
        client("eks", url).describe_cluster(name="shop")
    with refused_by_aws("AccessDeniedException", "on resource: arn:aws:eks:eu-central-1:123456789012:cluster/other"):
        client("eks", url).describe_cluster(name="other")
    with refused_by_aws("AccessDeniedException", "servicequotas:GetServiceQuota"):
        client("service-quotas", url).get_service_quota(ServiceCode="vpc", QuotaCode="L-2AFB9258")
    client("sts", url).get_caller_identity()
    named = {"eks:DescribeCluster", "servicequotas:GetServiceQuota", "sts:GetCallerIdentity"}
    assert {action for _, action in control.take_asked()} == named


def test_who_asked_for_what_is_remembered_until_it_is_taken(account: Account, control: Control) -> None:
    """By the names of IAM, with what the client calls itself; clearing the calls does not make it forget."""
    account.ec2.describe_vpcs()
    control.clear_calls()
    asked = {action: agent for agent, action in control.take_asked()}
    assert asked["ec2:DescribeVpcs"].startswith("Boto3/")
    assert control.take_asked() == []
