"""The reader of policy against an AWS that pages, refuses and keeps rules as AWS does."""

from __future__ import annotations

from typing import Any

import pytest

from sg_integration.aws.connection import Connection
from sg_integration.aws.policy_inputs import VpcPolicyReader
from sg_integration.model.errors import AccessDenied
from sg_integration.model.rules import Direction, PeerKind
from sg_integration.sandbox.aws.control import Control
from tests.sandbox.aws_account import REGION, Account, from_group, tcp
from tests.sandbox.conftest import account, aws_url, control

__all__ = ["account", "aws_url", "control"]


@pytest.fixture
def reader(account: Account, aws_url: str, monkeypatch: pytest.MonkeyPatch) -> VpcPolicyReader:
    """The reader of the account's VPC."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    return VpcPolicyReader(Connection(region=REGION, endpoint_url=aws_url), account.vpc_id)


def prefix_list(account: Account, *cidrs: str) -> str:
    """A prefix list; its id."""
    how: Any = {"PrefixListName": "ours", "MaxEntries": 500, "AddressFamily": "IPv4"}
    how["Entries"] = [{"Cidr": cidr} for cidr in cidrs]
    return account.ec2.create_managed_prefix_list(**how)["PrefixList"]["PrefixListId"]


def test_a_vpc_is_read_whole(account: Account, reader: VpcPolicyReader) -> None:
    """Groups with their rules, prefix lists, blocks, members and nodes are those that were made."""
    default = account.default_group()
    db, api = account.group("db"), account.group("api")
    list_id = prefix_list(account, *[f"10.{number}.0.0/16" for number in range(150)])
    account.allow(db, from_group(api, IpProtocol="tcp", FromPort=5432, ToPort=5432), tcp(22, "10.8.0.0/16"))
    account.allow(db, tcp(443, PrefixListIds=[{"PrefixListId": list_id}]))
    member = account.interface(db)
    node = account.instance(SubnetId=account.subnet_id, SecurityGroupIds=[api])
    address = node["NetworkInterfaces"][0]["PrivateIpAddress"]
    found = reader.read(nodes={node["InstanceId"]: "node-1"})
    assert {group.id: group.name for group in found.groups} == {default: "default", db: "db", api: "api"}
    [rules] = [group.rules for group in found.groups if group.id == db]
    said = {(each.direction, each.protocol, each.from_port, each.peer_kind, each.peer) for each in rules}
    assert said == {
        (Direction.INGRESS, "tcp", 5432, PeerKind.SECURITY_GROUP, api),
        (Direction.INGRESS, "tcp", 22, PeerKind.CIDR_IPV4, "10.8.0.0/16"),
        (Direction.INGRESS, "tcp", 443, PeerKind.PREFIX_LIST, list_id),
        (Direction.EGRESS, "-1", -1, PeerKind.CIDR_IPV4, "0.0.0.0/0"),
    }
    assert len(found.prefix_lists[list_id]) == 150
    assert found.vpc_cidrs == ("10.0.0.0/16",)
    assert [(each.id, each.groups) for each in found.members] == [(member, frozenset({db}))]
    assert [(each.name, each.addresses, each.groups) for each in found.nodes] == [
        ("node-1", (address,), frozenset({api}))
    ]


def test_references_to_peered_vpcs_are_foreign_and_then_stale(account: Account, reader: VpcPolicyReader) -> None:
    """What the peering's end leaves behind is known as such; as long as there is no such rule, it is not asked for."""
    other = account.beside()
    made = account.ec2.create_vpc_peering_connection(VpcId=account.vpc_id, PeerVpcId=other.vpc_id)
    peering = made["VpcPeeringConnection"]["VpcPeeringConnectionId"]
    account.ec2.accept_vpc_peering_connection(VpcPeeringConnectionId=peering)
    db, theirs = account.group("db"), other.group("theirs")
    account.allow(db, from_group(theirs))
    [rule] = [each for group in reader.read(nodes={}).groups for each in group.rules if each.peer == theirs]
    assert (rule.foreign, rule.stale) == (other.vpc_id, False)
    account.ec2.delete_vpc_peering_connection(VpcPeeringConnectionId=peering)
    [rule] = [each for group in reader.read(nodes={}).groups for each in group.rules if each.peer == theirs]
    assert rule.stale


def test_a_large_vpc_takes_a_call_a_page(account: Account, reader: VpcPolicyReader, control: Control) -> None:
    """250 groups and 1,200 interfaces: two calls for rules, two for interfaces and for instances, one for the others."""
    group = account.default_group()
    for number in range(249):
        account.group(f"group {number}")
    control.fleet(subnet_id=account.subnet_id, count=1200, security_group_ids=[group], name_prefix="web")
    control.clear_calls()
    found = reader.read(nodes={})
    assert (len(found.groups), len(found.members)) == (250, 1200)
    actions = [call.action for call in control.calls()]
    assert sorted(actions) == [
        *["DescribeInstances"] * 2,
        *["DescribeNetworkInterfaces"] * 2,
        *["DescribeSecurityGroupRules"] * 2,
        "DescribeSecurityGroups",
        "DescribeVpcs",
    ]


@pytest.mark.parametrize(
    "action",
    [
        "DescribeVpcs",
        "DescribeInstances",
        "DescribeNetworkInterfaces",
        "DescribeSecurityGroups",
        "DescribeSecurityGroupRules",
        "GetManagedPrefixListEntries",
        "DescribeStaleSecurityGroups",
    ],
)
def test_every_action_that_is_missing_is_named(
    account: Account, reader: VpcPolicyReader, control: Control, action: str
) -> None:
    """Whichever call is denied, the error says which to grant, and nothing half-read is returned."""
    other = account.beside()
    made = account.ec2.create_vpc_peering_connection(VpcId=account.vpc_id, PeerVpcId=other.vpc_id)
    peering = made["VpcPeeringConnection"]["VpcPeeringConnectionId"]
    account.ec2.accept_vpc_peering_connection(VpcPeeringConnectionId=peering)
    listed = prefix_list(account, "192.0.2.0/24")
    account.allow(account.group(), from_group(other.group()), tcp(443, PrefixListIds=[{"PrefixListId": listed}]))
    control.settings(deny=[{"action": f"ec2:{action}"}])
    with pytest.raises(AccessDenied, match=rf"Grant ec2:{action} to"):
        reader.read(nodes={})
