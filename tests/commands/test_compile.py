"""`sg-integration compile`, from a VPC of the strict simulator and from a file."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
import yaml

from sg_integration.cli import main
from sg_integration.sandbox.aws.server import EmbeddedAws


@pytest.fixture(scope="module")
def embedded_aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedAws]:
    """An account for the tests of this file."""
    with EmbeddedAws(directory=tmp_path_factory.mktemp("aws")) as server:
        yield server


@pytest.fixture
def vpc(embedded_aws: EmbeddedAws, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """A VPC with a database's group that admits an API's, and an instance in the first."""
    for name, value in (
        ("AWS_ACCESS_KEY_ID", "test"), ("AWS_SECRET_ACCESS_KEY", "test"), ("AWS_REGION", "eu-central-1"),
        ("AWS_ENDPOINT_URL", embedded_aws.url),
    ):  # fmt: skip
        monkeypatch.setenv(name, value)
    ec2: Any = boto3.client("ec2", endpoint_url=embedded_aws.url, region_name="eu-central-1")
    vpc_id = ec2.create_vpc(CidrBlock="10.60.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc_id, CidrBlock="10.60.0.0/24")["Subnet"]["SubnetId"]
    names = ("api", "db", "nodes", "pod-default")
    groups = {
        name: ec2.create_security_group(GroupName=name, Description=name, VpcId=vpc_id)["GroupId"] for name in names
    }
    rule = {"IpProtocol": "tcp", "FromPort": 5432, "ToPort": 5432, "UserIdGroupPairs": [{"GroupId": groups["api"]}]}
    ec2.authorize_security_group_ingress(GroupId=groups["db"], IpPermissions=[rule])
    interface = {"DeviceIndex": 0, "SubnetId": subnet, "Groups": [groups["db"]]}
    ec2.run_instances(ImageId="ami-12c6146b", MinCount=1, MaxCount=1, NetworkInterfaces=[interface])
    return {"vpc": vpc_id, **groups}


def arguments(vpc: dict[str, str], *more: str) -> list[str]:
    """A command that compiles the VPC."""
    groups = ["--group", vpc["api"], "--node-group", vpc["nodes"], "--pod-default", vpc["pod-default"]]
    return ["compile", "--vpc-id", vpc["vpc"], *groups, *more]


def test_a_live_vpc_as_a_table(vpc: dict[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    """Each object is a line that says what it means; what Calico never closes is said."""
    assert main(arguments(vpc)) == 0
    printed = capsys.readouterr()
    assert any("sg-remote." in line and "5432" in line and "api" in line for line in printed.out.splitlines())
    assert "failsafe ports" in printed.err


def test_a_file_says_the_same_without_aws(
    vpc: dict[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What --save kept compiles to the same objects, as JSON and as YAML; a rule that is taken out of it is gone."""
    path = tmp_path / "vpc.json"
    assert main(arguments(vpc, "--save", str(path), "--output", "json")) == 0
    live = json.loads(capsys.readouterr().out)
    assert main(["compile", "--file", str(path), "--output", "yaml"]) == 0
    assert list(yaml.safe_load_all(capsys.readouterr().out)) == live
    document = json.loads(path.read_text())
    for group in document["groups"]:
        group["rules"] = [each for each in group["rules"] if each["from_port"] != 5432]
    path.write_text(json.dumps(document))
    assert main(["compile", "--file", str(path)]) == 0
    assert "5432" not in capsys.readouterr().out


@pytest.mark.parametrize(
    ("text", "words"), [("no", "it is no JSON"), ("{}", "it has no 'groups'"), ('{"groups": [1]}', "it is not what")]
)
def test_a_broken_file_is_refused(text: str, words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A file that is not what --save writes is refused, by name."""
    path = tmp_path / "vpc.json"
    path.write_text(text)
    assert main(["compile", "--file", str(path)]) == 1
    assert words in capsys.readouterr().err


def test_groups_of_the_integration_are_found_by_their_tags(
    vpc: dict[str, str], embedded_aws: EmbeddedAws, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without options the pod default group is the one that says so, and the node groups those that the nodes share."""
    ec2: Any = boto3.client("ec2", endpoint_url=embedded_aws.url, region_name="eu-central-1")
    tags = [{"Key": "sg-integration:role", "Value": "pod-default"}]
    ec2.create_tags(Resources=[vpc["pod-default"]], Tags=tags)
    subnet = ec2.describe_subnets(Filters=[{"Name": "vpc-id", "Values": [vpc["vpc"]]}])["Subnets"][0]["SubnetId"]
    interface = {"DeviceIndex": 0, "SubnetId": subnet, "Groups": [vpc["nodes"]]}
    made = ec2.run_instances(ImageId="ami-12c6146b", MinCount=1, MaxCount=1, NetworkInterfaces=[interface])
    node = ["--node", made["Instances"][0]["InstanceId"]]
    assert main([*arguments(vpc), *node, "--output", "json"]) == 0
    named = capsys.readouterr().out
    assert main(["compile", "--vpc-id", vpc["vpc"], "--group", vpc["api"], *node, "--output", "json"]) == 0
    found = capsys.readouterr()
    assert json.loads(found.out) == json.loads(named)
    assert f"note: the node groups are taken to be those that all nodes share: {vpc['nodes']}" in found.err


def test_node_groups_that_nobody_can_know_must_be_named(
    vpc: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    """Without nodes their groups are asked for; a VPC without an integration grants nothing by its pod default group."""
    assert main(["compile", "--vpc-id", vpc["vpc"]]) == 1
    assert "--node-group: no node is known in this VPC" in capsys.readouterr().err
    assert main(["compile", "--vpc-id", vpc["vpc"], "--node-group", vpc["nodes"]]) == 0
    assert "note: the VPC has no pod default group" in capsys.readouterr().err


def test_what_is_not_in_the_vpc_is_noted(vpc: dict[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    """A group or an instance that is mistyped is named by its option; what is there is not."""
    missing, node = "sg-0123456789abcdef0", "i-0123456789abcdef0"
    assert main(arguments(vpc, "--group", missing, "--node", node, "--enforced", missing)) == 0
    notes = [each for each in capsys.readouterr().err.splitlines() if "is not in" in each]
    named = (f"--group {missing}", f"--enforced {missing}", f"--node {node}")
    assert notes == [f"note: {each} is not in {vpc['vpc']}; correct it" for each in named]
    assert main(["compile", "--vpc-id", vpc["vpc"], "--node", node]) == 1
    assert f"--node {node} is not in" in capsys.readouterr().err


def test_trust_is_no_node_group(vpc: dict[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    """The group that opens members to the nodes is not that of the nodes."""
    assert main(arguments(vpc, "--trust", vpc["nodes"])) == 1
    assert f"--trust: {vpc['nodes']} is a --node-group, too" in capsys.readouterr().err
