"""The stand-in aws plugin served in this process, configured for an embedded AWS."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from typing import Any

from sg_integration.sandbox.plugins.aws.package import AwsPackage
from tests.sandbox.plugin_client import Client, served

REGION = "eu-central-1"
VPC = "aws:ec2/vpc:Vpc"
SUBNET = "aws:ec2/subnet:Subnet"
GROUP = "aws:ec2/securityGroup:SecurityGroup"
INGRESS = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
EGRESS = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"
INSTANCE = "aws:ec2/instance:Instance"
INTERFACE = "aws:ec2/networkInterface:NetworkInterface"
SUBNET_GROUP = "aws:rds/subnetGroup:SubnetGroup"
DATABASE = "aws:rds/instance:Instance"
CLUSTER = "aws:rds/cluster:Cluster"
CLUSTER_INSTANCE = "aws:rds/clusterInstance:ClusterInstance"
_numbers = count(1)


def arguments(url: str, **more: Any) -> dict[str, Any]:
    """The arguments of a provider for an embedded AWS, in the form in which the SDK sends them."""
    endpoints = json.dumps([{"ec2": url, "rds": url, "sts": url}])
    plain = {"region": REGION, "accessKey": "test", "secretKey": "test", "endpoints": endpoints}
    return {**plain, **{key: value if isinstance(value, str) else json.dumps(value) for key, value in more.items()}}


@contextmanager
def provider(url: str, **more: Any) -> Iterator[Client]:
    """A connection to a server of its own, configured."""
    with served(AwsPackage()) as port:
        client = Client(port)
        client.configure(**arguments(url, **more))
        yield client


class Resource:
    """One resource, taken through its life as the engine does it: check, then create or update.

    Args:
        client: the provider.
        type_: the resource's type.
    """

    def __init__(self, client: Client, type_: str) -> None:
        self.client = client
        self.type = type_
        self.id = ""
        self.name = f"one{next(_numbers)}"
        self.inputs: dict[str, Any] = {}
        self.state: dict[str, Any] = {}

    def make(self, **inputs: Any) -> Resource:
        """Create it."""
        self.inputs = self.checked(inputs)
        self.id, self.state = self.client.create(self.type, self.inputs)
        return self

    def change(self, **inputs: Any) -> None:
        """Update it in place."""
        self.inputs = self.checked(inputs)
        self.state = self.client.update(self.type, self.id, self.state, self.inputs)

    def diff(self, **inputs: Any) -> Any:
        """What the engine would be told about new inputs."""
        return self.client.diff(self.type, self.state, self.checked(inputs))

    def refresh(self) -> None:
        """Read it."""
        self.id, self.state, self.inputs = self.client.read(self.type, self.id, self.state, self.inputs)

    def remove(self, seconds: float = 0.0) -> None:
        """Delete it."""
        self.client.delete(self.type, self.id, self.state, self.inputs, seconds)

    def checked(self, inputs: dict[str, Any]) -> dict[str, Any]:
        """The inputs after Check, which must find nothing wrong."""
        checked, failures = self.client.check(self.type, inputs, self.inputs, self.name)
        assert failures == []
        return dict(checked)
