"""A VPC as a script plays it to the reader of policy, and what AWS answers there."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from sg_integration.aws.connection import Connection
from sg_integration.aws.policy_inputs import VpcPolicy, VpcPolicyReader

from .script import Script

VPC = "vpc-0123456789abcdef0"
OWNER = "111122223333"
TRUST, ENFORCED = "sg-0000aaaa", "sg-0000bbbb"
IN_VPC = {"Name": "vpc-id", "Values": [VPC]}
LIVE = {"Name": "instance-state-name", "Values": ("pending", "running", "stopping", "stopped")}


def rule(id_: str, group: str, peer: dict[str, Any], *, egress: bool = False, **traffic: Any) -> dict[str, Any]:
    """A rule as DescribeSecurityGroupRules shows it; all traffic unless told otherwise."""
    what = {"IpProtocol": "-1", "FromPort": -1, "ToPort": -1, **traffic}
    return {"SecurityGroupRuleId": id_, "GroupId": group, "GroupOwnerId": OWNER, "IsEgress": egress, **what, **peer}


def group_peer(group: str, **more: str) -> dict[str, Any]:
    """The peer of a rule that refers to a group."""
    return {"ReferencedGroupInfo": {"GroupId": group, "UserId": OWNER, **more}}


def interface(id_: str, address: str, *groups: str, instance: str = "", index: int = 0, **more: Any) -> dict[str, Any]:
    """An interface as DescribeNetworkInterfaces shows it, with one address of its own."""
    shown: dict[str, Any] = {
        "NetworkInterfaceId": id_,
        "OwnerId": OWNER,
        "Groups": [{"GroupId": group} for group in groups],
        "InterfaceType": "interface",
        "PrivateIpAddress": address,
        "PrivateIpAddresses": [{"Primary": True, "PrivateIpAddress": address}],
    }
    if instance:
        shown["Attachment"] = {"InstanceId": instance, "InstanceOwnerId": OWNER, "DeviceIndex": index}
    return {**shown, **more}


def secondary(interface: dict[str, Any], *addresses: str) -> dict[str, Any]:
    """The interface with more addresses."""
    more = [{"Primary": False, "PrivateIpAddress": each} for each in addresses]
    return {**interface, "PrivateIpAddresses": [*interface["PrivateIpAddresses"], *more]}


@dataclass
class Vpc:
    """What a VPC has; `read` plays it and reads it.

    Args:
        interfaces: as DescribeNetworkInterfaces shows them.
        groups: names by id.
        rules: as DescribeSecurityGroupRules shows them.
        names: tag `Name` of instances by id.
        elsewhere: groups of other VPCs, names by id, that are asked for by id.
        asked: the ids that are asked for, if others than `elsewhere` has.
        stale: what DescribeStaleSecurityGroups answers; not asked if None.
        blocks: more of what DescribeVpcs shows.
        tagged: tag `Name` of groups by id.
    """

    interfaces: list[dict[str, Any]] = field(default_factory=list)
    groups: dict[str, str] = field(default_factory=dict)
    rules: list[dict[str, Any]] = field(default_factory=list)
    names: dict[str, str] = field(default_factory=dict)
    elsewhere: dict[str, str] = field(default_factory=dict)
    asked: tuple[str, ...] = ()
    stale: list[dict[str, Any]] | None = None
    blocks: dict[str, Any] = field(default_factory=dict)
    tagged: dict[str, str] = field(default_factory=dict)

    def play(self, script: Script) -> None:
        """Expect the calls of one reading, but for prefix lists."""
        self.play_members(script)
        listed = {"Filters": [IN_VPC], "MaxResults": 1000}
        tags = {id_: {"Tags": [{"Key": "Name", "Value": name}]} for id_, name in self.tagged.items()}
        named = [each | tags.get(each["GroupId"], {}) for each in _named(self.groups)]
        script.expect("ec2", "describe_security_groups", listed, {"SecurityGroups": named})
        self._play_rules(script, self.groups)
        if asked := sorted(self.asked or self.elsewhere):
            by_id = {"Filters": [{"Name": "group-id", "Values": asked}], "MaxResults": 1000}
            script.expect("ec2", "describe_security_groups", by_id, {"SecurityGroups": _named(self.elsewhere)})
            self._play_rules(script, self.elsewhere)
        if self.stale is not None:
            asked_stale = {"VpcId": VPC, "MaxResults": 255}
            script.expect("ec2", "describe_stale_security_groups", asked_stale, {"StaleSecurityGroupSet": self.stale})

    def _play_rules(self, script: Script, groups: dict[str, str]) -> None:
        if groups:
            asked = {"Filters": [{"Name": "group-id", "Values": sorted(groups)}], "MaxResults": 1000}
            found = [each for each in self.rules if each["GroupId"] in groups]
            script.expect("ec2", "describe_security_group_rules", asked, {"SecurityGroupRules": found})

    def play_members(self, script: Script) -> None:
        """Expect the calls up to the interfaces."""
        vpc = {"VpcId": VPC, "CidrBlock": "10.0.0.0/16", **self.blocks}
        script.expect("ec2", "describe_vpcs", {"VpcIds": [VPC]}, {"Vpcs": [vpc]})
        machines = [
            {"InstanceId": id_, "State": {"Name": "running"}, "Tags": [{"Key": "Name", "Value": name}]}
            for id_, name in self.names.items()
        ]
        live = {"Filters": [IN_VPC, LIVE], "MaxResults": 1000}
        script.expect("ec2", "describe_instances", live, {"Reservations": [{"Instances": machines}]})
        listed = {"Filters": [IN_VPC], "MaxResults": 1000}
        script.expect("ec2", "describe_network_interfaces", listed, {"NetworkInterfaces": self.interfaces})

    def read(self, script: Script, nodes: dict[str, str] | None = None, **more: Any) -> VpcPolicy:
        """Play it and read it, with the groups `trust` and `enforced` of the tests."""
        self.play(script)
        return read(nodes, **more)


def read(nodes: dict[str, str] | None = None, **more: Any) -> VpcPolicy:
    """Read the VPC, with the groups `trust` and `enforced` of the tests."""
    reserved = {"trust": frozenset({TRUST}), "enforced": frozenset({ENFORCED}), **more}
    return VpcPolicyReader(Connection(), VPC, at_once=1).read(nodes=nodes or {}, **reserved)


def _named(groups: dict[str, str]) -> list[dict[str, Any]]:
    return [{"GroupId": id_, "GroupName": name} for id_, name in groups.items()]
