"""Imports, aliases, targets, refusals, secrets and lookups of the stand-in aws plugin under the real engine."""

from __future__ import annotations

import functools
import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pulumi
import pulumi_aws as aws
from pulumi import ResourceOptions

from tests.engine.stacks import EngineStack
from tests.sandbox.aws_account import Account, client
from tests.sandbox.plugin_aws import GROUP
from tests.sandbox.plugin_aws_engine import attached, engine_env, new_stack, server, stack, state_of

__all__ = ["attached", "engine_env", "new_stack", "server", "stack"]

PASSWORD = "correct-horse-battery"


def test_what_stands_already_is_imported(attached: EngineStack, account: Account) -> None:
    """A program takes over a group and a rule by id, and from then on they are its own."""
    group = account.group("theirs")
    [rule] = account.allow(group, {"IpProtocol": "-1", "IpRanges": [{"CidrIp": "10.0.0.0/8"}]})

    def program(*, first: bool) -> None:
        def adopt(id_: str) -> ResourceOptions:
            return ResourceOptions(import_=id_ if first else None)

        made = aws.ec2.SecurityGroup(
            "group", name="theirs", description="for a test", vpc_id=account.vpc_id, opts=adopt(group)
        )
        aws.vpc.SecurityGroupIngressRule(
            "rule",
            security_group_id=made.id,
            cidr_ipv4="10.0.0.0/8",
            ip_protocol="-1",
            opts=adopt(rule["SecurityGroupRuleId"]),
        )

    assert attached.up(functools.partial(program, first=True)).succeeded().counts == {"import": 2}
    assert attached.up(functools.partial(program, first=False)).succeeded().steps == ()
    assert attached.destroy().succeeded().counts == {"delete": 2}


def test_the_import_command(stack: EngineStack, account: Account, tmp_path: Path) -> None:
    """`pulumi import` puts a group into the state; without code, because the stand-in has no schema."""
    stack.resources()  # makes the stack
    command = ["pulumi", "import", GROUP, "theirs", account.group("by hand"), "-s", "dev", "--yes", "--skip-preview"]

    done = subprocess.run(
        [*command, "--generate-code=false"], cwd=tmp_path / "dev", env={**os.environ, **stack.env}, check=False,
        capture_output=True, text=True,
    )  # fmt: skip

    assert done.returncode == 0, done.stdout + done.stderr
    assert state_of(stack, "theirs")["inputs"]["name"] == "by hand"


def test_aliases_and_targets(attached: EngineStack, account: Account) -> None:
    """A renamed resource with an alias is the same one, and a target leaves the others alone."""

    def program(name: str, alias: str | None, tag: str) -> None:
        opts = ResourceOptions(aliases=[pulumi.Alias(name=alias)] if alias else None)
        aws.ec2.SecurityGroup(name, vpc_id=account.vpc_id, tags={"t": tag}, opts=opts)
        aws.ec2.SecurityGroup("other", vpc_id=account.vpc_id, tags={"t": tag})

    attached.up(functools.partial(program, "old", None, "1")).succeeded()
    before = state_of(attached, "old")
    assert attached.up(functools.partial(program, "new", "old", "1")).succeeded().steps == ()
    after = state_of(attached, "new")
    assert (after["id"], after["outputs"]["name"]) == (before["id"], before["outputs"]["name"])

    steps = attached.up(functools.partial(program, "new", "old", "2"), target=[after["urn"]]).succeeded().steps
    assert steps == (("update", "new"),)


def test_what_cannot_be_done_is_refused_in_the_preview(attached: EngineStack, account: Account) -> None:
    """Inline rules, and a type that the stand-in does not have, fail the preview with what to do."""

    def inline() -> None:
        rule = aws.ec2.SecurityGroupEgressArgs(protocol="-1", from_port=0, to_port=0, cidr_blocks=["0.0.0.0/0"])
        aws.ec2.SecurityGroup("inline", vpc_id=account.vpc_id, egress=[rule])

    def bucket() -> None:
        pulumi.CustomResource("aws:s3/bucket:Bucket", "bucket", {})  # importing aws.s3 takes seconds

    refused = attached.preview(inline)
    assert refused.failed
    assert "does not apply egress of aws:ec2/securityGroup:SecurityGroup" in refused.output
    refused = attached.preview(bucket)
    assert refused.failed
    assert "no resource type aws:s3/bucket:Bucket" in refused.output


def test_a_real_endpoint_is_refused_before_any_call(new_stack: Callable[..., EngineStack]) -> None:
    """With an endpoint that is not loopback nothing is made, and the message says why."""
    stack = new_stack(AWS_ENDPOINT_URL="https://ec2.eu-central-1.amazonaws.com")

    refused = stack.up(lambda: pulumi.export("id", aws.ec2.SecurityGroup("group").id))

    assert refused.failed
    assert "is not a loopback address" in refused.output
    assert refused.names("create") == set()


def test_a_group_in_use_fails_the_destruction(attached: EngineStack, account: Account) -> None:
    """Where somebody else's interface has the group, destroy fails after customTimeouts with AWS's words, and keeps it."""

    def program() -> None:
        timeouts = pulumi.CustomTimeouts(delete="1s")
        opts = ResourceOptions(custom_timeouts=timeouts)
        pulumi.export("id", aws.ec2.SecurityGroup("used", vpc_id=account.vpc_id, opts=opts).id)

    attached.up(program).succeeded()
    account.interface(attached.outputs()["id"])

    refused = attached.destroy()

    assert refused.failed
    assert "DependencyViolation" in refused.output
    assert state_of(attached, "used")["id"] == attached.outputs()["id"]


def test_a_password_is_nowhere_in_clear(stack: EngineStack, account: Account) -> None:
    """A database's password is encrypted in the state, in inputs and outputs, after creation and after refresh."""

    def program() -> None:
        subnets = aws.rds.SubnetGroup("subnets", subnet_ids=[account.subnet_id])
        aws.rds.Instance(
            "db",
            engine="postgres",
            instance_class="db.t3.micro",
            allocated_storage=20,
            username="somebody",
            password=PASSWORD,
            db_subnet_group_name=subnets.name,
            skip_final_snapshot=True,
        )

    def state() -> str:
        [file] = Path(stack.env["PULUMI_BACKEND_URL"].removeprefix("file://")).glob(
            f".pulumi/stacks/{stack.project}/dev.json"
        )
        return file.read_text()

    created = stack.up(program).succeeded()
    first = state()
    refreshed = stack.refresh().succeeded()

    assert stack.up(program).succeeded().steps == ()
    for text in (created.output, refreshed.output, first, state()):
        assert PASSWORD not in text
    assert state_of(stack, "db")["outputs"]["password"]["plaintext"] == json.dumps(PASSWORD)  # kept, and encrypted


def test_lookups_under_the_engine(attached: EngineStack, account: Account) -> None:
    """Programs look up VPCs, subnets, the caller and the region, also by what is only known later."""

    def program() -> None:
        vpc = aws.ec2.get_vpc(id=account.vpc_id)
        here: Any = {"name": "vpc-id", "values": [pulumi.Output.from_input(vpc.id)]}
        found = aws.ec2.get_subnets_output(filters=[here])
        pulumi.export("cidr", vpc.cidr_block)
        pulumi.export("subnets", found.ids)
        pulumi.export("account", aws.get_caller_identity().account_id)
        pulumi.export("region", aws.get_region().region)

    attached.up(program).succeeded()

    owner = client("sts", attached.env["AWS_ENDPOINT_URL"]).get_caller_identity()["Account"]
    expected = {"cidr": "10.0.0.0/16", "subnets": [account.subnet_id], "account": owner, "region": "eu-central-1"}
    assert attached.outputs() == expected
