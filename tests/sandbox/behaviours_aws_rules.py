"""What the embedded AWS does when rules come and go: rows of the table. See behaviours_aws for the sources."""

from __future__ import annotations

from tests.sandbox.behaviours import Behaviour

_EC2 = "https://docs.aws.amazon.com/AWSEC2/latest/APIReference"
_ERRORS = "https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html"
_GITHUB = "https://github.com"
_PEERS = "tests/sandbox/test_aws_rule_peers.py"
_RULES = "tests/sandbox/test_aws_rules.py"
_REVOCATIONS = "tests/sandbox/test_aws_revocations.py"

RULE_ROWS = (
    Behaviour(
        "Authorize answers the rules it made, with ids, owner, direction, peer, description and tags",
        f"{_EC2}/API_AuthorizeSecurityGroupIngress.html, {_EC2}/API_SecurityGroupRule.html",
        f"{_RULES}::test_an_added_rule_is_answered_whole",
    ),
    Behaviour(
        "Each block, list or group of a permission is a rule of its own",
        f"{_EC2}/API_SecurityGroupRule.html",
        f"{_RULES}::test_one_permission_with_several_peers_is_several_rules",
    ),
    Behaviour(
        "DescribeSecurityGroups groups rules by protocol and ports",
        f"{_EC2}/API_IpPermission.html",
        f"{_RULES}::test_rules_of_the_same_traffic_are_described_as_one_permission",
    ),
    Behaviour(
        "Protocol numbers become names; all traffic has no ports, shown as -1 by the calls about rules",
        f"{_EC2}/API_IpPermission.html; the -1: moto 5.2.5, checked by its authors against AWS",
        f"{_RULES}::test_protocols_are_kept_by_name_and_all_traffic_has_no_ports",
    ),
    Behaviour(
        "Missing ports: InvalidParameterValue; ports out of range: InvalidPermission.Malformed",
        f"{_GITHUB}/aws-cloudformation/cfn-lint/issues/2999, {_GITHUB}/boto/boto3/issues/336; other words inferred",
        f"{_RULES}::test_traffic_that_is_none_is_refused",
    ),
    Behaviour(
        "A block with host bits is accepted and kept in canonical form",
        f"{_EC2}/API_AuthorizeSecurityGroupIngress.html (CidrIp)",
        f"{_RULES}::test_host_bits_of_a_block_are_cut_off",
    ),
    Behaviour(
        "What is not an IPv4 block: InvalidParameterValue",
        f"{_GITHUB}/aws/aws-cli/issues/2428",
        f"{_RULES}::test_a_malformed_block_is_refused",
    ),
    Behaviour(
        "What is not an IPv6 block: InvalidParameterValue",
        f"{_ERRORS} (InvalidParameterValue); words inferred",
        f"{_RULES}::test_a_malformed_ipv6_block_is_refused",
    ),
    Behaviour(
        "A rule that exists: InvalidPermission.Duplicate, whatever its description",
        f"{_ERRORS}; words: {_GITHUB}/galaxyproject/cloudlaunch/issues/56",
        f"{_RULES}::test_a_rule_that_exists_is_refused_whatever_its_description",
    ),
    Behaviour(
        "All rules of a request are added, or none",
        "inferred from the single answer of AuthorizeSecurityGroupIngress",
        f"{_RULES}::test_a_request_with_one_refused_rule_adds_none",
    ),
    Behaviour(
        "The same rule twice in a request: InvalidParameterValue",
        f"{_GITHUB}/input-output-hk/bitte/pull/24",
        f"{_RULES}::test_the_same_rule_twice_in_a_request_is_refused",
    ),
    Behaviour(
        "The egress rule that a group is born with is a duplicate when added",
        f"{_ERRORS} (InvalidPermission.Duplicate)",
        f"{_RULES}::test_the_default_egress_rule_is_a_duplicate_too",
    ),
    Behaviour(
        "A rule with a group that does not exist: InvalidGroup.NotFound",
        f"{_ERRORS} (InvalidGroup.NotFound)",
        f"{_PEERS}::test_a_peer_that_does_not_exist_is_refused",
    ),
    Behaviour(
        "A rule with a group of another VPC: InvalidGroup.NotFound, 'belong to different networks'",
        f"{_GITHUB}/boto/boto3/issues/569, {_GITHUB}/ansible/ansible/issues/45782",
        f"{_PEERS}::test_a_peer_of_another_vpc_is_refused",
    ),
    Behaviour(
        "In the default VPC a group goes by its name",
        f"{_EC2}/API_AuthorizeSecurityGroupIngress.html (GroupName), {_EC2}/API_DeleteSecurityGroup.html",
        f"{_PEERS}::test_in_the_default_vpc_groups_go_by_name",
    ),
    Behaviour(
        "A group by its name outside the default VPC: InvalidParameterValue",
        f"{_GITHUB}/aws/aws-cli/issues/743",
        f"{_PEERS}::test_a_peer_by_name_is_refused_outside_the_default_vpc",
    ),
    Behaviour(
        "A rule's description: 255 characters of a set; InvalidParameterValue",
        f"{_EC2}/API_IpRange.html",
        f"{_RULES}::test_a_description_that_aws_does_not_take_is_refused",
    ),
    Behaviour(
        "Authorize and Revoke without rules: MissingParameter",
        f"{_ERRORS} (MissingParameter)",
        f"{_RULES}::test_a_request_without_rules_is_refused",
    ),
    Behaviour(
        "60 rules in a direction for each IP version: RulesPerSecurityGroupLimitExceeded",
        "https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html",
        f"{_RULES}::test_sixty_rules_of_a_direction_and_ip_version_are_the_limit",
    ),
    Behaviour(
        "Revoke by rule id answers what it removed",
        f"{_EC2}/API_RevokeSecurityGroupIngress.html",
        f"{_REVOCATIONS}::test_rules_are_revoked_by_id",
    ),
    Behaviour(
        "Revoke by the values of a rule, without its description",
        f"{_EC2}/API_RevokeSecurityGroupIngress.html",
        f"{_REVOCATIONS}::test_rules_are_revoked_by_what_they_say",
    ),
    Behaviour(
        "Revoking a rule that is not there: InvalidPermission.NotFound, and no rule is revoked",
        f"{_EC2}/API_RevokeSecurityGroupIngress.html",
        f"{_REVOCATIONS}::test_revoking_a_rule_that_is_not_there_is_refused",
    ),
    Behaviour(
        "In a default VPC a rule that is not there is no error but answered as unknown",
        f"{_EC2}/API_RevokeSecurityGroupIngress.html",
        f"{_REVOCATIONS}::test_revoking_a_rule_that_is_not_there_is_answered_in_the_default_vpc",
    ),
    Behaviour(
        "Revoking by an id that is not there: InvalidSecurityGroupRuleId.NotFound or .Malformed",
        f"{_ERRORS}; {_GITHUB}/ministackorg/ministack/pull/1346",
        f"{_REVOCATIONS}::test_revoking_by_an_id_that_is_not_there_is_refused",
    ),
    Behaviour(
        "Authorize and Revoke take a single rule in their top-level parameters",
        f"{_EC2}/API_AuthorizeSecurityGroupIngress.html",
        f"{_REVOCATIONS}::test_the_short_form_of_a_single_rule_works",
    ),
    Behaviour(
        "A prefix list in a rule must exist",
        f"{_EC2}/API_PrefixListId.html; code inferred",
        f"{_PEERS}::test_a_rule_may_name_a_prefix_list_that_exists",
    ),
)
