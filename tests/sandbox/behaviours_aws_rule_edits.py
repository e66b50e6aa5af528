"""What the embedded AWS does with rules that exist: rows of the table. See behaviours_aws for the sources."""

from __future__ import annotations

from tests.sandbox.behaviours import Behaviour

_EC2 = "https://docs.aws.amazon.com/AWSEC2/latest/APIReference"
_ERRORS = "https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html"
_GITHUB = "https://github.com"
_EDITS = "tests/sandbox/test_aws_rule_edits.py"

EDIT_ROWS = (
    Behaviour(
        "Rules are described by id and by group, with owner, referenced group and description",
        f"{_EC2}/API_DescribeSecurityGroupRules.html",
        f"{_EDITS}::test_rules_are_described_by_id_and_by_group",
    ),
    Behaviour(
        "An unknown or malformed rule id: InvalidSecurityGroupRuleId.NotFound, .Malformed",
        f"{_ERRORS}",
        f"{_EDITS}::test_a_rule_id_that_is_not_there_is_refused",
    ),
    Behaviour(
        "A malformed group id in the filter group-id: InvalidGroupId.Malformed; an unknown one finds nothing",
        f"{_GITHUB}/localstack/localstack/pull/9059; the second: inferred",
        f"{_EDITS}::test_the_group_of_a_filter_may_be_gone_but_not_malformed",
    ),
    Behaviour(
        "Rules are filtered by tag and by tag key, with wildcards",
        f"{_EC2}/API_DescribeSecurityGroupRules.html",
        f"{_EDITS}::test_rules_are_filtered_by_tag",
    ),
    Behaviour(
        "ModifySecurityGroupRules changes a rule in place: id and tags stay",
        f"{_EC2}/API_ModifySecurityGroupRules.html",
        f"{_EDITS}::test_a_rule_is_modified_in_place",
    ),
    Behaviour(
        "ModifySecurityGroupRules changes the group that a rule refers to",
        f"{_EC2}/API_SecurityGroupRuleRequest.html",
        f"{_EDITS}::test_a_rule_is_modified_to_another_group",
    ),
    Behaviour(
        "The egress rule that a group is born with is modified like any other",
        f"{_EC2}/API_ModifySecurityGroupRules.html",
        f"{_EDITS}::test_the_default_egress_rule_is_modified_in_place",
    ),
    Behaviour(
        "A modification without a description takes the description away",
        "inferred: the request gives the whole rule, protocol and ports must be repeated too",
        f"{_EDITS}::test_modifying_a_rule_without_a_description_takes_it_away",
    ),
    Behaviour(
        "Modifying a rule into one that exists: InvalidPermission.Duplicate",
        f"{_ERRORS} (InvalidPermission.Duplicate)",
        f"{_EDITS}::test_modifying_a_rule_into_another_is_refused",
    ),
    Behaviour(
        "A modification cannot change the kind of a rule's peer: InvalidParameterValue",
        f"{_GITHUB}/mukulmantosh/SampleDemo/issues/1; {_GITHUB}/getmoto/moto/pull/8917 (checked against AWS)",
        f"{_EDITS}::test_a_modification_that_aws_does_not_take_is_refused",
    ),
    Behaviour(
        "A modification to a group that does not exist or is of another VPC: InvalidGroup.NotFound",
        f"{_ERRORS} (InvalidGroup.NotFound)",
        f"{_EDITS}::test_modifying_a_rule_to_a_group_of_another_vpc_is_refused",
    ),
    Behaviour(
        "A modification of a rule of another group: InvalidSecurityGroupRuleId.NotFound",
        f"{_ERRORS}; for another group's rule inferred",
        f"{_EDITS}::test_a_rule_of_another_group_is_not_modified",
    ),
    Behaviour(
        "Descriptions are written, and taken away when the request has none",
        f"{_EC2}/API_UpdateSecurityGroupRuleDescriptionsIngress.html",
        f"{_EDITS}::test_descriptions_are_written_and_taken_away",
    ),
    Behaviour(
        "Descriptions are written by rule id",
        f"{_EC2}/API_UpdateSecurityGroupRuleDescriptionsIngress.html",
        f"{_EDITS}::test_descriptions_are_written_by_rule_id",
    ),
    Behaviour(
        "A description for a rule that is not there: InvalidPermission.NotFound",
        f"{_GITHUB}/aws/aws-sdk-java/issues/1810",
        f"{_EDITS}::test_describing_a_rule_that_is_not_there_is_refused",
    ),
)
