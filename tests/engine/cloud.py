"""What really stands in one VPC, in words that a test can compare."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client


@dataclass(frozen=True)
class Cloud:
    """One VPC, read by boto3.

    Args:
        ec2: the client.
        vpc_id: the VPC.
        others: groups that were there before, by name.
    """

    ec2: EC2Client
    vpc_id: str
    others: dict[str, str]

    @classmethod
    def make(cls, ec2: EC2Client) -> Cloud:
        """A new VPC with a node group, a second one, and a control plane group that somebody else owns."""
        vpc_id = ec2.create_vpc(CidrBlock="10.40.0.0/16")["Vpc"]["VpcId"]
        names = ("nodes", "more-nodes", "control-plane")
        others = {
            name: ec2.create_security_group(GroupName=name, Description=name, VpcId=vpc_id)["GroupId"] for name in names
        }
        return cls(ec2, vpc_id, others)

    def groups(self) -> dict[str, str]:
        """The groups that are ours: Name tag to id."""
        found = self.ec2.describe_security_groups(Filters=[{"Name": "vpc-id", "Values": [self.vpc_id]}])[
            "SecurityGroups"
        ]
        theirs = {"default", *self.others}
        return {_tags(group).get("Name", group["GroupName"]): group["GroupId"]
                for group in found if group["GroupName"] not in theirs}  # fmt: skip

    def group_ids(self) -> list[str]:
        """The ids of our groups, also of those that share a name."""
        found = self.ec2.describe_security_groups(Filters=[{"Name": "vpc-id", "Values": [self.vpc_id]}])[
            "SecurityGroups"
        ]
        return [group["GroupId"] for group in found if group["GroupName"] not in {"default", *self.others}]

    def tags(self, group_id: str) -> dict[str, str]:
        """A group's tags."""
        return _tags(self.ec2.describe_security_groups(GroupIds=[group_id])["SecurityGroups"][0])

    def rules(self, group_id: str) -> set[str]:
        """Every rule of a group in words, as in `ingress tcp 5432-5432 from nodes`; groups by name."""
        names = {group_id: name for name, group_id in {**self.groups(), **self.others}.items()}
        return {_in_words(rule, names) for rule in self.raw_rules(group_id)}

    def raw_rules(self, group_id: str) -> list[Any]:
        """Every rule of a group as AWS describes it."""
        filters: Any = [{"Name": "group-id", "Values": [group_id]}]
        return list(self.ec2.describe_security_group_rules(Filters=filters)["SecurityGroupRules"])


def _tags(described: Any) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in described.get("Tags", [])}


def _in_words(rule: Any, names: dict[str, str]) -> str:
    peer = (
        rule.get("CidrIpv4")
        or rule.get("CidrIpv6")
        or rule.get("PrefixListId")
        or names.get(rule["ReferencedGroupInfo"]["GroupId"], rule["ReferencedGroupInfo"]["GroupId"])
    )
    ports = "" if rule["IpProtocol"] == "-1" else f" {rule['FromPort']}-{rule['ToPort']}"
    protocol = "all" if rule["IpProtocol"] == "-1" else rule["IpProtocol"]
    return f"egress {protocol}{ports} to {peer}" if rule["IsEgress"] else f"ingress {protocol}{ports} from {peer}"
