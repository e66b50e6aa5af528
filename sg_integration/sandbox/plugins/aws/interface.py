"""`aws.ec2.NetworkInterface`, not attached to anything."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sg_integration.sandbox.plugins.aws.kind import Kind, unordered
from sg_integration.sandbox.plugins.aws.tagging import at_creation, from_aws, tag_ec2

if TYPE_CHECKING:
    from sg_integration.sandbox.plugins.aws.scope import Scope
    from sg_integration.sandbox.plugins.document import Document


def _create(scope: Scope, inputs: Document) -> str:
    addresses = inputs.get("privateIps") or []
    listed = [{"PrivateIpAddress": address, "Primary": address == addresses[0]} for address in addresses]
    given = {
        "Description": inputs.get("description"),
        "Groups": inputs.get("securityGroups"),
        "PrivateIpAddresses": listed,
    }
    made = scope.ec2.create_network_interface(
        SubnetId=inputs["subnetId"],
        **{name: value for name, value in given.items() if value},
        **at_creation("network-interface", inputs["tagsAll"]),
    )
    return str(made["NetworkInterface"]["NetworkInterfaceId"])


def _finish(scope: Scope, id_: str, inputs: Document) -> None:
    if not inputs["sourceDestCheck"]:
        _update(scope, id_, inputs, frozenset({"sourceDestCheck"}))


def _update(scope: Scope, id_: str, inputs: Document, changed: frozenset[str]) -> None:
    """Each attribute is a call of its own, as AWS demands."""
    values: dict[str, dict[str, Any]] = {
        "securityGroups": {"Groups": inputs.get("securityGroups") or []},
        "description": {"Description": {"Value": inputs.get("description") or ""}},
        "sourceDestCheck": {"SourceDestCheck": {"Value": bool(inputs.get("sourceDestCheck"))}},
    }
    for name in sorted(changed & values.keys()):
        scope.ec2.modify_network_interface_attribute(NetworkInterfaceId=id_, **values[name])


def _read(scope: Scope, id_: str, state: Document) -> Document | None:  # noqa: ARG001
    found = scope.ec2.describe_network_interfaces(NetworkInterfaceIds=[id_])["NetworkInterfaces"]
    if not found:
        return None
    interface = found[0]
    owner = interface.get("OwnerId") or scope.account
    return {
        "arn": f"arn:aws:ec2:{scope.region}:{owner}:network-interface/{id_}",
        "subnetId": interface["SubnetId"],
        "description": interface.get("Description") or None,
        "interfaceType": interface.get("InterfaceType"),
        "macAddress": interface.get("MacAddress"),
        "ownerId": owner,
        "privateIp": interface.get("PrivateIpAddress"),
        "privateIps": [one["PrivateIpAddress"] for one in interface.get("PrivateIpAddresses", [])],
        "privateDnsName": interface.get("PrivateDnsName"),
        "securityGroups": sorted(group["GroupId"] for group in interface.get("Groups", [])),
        "sourceDestCheck": bool(interface.get("SourceDestCheck", True)),
        "tagsAll": from_aws(interface.get("TagSet")),
    }


def _delete(scope: Scope, id_: str, state: Document) -> None:  # noqa: ARG001
    scope.ec2.delete_network_interface(NetworkInterfaceId=id_)


NETWORK_INTERFACE: Final = Kind(
    token="aws:ec2/networkInterface:NetworkInterface",  # noqa: S106
    applied=frozenset({"subnetId", "securityGroups", "description", "privateIps", "sourceDestCheck"}),
    force_new=frozenset({"subnetId", "privateIps"}),
    kept=frozenset({"securityGroups", "privateIps", "privateIp", "interfaceType"}),
    defaults={"sourceDestCheck": True},
    canonical={"securityGroups": unordered, "privateIps": unordered},
    create=_create,
    finish=_finish,
    read=_read,
    update=_update,
    delete=_delete,
    tag=tag_ec2,
    gone=frozenset({"InvalidNetworkInterfaceID.NotFound"}),
)
