"""Looking costs as few calls as can be, and what was seen is decided for this enrollment and for those beside it."""

from __future__ import annotations

from typing import Any

import pytest

from sg_integration.model.errors import GroupNotFound
from sg_integration.model.selectors import Databases, Instances, Nodes
from sg_integration.providers import claims
from sg_integration.providers.discovery import among_databases, among_interfaces, claim_for_others, selection_name
from sg_integration.providers.settings import decode
from sg_integration.providers.state import Props
from tests.aws.script import Script

from .world import ORDERS, SPARE, TRUST, VPC, WEB, inputs

SENTINEL = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
NONE: frozenset[str] = frozenset()


def place(script: Script, *names: str, groups: tuple[str, ...] = (WEB,)) -> None:
    """One listing of a VPC with instances i-<name>, each tagged with its name."""
    machines = [
        {"InstanceId": f"i-{name}", "State": {"Name": "running"}, "Tags": [{"Key": name, "Value": ""}]}
        for name in names
    ]
    interfaces = [
        {
            "NetworkInterfaceId": f"eni-{name}", "OwnerId": "111", "Groups": [{"GroupId": group} for group in groups],
            "Attachment": {"InstanceId": f"i-{name}", "InstanceOwnerId": "111", "DeviceIndex": 0},
        }
        for name in names
    ]  # fmt: skip
    page: Any = {"Filters": [{"Name": "vpc-id", "Values": [VPC]}], "MaxResults": 1000}
    live = {"Name": "instance-state-name", "Values": ("pending", "running", "stopping", "stopped")}
    instances = {**page, "Filters": [*page["Filters"], live]}
    script.expect("ec2", "describe_instances", instances, {"Reservations": [{"Instances": machines}]})
    script.expect("ec2", "describe_network_interfaces", page, {"NetworkInterfaces": interfaces})


def groups_of_ours(script: Script, *ids: str, vpc: str = VPC) -> None:
    """One look at the groups."""
    found = [{"GroupId": group, "VpcId": vpc, "OwnerId": "111" if group == TRUST else "222"} for group in ids]
    script.expect("ec2", "describe_security_groups", {"GroupIds": sorted(ids)}, {"SecurityGroups": found})


def look(props: Props, select: Instances | Nodes, replaced: frozenset[str] = NONE) -> Any:
    """What is decided."""
    return among_interfaces(decode(props), props, replaced).decide(select)


def test_a_preview_is_one_call_a_page_and_one_for_the_groups(script: Script) -> None:
    """Instances, interfaces and groups; the owner of our group, not of another one, is who we are."""
    place(script, "a")
    groups_of_ours(script, TRUST, ORDERS)
    found = look(inputs(security_group_ids=[ORDERS, TRUST]), Instances(whole_vpc=True))
    assert (found.members, found.skipped) == ({"eni-a": "i-a"}, {})
    assert len(script.asked) == 3, "nothing else was asked, not even in vain"


def test_while_the_groups_are_not_made_sts_says_who_we_are(script: Script) -> None:
    """Groups that do not exist cannot be looked up."""
    place(script, "a")
    script.expect("sts", "get_caller_identity", {}, {"Account": "999"})
    found = look(inputs(security_group_ids=[SENTINEL]), Instances(whole_vpc=True))
    assert "owned by account 111" in found.skipped["eni-a"]


def test_a_group_that_exists_is_looked_up_while_others_are_not_made(script: Script) -> None:
    """The first preview refuses a group of another VPC that is given beside the integration's own, which is still to come."""
    place(script, "a")
    groups_of_ours(script, ORDERS)
    script.expect("sts", "get_caller_identity", {}, {"Account": "111"})
    assert set(look(inputs(security_group_ids=[SENTINEL, ORDERS]), Instances(whole_vpc=True)).members) == {"eni-a"}
    groups_of_ours(script, ORDERS, vpc="vpc-00000002")
    script.expect("rds", "describe_db_instances", {"MaxRecords": 100}, {"DBInstances": []})
    script.expect("rds", "describe_db_clusters", {"MaxRecords": 100}, {"DBClusters": []})
    with pytest.raises(GroupNotFound, match=f"{ORDERS} is a group of vpc-00000002"):
        among_databases(decode(inputs(security_group_ids=[SENTINEL, ORDERS])), NONE)


@pytest.mark.parametrize("replaced", [NONE, frozenset({"sg-00000004"})], ids=["full", "swap"])
def test_the_quota_is_asked_when_somebody_is_full(script: Script, replaced: frozenset[str]) -> None:
    """With five groups and one to come it is asked, and decides; what is replaced takes no place."""
    place(script, "a", groups=tuple(f"sg-0000000{number}" for number in range(5)))
    groups_of_ours(script, TRUST)
    request = {"ServiceCode": "vpc", "QuotaCode": "L-2AFB9258"}
    script.expect("service-quotas", "get_service_quota", request, {"Quota": {"Value": 5.0}})
    found = look(inputs(), Instances(whole_vpc=True), replaced)
    assert bool(found.members) is bool(replaced)


def test_the_fallback_is_looked_up_before_it_is_needed(script: Script) -> None:
    """A fallback of another VPC is refused in the preview."""
    place(script, "a")
    groups_of_ours(script, SPARE, TRUST, vpc="vpc-00000002")
    with pytest.raises(GroupNotFound, match="is a group of vpc-00000002"):
        look(inputs(fallback_security_group_id=SPARE), Instances(whole_vpc=True))


def test_nodes_of_the_programs_clusters_are_no_members(script: Script) -> None:
    """What another enrollment selects as nodes, and what carries enforced, is passed over; for nodes it is wanted."""
    place(script, "a", "b")
    groups_of_ours(script, TRUST)
    beside: Props = {"nodes": [{"tags": {"b": []}}], "members": []}
    found = look(inputs(beside=beside), Instances(whole_vpc=True))
    assert (set(found.members), set(found.skipped)) == ({"eni-a"}, {"eni-b"})
    place(script, "a")
    groups_of_ours(script, TRUST)
    assert set(look(inputs(enforced_security_group_id=WEB), Instances(whole_vpc=True)).skipped) == {"eni-a"}
    place(script, "a")
    groups_of_ours(script, TRUST)
    assert set(look(inputs(nodes=True, beside=SENTINEL), Nodes(tags={"a": None})).members) == {"eni-a"}


def test_databases_are_looked_at_in_one_listing(script: Script) -> None:
    """Instances, clusters and groups; decided as the model decides, with what is replaced."""
    five = [{"VpcSecurityGroupId": f"sg-0000000{number}", "Status": "active"} for number in range(5)]
    item = {
        "DbiResourceId": "db-1", "DBInstanceIdentifier": "orders", "Engine": "postgres", "DBInstanceStatus": "available",
        "DBSubnetGroup": {"VpcId": VPC}, "VpcSecurityGroups": five,
    }  # fmt: skip
    for replaced in (NONE, frozenset({"sg-00000000"})):
        script.expect("rds", "describe_db_instances", {"MaxRecords": 100}, {"DBInstances": [item]})
        script.expect("rds", "describe_db_clusters", {"MaxRecords": 100}, {"DBClusters": []})
        groups_of_ours(script, TRUST)
        seen = among_databases(decode(inputs()), replaced)
        assert seen.groups == {"db-1": tuple(group["VpcSecurityGroupId"] for group in five)}
        assert bool(seen.decide(Databases(whole_vpc=True)).members) is bool(replaced)


def test_what_the_others_want_is_claimed_for_them(script: Script) -> None:
    """Each other enrollment wants the groups that it shares with this one on those it selects; a bad one is left aside."""
    place(script, "a", "b")
    groups_of_ours(script, TRUST, ORDERS)
    both = {"select": {"tags": {"b": []}}, "shares": [0.0, 1.0]}
    one = {"select": {"whole_vpc": True}, "shares": [0.0]}
    bad = {"select": {"instance_ids": ["i-00000009"]}, "shares": [0.0, 1.0]}
    props = inputs(security_group_ids=[TRUST, ORDERS], beside={"nodes": [], "members": [both, one, bad]})
    claim_for_others(among_interfaces(decode(props), props, NONE), Instances, props)
    assert claims.claimed("eni-a") == {TRUST}
    assert claims.claimed("eni-b") == {TRUST, ORDERS}


def test_enrollments_are_told_apart_by_what_they_select() -> None:
    """The order in which it is written does not matter."""
    one, two = {"tags": {"a": []}, "whole_vpc": True}, {"whole_vpc": True, "tags": {"a": []}}
    assert selection_name({"select": one}) == selection_name({"select": two})
    assert selection_name({"select": one}) != selection_name({"select": {"whole_vpc": True}})
