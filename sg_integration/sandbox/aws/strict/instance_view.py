"""An instance as DescribeInstances shows it, and the filters on that."""

from __future__ import annotations

from typing import Any

from sg_integration.sandbox.aws.strict.interface_view import association, attachment, groups, operator_of, tags

TERMINATED = 48
_INTERFACE = "NetworkInterfaces"
FILTERS = {
    "architecture": "Architecture",
    "availability-zone": "Placement.AvailabilityZone",
    "client-token": "ClientToken",
    "dns-name": "PublicDnsName",
    "iam-instance-profile.arn": "IamInstanceProfile.Arn",
    "image-id": "ImageId",
    "instance-id": "InstanceId",
    "instance-lifecycle": "InstanceLifecycle",
    "instance-state-code": "State.Code",
    "instance-state-name": "State.Name",
    "instance-type": "InstanceType",
    "instance.group-id": "SecurityGroups.GroupId",
    "instance.group-name": "SecurityGroups.GroupName",
    "ip-address": "PublicIpAddress",
    "key-name": "KeyName",
    "launch-index": "AmiLaunchIndex",
    "network-interface.attachment.attachment-id": f"{_INTERFACE}.Attachment.AttachmentId",
    "network-interface.attachment.device-index": f"{_INTERFACE}.Attachment.DeviceIndex",
    "network-interface.attachment.status": f"{_INTERFACE}.Attachment.Status",
    "network-interface.description": f"{_INTERFACE}.Description",
    "network-interface.group-id": f"{_INTERFACE}.Groups.GroupId",
    "network-interface.group-name": f"{_INTERFACE}.Groups.GroupName",
    "network-interface.mac-address": f"{_INTERFACE}.MacAddress",
    "network-interface.network-interface-id": f"{_INTERFACE}.NetworkInterfaceId",
    "network-interface.owner-id": f"{_INTERFACE}.OwnerId",
    "network-interface.private-dns-name": f"{_INTERFACE}.PrivateDnsName",
    "network-interface.status": f"{_INTERFACE}.Status",
    "network-interface.subnet-id": f"{_INTERFACE}.SubnetId",
    "network-interface.vpc-id": f"{_INTERFACE}.VpcId",
    "operator.managed": "Operator.Managed",
    "operator.principal": "Operator.Principal",
    "owner-id": f"{_INTERFACE}.OwnerId",
    "platform": "Platform",
    "private-dns-name": "PrivateDnsName",
    "private-ip-address": "PrivateIpAddress",
    "root-device-name": "RootDeviceName",
    "root-device-type": "RootDeviceType",
    "source-dest-check": "SourceDestCheck",
    "state-reason-code": "StateReason.Code",
    "subnet-id": "SubnetId",
    "virtualization-type": "VirtualizationType",
    "vpc-id": "VpcId",
}


def instance_document(instance: Any) -> dict[str, Any]:
    """The instance, as the model of AWS has it."""
    gone = instance.state_code == TERMINATED
    return {
        "InstanceId": instance.id,
        "ImageId": instance.image_id,
        "State": {"Code": instance.state_code, "Name": instance.state},
        "StateTransitionReason": instance.state_transition_reason,
        "StateReason": _state_reason(instance),
        "InstanceType": instance.instance_type,
        "InstanceLifecycle": instance.lifecycle,
        "KeyName": instance.key_name,
        "AmiLaunchIndex": instance.ami_launch_index,
        "LaunchTime": instance.launch_time,
        "ClientToken": instance.client_token,
        "Placement": {"AvailabilityZone": instance.availability_zone, "GroupName": "", "Tenancy": "default"},
        "Monitoring": instance.monitoring,
        "Platform": instance.platform,
        "Architecture": instance.architecture,
        "Hypervisor": instance.hypervisor,
        "VirtualizationType": instance.virtualization_type,
        "EbsOptimized": instance.ebs_optimized,
        "RootDeviceName": instance.root_device_name,
        "RootDeviceType": instance.root_device_type,
        "BlockDeviceMappings": [] if gone else _block_devices(instance),
        "IamInstanceProfile": _profile(instance),
        "MetadataOptions": _metadata_options(instance),
        "Operator": instance.__dict__.get("operator") or {"Managed": False},
        "Tags": tags(instance) or None,
        **({"NetworkInterfaces": [], "SecurityGroups": []} if gone else _network(instance)),
    }


def _network(instance: Any) -> dict[str, Any]:
    """Where a living instance is in the network. Its groups are those of its primary interface."""
    primary = instance.nics.get(0)
    return {
        "VpcId": instance.vpc_id,
        "SubnetId": instance.subnet_id,
        "PrivateIpAddress": primary.private_ip_address if primary else None,
        "PrivateDnsName": instance.private_dns_name if primary else None,
        "PublicIpAddress": primary.public_ip if primary else None,
        "PublicDnsName": instance.public_dns_name if primary else None,
        "SourceDestCheck": instance.source_dest_check,
        "SecurityGroups": groups(primary) if primary else [],
        "NetworkInterfaces": [_interface(each) for each in instance.nics.values()],
    }


def _interface(interface: Any) -> dict[str, Any]:
    """An interface inside an instance: fewer members than by itself, and none that says who requested it."""
    attached = attachment(interface) or {}
    primary = {"Primary": True, "PrivateIpAddress": interface.private_ip_address, "Association": association(interface)}
    others = [each for each in interface.private_ip_addresses if not each.get("Primary")]
    return {
        "NetworkInterfaceId": interface.id,
        "VpcId": interface.vpc_id,
        "SubnetId": interface.subnet_id,
        "OwnerId": interface.owner_id,
        "InterfaceType": interface.interface_type,
        "Operator": operator_of(interface),
        "Status": interface.status,
        "Description": interface.description,
        "MacAddress": interface.mac_address,
        "SourceDestCheck": interface.source_dest_check,
        "PrivateIpAddress": interface.private_ip_address,
        "PrivateDnsName": getattr(interface, "private_dns_name", None),
        "PrivateIpAddresses": [
            primary,
            *({"Primary": False, "PrivateIpAddress": each["PrivateIpAddress"]} for each in others),
        ],
        "Ipv6Addresses": interface.network_interface_ipv6_addresses_list,
        "Association": association(interface),
        "Attachment": {k: v for k, v in attached.items() if k not in ("InstanceId", "InstanceOwnerId")},
        "Groups": groups(interface),
    }


def _state_reason(instance: Any) -> dict[str, str] | None:
    reason = instance.state_reason
    return {"Code": reason.code, "Message": reason.message} if reason.code else None


def _block_devices(instance: Any) -> list[dict[str, Any]]:
    return [
        {
            "DeviceName": name,
            "Ebs": {
                "VolumeId": block.volume_id,
                "Status": instance.get_block_device_status(block.status),
                "AttachTime": block.attach_time,
                "DeleteOnTermination": block.delete_on_termination,
            },
        }
        for name, block in instance.get_block_device_mapping
    ]


def _profile(instance: Any) -> dict[str, str] | None:
    """The instance's IAM profile: moto keeps it beside the instance, by association."""
    for each in instance.ec2_backend.iam_instance_profile_associations.values():
        if each.instance.id == instance.id:
            return {"Arn": each.iam_instance_profile.arn, "Id": each.iam_instance_profile.id}
    return None


def _metadata_options(instance: Any) -> dict[str, Any]:
    options = instance.metadata_options
    return {
        "State": options.state,
        "HttpTokens": options.http_tokens,
        "HttpPutResponseHopLimit": options.http_put_response_hop_limit,
        "HttpEndpoint": options.http_endpoint,
        "HttpProtocolIpv6": options.http_protocol_ipv6,
        "InstanceMetadataTags": options.instance_metadata_tags,
    }
