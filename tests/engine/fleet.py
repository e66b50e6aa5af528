"""Instances and databases of a test's VPC, and what groups they have."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client

    from .cloud import Cloud


@dataclass
class Fleet:
    """Instances with one interface each, in one VPC.

    Args:
        cloud: the VPC.
        subnet_id: where they are.
        web: a group that somebody else owns, which they all have.
        interfaces: instance name to interface id.
        instances: instance name to instance id.
    """

    cloud: Cloud
    subnet_id: str
    web: str
    interfaces: dict[str, str] = field(default_factory=dict)
    instances: dict[str, str] = field(default_factory=dict)

    @classmethod
    def make(cls, cloud: Cloud) -> Fleet:
        """An empty fleet with a subnet and a group `web`."""
        subnet = cloud.ec2.create_subnet(VpcId=cloud.vpc_id, CidrBlock="10.40.0.0/20")["Subnet"]["SubnetId"]
        web = cloud.ec2.create_security_group(GroupName="web", Description="web", VpcId=cloud.vpc_id)["GroupId"]
        cloud.others["web"] = web
        return cls(cloud, subnet, web)

    @property
    def ec2(self) -> EC2Client:
        """The client."""
        return self.cloud.ec2

    def launch(self, *names: str, **tags: str) -> None:
        """Start an instance for each name, with tags."""
        for name in names:
            tagged: Any = [{"Key": key, "Value": value} for key, value in {"Name": name, **tags}.items()]
            made = self.ec2.run_instances(
                ImageId="ami-12c6146b",
                InstanceType="t3.micro",
                MinCount=1,
                MaxCount=1,
                NetworkInterfaces=[{"DeviceIndex": 0, "SubnetId": self.subnet_id, "Groups": [self.web]}],
                TagSpecifications=[{"ResourceType": "instance", "Tags": tagged}],
            )["Instances"][0]
            self.instances[name] = made["InstanceId"]
            self.interfaces[name] = made["NetworkInterfaces"][0]["NetworkInterfaceId"]

    def groups(self, name: str) -> set[str]:
        """The groups of an instance's interface, by name."""
        names = {**{value: key for key, value in self.cloud.groups().items()},
                 **{value: key for key, value in self.cloud.others.items()}}  # fmt: skip
        found = self.ec2.describe_network_interfaces(NetworkInterfaceIds=[self.interfaces[name]])["NetworkInterfaces"]
        return {names.get(group["GroupId"], group["GroupId"]) for group in found[0]["Groups"]}

    def extra(self) -> str:
        """Another group of somebody else's; its name."""
        name = f"extra-{len(self.cloud.others)}"
        made = self.ec2.create_security_group(GroupName=name, Description=name, VpcId=self.cloud.vpc_id)
        self.cloud.others[name] = made["GroupId"]
        return name

    def set_groups(self, name: str, *groups: str) -> None:
        """What somebody else does: replace the groups of an instance's interface."""
        known = {**self.cloud.others, **self.cloud.groups()}
        self.ec2.modify_network_interface_attribute(
            NetworkInterfaceId=self.interfaces[name], Groups=[known.get(group, group) for group in groups]
        )
