"""A VPC and a namespace that somebody else owns: what a stack of ours finds when it comes."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

from sg_integration.sandbox.seed_cluster import seed_cluster

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client
    from mypy_boto3_rds import RDSClient

_IMAGE: Final = "ami-12c6146b"  # one that moto knows


@dataclass(frozen=True, slots=True)
class Seeded:
    """What a stack needs to know of the VPC: the configuration of examples/quickstart.

    Args:
        vpc_id: the VPC.
        node_security_group_ids: the groups of the worker nodes.
        control_plane_security_group_id: the control plane's group.
        bastion_security_group_id: a group that may reach the database.
        servers_security_group_id: the group of an instance that is marked to be a member.
        db_instance_identifier: a database.
        second: what the configuration says besides of a second cluster, see `seed_second`.
    """

    vpc_id: str
    node_security_group_ids: tuple[str, ...]
    control_plane_security_group_id: str
    bastion_security_group_id: str
    servers_security_group_id: str
    db_instance_identifier: str
    second: Mapping[str, str | list[str]] = field(default_factory=dict)

    def config(self) -> dict[str, str | list[str]]:
        """Keys and values for `pulumi config set`."""
        return {
            "vpcId": self.vpc_id,
            "nodeSecurityGroupIds": list(self.node_security_group_ids),
            "controlPlaneSecurityGroupId": self.control_plane_security_group_id,
            "bastionSecurityGroupId": self.bastion_security_group_id,
            "serversSecurityGroupId": self.servers_security_group_id,
            "dbInstanceIdentifier": self.db_instance_identifier,
            **self.second,
        }

    def config_arguments(self) -> list[str]:
        """The arguments of `pulumi config set-all --path`; what reaches a cluster is a secret."""
        arguments = []
        for key, value in self.config().items():
            items = [(key, value)] if isinstance(value, str) else [(f"{key}[{at}]", it) for at, it in enumerate(value)]
            kind = "--secret" if key.endswith("Kubeconfig") else "--plaintext"
            arguments += [argument for path, item in items for argument in (kind, f"{path}={item}")]
        return arguments


def seed(env: Mapping[str, str]) -> Seeded:
    """Make the VPC with its nodes, servers and database, and a namespace with Deployments.

    Seeding twice is fine: it makes a second VPC, whose instances are then the cluster's nodes.

    Args:
        env: the sandbox's environment, as `Sandbox.env()` gives it; where it has no cluster, no namespace is made.

    Raises:
        botocore.exceptions.ClientError: the embedded AWS refused.
        SandboxError: the cluster's controllers made no pods.
        KeyError: the environment is not a sandbox's.
    """
    session = _session(env)
    ec2 = session.client("ec2", endpoint_url=env["AWS_ENDPOINT_URL"])
    rds = session.client("rds", endpoint_url=env["AWS_ENDPOINT_URL"])
    vpc_id = ec2.create_vpc(CidrBlock="10.20.0.0/16", TagSpecifications=_tagged("vpc", "shop"))["Vpc"]["VpcId"]
    zones = [f"{env['AWS_REGION']}{letter}" for letter in "ab"]
    subnets = [_subnet(ec2, vpc_id, f"10.20.{index}.0/24", zone) for index, zone in enumerate(zones)]
    names = ("shop-nodes", "shop-control-plane", "shop-bastion", "shop-servers", "shop-database")
    nodes, control_plane, bastion, servers, database = (_group(ec2, vpc_id, name) for name in names)
    instances = {
        name: _instance(ec2, subnets[0], nodes, {"Name": name, "eks:cluster-name": "shop"})
        for name in ("node-1", "node-2")
    }
    for name, group, tags in (("bastion", bastion, {}), ("billing", servers, {"sg-integration": "member"})):
        _instance(ec2, subnets[0], group, {"Name": name, **tags})
    orders = _database(rds, vpc_id, subnets, database)
    if env["KUBECONFIG"] != os.devnull:
        seed_cluster(env["KUBECONFIG"], region=env["AWS_REGION"], zone=zones[0], nodes=instances)
    return Seeded(vpc_id, (nodes,), control_plane, bastion, servers, orders)


def seed_second(env: Mapping[str, str], seeded: Seeded, kubeconfig: str) -> Seeded:
    """Give a VPC that was seeded a second cluster: its nodes, with a group of their own, and its Deployments.

    Args:
        env: the sandbox's environment.
        seeded: what stands already, with its cluster.
        kubeconfig: the path of the second cluster's kubeconfig.

    Returns:
        The same, and what examples/two-clusters-one-vpc has to know of the two clusters.
    """
    ec2 = _session(env).client("ec2", endpoint_url=env["AWS_ENDPOINT_URL"])
    subnet = ec2.describe_subnets(Filters=[{"Name": "vpc-id", "Values": [seeded.vpc_id]}])["Subnets"][0]
    nodes = _group(ec2, seeded.vpc_id, "batch-nodes")
    instances = {
        name: _instance(ec2, subnet["SubnetId"], nodes, {"Name": name, "eks:cluster-name": "batch"})
        for name in ("batch-1", "batch-2")
    }
    seed_cluster(kubeconfig, region=env["AWS_REGION"], zone=subnet["AvailabilityZone"], nodes=instances)
    second: dict[str, str | list[str]] = {
        "appsNodeSecurityGroupIds": list(seeded.node_security_group_ids),
        "batchNodeSecurityGroupIds": [nodes],
        "appsKubeconfig": env["KUBECONFIG"],
        "batchKubeconfig": kubeconfig,
    }
    return replace(seeded, second=second)


def _session(env: Mapping[str, str]) -> Any:
    import boto3  # noqa: PLC0415  a heavy import, for this command alone

    return boto3.Session(env["AWS_ACCESS_KEY_ID"], env["AWS_SECRET_ACCESS_KEY"], region_name=env["AWS_REGION"])


def _tagged(kind: Any, name: str) -> Any:
    return [{"ResourceType": kind, "Tags": [{"Key": "Name", "Value": name}]}]


def _subnet(ec2: EC2Client, vpc_id: str, cidr: str, zone: str) -> str:
    made = ec2.create_subnet(
        VpcId=vpc_id, CidrBlock=cidr, AvailabilityZone=zone, TagSpecifications=_tagged("subnet", cidr)
    )
    return made["Subnet"]["SubnetId"]


def _group(ec2: EC2Client, vpc_id: str, name: str) -> str:
    made = ec2.create_security_group(
        GroupName=name,
        Description=f"{name}, kept by hand",
        VpcId=vpc_id,
        TagSpecifications=_tagged("security-group", name),
    )
    return made["GroupId"]


def _instance(ec2: EC2Client, subnet_id: str, security_group_id: str, tags: Mapping[str, str]) -> str:
    made = ec2.run_instances(
        ImageId=_IMAGE,
        InstanceType="t3.micro",
        MinCount=1,
        MaxCount=1,
        NetworkInterfaces=[{"DeviceIndex": 0, "SubnetId": subnet_id, "Groups": [security_group_id]}],
        TagSpecifications=[
            {"ResourceType": "instance", "Tags": [{"Key": key, "Value": value} for key, value in tags.items()]}
        ],
    )
    return made["Instances"][0]["InstanceId"]


def _database(rds: RDSClient, vpc_id: str, subnet_ids: Sequence[str], security_group_id: str) -> str:
    group, name = f"shop-{vpc_id}", f"orders-{vpc_id.removeprefix('vpc-')}"
    rds.create_db_subnet_group(
        DBSubnetGroupName=group, DBSubnetGroupDescription="The shop's databases", SubnetIds=list(subnet_ids)
    )
    rds.create_db_instance(
        DBInstanceIdentifier=name,
        Engine="postgres",
        DBInstanceClass="db.t3.micro",
        AllocatedStorage=20,
        MasterUsername="orders",
        MasterUserPassword="in-the-sandbox",
        DBSubnetGroupName=group,
        VpcSecurityGroupIds=[security_group_id],
    )
    return name
