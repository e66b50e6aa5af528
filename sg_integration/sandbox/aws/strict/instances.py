"""Instances: the groups they are launched with, and what becomes of their interfaces."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sg_integration.sandbox.aws.strict import staleness
from sg_integration.sandbox.aws.strict.errors import AwsError
from sg_integration.sandbox.aws.strict.groups import default_vpc_id, find_group, find_groups, find_named
from sg_integration.sandbox.aws.strict.instance_list import InstanceList
from sg_integration.sandbox.aws.strict.interface_rights import check_ours
from sg_integration.sandbox.aws.strict.quotas import check_instance_groups

if TYPE_CHECKING:
    from collections.abc import Iterable

    from moto.core.responses import ActionResult


class InstanceActions(InstanceList):
    """The actions that name groups, and termination."""

    def run_instances(self) -> ActionResult:
        """Launch; interfaces made here go with the instance unless the request says otherwise."""
        if self.params.get("NetworkInterfaces") and self.params.get("SecurityGroupIds"):
            words = "Network interfaces and an instance-level security groups may not be specified on the same request"
            raise AwsError("InvalidParameterCombination", words)
        self._check_groups(self.params.get("SecurityGroupIds") or [], self.params.get("SubnetId"))
        self._check_names(self.params.get("SecurityGroups") or [])
        stay = set()
        for interface in self.params.get("NetworkInterfaces") or []:
            self._check_groups(interface.get("Groups") or [], interface.get("SubnetId"))
            if interface.get("NetworkInterfaceId") or interface.get("DeleteOnTermination") is False:
                stay.add(int(interface.get("DeviceIndex", 0)))
        answer = super().run_instances()
        reservation: Any = answer.result
        for instance in reservation.instances:
            for index, nic in instance.nics.items():
                nic.delete_on_termination = index not in stay
        return answer

    def _check_names(self, names: list[str]) -> None:
        """Refuse groups by name that are not in the default VPC, or that come with a subnet."""
        if names and "SubnetId" in self.params:
            words = "The parameter groupName cannot be used with the parameter subnet"
            raise AwsError("InvalidParameterCombination", words)
        for name in names:
            find_named(self.ec2_backend, name)

    def _check_groups(self, group_ids: Iterable[str], subnet_id: str | None) -> None:
        """Refuse groups that do not exist, or are not of the subnet's VPC (without a subnet: of the default VPC)."""
        groups = [find_group(self.ec2_backend, group_id) for group_id in dict.fromkeys(group_ids)]
        check_instance_groups(len(groups))
        if not groups:
            return
        where = f"subnet {subnet_id}" if subnet_id else "the default VPC"
        vpc_id = self.ec2_backend.get_subnet(subnet_id).vpc_id if subnet_id else default_vpc_id(self.ec2_backend)
        for group in groups:
            if group.vpc_id != vpc_id:
                text = f"Security group {group.id} and {where} belong to different networks."
                raise AwsError("InvalidParameter", text)

    def modify_instance_attribute(self) -> ActionResult:
        """Change one attribute; groups are those of the only interface."""
        if group_ids := self.params.get("Groups"):
            instance = self.ec2_backend.get_instance(self.params.get("InstanceId"))
            if len(instance.nics) > 1:
                words = "Please specify an interface ID for the operation instead."
                text = f"There are multiple interfaces attached to instance '{instance.id}'. {words}"
                raise AwsError("InvalidInstanceID", text)
            groups = find_groups(self.ec2_backend, group_ids, instance.vpc_id)
            check_instance_groups(len(groups))
            for nic in instance.nics.values():
                check_ours(nic)
                staleness.before_write(nic)
            self.params["Groups"] = [group.id for group in groups]
        elif not set(self.params) - {"InstanceId", "DryRun"}:
            raise AwsError("InvalidParameterCombination", "No attributes specified.")
        return super().modify_instance_attribute()

    def terminate_instances(self) -> ActionResult:
        """Terminate; interfaces that stay are free again."""
        answer = super().terminate_instances()
        for instance_id in self.params.get("InstanceIds") or []:
            for nic in self.ec2_backend.get_instance(instance_id).nics.values():
                nic.instance, nic.attachment_id, nic.attach_time, nic.status = None, None, None, "available"
        return answer
