"""The groups that a request gives a database instance or a cluster."""

from __future__ import annotations

from typing import Any

from moto.ec2.models import ec2_backends
from moto.rds.responses import RDSResponse

from sg_integration.sandbox.aws.strict.errors import AwsError, invalid
from sg_integration.sandbox.aws.strict.groups import default_vpc_id, every_group

_GROUPS = "VpcSecurityGroupIds"
_MOST_GROUPS = 5  # not adjustable: https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/CHAP_Limits.html
_NOT_CHANGES = {"ApplyImmediately", "DBClusterIdentifier", "DBInstanceIdentifier", _GROUPS}


class DatabaseGroups(RDSResponse):
    """What instances and clusters have in common."""

    @property
    def _ec2(self) -> Any:
        return ec2_backends[self.current_account][self.region]

    def _vpc_of(self, subnet_group: str | None) -> str:
        """The VPC of a DB subnet group; of none, and of `default` where nobody made one, the default VPC."""
        known = self.backend.subnet_groups.get(subnet_group or "default")
        return str(known.vpc_id) if known else default_vpc_id(self._ec2)

    def _requested_groups(self) -> list[str]:
        """The groups of the request, each once. An empty list is sent as an empty parameter, and counts as none."""
        return list(dict.fromkeys(each for each in self.params.get(_GROUPS) or [] if each))

    def _settle_groups(self, vpc_id: str) -> None:
        """Check the groups of a request that makes a database, or put in the VPC's default group."""
        if wanted := self._requested_groups():
            self._check_groups(wanted, vpc_id)
            self.params[_GROUPS] = wanted
        else:
            self.params[_GROUPS] = [self._ec2.get_default_security_group(vpc_id).id]

    def _settle_change(self, current: list[str], vpc_id: str) -> None:
        """Check the groups of a request that changes a database, and refuse one that changes nothing."""
        wanted = self._requested_groups()
        if wanted:
            self._check_groups(wanted, vpc_id)
        if (not wanted or set(wanted) == set(current)) and not self._other_changes():
            raise AwsError("InvalidParameterCombination", "No modifications were requested")
        if wanted:
            self.params[_GROUPS] = wanted
        else:
            self.params.pop(_GROUPS, None)

    def _other_changes(self) -> set[str]:
        """What else the request changes."""
        return {str(name) for name in self.params.original_dict()} - _NOT_CHANGES

    def _check_groups(self, wanted: list[str], vpc_id: str) -> None:
        """Refuse groups that do not exist, are of another VPC than the database, or are too many."""
        known = {group.id: group for group in every_group(self._ec2)}
        for group_id in wanted:
            if group_id not in known:
                raise invalid(f"Invalid security group , groupId= {group_id}, groupName=.")
            if (theirs := known[group_id].vpc_id) != vpc_id:
                where = f"The DB instance is in {vpc_id} and the EC2 security group is in {theirs}"
                text = f"The DB instance and EC2 security group are in different VPCs. {where}"
                raise AwsError("InvalidParameterCombination", text)
        if len(wanted) > _MOST_GROUPS:
            words = "The request violates your limit on number of Ec2 VPC SecurityGroups associated with an instance"
            raise invalid(words)
