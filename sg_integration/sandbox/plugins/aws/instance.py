"""`aws.ec2.Instance`, with one network interface of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sg_integration.sandbox.plugins.aws.kind import Kind, unordered
from sg_integration.sandbox.plugins.aws.tagging import at_creation, from_aws, tag_ec2
from sg_integration.sandbox.plugins.errors import PluginError

if TYPE_CHECKING:
    from sg_integration.sandbox.plugins.aws.scope import Scope
    from sg_integration.sandbox.plugins.document import Document

_LAUNCH: Final = {
    "ami": "ImageId",
    "instanceType": "InstanceType",
    "subnetId": "SubnetId",
    "privateIp": "PrivateIpAddress",
    "keyName": "KeyName",
    "vpcSecurityGroupIds": "SecurityGroupIds",
}


def _create(scope: Scope, inputs: Document) -> str:
    given = {ours: inputs[name] for name, ours in _LAUNCH.items() if inputs.get(name)}
    tags = at_creation("instance", inputs["tagsAll"])
    made = scope.ec2.run_instances(MinCount=1, MaxCount=1, **given, **tags)
    return str(made["Instances"][0]["InstanceId"])


def _finish(scope: Scope, id_: str, inputs: Document) -> None:  # noqa: ARG001
    _wait(scope, id_, "running")


def _wait(scope: Scope, id_: str, state: str) -> None:
    if not scope.until(lambda: _describe(scope, id_)["State"]["Name"] == state):
        raise PluginError(f"waiting for instance {id_} to be {state}: the time is up")


def _describe(scope: Scope, id_: str) -> dict[str, Any]:
    reservations = scope.ec2.describe_instances(InstanceIds=[id_])["Reservations"]
    return dict(reservations[0]["Instances"][0]) if reservations else {"State": {"Name": "terminated"}}


def _read(scope: Scope, id_: str, state: Document) -> Document | None:  # noqa: ARG001
    found = _describe(scope, id_)
    if found["State"]["Name"] in {"terminated", "shutting-down"}:
        return None
    interface = _primary(found)
    groups = interface.get("Groups") or found.get("SecurityGroups") or []
    return {
        "arn": scope.arn("ec2", f"instance/{id_}"),
        "ami": found["ImageId"],
        "instanceType": found["InstanceType"],
        "instanceState": found["State"]["Name"],
        "keyName": found.get("KeyName"),
        "subnetId": found.get("SubnetId"),
        "availabilityZone": found["Placement"]["AvailabilityZone"],
        "privateIp": found.get("PrivateIpAddress"),
        "privateDns": found.get("PrivateDnsName"),
        "publicIp": found.get("PublicIpAddress") or "",
        "publicDns": found.get("PublicDnsName") or "",
        "primaryNetworkInterfaceId": interface.get("NetworkInterfaceId"),
        "vpcSecurityGroupIds": sorted(group["GroupId"] for group in groups),
        "tagsAll": from_aws(found.get("Tags")),
    }


def _primary(instance: dict[str, Any]) -> dict[str, Any]:
    """The interface at device index 0: its groups are the instance's, and a change of groups is written to it."""
    for interface in instance.get("NetworkInterfaces", []):
        if interface["Attachment"]["DeviceIndex"] == 0:
            return dict(interface)
    return {}


def _update(scope: Scope, id_: str, inputs: Document, changed: frozenset[str]) -> None:
    if "vpcSecurityGroupIds" in changed:
        interface = _primary(_describe(scope, id_))["NetworkInterfaceId"]
        groups = inputs.get("vpcSecurityGroupIds") or []
        scope.ec2.modify_network_interface_attribute(NetworkInterfaceId=interface, Groups=groups)
    if "instanceType" in changed:  # AWS changes the type of a stopped instance only
        scope.ec2.stop_instances(InstanceIds=[id_])
        _wait(scope, id_, "stopped")
        scope.ec2.modify_instance_attribute(InstanceId=id_, InstanceType={"Value": inputs["instanceType"]})
        scope.ec2.start_instances(InstanceIds=[id_])
        _wait(scope, id_, "running")


def _delete(scope: Scope, id_: str, state: Document) -> None:  # noqa: ARG001
    scope.ec2.terminate_instances(InstanceIds=[id_])
    _wait(scope, id_, "terminated")


INSTANCE: Final = Kind(
    token="aws:ec2/instance:Instance",  # noqa: S106
    applied=frozenset(_LAUNCH),
    force_new=frozenset({"ami", "subnetId", "privateIp", "keyName"}),
    kept=frozenset({"subnetId", "privateIp", "vpcSecurityGroupIds", "availabilityZone"}),
    canonical={"vpcSecurityGroupIds": unordered},
    create=_create,
    finish=_finish,
    read=_read,
    update=_update,
    delete=_delete,
    tag=tag_ec2,
    gone=frozenset({"InvalidInstanceID.NotFound"}),
    seconds=120.0,
)
