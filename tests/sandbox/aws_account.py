"""What the tests of the embedded AWS share: an account with a VPC of the test's own, and how a refusal is expected."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from itertools import count
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mypy_boto3_ec2 import EC2Client
    from mypy_boto3_rds import RDSClient

REGION = "eu-central-1"
UNKNOWN_GROUP = "sg-0123456789abcdef0"
_numbers = count(1)


@cache
def client(service: Any, url: str) -> Any:
    """The boto3 client that talks to the embedded AWS, and does not try again."""
    return boto3.client(
        service,
        endpoint_url=url,
        region_name=REGION,
        aws_access_key_id="test",
        aws_secret_access_key="test",
        config=Config(retries={"total_max_attempts": 1}),
    )


@contextmanager
def refused(code: str, words: str = "") -> Iterator[None]:
    """Expect AWS to refuse with that code, and with those words in its message."""
    with pytest.raises(ClientError) as caught:
        yield
    error = caught.value.response["Error"]
    assert error["Code"] == code, error
    assert words in error["Message"], error


@dataclass(frozen=True)
class Account:
    """An account, and a VPC with one subnet in it that nobody else uses."""

    ec2: EC2Client
    rds: RDSClient
    vpc_id: str
    subnet_id: str

    @classmethod
    def at(cls, url: str) -> Account:
        """The account at that address, with a new VPC."""
        ec2 = client("ec2", url)
        vpc_id = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        subnet_id = ec2.create_subnet(VpcId=vpc_id, CidrBlock="10.0.0.0/20")["Subnet"]["SubnetId"]
        return cls(ec2, client("rds", url), vpc_id, subnet_id)

    def beside(self) -> Account:
        """The same account with another VPC."""
        return Account.at(self.ec2.meta.endpoint_url)

    def group(self, name: str | None = None) -> str:
        """A new group; its id."""
        name = name or f"group {next(_numbers)}"
        return self.ec2.create_security_group(GroupName=name, Description="for a test", VpcId=self.vpc_id)["GroupId"]

    def default_group(self) -> str:
        """The id of the VPC's default group, which must be the only one there."""
        shown = self.ec2.describe_security_groups(Filters=[{"Name": "vpc-id", "Values": [self.vpc_id]}])
        [default] = shown["SecurityGroups"]
        return default["GroupId"]

    def interface(self, *group_ids: str) -> str:
        """A new interface; its id."""
        made = self.ec2.create_network_interface(SubnetId=self.subnet_id, Groups=list(group_ids))
        return made["NetworkInterface"]["NetworkInterfaceId"]

    def instance(self, **how: Any) -> dict[str, Any]:
        """A new instance as RunInstances answers it."""
        made = self.ec2.run_instances(ImageId="ami-12c6146b", MinCount=1, MaxCount=1, **how)["Instances"][0]
        return dict(made)

    def groups_of(self, interface_id: str) -> set[str]:
        """The groups that an interface shows."""
        [shown] = self.ec2.describe_network_interfaces(NetworkInterfaceIds=[interface_id])["NetworkInterfaces"]
        return {group["GroupId"] for group in shown["Groups"]}

    def rules(self, group_id: str, *, egress: bool = False) -> list[dict[str, Any]]:
        """The rules of a group in one direction."""
        shown = self.ec2.describe_security_group_rules(Filters=[{"Name": "group-id", "Values": [group_id]}])
        return [dict(rule) for rule in shown["SecurityGroupRules"] if rule["IsEgress"] is egress]

    def allow(self, group_id: str, *permissions: dict[str, Any], **more: Any) -> list[dict[str, Any]]:
        """Authorize ingress; the rules as answered."""
        asked: Any = list(permissions)
        made = self.ec2.authorize_security_group_ingress(GroupId=group_id, IpPermissions=asked, **more)
        return [dict(rule) for rule in made["SecurityGroupRules"]]

    def subnet_group(self) -> str:
        """A DB subnet group of this VPC; its name."""
        name = f"subnets-{next(_numbers)}"
        self.rds.create_db_subnet_group(
            DBSubnetGroupName=name, DBSubnetGroupDescription="for a test", SubnetIds=[self.subnet_id]
        )
        return name

    def database(self, *group_ids: str) -> dict[str, Any]:
        """A database instance of this VPC, as CreateDBInstance answers it."""
        name = f"db-{next(_numbers)}"
        how: Any = {"VpcSecurityGroupIds": list(group_ids)} if group_ids else {}
        made = self.rds.create_db_instance(
            DBInstanceIdentifier=name,
            DBInstanceClass="db.t3.micro",
            Engine="postgres",
            AllocatedStorage=20,
            MasterUsername="somebody",
            MasterUserPassword="something",
            DBSubnetGroupName=self.subnet_group(),
            **how,
        )
        return dict(made["DBInstance"])


def tcp(port: int, *blocks: str, **more: Any) -> dict[str, Any]:
    """An IpPermission for one TCP port from those IPv4 blocks."""
    return {
        "IpProtocol": "tcp",
        "FromPort": port,
        "ToPort": port,
        "IpRanges": [{"CidrIp": block} for block in blocks],
        **more,
    }


def from_group(group_id: str, *, description: str | None = None, **traffic: Any) -> dict[str, Any]:
    """An IpPermission for traffic from a group; all traffic unless told otherwise."""
    pair = {"GroupId": group_id} | ({"Description": description} if description else {})
    return {"IpProtocol": "-1", "UserIdGroupPairs": [pair], **traffic}
