"""The provider as the engine runs it: its own process, gRPC, floats and unknowns, against the embedded AWS."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import boto3
import grpc  # type: ignore[import-untyped]
import pytest
from google.protobuf import json_format, struct_pb2  # type: ignore[import-untyped]
from pulumi.dynamic.dynamic import serialize_provider
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc

from sg_integration.providers.enrollment import Ec2EnrollmentProvider
from sg_integration.sandbox.aws.server import EmbeddedAws

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client

UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
PROVIDER = serialize_provider(Ec2EnrollmentProvider())
KEYS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_REGION": "eu-central-1"}


@pytest.fixture(scope="module")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedAws]:
    """An account."""
    with EmbeddedAws(directory=tmp_path_factory.mktemp("aws")) as server:
        yield server


@contextmanager
def deployment(aws: EmbeddedAws) -> Iterator[Any]:
    """The provider's process of one deployment, configured."""
    env = {**os.environ, **KEYS, "AWS_ENDPOINT_URL": aws.url, "PULUMI_PROJECT": "proj"}
    command = [sys.executable, "-u", "-m", "pulumi.dynamic", "x"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=env, text=True) as process:
        assert process.stdout
        try:
            with grpc.insecure_channel(f"127.0.0.1:{int(process.stdout.readline())}") as channel:
                stub = provider_pb2_grpc.ResourceProviderStub(channel)
                stub.Configure(provider_pb2.ConfigureRequest(args=struct({})))
                yield stub
        finally:
            process.terminate()


@pytest.fixture(scope="module")
def ec2(aws: EmbeddedAws) -> EC2Client:
    """A client that sees what stands in the account."""
    return boto3.client("ec2", "eu-central-1", endpoint_url=aws.url, aws_access_key_id="t", aws_secret_access_key="t")


def struct(document: dict[str, Any]) -> struct_pb2.Struct:
    """As it goes over the wire: numbers are floats."""
    return json_format.ParseDict({"__provider": PROVIDER, **document}, struct_pb2.Struct())


def plain(message: struct_pb2.Struct) -> dict[str, Any]:
    """As it came."""
    return {name: value for name, value in json_format.MessageToDict(message).items() if name != "__provider"}


class World:
    """A VPC with two instances, a group of ours and one of somebody else."""

    def __init__(self, ec2: EC2Client) -> None:
        self.ec2 = ec2
        self.vpc_id = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        subnet = ec2.create_subnet(VpcId=self.vpc_id, CidrBlock="10.0.0.0/24")["Subnet"]["SubnetId"]
        self.web, self.trust = (self._group(name) for name in ("web", "trust"))
        made = ec2.run_instances(
            ImageId="ami-12c6146b", MinCount=2, MaxCount=2,
            NetworkInterfaces=[{"DeviceIndex": 0, "SubnetId": subnet, "Groups": [self.web]}],
        )["Instances"]  # fmt: skip
        self.instances = [instance["InstanceId"] for instance in made]
        self.interfaces = [instance["NetworkInterfaces"][0]["NetworkInterfaceId"] for instance in made]

    def inputs(self, **more: Any) -> dict[str, Any]:
        """What a program says; a pace arrives as floats."""
        groups = {"security_group_ids": [self.trust], "reserved_group_ids": [self.trust]}
        return {
            "vpc_id": self.vpc_id,
            **groups,
            "select": {"whole_vpc": True},
            "pace": {"capacity": 50, "refill": 1000},
            **more,
        }

    def groups(self) -> list[set[str]]:
        """What each interface has."""
        found = self.ec2.describe_network_interfaces(NetworkInterfaceIds=self.interfaces)["NetworkInterfaces"]
        return [{group["GroupId"] for group in item["Groups"]} for item in found]

    def _group(self, name: str) -> str:
        return self.ec2.create_security_group(GroupName=name, Description=name, VpcId=self.vpc_id)["GroupId"]


@pytest.fixture(scope="module")
def there(ec2: EC2Client) -> World:
    """A VPC that no test changes."""
    return World(ec2)


@pytest.fixture(scope="module")
def one(aws: EmbeddedAws) -> Iterator[Any]:
    """One deployment in which nothing is done."""
    with deployment(aws) as stub:
        yield stub


def test_a_life_over_the_wire(ec2: EC2Client, aws: EmbeddedAws) -> None:
    """Check finds, create attaches, diff is quiet, update lets one leave, read and delete answer; nothing is left."""
    there = World(ec2)
    with deployment(aws) as stub:
        checked = stub.Check(provider_pb2.CheckRequest(urn="u", olds=struct({}), news=struct(there.inputs())))
        assert not checked.failures
        news = plain(checked.inputs)
        assert news["members"] == dict(zip(there.interfaces, there.instances, strict=True))
        made = stub.Create(provider_pb2.CreateRequest(urn="u", properties=struct(news)))
        outs = plain(made.properties)
        assert made.id.startswith(f"{there.vpc_id}/")
        assert outs["attached"] == {interface: [there.trust] for interface in there.interfaces}
        assert there.groups() == [{there.web, there.trust}] * 2
        same = stub.Diff(provider_pb2.DiffRequest(id=made.id, urn="u", olds=struct(outs), news=struct(news)))
        assert same.changes == provider_pb2.DiffResponse.DIFF_NONE
    with deployment(aws) as stub:
        less = there.inputs(select={"instance_ids": there.instances[:1]})
        news = plain(stub.Check(provider_pb2.CheckRequest(urn="u", olds=struct(news), news=struct(less))).inputs)
        differs = stub.Diff(provider_pb2.DiffRequest(id=made.id, urn="u", olds=struct(outs), news=struct(news)))
        assert differs.changes == provider_pb2.DiffResponse.DIFF_UNKNOWN
        request = provider_pb2.UpdateRequest(id=made.id, urn="u", olds=struct(outs), news=struct(news))
        outs = plain(stub.Update(request).properties)
        assert there.groups() == [{there.web, there.trust}, {there.web}]
    with deployment(aws) as stub:
        found = stub.Read(provider_pb2.ReadRequest(id=made.id, urn="u", properties=struct(outs)))
        assert plain(found.properties) == outs
        assert plain(found.inputs) == news
        stub.Delete(provider_pb2.DeleteRequest(id=made.id, urn="u", properties=struct(outs)))
    assert there.groups() == [{there.web}] * 2
    assert len(aws.calls("ModifyNetworkInterfaceAttribute")) == 4


def test_what_is_not_known_crosses_the_wire(ec2: EC2Client, aws: EmbeddedAws) -> None:
    """With a group that does not exist yet, check lists the members and gives the unknown value back as it was."""
    there = World(ec2)
    inputs = there.inputs(security_group_ids=[UNKNOWN], reserved_group_ids=[UNKNOWN])
    with deployment(aws) as stub:
        checked = stub.Check(provider_pb2.CheckRequest(urn="u", olds=struct({}), news=struct(inputs)))
        assert not checked.failures
        found = plain(checked.inputs)
        assert set(found["members"]) == set(there.interfaces)
        assert found["security_group_ids"] == [UNKNOWN]
        attached = {interface: [there.trust] for interface in there.interfaces}
        outs = {**there.inputs(), "members": found["members"], "attached": attached}
        verdict = stub.Diff(provider_pb2.DiffRequest(id="i", urn="u", olds=struct(outs), news=struct(found)))
        assert verdict.changes != provider_pb2.DiffResponse.DIFF_NONE


@pytest.mark.parametrize(
    ("bad", "name", "words"),
    [
        ({"vpc_id": "vpc-typo"}, "vpc_id", "'vpc-typo' is not a VPC id"),
        ({"select": {"instance_ids": ["i-0123456789abcdef0"]}}, "select", "no such instance in this VPC"),
        ({"security_group_ids": ["sg-0123456789abcdef0"]}, "security_group_ids", "InvalidGroup.NotFound"),
        ({"pace": {"capacity": 0.5}}, "pace", "capacity 0.5 is not a whole number"),
    ],
)
def test_bad_input_is_a_failure_of_its_property(there: World, one: Any, bad: Any, name: str, words: str) -> None:
    """The answer is a failure with a name, not an error with a traceback."""
    news = struct(there.inputs(**bad))
    failures = one.Check(provider_pb2.CheckRequest(urn="u", olds=struct({}), news=news)).failures
    assert [failure.property for failure in failures] == [name]
    assert words in failures[0].reason
