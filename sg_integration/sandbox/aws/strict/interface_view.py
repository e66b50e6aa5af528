"""An interface as DescribeNetworkInterfaces shows it, and the filters on that."""

from __future__ import annotations

from typing import Any

from sg_integration.sandbox.aws.strict import staleness

FILTERS = {
    "addresses.association.public-ip": "Association.PublicIp",
    "addresses.primary": "PrivateIpAddresses.Primary",
    "addresses.private-ip-address": "PrivateIpAddresses.PrivateIpAddress",
    "association.allocation-id": "Association.AllocationId",
    "association.association-id": "Association.AssociationId",
    "association.ip-owner-id": "Association.IpOwnerId",
    "association.public-dns-name": "Association.PublicDnsName",
    "association.public-ip": "Association.PublicIp",
    "attachment.attachment-id": "Attachment.AttachmentId",
    "attachment.delete-on-termination": "Attachment.DeleteOnTermination",
    "attachment.device-index": "Attachment.DeviceIndex",
    "attachment.instance-id": "Attachment.InstanceId",
    "attachment.instance-owner-id": "Attachment.InstanceOwnerId",
    "attachment.status": "Attachment.Status",
    "availability-zone": "AvailabilityZone",
    "description": "Description",
    "group-id": "Groups.GroupId",
    "interface-type": "InterfaceType",
    "ipv6-addresses.ipv6-address": "Ipv6Addresses.Ipv6Address",
    "mac-address": "MacAddress",
    "network-interface-id": "NetworkInterfaceId",
    "operator.managed": "Operator.Managed",
    "operator.principal": "Operator.Principal",
    "owner-id": "OwnerId",
    "private-dns-name": "PrivateDnsName",
    "private-ip-address": "PrivateIpAddresses.PrivateIpAddress",
    "requester-id": "RequesterId",
    "requester-managed": "RequesterManaged",
    "source-dest-check": "SourceDestCheck",
    "status": "Status",
    "subnet-id": "SubnetId",
    "vpc-id": "VpcId",
}


def interface_document(interface: Any) -> dict[str, Any]:
    """The interface, as the model of AWS has it."""
    return {
        "NetworkInterfaceId": interface.id,
        "VpcId": interface.vpc_id,
        "SubnetId": interface.subnet_id,
        "AvailabilityZone": interface.availability_zone,
        "OwnerId": interface.owner_id,
        "RequesterId": interface.requester_id,
        "RequesterManaged": interface.requester_managed,
        "Operator": operator_of(interface),
        "InterfaceType": interface.interface_type,
        "Status": interface.status,
        "Description": interface.description,
        "MacAddress": interface.mac_address,
        "SourceDestCheck": interface.source_dest_check,
        "PrivateIpAddress": interface.private_ip_address,
        "PrivateDnsName": getattr(interface, "private_dns_name", None),
        "PrivateIpAddresses": [_address(interface, each) for each in interface.private_ip_addresses],
        "Ipv6Addresses": interface.network_interface_ipv6_addresses_list,
        "Ipv4Prefixes": [{"Ipv4Prefix": each} for each in interface.__dict__.get("ipv4_prefixes", ())],
        "Ipv6Prefixes": [{"Ipv6Prefix": each} for each in interface.__dict__.get("ipv6_prefixes", ())],
        "Association": association(interface),
        "Attachment": attachment(interface),
        "Groups": groups(interface),
        "TagSet": tags(interface),
    }


def operator_of(interface: Any) -> dict[str, Any]:
    """The service that operates the interface: that of a managed instance, such as a node of EKS Auto Mode."""
    return interface.__dict__.get("operator") or {"Managed": False}


def groups(interface: Any) -> list[dict[str, str]]:
    """The groups that a read shows now."""
    return [{"GroupId": group.id, "GroupName": group.name} for group in staleness.shown_groups(interface)]


def tags(resource: Any) -> list[dict[str, str]]:
    """A resource's tags."""
    own = resource.ec2_backend.tags.get(resource.id) or {}
    return [{"Key": key, "Value": value} for key, value in own.items()]


def association(interface: Any) -> dict[str, Any] | None:
    """The public address that an interface has."""
    found = interface.association
    names = {"allocationId", "associationId", "ipOwnerId", "publicDnsName", "publicIp"}
    return {name[0].upper() + name[1:]: found[name] for name in sorted(names & set(found))} or None


def attachment(interface: Any) -> dict[str, Any] | None:
    """What the interface is attached to: an instance of ours, or something of the account that was marked."""
    marked = interface.__dict__.get("instance_owner_id")
    if interface.instance is None:
        return {"InstanceOwnerId": marked, "DeviceIndex": 1, "Status": "attached"} if marked else None
    return {
        "AttachmentId": interface.attachment_id,
        "AttachTime": interface.attach_time,
        "DeleteOnTermination": interface.delete_on_termination,
        "DeviceIndex": interface.device_index,
        "NetworkCardIndex": 0,
        "InstanceId": interface.instance.id,
        "InstanceOwnerId": marked or interface.instance.owner_id,
        "Status": "attached",
    }


def _address(interface: Any, address: Any) -> dict[str, Any]:
    """A private address, with the public one that it has."""
    own = {name: address[name] for name in ("Primary", "PrivateIpAddress", "PrivateDnsName") if name in address}
    return own | ({"Association": association(interface)} if own.get("Primary") and interface.public_ip else {})
