"""The IAM policy on the real engine, held by the embedded AWS: it suffices for every flow, and for nothing in another VPC."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.exceptions import ClientError

from sg_integration import Databases, RdsEnrollment, SecurityGroup, iam_policy, ports
from sg_integration.sandbox.aws.server import EmbeddedAws

from .calls_named import unnamed
from .cloud import Cloud
from .databases import NO_PACE, Estate
from .enforcement_scene import Scene, declared, is_bare, scene
from .fleet import Fleet
from .stacks import EngineStack, Program

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client

pytest_plugins = ("tests.engine.pod_fixtures",)
__all__ = ["scene"]

REGION, ACCOUNT, KEY = "eu-central-1", "123456789012", "limited"
USED = ("groups", "integration", "instances", "nodes", "databases", "enforcement")
ENROLLED = {"enrolled": "yes"}
# What the flow below does not call, and who does.
NOT_HERE = {
    "ec2:DescribeStaleSecurityGroups": "who has rules that refer to other VPCs",
    "ec2:GetManagedPrefixListEntries": "who has rules that name prefix lists",
    "servicequotas:GetServiceQuota": "who has a full interface",
    "rds:DescribeDBSubnetGroups": "who has a cluster without instances",
    "ec2:ModifySecurityGroupRules": "who changes a description",
    "ec2:CreateTags": "who adds tags later; here AWS asks for it with CreateSecurityGroup",
    "ec2:DeleteTags": "who takes tags away",
}


@pytest.fixture
def held(embedded_aws: EmbeddedAws) -> Iterator[Callable[..., frozenset[str]]]:
    """Holds the access key `limited` to the policy of a VPC, until the test is over; returns the actions that it grants."""

    def hold(vpc_id: str, **more: Any) -> frozenset[str]:
        text = iam_policy(features=USED, vpc_id=vpc_id, region=REGION, account_id=ACCOUNT, **more)
        policy = json.loads(text)
        embedded_aws.settings(policies={KEY: policy})
        return frozenset(action for statement in policy["Statement"] for action in statement["Action"])

    yield hold
    embedded_aws.settings(policies={})


@pytest.fixture
def theirs(embedded_aws: EmbeddedAws) -> Callable[[Any], Any]:
    """Makes clients of whoever has the access key `limited`."""
    return lambda service: boto3.client(
        service,
        endpoint_url=embedded_aws.url,
        region_name=REGION,
        aws_access_key_id=KEY,
        aws_secret_access_key="test",
    )


def everything(scene: Scene) -> Program:
    """A program with groups, rules, nodes, instances, databases and enforcement."""

    def program() -> None:
        cluster = declared(scene)
        api = SecurityGroup("orders-api", vpc_id=scene.fleet.cloud.vpc_id, tags={"team": "shop"})
        SecurityGroup.existing("billing", scene.fleet.web).allow_from(api, ports.POSTGRES)
        RdsEnrollment(
            "databases",
            integration=cluster.integration,
            enforced_by=[cluster],
            select=Databases(tags=ENROLLED),
            pace=NO_PACE,
        )

    return program


def test_the_policy_suffices_and_is_used(
    estate: Estate,
    scene: Scene,
    new_pod_stack: Callable[..., EngineStack],
    held: Callable[..., frozenset[str]],
    embedded_aws: EmbeddedAws,
) -> None:
    """With the policy of one VPC and of tagged databases everything is made and unmade; it grants nothing that nobody calls."""
    estate.instance("orders", **ENROLLED)
    estate.cluster("sales", "sales-1", **ENROLLED)
    stack = new_pod_stack(AWS_ACCESS_KEY_ID=KEY)
    granted = held(scene.fleet.cloud.vpc_id, database_tags=ENROLLED)
    embedded_aws.take_asked()
    stack.preview(everything(scene)).succeeded()
    stack.up(everything(scene)).succeeded()
    assert "prod-trust" in scene.fleet.groups("billing")
    assert "prod-enforced" in scene.fleet.groups("node-1")
    assert {"prod-trust"} < estate.groups("orders")
    assert {"prod-trust"} < estate.groups("sales")
    held(scene.fleet.cloud.vpc_id, read_only=True)
    assert stack.preview(everything(scene)).succeeded().counts == {}
    assert stack.up(everything(scene)).succeeded().counts == {}
    held(scene.fleet.cloud.vpc_id, database_tags=ENROLLED)
    stack.destroy().succeeded()
    assert is_bare(scene)
    asked = embedded_aws.take_asked()
    assert unnamed(asked) == []
    assert granted - {action for _, action in asked} == NOT_HERE.keys()


def test_another_vpc_is_out_of_reach(
    estate: Estate,
    ec2: EC2Client,
    new_stack: Callable[..., EngineStack],
    held: Callable[..., frozenset[str]],
    theirs: Callable[[Any], Any],
) -> None:
    """Neither its groups nor its interfaces are written, nor databases without the tag; a member of ours gets no group of it."""
    here, there = Fleet.make(estate.cloud), Fleet.make(Cloud.make(ec2))
    here.launch("ours")
    there.launch("foreign")
    estate.instance("orders", **ENROLLED)
    estate.instance("untagged")
    held(estate.cloud.vpc_id, database_tags=ENROLLED)
    calls, databases = theirs("ec2"), theirs("rds")
    write = calls.modify_network_interface_attribute
    write(NetworkInterfaceId=here.interfaces["ours"], Groups=[here.web, estate.app])
    databases.modify_db_instance(DBInstanceIdentifier="orders", VpcSecurityGroupIds=[estate.app, here.web])
    rule: Any = [{"IpProtocol": "tcp", "FromPort": 1, "ToPort": 1, "IpRanges": [{"CidrIp": "10.0.0.0/8"}]}]
    calls.authorize_security_group_ingress(GroupId=here.web, IpPermissions=rule)
    tags: Any = [{"Key": "a", "Value": "b"}]
    attempts: list[tuple[Callable[[], object], str]] = [
        (lambda: write(NetworkInterfaceId=there.interfaces["foreign"], Groups=[there.web]), "network-interface/eni-"),
        (lambda: write(NetworkInterfaceId=here.interfaces["ours"], Groups=[there.web]), f"security-group/{there.web}"),
        (lambda: calls.authorize_security_group_ingress(GroupId=there.web, IpPermissions=rule), there.web),
        (lambda: calls.delete_security_group(GroupId=there.web), there.web),
        (lambda: calls.create_tags(Resources=[there.web], Tags=tags), there.web),
        (lambda: calls.terminate_instances(InstanceIds=[here.instances["ours"]]), "ec2:TerminateInstances"),
        (lambda: databases.modify_db_instance(DBInstanceIdentifier="untagged", VpcSecurityGroupIds=[estate.app]), "db:untagged"),
        (lambda: databases.delete_db_instance(DBInstanceIdentifier="orders"), "rds:DeleteDBInstance"),
    ]  # fmt: skip
    for attempt, named in attempts:
        with pytest.raises(ClientError, match=named) as refusal:
            attempt()
        assert refusal.value.response["Error"]["Code"] in ("UnauthorizedOperation", "AccessDenied")
    foreign = there.cloud.vpc_id

    def elsewhere() -> None:
        SecurityGroup("elsewhere", vpc_id=foreign)

    refused = new_stack(AWS_ACCESS_KEY_ID=KEY).up(elsewhere)
    assert refused.failed
    assert f"ec2:CreateSecurityGroup on resource: arn:aws:ec2:{REGION}:{ACCOUNT}:vpc/{foreign}" in refused.output
