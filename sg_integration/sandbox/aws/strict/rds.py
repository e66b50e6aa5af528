"""RDS: database instances and clusters have groups that exist and are of their VPC."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from moto.ec2.models import ec2_backends
from moto.rds.responses import RDSResponse

from sg_integration.sandbox.aws.strict.errors import AwsError, invalid
from sg_integration.sandbox.aws.strict.groups import default_vpc_id, every_group
from sg_integration.sandbox.aws.strict.response import StrictResponse

if TYPE_CHECKING:
    from moto.core.responses import ActionResult


class StrictRDS(RDSResponse, StrictResponse):
    """moto's RDS, refusing what AWS refuses."""

    def create_db_instance(self) -> ActionResult:
        """Make an instance; without groups it gets the default group of its VPC, in a cluster the cluster's."""
        if not self.params.get("DBClusterIdentifier"):
            self._settle_groups(self._vpc_of(self.params.get("DBSubnetGroupName")))
        return super().create_db_instance()

    def modify_db_instance(self) -> ActionResult:
        """Change an instance; one in a cluster has the cluster's groups."""
        database: Any = self.backend.databases.get(self.params.get("DBInstanceIdentifier", ""))
        if database and self.params.get("VpcSecurityGroupIds"):
            if database.db_cluster_identifier:
                words = "Modify vpc security group for the DB Cluster using the ModifyDbCluster API"
                text = f"The specified DB Instance is a member of a cluster. {words}"
                raise AwsError("InvalidParameterCombination", text)
            subnets = getattr(database, "db_subnet_group", None)
            self._check_groups(subnets.vpc_id if subnets else default_vpc_id(self._ec2))
        return super().modify_db_instance()

    def create_db_cluster(self) -> ActionResult:
        """Make a cluster; without groups it gets the default group of its VPC."""
        self._settle_groups(self._vpc_of(self.params.get("DBSubnetGroupName")))
        return super().create_db_cluster()

    def modify_db_cluster(self) -> ActionResult:
        """Change a cluster."""
        name = self.params.get("DBClusterIdentifier", "")
        cluster: Any = self.backend.clusters.get(name)
        if cluster is None:
            raise AwsError("DBClusterNotFoundFault", f"DBCluster {name} not found.")
        if self.params.get("VpcSecurityGroupIds"):
            self._check_groups(self._vpc_of(cluster.db_subnet_group_name))
        return super().modify_db_cluster()

    @property
    def _ec2(self) -> Any:
        return ec2_backends[self.current_account][self.region]

    def _vpc_of(self, subnet_group: str | None) -> str:
        """The VPC of a DB subnet group; of none, and of `default` where nobody made one, the default VPC."""
        known = self.backend.subnet_groups.get(subnet_group or "default")
        return str(known.vpc_id) if known else default_vpc_id(self._ec2)

    def _settle_groups(self, vpc_id: str) -> None:
        """Check the request's groups, or put in the VPC's default group."""
        if self.params.get("VpcSecurityGroupIds"):
            self._check_groups(vpc_id)
        else:
            self.params["VpcSecurityGroupIds"] = [self._ec2.get_default_security_group(vpc_id).id]

    def _check_groups(self, vpc_id: str) -> None:
        """Refuse groups that do not exist or are of another VPC than the database."""
        known = {group.id: group for group in every_group(self._ec2)}
        for group_id in self.params["VpcSecurityGroupIds"]:
            if group_id not in known:
                raise invalid(f"Invalid security group , groupId= {group_id}, groupName=.")
            if (theirs := known[group_id].vpc_id) != vpc_id:
                where = f"The DB instance is in {vpc_id} and the EC2 security group is in {theirs}"
                text = f"The DB instance and EC2 security group are in different VPCs. {where}"
                raise AwsError("InvalidParameterCombination", text)
