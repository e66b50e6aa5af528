"""Whose interfaces the embedded AWS lets change, and its lists: rows of the table. See behaviours_aws for the sources."""

from __future__ import annotations

from tests.sandbox.behaviours import Behaviour

_EC2 = "https://docs.aws.amazon.com/AWSEC2/latest/APIReference"
_ERRORS = f"{_EC2}/errors-overview.html"
_LIMITS = "https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html"
_GITHUB = "https://github.com"
_REFUSALS = "tests/sandbox/test_aws_interface_refusals.py"
_LISTS = "tests/sandbox/test_aws_lists.py"
_OF_ANOTHER = f"{_REFUSALS}::test_an_interface_of_somebody_else_is_not_changed"

REFUSAL_ROWS = (
    Behaviour(
        "An empty list of groups: InvalidParameterCombination, No attributes specified",
        f"{_GITHUB}/ansible-collections/amazon.aws/issues/470 for ModifyInstanceAttribute; for interfaces inferred",
        f"{_REFUSALS}::test_no_groups_are_no_change",
    ),
    Behaviour(
        "Two attributes of an interface in one request: InvalidParameterCombination",
        f"{_EC2}/API_ModifyNetworkInterfaceAttribute.html (one attribute at a time); code and words inferred",
        f"{_REFUSALS}::test_one_attribute_is_changed_at_a_time",
    ),
    Behaviour(
        "More than five groups: SecurityGroupsPerInterfaceLimitExceeded when written, InvalidParameterValue for a new "
        "interface, SecurityGroupsPerInstanceLimitExceeded for an instance; nothing is changed",
        f"{_GITHUB}/cloud-custodian/cloud-custodian/issues/9787, {_GITHUB}/aws/amazon-vpc-resource-controller-k8s/pull/583, "
        f"{_ERRORS} (SecurityGroupsPerInstanceLimitExceeded)",
        f"{_REFUSALS}::test_an_interface_has_five_groups_at_most",
    ),
    Behaviour(
        "The quota of groups per interface can be raised to 16, and Service Quotas (vpc, L-2AFB9258) answers it",
        _LIMITS,
        f"{_REFUSALS}::test_the_quota_of_groups_is_raised_and_told",
    ),
    Behaviour(
        "Groups for the instance and for its interfaces in one launch: InvalidParameterCombination",
        f"{_EC2}/API_RunInstances.html (SecurityGroupId.N); words: {_GITHUB}/aws/aws-sdk-php/issues/601",
        f"{_REFUSALS}::test_groups_stand_at_the_instance_or_at_its_interfaces",
    ),
    Behaviour(
        "A requester-managed interface, one of another account, and one on another account's instance: AuthFailure",
        "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/requester-managed-eni.html; "
        f"{_GITHUB}/cloud-custodian/cloud-custodian/issues/3406; for another account inferred",
        _OF_ANOTHER,
    ),
    Behaviour(
        "An interface that a service operates: OperationNotPermitted",
        "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/amazon-ec2-managed-instances.html; code and words inferred",
        _OF_ANOTHER,
    ),
    Behaviour(
        "An interface attached by another account's service shows InstanceOwnerId and no instance",
        f"{_EC2}/API_NetworkInterfaceAttachment.html",
        f"{_REFUSALS}::test_an_interface_that_another_accounts_instance_has_shows_no_instance",
    ),
    Behaviour(
        "A managed instance and its interfaces show their Operator",
        f"{_EC2}/API_OperatorResponse.html",
        f"{_REFUSALS}::test_an_operators_instance_shows_its_operator",
    ),
    Behaviour(
        "An interface has the InterfaceType that it was made with",
        f"{_EC2}/API_CreateNetworkInterface.html (InterfaceType)",
        f"{_REFUSALS}::test_an_interface_has_the_type_it_was_made_with",
    ),
)

LIST_ROWS = (
    Behaviour(
        "DescribeNetworkInterfaces comes in pages by MaxResults and NextToken",
        f"{_EC2}/API_DescribeNetworkInterfaces.html; that a page keeps the places of what is gone: inferred",
        f"{_LISTS}::test_interfaces_come_in_pages",
    ),
    Behaviour(
        "A listing without MaxResults ends after 1000, with a NextToken",
        f"{_EC2}/API_DescribeNetworkInterfaces.html (MaxResults: at most 1000); that it does so unasked: inferred",
        f"{_LISTS}::test_a_listing_without_a_page_size_has_pages_of_a_thousand",
    ),
    Behaviour(
        "DescribeInstances counts instances, and a reservation may go on on the next page",
        f"{_EC2}/API_DescribeInstances.html (MaxResults)",
        f"{_LISTS}::test_instances_come_in_pages_of_instances",
    ),
    Behaviour(
        "DescribeSecurityGroups and DescribeSecurityGroupRules come in pages",
        f"{_EC2}/API_DescribeSecurityGroups.html, {_EC2}/API_DescribeSecurityGroupRules.html",
        f"{_LISTS}::test_groups_and_rules_come_in_pages",
    ),
    Behaviour(
        "MaxResults below 5 or above 1000: InvalidParameterValue; beside ids: InvalidParameterCombination; "
        "a token of nobody: InvalidNextToken",
        f"{_EC2}/API_DescribeNetworkInterfaces.html (MaxResults), {_ERRORS} (InvalidNextToken); words inferred",
        f"{_LISTS}::test_a_page_size_must_fit",
    ),
    Behaviour(
        "Interfaces are filtered by requester-managed, operator.*, owner-id, interface-type, attachment.*, group-id, "
        "tag and others, with wildcards",
        f"{_EC2}/API_DescribeNetworkInterfaces.html (Filter.N)",
        f"{_LISTS}::test_interfaces_are_filtered_by_what_they_show",
    ),
    Behaviour(
        "Instances are filtered by instance.group-id (the primary interface) and network-interface.group-id (any)",
        f"{_EC2}/API_DescribeInstances.html (Filter.N)",
        f"{_LISTS}::test_instances_are_filtered_by_the_groups_of_their_interfaces",
    ),
    Behaviour(
        "A filter that there is not: InvalidParameterValue",
        f"{_ERRORS} (InvalidParameterValue); words: moto 5.2.5",
        f"{_LISTS}::test_filters_that_cannot_be_are_refused",
    ),
    Behaviour(
        "The filters emulated are among those that AWS documents",
        "the service model in botocore",
        f"{_LISTS}::test_the_filters_emulated_are_filters_of_aws",
    ),
    Behaviour(
        "More than 200 values of a filter: FilterLimitExceeded",
        f"https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/Using_Filtering.html; {_ERRORS} (FilterLimitExceeded)",
        f"{_LISTS}::test_a_filter_has_two_hundred_values_at_most",
    ),
    Behaviour(
        "An unknown id in a listing refuses it: InvalidNetworkInterfaceID.NotFound, InvalidInstanceID.NotFound",
        _ERRORS,
        f"{_LISTS}::test_an_unknown_id_is_refused_by_the_lists",
    ),
)

_READS = "tests/sandbox/test_aws_policy_reads.py"
_PEERING = "https://docs.aws.amazon.com/vpc/latest/peering/vpc-peering-security-groups.html"

POLICY_ROWS = (
    Behaviour(
        "GetManagedPrefixListEntries comes in pages of at most 100",
        f"{_EC2}/API_GetManagedPrefixListEntries.html (MaxResults)",
        f"{_READS}::test_entries_of_a_prefix_list_come_in_pages",
    ),
    Behaviour(
        "A prefix list that does not exist: InvalidPrefixListID.NotFound; what is no id: InvalidPrefixListId.Malformed",
        f"{_ERRORS}; the code for what is no id inferred",
        f"{_READS}::test_a_prefix_list_that_does_not_exist_is_refused",
    ),
    Behaviour(
        "A rule may refer to a group of a VPC whose peering is active, and shows VPC, peering and its status",
        f"{_PEERING}; {_EC2}/API_ReferencedSecurityGroup.html",
        f"{_READS}::test_a_rule_may_refer_to_a_group_of_a_peered_vpc",
    ),
    Behaviour(
        "When the peering is deleted the rule stays, and DescribeStaleSecurityGroups lists it",
        f"{_PEERING}; {_EC2}/API_DescribeStaleSecurityGroups.html",
        f"{_READS}::test_a_reference_is_stale_when_the_peering_is_gone",
    ),
    Behaviour(
        "References from peered VPCs do not keep a group from being deleted, and become stale",
        _PEERING,
        f"{_READS}::test_a_group_of_a_peered_vpc_may_be_deleted_and_leaves_a_stale_reference",
    ),
    Behaviour(
        "An interface shows its delegated prefixes apart from its addresses",
        f"{_EC2}/API_NetworkInterface.html (Ipv4Prefixes, Ipv6Prefixes); a test marks it so",
        f"{_READS}::test_an_interface_shows_its_delegated_prefixes",
    ),
)
