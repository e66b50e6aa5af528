"""What the embedded AWS answers to who compiles rules: prefix lists, references to peered VPCs, delegated prefixes."""

from __future__ import annotations

from typing import Any

from sg_integration.sandbox.aws.control import Control
from tests.sandbox.aws_account import Account, from_group, refused


def prefix_list(account: Account, *cidrs: str) -> str:
    """A prefix list; its id."""
    how: Any = {"PrefixListName": "ours", "MaxEntries": 500, "AddressFamily": "IPv4"}
    how["Entries"] = [{"Cidr": cidr} for cidr in cidrs]
    return account.ec2.create_managed_prefix_list(**how)["PrefixList"]["PrefixListId"]


def test_entries_of_a_prefix_list_come_in_pages(account: Account) -> None:
    """At most 100 at a time, each once."""
    cidrs = [f"10.{number}.0.0/16" for number in range(150)]
    list_id = prefix_list(account, *cidrs)
    first = account.ec2.get_managed_prefix_list_entries(PrefixListId=list_id)
    assert len(first["Entries"]) == 100
    pages = account.ec2.get_paginator("get_managed_prefix_list_entries")
    found = pages.paginate(PrefixListId=list_id, PaginationConfig={"PageSize": 60})
    assert [entry["Cidr"] for page in found for entry in page["Entries"]] == cidrs


def test_a_prefix_list_that_does_not_exist_is_refused(account: Account) -> None:
    """Unknown and malformed ids and page sizes have their codes; an empty list is no error."""
    assert account.ec2.get_managed_prefix_list_entries(PrefixListId=prefix_list(account))["Entries"] == []
    with refused("InvalidPrefixListID.NotFound"):
        account.ec2.get_managed_prefix_list_entries(PrefixListId="pl-0123456789abcdef0")
    with refused("InvalidPrefixListId.Malformed"):
        account.ec2.get_managed_prefix_list_entries(PrefixListId="ours")
    with refused("InvalidParameterValue", "maxResults"):
        account.ec2.get_managed_prefix_list_entries(PrefixListId=prefix_list(account), MaxResults=101)


def peered(account: Account, *, accept: bool = True) -> tuple[Account, str]:
    """Another VPC and the peering with it."""
    other = account.beside()
    made = account.ec2.create_vpc_peering_connection(VpcId=account.vpc_id, PeerVpcId=other.vpc_id)
    peering = made["VpcPeeringConnection"]["VpcPeeringConnectionId"]
    if accept:
        account.ec2.accept_vpc_peering_connection(VpcPeeringConnectionId=peering)
    return other, peering


def test_a_rule_may_refer_to_a_group_of_a_peered_vpc(account: Account) -> None:
    """It shows where the group is and how the peering stands; as long as nobody has accepted, it is refused."""
    waiting, _ = peered(account, accept=False)
    group_id = account.group()
    with refused("InvalidGroup.NotFound", "different networks"):
        account.allow(group_id, from_group(waiting.group()))
    other, peering = peered(account)
    account.allow(group_id, from_group(other.group("theirs")))
    account.allow(group_id, from_group(group_id))
    infos = [rule["ReferencedGroupInfo"] for rule in account.rules(group_id)]
    assert [info.get("VpcId") for info in infos] == [other.vpc_id, None]
    assert (infos[0]["VpcPeeringConnectionId"], infos[0]["PeeringStatus"]) == (peering, "active")


def stale(account: Account) -> list[Any]:
    """The stale groups of the VPC."""
    return list(account.ec2.describe_stale_security_groups(VpcId=account.vpc_id)["StaleSecurityGroupSet"])


def test_a_reference_is_stale_when_the_peering_is_gone(account: Account) -> None:
    """Then the rule's group is listed with that rule alone, and the rule shows the peering's state."""
    other, peering = peered(account)
    group_id, theirs = account.group(), other.group()
    account.allow(group_id, from_group(theirs, IpProtocol="tcp", FromPort=443, ToPort=443))
    account.allow(group_id, from_group(group_id))
    assert stale(account) == []
    account.ec2.delete_vpc_peering_connection(VpcPeeringConnectionId=peering)
    [found] = stale(account)
    [permission] = found["StaleIpPermissions"]
    assert (found["GroupId"], permission["FromPort"]) == (group_id, 443)
    assert [pair["GroupId"] for pair in permission["UserIdGroupPairs"]] == [theirs]
    assert found.get("StaleIpPermissionsEgress", []) == []
    assert account.rules(group_id)[0]["ReferencedGroupInfo"]["PeeringStatus"] == "deleted"


def test_a_group_of_a_peered_vpc_may_be_deleted_and_leaves_a_stale_reference(account: Account) -> None:
    """Only references within its VPC hold a group; the stale one is listed under its direction."""
    other, _ = peered(account)
    group_id, theirs = account.group(), other.group()
    account.ec2.authorize_security_group_egress(GroupId=group_id, IpPermissions=[from_group(theirs)])  # type: ignore[list-item]
    other.ec2.delete_security_group(GroupId=theirs)
    [found] = stale(account)
    assert found.get("StaleIpPermissions", []) == []
    [permission] = found["StaleIpPermissionsEgress"]
    assert permission["IpProtocol"] == "-1"
    with refused("InvalidVpcID.NotFound"):
        account.ec2.describe_stale_security_groups(VpcId="vpc-0123456789abcdef0")


def test_an_interface_shows_its_delegated_prefixes(account: Account, control: Control) -> None:
    """A node of EKS has prefixes in the place of secondary addresses."""
    eni = account.interface()
    control.mark_interface(eni, Ipv4Prefixes=["10.0.1.16/28"], Ipv6Prefixes=["2001:db8::/80"])
    [shown] = account.ec2.describe_network_interfaces(NetworkInterfaceIds=[eni])["NetworkInterfaces"]
    assert [each["Ipv4Prefix"] for each in shown["Ipv4Prefixes"]] == ["10.0.1.16/28"]
    assert [each["Ipv6Prefix"] for each in shown["Ipv6Prefixes"]] == ["2001:db8::/80"]
