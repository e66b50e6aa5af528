"""Database instances: their groups, their states, and the listing in pages."""

from __future__ import annotations

from functools import partial
from typing import Any

from moto.core.responses import ActionResult

from sg_integration.sandbox.aws.strict import database_interfaces, memberships, paging
from sg_integration.sandbox.aws.strict.database_groups import DatabaseGroups
from sg_integration.sandbox.aws.strict.errors import AwsError
from sg_integration.sandbox.aws.strict.groups import default_vpc_id
from sg_integration.sandbox.aws.world import WORLD

UNCHANGEABLE = ("creating", "deleting", "starting", "stopped", "stopping")


class DatabaseActions(DatabaseGroups):
    """The actions on instances."""

    def create_db_instance(self) -> ActionResult:
        """Make an instance; without groups it gets the default group of its VPC, in a cluster the cluster's, and its subnets."""
        cluster = self.backend.clusters.get(self.params.get("DBClusterIdentifier", "").lower())
        if cluster and cluster.db_subnet_group_name in self.backend.subnet_groups:
            self.params.setdefault("DBSubnetGroupName", cluster.db_subnet_group_name)
        if not self.params.get("DBClusterIdentifier"):
            self._settle_groups(self._vpc_of(self.params.get("DBSubnetGroupName")))
        answer = super().create_db_instance()
        made: Any = answer.result
        database_interfaces.give(made["DBInstance"], self._ec2)
        return answer

    def delete_db_instance(self) -> ActionResult:
        """Delete an instance, and its interface with it."""
        answer = super().delete_db_instance()
        gone: Any = answer.result
        database_interfaces.take(gone["DBInstance"], self._ec2)
        return answer

    def describe_db_instances(self) -> ActionResult:
        """Instances, in pages."""
        found: Any = super().describe_db_instances()
        instances = found.result["DBInstances"]
        page, marker = paging.records(self.params, instances, lambda each: str(each.db_instance_identifier))
        return ActionResult({"DBInstances": page, "Marker": marker})

    def describe_db_subnet_groups(self) -> ActionResult:
        """Subnet groups, in pages."""
        found: Any = super().describe_db_subnet_groups()
        page, marker = paging.records(self.params, found.result["DBSubnetGroups"], lambda each: str(each.name))
        return ActionResult({"DBSubnetGroups": page, "Marker": marker})

    def modify_db_subnet_group(self) -> ActionResult:
        """Change a subnet group; moto takes it out of its list and forgets to put it back."""
        groups = self.backend.subnet_groups
        name = str(self.params.get("DBSubnetGroupName")).lower()
        if name not in groups:
            raise AwsError("DBSubnetGroupNotFoundFault", f"Subnet group {name} does not exist.", status=404)
        kept = groups[name]
        answer = super().modify_db_subnet_group()
        groups[name] = kept
        return answer

    def modify_db_instance(self) -> ActionResult:
        """Change an instance; one in a cluster has the cluster's groups."""
        database = self._database()
        if database.status in UNCHANGEABLE:
            raise _not_available(database)
        before = list(database.vpc_security_group_ids)
        if "VpcSecurityGroupIds" in self.params:
            _check_own_groups(database)
        subnets = getattr(database, "db_subnet_group", None)
        self._settle_change(before, subnets.vpc_id if subnets else default_vpc_id(self._ec2))
        answer = super().modify_db_instance()
        if not database.db_cluster_identifier:
            memberships.started(database, before)
        return answer

    def stop_db_instance(self) -> ActionResult:
        """Stop an instance: it is `stopping` first."""
        return self._pass("available", "stopping", "stopped")

    def start_db_instance(self) -> ActionResult:
        """Start an instance: it is `starting` first."""
        return self._pass("stopped", "starting", "available")

    def _pass(self, begin: str, between: str, end: str) -> ActionResult:
        """Let an instance pass from one state to another."""
        database = self._database()
        if database.db_cluster_identifier:
            text = f"{database.engine} DB instances are not eligible for stopping and starting."
            raise AwsError("InvalidParameterCombination", text)
        if database.status != begin:
            raise AwsError(
                "InvalidDBInstanceState", f"Instance {database.db_instance_identifier} is not in {begin} state."
            )
        database.status = between
        WORLD.timeline.after(WORLD.settings.rds_transition_seconds, partial(setattr, database, "status", end))
        return ActionResult({"DBInstance": database})

    def _database(self) -> Any:
        """The instance that the request names."""
        name = self.params.get("DBInstanceIdentifier", "").lower()
        if name not in self.backend.databases:
            raise AwsError("DBInstanceNotFound", f"DBInstance {name} not found.", status=404)
        return self.backend.databases[name]


def _not_available(database: Any) -> AwsError:
    return AwsError("InvalidDBInstanceState", f"Instance {database.db_instance_identifier} is not in available state.")


def _check_own_groups(database: Any) -> None:
    """Refuse to change the groups of an instance that has none of its own, or that runs in its owner's hands."""
    if database.db_cluster_identifier:
        words = "Modify vpc security group for the DB Cluster using the ModifyDbCluster API"
        text = f"The specified DB Instance is a member of a cluster. {words}"
        raise AwsError("InvalidParameterCombination", text)
    if database.engine.startswith("custom-"):
        text = "You can't change VPC security groups of an RDS Custom DB instance."
        raise AwsError("InvalidParameterCombination", text)
