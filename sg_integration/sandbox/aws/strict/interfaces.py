"""Network interfaces: their groups exist, are of the interface's VPC, and are what was last written."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from moto.ec2.exceptions import InvalidNetworkInterfaceIdError
from moto.ec2.responses.elastic_network_interfaces import ElasticNetworkInterfaces

from sg_integration.sandbox.aws.strict import paging, staleness
from sg_integration.sandbox.aws.strict.errors import AwsError, different_networks, invalid
from sg_integration.sandbox.aws.strict.filters import passing
from sg_integration.sandbox.aws.strict.groups import every_group, find_groups
from sg_integration.sandbox.aws.strict.interface_rights import check_ours
from sg_integration.sandbox.aws.strict.interface_view import FILTERS, interface_document
from sg_integration.sandbox.aws.strict.quotas import check_interface_groups, groups_per_interface
from sg_integration.sandbox.aws.strict.rendering import Document

if TYPE_CHECKING:
    from moto.core.responses import ActionResult

_ATTRIBUTES = (
    "Attachment",
    "AssociatePublicIpAddress",
    "ConnectionTrackingSpecification",
    "Description",
    "EnaSrdSpecification",
    "EnablePrimaryIpv6",
    "Groups",
    "SourceDestCheck",
)


class InterfaceActions(ElasticNetworkInterfaces):
    """The actions that name groups, the listing, and the deletion of an interface in use."""

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
        if len(group_ids) > groups_per_interface():
            limit = f"exceeded limit {groups_per_interface()} on the number of interface security group memberships"
            raise invalid(f"user {self.current_account} {limit}")
        if group_ids:
            self.params["Groups"] = group_ids
        if not {"PrivateIpAddress", "PrivateIpAddresses"} & self.params.keys():
            # Asked for none, moto takes any of the subnet's, also the VPC's resolver's.
            self.params["PrivateIpAddress"] = subnet.get_available_subnet_ip(instance=None)
        answer: Any = super().create_network_interface()
        answer.result["NetworkInterface"].interface_type = self.params.get("InterfaceType", "interface")
        return answer  # type: ignore[no-any-return]

    def describe_network_interfaces(self) -> ActionResult:
        """Interfaces by id or by filter, in pages."""
        paging.check_results(self.params, "NetworkInterfaceIds", "networkInterfaceIdSet")
        passes = passing("DescribeNetworkInterfaces", self._filters_from_querystring(), FILTERS, "TagSet")
        self.error_on_dryrun()
        known = self.ec2_backend.enis
        found, token = paging.results(
            self.params,
            lambda: [each for each in self._interfaces_asked_for() if passes(interface_document(each))],
            known.get,
            lambda each: str(each.id),
        )
        documents = [interface_document(each) for each in found]
        staleness.shown(found)
        return Document({"NetworkInterfaces": documents, "NextToken": token})

    def _interfaces_asked_for(self) -> list[Any]:
        """The interfaces with the ids of the request, or all."""
        known, wanted = self.ec2_backend.enis, list(dict.fromkeys(self.params.get("NetworkInterfaceIds") or []))
        if missing := next((each for each in wanted if each not in known), None):
            raise InvalidNetworkInterfaceIdError(missing)
        return [known[each] for each in wanted] if wanted else list(known.values())

    def modify_network_interface_attribute(self) -> ActionResult:
        """Change one attribute; groups are replaced as a whole."""
        interface = self.ec2_backend.get_network_interface(self.params.get("NetworkInterfaceId"))
        check_ours(interface)
        named = [name for name in _ATTRIBUTES if self.params.get(name)]
        if len(named) != 1:
            words = "Fields for multiple attribute types specified" if named else "No attributes specified."
            raise AwsError("InvalidParameterCombination", words)
        if group_ids := self.params.get("Groups"):
            groups = find_groups(self.ec2_backend, group_ids, interface.vpc_id)
            check_interface_groups(len(groups))
            self.error_on_dryrun()
            self.params["Groups"] = [group.id for group in groups]
            staleness.before_write(interface)
        return super().modify_network_interface_attribute()

    def delete_network_interface(self) -> ActionResult:
        """Delete an interface that is attached to nothing."""
        interface = self.ec2_backend.get_network_interface(self.params.get("NetworkInterfaceId"))
        check_ours(interface)
        if interface.status == "in-use":
            raise invalid(f"Network interface '{interface.id}' is currently in use.")
        return super().delete_network_interface()
