"""States of databases and of their groups in the embedded AWS: rows of the table. See behaviours_aws for the sources."""

from __future__ import annotations

from tests.sandbox.behaviours import Behaviour

_RDS = "https://docs.aws.amazon.com/AmazonRDS/latest/APIReference"
_GUIDE = "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide"
_GITHUB = "https://github.com"
_STATES = "tests/sandbox/test_aws_database_states.py"
_KINDS = "tests/sandbox/test_aws_database_kinds.py"

STATE_ROWS = (
    Behaviour(
        "A stopping, stopped or starting instance is not changed: InvalidDBInstanceState",
        f"{_GUIDE}/USER_StopInstance.html; words: {_GITHUB}/cloud-custodian/cloud-custodian/issues/1687",
        f"{_STATES}::test_a_database_that_does_not_run_takes_no_groups",
    ),
    Behaviour(
        "A stopping, stopped or starting cluster is not changed: InvalidDBClusterStateFault; its members stop with it",
        "https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/aurora-cluster-stop-start.html; words: moto 5.2.5",
        f"{_STATES}::test_a_cluster_that_does_not_run_takes_no_groups",
    ),
    Behaviour(
        "Only what is available stops, only what is stopped starts, and a member of a cluster does neither",
        f"{_RDS}/API_StopDBInstance.html, {_RDS}/API_StartDBCluster.html; for a member: the code is inferred",
        f"{_STATES}::test_only_what_runs_stops_and_only_what_is_stopped_starts",
    ),
    Behaviour(
        "A database's new group is `adding`, then `active`; one left out is `removing`, then gone; DependencyViolation until then",
        f"{_RDS}/API_VpcSecurityGroupMembership.html; the names: {_GITHUB}/ansible-collections/amazon.aws (rds_instance)",
        f"{_STATES}::test_groups_are_added_and_removed_over_time",
    ),
    Behaviour(
        "A database has an interface of RDS's in its subnets, with the groups that RDS has come to attach; nobody else changes it",
        "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/requester-managed-eni.html; one for an instance: inferred",
        f"{_STATES}::test_a_database_has_an_interface_with_its_groups",
    ),
    Behaviour(
        "A group that is put back while it is being removed is being added",
        "inferred",
        f"{_STATES}::test_a_group_that_comes_back_while_it_is_removed_is_being_added",
    ),
    Behaviour(
        "The groups that a database has already: InvalidParameterCombination, No modifications were requested",
        f"{_GITHUB}/hashicorp/terraform/issues/12815; that an empty list counts as none: inferred",
        f"{_STATES}::test_a_change_that_changes_nothing_is_refused",
    ),
    Behaviour(
        "More than five groups of a database are refused",
        f"{_GUIDE}/CHAP_Limits.html; words: {_GITHUB}/awslabs/kubeflow-manifests/issues/137; the code is inferred",
        f"{_STATES}::test_a_database_has_five_groups_at_most",
    ),
    Behaviour(
        "The groups of an RDS Custom instance are not changed",
        f"{_RDS}/API_ModifyDBInstance.html (VpcSecurityGroupIds.N: does not apply to RDS Custom); code and words inferred",
        f"{_KINDS}::test_rds_custom_keeps_its_groups",
    ),
    Behaviour(
        "Instances and clusters of DocumentDB and Neptune show in RDS's lists",
        f"{_RDS}/API_DescribeDBClusters.html (can also return information for Neptune and DocumentDB)",
        f"{_KINDS}::test_documentdb_and_neptune_show_in_the_lists_of_rds",
    ),
    Behaviour(
        "Lists of databases come in pages: MaxRecords 20 to 100, Marker",
        f"{_RDS}/API_DescribeDBInstances.html, {_RDS}/API_DescribeDBClusters.html; codes and words inferred",
        f"{_KINDS}::test_databases_come_in_pages",
    ),
)
