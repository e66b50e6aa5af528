"""What the embedded AWS does as AWS does it: the table's rows.

Sources: AWS's API reference where it says so; else a report by somebody who met the answer in a real account. "Inferred"
marks what neither shows word for word.
"""

from __future__ import annotations

from tests.sandbox.behaviours import Behaviour
from tests.sandbox.behaviours_aws_databases import STATE_ROWS
from tests.sandbox.behaviours_aws_gate import FAULT_ROWS, GATE_ROWS
from tests.sandbox.behaviours_aws_groups import GROUP_ROWS, TAG_ROWS
from tests.sandbox.behaviours_aws_lists import LIST_ROWS, POLICY_ROWS, REFUSAL_ROWS
from tests.sandbox.behaviours_aws_rule_edits import EDIT_ROWS
from tests.sandbox.behaviours_aws_rules import RULE_ROWS

_EC2 = "https://docs.aws.amazon.com/AWSEC2/latest/APIReference"
_RDS = "https://docs.aws.amazon.com/AmazonRDS/latest/APIReference"
_ERRORS = "https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html"
_GITHUB = "https://github.com"
_INTERFACES = "tests/sandbox/test_aws_interfaces.py"
_DATABASES = "tests/sandbox/test_aws_databases.py"
_CALLS = "tests/sandbox/test_aws_calls.py"

_INTERFACE_ROWS = (
    Behaviour(
        "An interface's groups are what was last written; an instance's are those of its primary interface",
        f"{_EC2}/API_ModifyNetworkInterfaceAttribute.html",
        f"{_INTERFACES}::test_a_removed_group_is_gone_however_the_instance_was_launched",
    ),
    Behaviour(
        "ModifyInstanceAttribute writes the only interface's groups; with several: InvalidInstanceID",
        f"{_EC2}/API_ModifyInstanceAttribute.html; {_GITHUB}/hashicorp/terraform/issues/3205",
        f"{_INTERFACES}::test_groups_of_an_instance_are_those_of_its_only_interface",
    ),
    Behaviour(
        "Without groups an interface gets its VPC's default group",
        "https://docs.aws.amazon.com/vpc/latest/userguide/default-security-group.html",
        f"{_INTERFACES}::test_without_groups_an_interface_has_its_vpcs_default_group",
    ),
    Behaviour(
        "An unknown group: InvalidSecurityGroupID.NotFound for a new interface, else InvalidGroup.NotFound",
        f"{_GITHUB}/hashicorp/terraform/issues/3372; {_ERRORS}",
        f"{_INTERFACES}::test_an_unknown_group_is_refused_by_interfaces_and_instances",
    ),
    Behaviour(
        "A group of another VPC: InvalidGroup.NotFound for an interface, InvalidParameter for an instance",
        f"{_GITHUB}/kubernetes-sigs/cluster-api-provider-aws/issues/3943, {_GITHUB}/philschmid/efsync/pull/16; "
        "for CreateNetworkInterface inferred",
        f"{_INTERFACES}::test_a_group_of_another_vpc_is_refused_by_interfaces_and_instances",
    ),
    Behaviour(
        "A launch takes groups by name in the default VPC only, and not with a subnet",
        f"{_GITHUB}/wallix/awless/issues/265; {_EC2}/API_RunInstances.html (SecurityGroup.N)",
        f"{_INTERFACES}::test_a_group_by_name_is_of_the_default_vpc",
    ),
    Behaviour(
        "A group that is written twice is kept once",
        "inferred: DescribeNetworkInterfaces shows a set",
        f"{_INTERFACES}::test_a_group_twice_is_kept_once",
    ),
    Behaviour(
        "An unknown interface: InvalidNetworkInterfaceID.NotFound",
        f"{_ERRORS} (InvalidNetworkInterfaceID.NotFound)",
        f"{_INTERFACES}::test_an_unknown_interface_is_refused",
    ),
    Behaviour(
        "Interfaces made at launch go with the terminated instance",
        "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/using-eni.html",
        f"{_INTERFACES}::test_the_interface_of_a_terminated_instance_goes_with_it",
    ),
    Behaviour(
        "An interface that was there before the instance outlives it",
        "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/using-eni.html",
        f"{_INTERFACES}::test_an_interface_that_was_there_before_outlives_the_instance",
    ),
    Behaviour(
        "Deleting an interface in use: InvalidParameterValue",
        f"{_EC2}/API_DeleteNetworkInterface.html (must be detached); code and words inferred",
        f"{_INTERFACES}::test_an_interface_in_use_is_not_deleted",
    ),
)

_DATABASE_ROWS = (
    Behaviour(
        "ModifyDBSubnetGroup changes a subnet group in place; an unknown one is DBSubnetGroupNotFoundFault",
        f"{_RDS}/API_ModifyDBSubnetGroup.html",
        f"{_DATABASES}::test_a_changed_subnet_group_is_still_there",
    ),
    Behaviour(
        "Every DB instance has a DbiResourceId of its own",
        f"{_RDS}/API_DBInstance.html",
        f"{_DATABASES}::test_every_database_has_an_id_of_its_own",
    ),
    Behaviour(
        "Without groups a database gets the default group of the VPC of its subnet group",
        f"{_RDS}/API_CreateDBInstance.html (VpcSecurityGroupIds)",
        f"{_DATABASES}::test_a_database_without_groups_has_its_vpcs_default_group",
    ),
    Behaviour(
        "An instance with an unknown group: InvalidParameterValue; of another VPC: InvalidParameterCombination",
        f"{_GITHUB}/aws/aws-cli/issues/574, {_GITHUB}/terraform-aws-modules/terraform-aws-rds/issues/451",
        f"{_DATABASES}::test_an_instance_takes_only_groups_of_its_vpc",
    ),
    Behaviour(
        "A cluster with an unknown group: InvalidParameterValue; of another VPC: InvalidParameterCombination",
        "inferred from the answers for an instance",
        f"{_DATABASES}::test_a_cluster_takes_only_groups_of_its_vpc",
    ),
    Behaviour(
        "Groups of an instance in a cluster are changed at the cluster: InvalidParameterCombination",
        f"{_GITHUB}/crossplane-contrib/provider-aws/issues/1799",
        f"{_DATABASES}::test_groups_of_a_cluster_are_not_changed_at_its_member",
    ),
    Behaviour(
        "An instance in a cluster is in the cluster's subnet group",
        f"{_RDS}/API_CreateDBInstance.html (DBSubnetGroupName: not applicable to Aurora, inferred from the cluster's)",
        f"{_DATABASES}::test_a_member_of_a_cluster_is_in_its_clusters_subnets",
    ),
    Behaviour(
        "An unknown database: DBInstanceNotFound, DBClusterNotFoundFault",
        f"{_RDS}/API_ModifyDBInstance.html, {_RDS}/API_ModifyDBCluster.html",
        f"{_DATABASES}::test_an_unknown_database_is_refused",
    ),
)

_ACCOUNT_ROWS = (
    Behaviour(
        "A new account has a default VPC, 172.31.0.0/16, with a subnet for each zone and its default group",
        "https://docs.aws.amazon.com/vpc/latest/userguide/default-vpc-components.html",
        f"{_CALLS}::test_a_reset_leaves_the_default_vpc_only",
    ),
)

BEHAVIOURS: tuple[Behaviour, ...] = (
    *GROUP_ROWS,
    *RULE_ROWS,
    *EDIT_ROWS,
    *TAG_ROWS,
    *_INTERFACE_ROWS,
    *REFUSAL_ROWS,
    *LIST_ROWS,
    *POLICY_ROWS,
    *_DATABASE_ROWS,
    *STATE_ROWS,
    *GATE_ROWS,
    *FAULT_ROWS,
    *_ACCOUNT_ROWS,
)
