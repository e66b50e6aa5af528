"""Network interfaces: their groups exist, are of the interface's VPC, and are what was last written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from moto.ec2.responses.elastic_network_interfaces import ElasticNetworkInterfaces

from sg_integration.sandbox.aws.strict.errors import AwsError, different_networks, invalid
from sg_integration.sandbox.aws.strict.groups import every_group, find_groups

if TYPE_CHECKING:
    from moto.core.responses import ActionResult


class InterfaceActions(ElasticNetworkInterfaces):
    """The actions that name groups, and the deletion of an interface in use."""

    def create_network_interface(self) -> ActionResult:
        """Make an interface; without groups it gets the default group of its VPC."""
        subnet = self.ec2_backend.get_subnet(self.params.get("SubnetId"))
        known = {group.id: group for group in every_group(self.ec2_backend)}
        group_ids = list(dict.fromkeys(self.params.get("Groups") or []))
        for group_id in group_ids:
            if group_id not in known:
                text = f"The securityGroup ID '{group_id}' does not exist"
                raise AwsError("InvalidSecurityGroupID.NotFound", text)
            if known[group_id].vpc_id != subnet.vpc_id:
                raise different_networks()
        if group_ids:
            self.params["Groups"] = group_ids
        return super().create_network_interface()

    def modify_network_interface_attribute(self) -> ActionResult:
        """Change one attribute; groups are replaced as a whole."""
        interface = self.ec2_backend.get_network_interface(self.params.get("NetworkInterfaceId"))
        if group_ids := self.params.get("Groups"):
            groups = find_groups(self.ec2_backend, group_ids, interface.vpc_id)
            self.params["Groups"] = [group.id for group in groups]
        return super().modify_network_interface_attribute()

    def delete_network_interface(self) -> ActionResult:
        """Delete an interface that is attached to nothing."""
        interface = self.ec2_backend.get_network_interface(self.params.get("NetworkInterfaceId"))
        if interface.status == "in-use":
            raise invalid(f"Network interface '{interface.id}' is currently in use.")
        return super().delete_network_interface()
