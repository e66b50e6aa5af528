"""Deleting VPCs and subnets that something is still in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from moto.ec2.responses.subnets import Subnets
from moto.ec2.responses.vpcs import VPCs

from sg_integration.sandbox.aws.strict.errors import AwsError
from sg_integration.sandbox.aws.strict.groups import check_vpc

if TYPE_CHECKING:
    from moto.core.responses import ActionResult


class VpcActions(VPCs):
    """DeleteVpc."""

    def delete_vpc(self) -> ActionResult:
        """Delete a VPC that has only what it was made with; subnets are moto's to refuse."""
        vpc_id = self.params.get("VpcId", "")
        check_vpc(self.ec2_backend, vpc_id)
        others = [group for group in self.ec2_backend.groups[vpc_id].values() if not group.is_default]
        if others or any(eni.vpc_id == vpc_id for eni in self.ec2_backend.enis.values()):
            raise AwsError("DependencyViolation", f"The vpc '{vpc_id}' has dependencies and cannot be deleted.")
        self.error_on_dryrun()
        return super().delete_vpc()


class SubnetActions(Subnets):
    """DeleteSubnet."""

    def delete_subnet(self) -> ActionResult:
        """Delete a subnet that no interface is in."""
        subnet_id = self.params.get("SubnetId")
        if any(eni.subnet_id == subnet_id for eni in self.ec2_backend.enis.values()):
            text = f"The subnet '{subnet_id}' has dependencies and cannot be deleted."
            raise AwsError("DependencyViolation", text)
        self.error_on_dryrun()
        return super().delete_subnet()
