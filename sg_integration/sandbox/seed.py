"""A VPC and a namespace that somebody else owns: what a stack of ours finds when it comes."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client
    from mypy_boto3_rds import RDSClient

_NAMESPACE: Final = "shop"
_PODS: Final = ("orders-api-7d4f9c-x2m8q", "orders-api-7d4f9c-k9w4z", "storefront-5b6c8d-p7n3r")
_IMAGE: Final = "ami-12c6146b"  # one that moto knows


@dataclass(frozen=True, slots=True)
class Seeded:
    """What a stack needs to know of the VPC: the configuration of examples/quickstart.

    Args:
        vpc_id: the VPC.
        node_security_group_ids: the groups of the worker nodes.
        control_plane_security_group_id: the control plane's group.
        bastion_security_group_id: a group that may reach the database.
    """

    vpc_id: str
    node_security_group_ids: tuple[str, ...]
    control_plane_security_group_id: str
    bastion_security_group_id: str

    def config(self) -> dict[str, str | list[str]]:
        """Keys and values for `pulumi config set`."""
        return {
            "vpcId": self.vpc_id,
            "nodeSecurityGroupIds": list(self.node_security_group_ids),
            "controlPlaneSecurityGroupId": self.control_plane_security_group_id,
            "bastionSecurityGroupId": self.bastion_security_group_id,
        }

    def config_arguments(self) -> list[str]:
        """The arguments of `pulumi config set-all --path`."""
        arguments = []
        for key, value in self.config().items():
            items = [(key, value)] if isinstance(value, str) else [(f"{key}[{at}]", it) for at, it in enumerate(value)]
            arguments += [argument for path, item in items for argument in ("--plaintext", f"{path}={item}")]
        return arguments


def seed(env: Mapping[str, str]) -> Seeded:
    """Make the VPC with its nodes, servers and database, and a namespace with pods.

    Args:
        env: the sandbox's environment, as `Sandbox.env()` gives it; where it has no cluster, no namespace is made.

    Raises:
        botocore.exceptions.ClientError: the embedded AWS refused. Seeding twice is fine: it makes a second VPC.
        KeyError: the environment is not a sandbox's.
    """
    import boto3  # noqa: PLC0415  a heavy import, for this command alone

    session = boto3.Session(env["AWS_ACCESS_KEY_ID"], env["AWS_SECRET_ACCESS_KEY"], region_name=env["AWS_REGION"])
    ec2 = session.client("ec2", endpoint_url=env["AWS_ENDPOINT_URL"])
    rds = session.client("rds", endpoint_url=env["AWS_ENDPOINT_URL"])
    vpc_id = ec2.create_vpc(CidrBlock="10.20.0.0/16", TagSpecifications=_tagged("vpc", "shop"))["Vpc"]["VpcId"]
    subnets = [
        _subnet(ec2, vpc_id, f"10.20.{index}.0/24", f"{env['AWS_REGION']}{zone}") for index, zone in enumerate("ab")
    ]
    names = ("shop-nodes", "shop-control-plane", "shop-bastion", "shop-servers", "shop-database")
    nodes, control_plane, bastion, servers, database = (_group(ec2, vpc_id, name) for name in names)
    for name, group, tags in (
        ("node-1", nodes, {"eks:cluster-name": "shop"}),
        ("node-2", nodes, {"eks:cluster-name": "shop"}),
        ("bastion", bastion, {}),
        ("billing", servers, {"sg-integration": "member"}),
    ):
        _instance(ec2, subnets[0], group, {"Name": name, **tags})
    _database(rds, vpc_id, subnets, database)
    if env["KUBECONFIG"] != os.devnull:
        _pods(env["KUBECONFIG"])
    return Seeded(vpc_id, (nodes,), control_plane, bastion)


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


def _instance(ec2: EC2Client, subnet_id: str, security_group_id: str, tags: Mapping[str, str]) -> None:
    ec2.run_instances(
        ImageId=_IMAGE,
        InstanceType="t3.micro",
        MinCount=1,
        MaxCount=1,
        NetworkInterfaces=[{"DeviceIndex": 0, "SubnetId": subnet_id, "Groups": [security_group_id]}],
        TagSpecifications=[
            {"ResourceType": "instance", "Tags": [{"Key": key, "Value": value} for key, value in tags.items()]}
        ],
    )


def _database(rds: RDSClient, vpc_id: str, subnet_ids: Sequence[str], security_group_id: str) -> None:
    group = f"shop-{vpc_id}"
    rds.create_db_subnet_group(
        DBSubnetGroupName=group, DBSubnetGroupDescription="The shop's databases", SubnetIds=list(subnet_ids)
    )
    rds.create_db_instance(
        DBInstanceIdentifier=f"orders-{vpc_id.removeprefix('vpc-')}",
        Engine="postgres",
        DBInstanceClass="db.t3.micro",
        AllocatedStorage=20,
        MasterUsername="orders",
        MasterUserPassword="in-the-sandbox",
        DBSubnetGroupName=group,
        VpcSecurityGroupIds=[security_group_id],
    )


def _pods(kubeconfig: str) -> None:
    """A namespace with three pods; there is no kubelet, so they stay Pending."""
    from lightkube import Client, KubeConfig  # noqa: PLC0415  a heavy import, for this command alone
    from lightkube.models.core_v1 import Container, PodSpec  # noqa: PLC0415
    from lightkube.models.meta_v1 import ObjectMeta  # noqa: PLC0415
    from lightkube.resources.core_v1 import Namespace, Pod  # noqa: PLC0415

    client = Client(config=KubeConfig.from_file(kubeconfig).get(), field_manager="seed")
    client.apply(Namespace(metadata=ObjectMeta(name=_NAMESPACE)))
    for name in _PODS:
        app = name.rsplit("-", 2)[0]
        metadata = ObjectMeta(name=name, namespace=_NAMESPACE, labels={"app": app})
        spec = PodSpec(containers=[Container(name=app, image="registry.k8s.io/pause:3.10")])
        client.apply(Pod(apiVersion="v1", kind="Pod", metadata=metadata, spec=spec))
