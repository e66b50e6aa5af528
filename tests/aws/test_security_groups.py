"""Groups are looked up together: whose they are, whether they are of the VPC, and which exist still."""

from __future__ import annotations

import pytest

from sg_integration.aws.connection import Connection
from sg_integration.aws.security_groups import existing, homes, owner_in_vpc
from sg_integration.model.errors import GroupNotFound

from .script import Script

VPC = "vpc-0123456789abcdef0"


def test_groups_of_the_vpc_say_which_account_we_are(script: Script) -> None:
    """One call with all ids, sorted; the owner of what we made is us, whoever shares other groups with us."""
    answer = [{"GroupId": "sg-a", "VpcId": VPC, "OwnerId": "222"}, {"GroupId": "sg-b", "VpcId": VPC, "OwnerId": "111"}]
    script.expect("ec2", "describe_security_groups", {"GroupIds": ["sg-a", "sg-b"]}, {"SecurityGroups": answer})
    assert owner_in_vpc(Connection(), frozenset({"sg-b", "sg-a"}), VPC, ours=frozenset({"sg-b"})) == "111"


def test_a_group_of_another_vpc_is_refused_by_name(script: Script) -> None:
    """The error names the group, its VPC and the one that is wanted."""
    answer = [{"GroupId": "sg-a", "VpcId": "vpc-2", "OwnerId": "111"}]
    script.expect("ec2", "describe_security_groups", {"GroupIds": ["sg-a"]}, {"SecurityGroups": answer})
    with pytest.raises(GroupNotFound, match=f"sg-a is a group of vpc-2. Name a group of {VPC}."):
        owner_in_vpc(Connection(), frozenset({"sg-a"}), VPC, ours=frozenset())


def test_a_group_that_does_not_exist_is_refused(script: Script) -> None:
    """AWS's own refusal of an unknown id is passed on as ours."""
    script.refuse(
        "ec2", "describe_security_groups", "InvalidGroup.NotFound", "The security group 'sg-a' does not exist"
    )
    with pytest.raises(GroupNotFound, match=r"looking up sg-a: InvalidGroup.NotFound: The security group 'sg-a'"):
        owner_in_vpc(Connection(), frozenset({"sg-a"}), VPC, ours=frozenset())


def test_which_groups_exist_is_asked_two_hundred_a_call(script: Script) -> None:
    """Ids go in a filter, each once and sorted, so that one that is gone fails nobody."""
    ids = [f"sg-{number:03}" for number in range(201)]
    for some in (ids[:200], ids[200:]):
        answer = [{"GroupId": group} for group in some if group != "sg-007"]
        request = {"Filters": [{"Name": "group-id", "Values": some}]}
        script.expect("ec2", "describe_security_groups", request, {"SecurityGroups": answer})
    assert existing(Connection(), [*reversed(ids), "sg-000"]) == set(ids) - {"sg-007"}


def test_whether_no_group_exists_is_not_asked(script: Script) -> None:
    """Without ids there is no call."""
    del script
    assert existing(Connection(), []) == frozenset()


def test_of_which_vpc_groups_are_is_asked_in_one_call(script: Script) -> None:
    """Each id once and sorted, in a filter; one that is gone is not in the answer."""
    answer = [{"GroupId": "sg-b", "VpcId": "vpc-2"}, {"GroupId": "sg-c", "VpcId": VPC}]
    request = {"Filters": [{"Name": "group-id", "Values": ["sg-a", "sg-b", "sg-c"]}]}
    script.expect("ec2", "describe_security_groups", request, {"SecurityGroups": answer})
    assert homes(Connection(), ["sg-c", "sg-b", "sg-a", "sg-a"]) == {"sg-b": "vpc-2", "sg-c": VPC}
