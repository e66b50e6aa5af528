"""A life, replacements, providers and failures of the stand-in aws plugin under the real engine."""

from __future__ import annotations

import functools
from dataclasses import replace
from typing import Any

import boto3
import pulumi
import pulumi_aws as aws
import pytest
from pulumi import ResourceOptions, automation

from sg_integration.sandbox.plugins.aws import table
from sg_integration.sandbox.plugins.errors import PluginError
from tests.engine.stacks import EngineStack
from tests.sandbox.aws_account import Account
from tests.sandbox.plugin_aws import GROUP
from tests.sandbox.plugin_aws_engine import attached, engine_env, new_stack, server, stack, state_of

__all__ = ["attached", "engine_env", "new_stack", "server", "stack"]


def pair(vpc_id: str, *, description: str = "first", port: int = 5432, **group: Any) -> None:
    """Two groups, and a rule that lets the one reach the other."""
    app = aws.ec2.SecurityGroup("app", vpc_id=vpc_id)
    db = aws.ec2.SecurityGroup("db", vpc_id=vpc_id, description=description, **group)
    aws.vpc.SecurityGroupIngressRule(
        "rule",
        security_group_id=db.id,
        referenced_security_group_id=app.id,
        ip_protocol="tcp",
        from_port=port,
        to_port=port,
    )


def test_a_life_under_the_engine(stack: EngineStack, account: Account) -> None:
    """Preview, creation, no change, update, replacement, drift, repair and destruction are what the engine says."""
    first = functools.partial(pair, account.vpc_id)
    assert stack.preview(first).succeeded().counts == {"create": 3}
    assert stack.up(first).succeeded().counts == {"create": 3}
    assert stack.up(first).succeeded().steps == ()

    assert stack.up(functools.partial(first, port=5433)).succeeded().steps == (("update", "rule"),)
    second = functools.partial(first, port=5433, description="second")
    steps = stack.up(second).succeeded().steps
    made, gone = steps.index(("create-replacement", "db")), steps.index(("delete-replaced", "db"))
    assert made < steps.index(("create-replacement", "rule")) < steps.index(("delete-replaced", "rule")) < gone

    group, rule = state_of(stack, "db")["id"], state_of(stack, "rule")["id"]
    account.ec2.revoke_security_group_ingress(GroupId=group, SecurityGroupRuleIds=[rule])
    account.ec2.create_tags(Resources=[group], Tags=[{"Key": "by", "Value": "hand"}])
    stack.refresh().succeeded()
    assert set(stack.up(second).succeeded().steps) == {("create", "rule"), ("update", "db")}
    assert [one["FromPort"] for one in account.rules(group)] == [5433]
    assert not account.ec2.describe_security_groups(GroupIds=[group])["SecurityGroups"][0].get("Tags")

    assert stack.destroy().succeeded().counts == {"delete": 3}
    assert account.default_group()  # the only one left


def test_an_explicit_name_is_free_before_the_replacement(attached: EngineStack, account: Account) -> None:
    """A group with a name of its own, and what depends on it, goes before its replacement comes."""
    named = functools.partial(pair, account.vpc_id, name="fixed")
    attached.up(named).succeeded()

    steps = attached.up(functools.partial(named, description="second")).succeeded().steps

    assert steps.index(("delete-replaced", "rule")) < steps.index(("delete-replaced", "db"))
    assert steps.index(("delete-replaced", "db")) < steps.index(("create-replacement", "db"))


def two_regions(url: str) -> None:
    """A VPC in each of two regions, by two explicit providers; one of them takes all its settings from its arguments."""
    endpoints = [aws.ProviderEndpointArgs(ec2=url, rds=url, sts=url)]
    west = aws.Provider(
        "west",
        region="eu-west-1",
        access_key="a",
        secret_key="b",
        endpoints=endpoints,
        skip_credentials_validation=True,
    )
    south = aws.Provider("south", region="eu-south-1", default_tags={"tags": {"team": "net"}})
    for name, provider in (("west", west), ("south", south)):
        vpc = aws.ec2.Vpc(f"vpc-{name}", cidr_block="10.7.0.0/16", opts=ResourceOptions(provider=provider))
        pulumi.export(name, vpc.arn.apply(lambda arn: arn.split(":")[3]))
        pulumi.export(f"{name}-tags", vpc.tags_all)
        asked = aws.get_region_output(opts=pulumi.InvokeOutputOptions(provider=provider))
        pulumi.export(f"{name}-asked", asked.region)


REGIONS = {"west": "eu-west-1", "west-asked": "eu-west-1", "south": "eu-south-1", "south-asked": "eu-south-1"}


def test_two_providers_in_one_program(stack: EngineStack, aws_url: str) -> None:
    """Each of two explicit providers makes its resources in its region, with its default tags."""
    program = functools.partial(two_regions, aws_url)

    stack.up(program).succeeded()

    assert stack.outputs() == {**REGIONS, "west-tags": {}, "south-tags": {"team": "net"}}
    assert stack.up(program).succeeded().steps == ()
    assert stack.destroy().succeeded().counts == {"delete": 2}


def test_two_providers_attached_to_one_server(attached: EngineStack, aws_url: str) -> None:
    """The engine opens a connection for each provider that it attaches to one server, so that they stay apart."""
    attached.up(functools.partial(two_regions, aws_url)).succeeded()

    assert REGIONS.items() <= attached.outputs().items()
    assert attached.destroy().succeeded().counts == {"delete": 2}


def test_a_half_made_group_is_kept_and_finished(
    attached: EngineStack, account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where AWS made a group and then failed, the engine knows its id, and the next update finishes the same group."""

    def program() -> None:
        aws.ec2.SecurityGroup("half", vpc_id=account.vpc_id)

    def broken(*_: Any) -> None:
        raise PluginError("AWS is not well")

    with monkeypatch.context() as patch:
        patch.setitem(table.KINDS, GROUP, replace(table.KINDS[GROUP], finish=broken))
        failed = attached.up(program)
    assert failed.failed
    assert "AWS is not well" in failed.output
    id_ = state_of(attached, "half")["id"]
    assert account.rules(id_, egress=True) != []

    assert attached.up(program).succeeded().steps == (("update", "half"),)
    assert account.rules(id_, egress=True) == []
    assert attached.up(program).succeeded().steps == ()


def test_the_configured_region_counts_and_its_change_moves_everything(attached: EngineStack, aws_url: str) -> None:
    """`aws:region` comes before the environment, and with another one resources are replaced, the old ones where they were."""

    def program() -> None:
        pulumi.export("id", aws.ec2.Vpc("vpc", cidr_block="10.6.0.0/16").id)

    def vpcs(region: str) -> set[str]:
        ec2 = boto3.client("ec2", region, endpoint_url=aws_url, aws_access_key_id="a", aws_secret_access_key="b")
        found = ec2.describe_vpcs(Filters=[{"Name": "cidr", "Values": ["10.6.0.0/16"]}])
        return {vpc["VpcId"] for vpc in found["Vpcs"]}

    attached._selected().set_config("aws:region", automation.ConfigValue("eu-west-1"))
    attached.up(program).succeeded()
    assert vpcs("eu-west-1") == {attached.outputs()["id"]}

    attached._selected().set_config("aws:region", automation.ConfigValue("eu-west-2"))
    assert attached.up(program).succeeded().names("delete-replaced") == {"vpc"}
    assert (vpcs("eu-west-1"), vpcs("eu-west-2")) == (set(), {attached.outputs()["id"]})
