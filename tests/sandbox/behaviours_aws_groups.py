"""What the embedded AWS does with groups and their tags: rows of the table. See behaviours_aws for the sources."""

from __future__ import annotations

from tests.sandbox.behaviours import Behaviour

_EC2 = "https://docs.aws.amazon.com/AWSEC2/latest/APIReference"
_ERRORS = "https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html"
_GITHUB = "https://github.com"
_GROUPS = "tests/sandbox/test_aws_security_groups.py"
_TAGS = "tests/sandbox/test_aws_tags.py"

GROUP_ROWS = (
    Behaviour(
        "A new group has one rule: all traffic out to 0.0.0.0/0",
        "https://docs.aws.amazon.com/vpc/latest/userguide/creating-security-groups.html",
        f"{_GROUPS}::test_a_new_group_lets_everything_out_over_ipv4",
    ),
    Behaviour(
        "In a VPC with IPv6 a new group also has all traffic out to ::/0",
        "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-ec2-securitygroup.html",
        f"{_GROUPS}::test_a_new_group_lets_everything_out_over_ipv6_where_the_vpc_has_it",
    ),
    Behaviour(
        "A VPC's default group admits its own members and lets everything out",
        "https://docs.aws.amazon.com/vpc/latest/userguide/default-security-group.html",
        f"{_GROUPS}::test_a_vpcs_default_group_lets_its_members_in_and_everything_out",
    ),
    Behaviour(
        "A group's name: 255 characters of a set, not sg-…, not default; InvalidParameterValue",
        f"{_EC2}/API_CreateSecurityGroup.html (GroupName), {_GITHUB}/pulumi/pulumi-awsx/issues/328; `default`: inferred",
        f"{_GROUPS}::test_a_name_that_aws_does_not_take_is_refused",
    ),
    Behaviour(
        "Spaces at the end of a name are cut off",
        "https://docs.aws.amazon.com/vpc/latest/userguide/creating-security-groups.html",
        f"{_GROUPS}::test_a_name_may_have_255_characters_and_loses_spaces_at_its_end",
    ),
    Behaviour(
        "A group's description: 255 characters of a set; InvalidParameterValue",
        f"{_EC2}/API_CreateSecurityGroup.html (GroupDescription)",
        f"{_GROUPS}::test_a_description_that_aws_does_not_take_is_refused",
    ),
    Behaviour(
        "A group without a description: MissingParameter",
        f"{_ERRORS} (MissingParameter)",
        f"{_GROUPS}::test_a_group_without_a_description_is_refused",
    ),
    Behaviour(
        "A group in a VPC that does not exist: InvalidVpcID.NotFound",
        f"{_ERRORS} (InvalidVpcID.NotFound)",
        f"{_GROUPS}::test_a_group_in_a_vpc_that_does_not_exist_is_refused",
    ),
    Behaviour(
        "A name is unique in its VPC whatever its case: InvalidGroup.Duplicate",
        f"{_EC2}/API_CreateSecurityGroup.html (GroupName); {_ERRORS}",
        f"{_GROUPS}::test_a_name_is_taken_once_in_a_vpc_whatever_its_case",
    ),
    Behaviour(
        "A malformed group id: InvalidGroupId.Malformed",
        f"{_GITHUB}/systeminit/si/issues/3042, {_GITHUB}/genevieve/leftovers/issues/7",
        f"{_GROUPS}::test_a_malformed_group_id_is_refused",
    ),
    Behaviour(
        "An unknown group: InvalidGroup.NotFound",
        f"{_ERRORS} (InvalidGroup.NotFound)",
        f"{_GROUPS}::test_an_unknown_group_is_refused",
    ),
    Behaviour(
        "A group that nothing else uses is deleted, although its rules refer to itself",
        f"{_EC2}/API_DeleteSecurityGroup.html",
        f"{_GROUPS}::test_a_group_that_nothing_uses_is_deleted_with_its_tags_and_rules",
    ),
    Behaviour(
        "Deleting a group that an interface has: DependencyViolation",
        f"{_EC2}/API_DeleteSecurityGroup.html; words: {_GITHUB}/hashicorp/terraform-provider-aws/issues/1671",
        f"{_GROUPS}::test_a_group_on_an_interface_is_not_deleted",
    ),
    Behaviour(
        "Deleting a group that a rule of another group refers to: DependencyViolation",
        f"{_EC2}/API_DeleteSecurityGroup.html",
        f"{_GROUPS}::test_a_group_in_a_rule_of_another_group_is_not_deleted",
    ),
    Behaviour(
        "Deleting a group that a database has: DependencyViolation (in AWS by the database's interface)",
        f"{_EC2}/API_DeleteSecurityGroup.html; {_GITHUB}/hashicorp/terraform-provider-aws/issues/37971",
        f"{_GROUPS}::test_a_group_of_a_database_is_not_deleted",
    ),
    Behaviour(
        "Deleting a default group: CannotDelete",
        f"{_ERRORS} (CannotDelete)",
        f"{_GROUPS}::test_a_default_group_is_not_deleted",
    ),
    Behaviour(
        "Deleting a VPC with groups of its own: DependencyViolation; the default group goes with the VPC",
        f"{_EC2}/API_DeleteVpc.html",
        f"{_GROUPS}::test_a_vpc_with_a_group_is_not_deleted",
    ),
    Behaviour(
        "Deleting a subnet with an interface in it: DependencyViolation",
        f"{_ERRORS} (DependencyViolation)",
        f"{_GROUPS}::test_a_subnet_with_an_interface_is_not_deleted",
    ),
    Behaviour(
        "DryRun answers DryRunOperation and changes nothing",
        f"{_ERRORS} (DryRunOperation)",
        f"{_GROUPS}::test_a_dry_run_changes_nothing",
    ),
)

TAG_ROWS = (
    Behaviour(
        "CreateSecurityGroup honours and answers TagSpecifications",
        f"{_EC2}/API_CreateSecurityGroup.html",
        f"{_TAGS}::test_a_group_is_made_with_tags",
    ),
    Behaviour(
        "TagSpecifications for another kind of resource: InvalidParameterValue",
        f"{_EC2}/API_TagSpecification.html; words: moto 5.2.5",
        f"{_TAGS}::test_tags_for_another_kind_are_refused",
    ),
    Behaviour(
        "Tags of a group are written, filtered by and deleted",
        f"{_EC2}/API_CreateTags.html, {_EC2}/API_DeleteTags.html",
        f"{_TAGS}::test_tags_of_a_group_are_written_and_taken_away",
    ),
    Behaviour(
        "Tags of a rule are written and deleted; DeleteTags without keys deletes all",
        f"{_EC2}/API_DeleteTags.html",
        f"{_TAGS}::test_tags_of_a_rule_are_written_and_taken_away",
    ),
    Behaviour(
        "Tags for what does not exist are refused",
        f"{_ERRORS} (InvalidID, InvalidGroup.NotFound)",
        f"{_TAGS}::test_tags_for_what_does_not_exist_are_refused",
    ),
    Behaviour(
        "Tag keys that begin with aws: are refused",
        "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/Using_Tags.html",
        f"{_TAGS}::test_tags_of_aws_are_refused",
    ),
)
