"""The IAM policy: as narrow as it was told to be, and never wider than the table."""

from __future__ import annotations

import json
from typing import Any

import pytest

from sg_integration import InvalidInput, iam_policy
from sg_integration.aws.iam_policy import LONGEST, size
from sg_integration.aws.permissions import ACTIONS, FEATURES
from sg_integration.cli import main

VPC = "vpc-0123456789abcdef0"
ROLE = "arn:aws:iam::123456789012:role/members"
WRITES = ("ec2:Create", "ec2:Delete", "ec2:Modify", "ec2:Authorize", "ec2:Revoke", "rds:Modify", "sts:")


def statements(**arguments: Any) -> dict[str, dict[str, Any]]:
    """The statements of a policy, by name."""
    policy = json.loads(iam_policy(**arguments))
    found = {each["Sid"]: each for each in policy["Statement"]}
    assert policy["Version"] == "2012-10-17"
    assert len(found) == len(policy["Statement"])
    assert all(name.isalnum() and each["Effect"] == "Allow" and each["Resource"] for name, each in found.items())
    return found


def granted(**arguments: Any) -> set[str]:
    """Every action that a policy grants anywhere."""
    return {action for each in statements(**arguments).values() for action in each["Action"]}


@pytest.mark.parametrize("feature", FEATURES)
def test_a_feature_is_granted_what_it_calls_and_nothing_else(feature: str) -> None:
    """Each action of the table that needs a grant, and no other; no wildcard stands for an action."""
    needed = {each.name for each in ACTIONS if feature in each.features and each.places}
    assert granted(features=[feature]) == needed
    assert not any("*" in each for each in needed)


def test_all_features_are_the_default() -> None:
    """Without a choice everything is granted, but for roles, which nobody assumes unless they are named."""
    assert granted() == {each.name for each in ACTIONS if each.places} - {"sts:AssumeRole"}
    assert granted(role_arns=[ROLE]) - granted() == {"sts:AssumeRole"}


def test_who_assumes_a_role_needs_nothing_else() -> None:
    """Without features, with a role: to assume that role is all."""
    found = statements(features=(), role_arns=[ROLE])
    assert [each["Resource"] for each in found.values()] == [[ROLE]]


def test_a_preview_needs_no_write() -> None:
    """What only reads is all of the reads, and nothing else."""
    reads = granted(read_only=True, role_arns=[ROLE])
    assert reads == {each for each in granted(role_arns=[ROLE]) if not each.startswith(WRITES[:-1])}
    assert {"ec2:DescribeInstances", "ec2:GetManagedPrefixListEntries", "eks:DescribeCluster"} < reads


def test_no_write_is_granted_on_everything() -> None:
    """Whatever writes names the kind of what it writes, also when nothing narrows it."""
    for each in statements(role_arns=[ROLE]).values():
        if any(action.startswith(WRITES) for action in each["Action"]):
            assert "*" not in each["Resource"], each
            assert not any(action.split(":")[1].startswith(("Describe", "Get")) for action in each["Action"]), each


def test_a_vpc_narrows_groups_and_members() -> None:
    """By a condition on what has a VPC in IAM, and by its ARN where a group is made; instances and rules have none."""
    found = statements(vpc_id=VPC, region="eu-central-1")
    arn = f"arn:aws:ec2:eu-central-1:*:vpc/{VPC}"
    narrowed = {name for name, each in found.items() if each.get("Condition") == {"ArnLike": {"ec2:Vpc": arn}}}
    assert narrowed == {"Groups", "Members"}
    assert arn in found["NewGroups"]["Resource"]
    members = found["Members"]["Resource"]
    assert {each.split(":")[5].split("/")[0] for each in members} == {"network-interface", "security-group", "subnet"}
    assert "Condition" not in found["InstancesOfMembers"]


def test_region_and_account_are_in_every_arn() -> None:
    """But in those of prefix lists, subnets and VPCs, which may be another account's; reads are held to the region."""
    found = statements(region="eu-central-1", account_id="123456789012")
    assert found["Read"]["Condition"] == {"StringEquals": {"aws:RequestedRegion": "eu-central-1"}}
    for arn in (arn for each in found.values() for arn in each["Resource"] if arn != "*"):
        _, _, _, region, account, path = arn.split(":", 5)
        assert region == "eu-central-1"
        assert account == ("*" if path.startswith(("vpc/", "subnet/", "prefix-list/")) else "123456789012"), arn


@pytest.mark.parametrize(
    ("region", "given", "expected"),
    [
        (None, None, "aws"),
        ("cn-north-1", None, "aws-cn"),
        ("us-gov-west-1", None, "aws-us-gov"),
        ("us-gov-west-1", "aws-us-gov", "aws-us-gov"),
        (None, "aws-cn", "aws-cn"),
        ("eusc-de-east-1", None, "aws-eusc"),
        ("us-iso-east-1", None, "aws-iso"),
        ("us-isob-east-1", "aws-iso-b", "aws-iso-b"),
        ("us-isof-south-1", None, "aws-iso-f"),
        ("eu-isoe-west-1", None, "aws-iso-e"),
        ("eu-central-9", None, "aws"),
        ("xx-mars-1", "aws-eusc", "aws-eusc"),
        (None, "aws-iso", "aws-iso"),
    ],
)
def test_the_partition_is_that_of_the_region(region: str | None, given: str | None, expected: str) -> None:
    """In every ARN, conditions included."""
    text = iam_policy(vpc_id=VPC, region=region, partition=given)
    assert {part.split(":")[0] for part in text.split('"arn:')[1:]} == {expected}


def test_the_partition_needs_no_profile(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody's credentials matter: the policy is often made where there are none."""
    monkeypatch.setenv("AWS_PROFILE", "nobody")
    assert "arn:aws-iso:" in iam_policy(region="us-iso-east-1")


def test_tags_narrow_instances_and_databases() -> None:
    """Each its own, and all tags of one must be there."""
    found = statements(instance_tags={"role": "member", "team": "shop"}, database_tags={"enrolled": "yes"})
    both = {"aws:ResourceTag/role": "member", "aws:ResourceTag/team": "shop"}
    assert found["InstancesOfMembers"]["Condition"] == {"StringEquals": both}
    assert found["Databases"]["Condition"] == {"StringEquals": {"aws:ResourceTag/enrolled": "yes"}}


def test_databases_by_name() -> None:
    """Instances that are named leave no cluster open, and the other way round."""
    named = statements(databases=["orders", "bill-*"])["Databases"]["Resource"]
    assert named == ["arn:aws:rds:*:*:db:bill-*", "arn:aws:rds:*:*:db:orders"]
    assert statements(database_clusters=["sales"])["Databases"]["Resource"] == ["arn:aws:rds:*:*:cluster:sales"]
    assert len(statements()["Databases"]["Resource"]) == 2


def test_a_cluster_by_name() -> None:
    """The one EKS cluster whose address may be asked for."""
    assert statements(eks_clusters=["shop"])["Cluster"]["Resource"] == ["arn:aws:eks:*:*:cluster/shop"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"features": ["typo"]}, "typo: no such feature"),
        ({"features": ()}, "would grant nothing"),
        ({"vpc_id": "vpc-1"}, "vpc_id"),
        ({"region": "Frankfurt"}, "region"),
        ({"account_id": "1234"}, "12 digits"),
        ({"partition": "aws-mars"}, "none of aws, aws-cn, aws-us-gov"),
        ({"partition": "aws", "region": "cn-north-1"}, "is in aws-cn, not in aws"),
        ({"partition": "aws-iso", "region": "us-isob-east-1"}, "is in aws-iso-b, not in aws-iso"),
        ({"region": "xx-mars-1"}, "nobody knows the partition of xx-mars-1"),
        ({"role_arns": [ROLE], "region": "eusc-de-east-1"}, "is in aws, and the policy is for aws-eusc"),
        ({"role_arns": [ROLE.replace("aws", "aws-cn")]}, "is in aws-cn, and the policy is for aws"),
        ({"account_id": "١٢٣٤٥٦٧٨٩٠١٢"}, "12 digits"),
        ({"databases": ["a b"]}, "is no name"),
        ({"role_arns": ["role/members"]}, "is no ARN of a role"),
        ({"role_arns": ["arn:aws:iam::123456789012:role/*"]}, "is no ARN of a role"),
        ({"database_tags": {"team": "${aws:username}"}}, "cannot be written in a policy"),
        ({"databases": [f"db-{number}-{'x' * 40}" for number in range(100)]}, f"AWS takes {LONGEST}"),
    ],
)
def test_what_cannot_be_is_refused(arguments: dict[str, Any], words: str) -> None:
    """Rather than to print a policy that grants something else, or that AWS refuses."""
    with pytest.raises(InvalidInput, match=words):
        iam_policy(**arguments)


def test_the_whole_policy_fits_into_a_managed_policy() -> None:
    """With everything that narrows it."""
    policy = iam_policy(
        vpc_id=VPC, region="us-gov-west-1", account_id="123456789012", instance_tags={"sg-integration": "member"},
        database_tags={"sg-integration": "member"}, eks_clusters=["shop"],
        role_arns=[ROLE.replace("aws", "aws-us-gov")],
    )  # fmt: skip
    assert size(policy) < LONGEST * 2 / 3


def test_the_command_prints_what_the_function_returns(capsys: pytest.CaptureFixture[str]) -> None:
    """Every option reaches it; the length is said beside."""
    role = ROLE.replace("aws", "aws-cn")
    options = [
        "--feature=databases", "--feature=eks", f"--vpc-id={VPC}", "--region=cn-north-1", "--account-id=123456789012",
        "--partition=aws-cn", "--instance-tag=a=b", "--database-tag=c=d=e", "--database=x", "--database-cluster=y",
        "--eks-cluster=shop", f"--role-arn={role}", "--read-only",
    ]  # fmt: skip
    assert main(["iam-policy", *options]) == 0
    printed = capsys.readouterr()
    expected = iam_policy(
        features=["databases", "eks"], vpc_id=VPC, region="cn-north-1", account_id="123456789012", partition="aws-cn",
        instance_tags={"a": "b"}, database_tags={"c": "d=e"}, databases=["x"], database_clusters=["y"],
        eks_clusters=["shop"], role_arns=[role], read_only=True,
    )  # fmt: skip
    assert printed.out == f"{expected}\n"
    assert f"{size(expected)} of the {LONGEST} characters" in printed.err


def test_the_command_refuses_what_is_no_tag(capsys: pytest.CaptureFixture[str]) -> None:
    """And says which option."""
    assert main(["iam-policy", "--database-tag", "team"]) == 1
    assert "--database-tag: 'team' is no KEY=VALUE" in capsys.readouterr().err
    assert main(["iam-policy", "--no-features"]) == 1
    assert main(["iam-policy", "--no-features", "--role-arn", ROLE]) == 0
