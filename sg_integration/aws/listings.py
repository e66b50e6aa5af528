"""EC2's long listings, read by a parser of our own: botocore's takes longer than all else that is done with a large VPC.

botocore offers each answer to whoever wants to parse it first (the event `before-parse`). We take four listings, and of
most only what anybody here reads: each group is shown with all of its rules once more, each instance with its hardware.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, TypeAlias
from xml.etree import ElementTree as ET

from sg_integration.model.policy_memory import uncollected

if TYPE_CHECKING:
    from botocore.model import OperationModel, Shape
    from mypy_boto3_ec2 import EC2Client

_Read: TypeAlias = Callable[[ET.Element], Any]

_OK: Final = 200
_ALL: Final[frozenset[str]] = frozenset()
_READ: Final = {
    "DescribeNetworkInterfaces": _ALL,
    "DescribeSecurityGroupRules": frozenset(
        [
            *(
                "SecurityGroupRules",
                "SecurityGroupRuleId",
                "GroupId",
                "GroupOwnerId",
                "IsEgress",
                "IpProtocol",
                "FromPort",
            ),
            *(
                "ToPort",
                "CidrIpv4",
                "CidrIpv6",
                "PrefixListId",
                "ReferencedGroupInfo",
                "UserId",
                "VpcId",
                "PeeringStatus",
            ),
            "NextToken",
        ]
    ),
    "DescribeInstances": frozenset(
        ["Reservations", "Instances", "InstanceId", "State", "Name", "Tags", "Key", "Value", "NextToken"]
    ),
    "DescribeSecurityGroups": frozenset(
        ["SecurityGroups", "GroupId", "GroupName", "OwnerId", "VpcId", "Tags", "Key", "Value", "NextToken"]
    ),
}
"""The listings, and the members that are read of each."""
_SCALARS: Final[Mapping[str, Callable[[str], Any]]] = {
    "boolean": lambda text: text == "true",
    "integer": int,
    "long": int,
    "string": str,
}


def attach(client: EC2Client) -> None:
    """Let a client's listings be parsed here; whatever else it asks for is botocore's."""
    for name in _READ:
        client.meta.events.register(f"before-parse.ec2.{name}", _parse, unique_id=f"sg-integration-{name}")


def _parse(
    operation_model: OperationModel, response_dict: dict[str, Any], customized_response_dict: dict[str, Any], **_: Any
) -> None:
    """Parse an answer, and leave botocore what it needs besides; what is no answer stays as it is."""
    if response_dict["status_code"] != _OK:
        return
    with uncollected():
        try:
            root = ET.fromstring(response_dict["body"])  # noqa: S314  botocore parses it likewise; it came from AWS
        except ET.ParseError:
            return
        space = root.tag.partition("}")[0] + "}" if root.tag.startswith("{") else ""
        customized_response_dict.update(_reader(operation_model.name, space, operation_model.output_shape)(root))
        rest = [each for each in root if each.tag == f"{space}requestId"]
        root[:] = rest
        response_dict["body"] = ET.tostring(root)


@lru_cache(maxsize=8)
def _reader(operation: str, space: str, shape: Any) -> _Read:
    return _compiled(shape, space, _READ[operation])


def _compiled(shape: Shape, space: str, wanted: frozenset[str]) -> _Read:
    """What reads an element of a shape, made once from botocore's model."""
    kind: Any = shape
    if shape.type_name == "structure":
        return _structure(
            {
                space + member.serialization.get("name", name): (name, _compiled(member, space, wanted))
                for name, member in kind.members.items()
                if (not wanted or name in wanted) and _is_read(member)
            }
        )
    if shape.type_name == "list":
        item = _compiled(kind.member, space, wanted)
        return lambda element: [item(each) for each in element]
    convert = _SCALARS[shape.type_name]
    return lambda element: convert(element.text or "")


def _structure(members: Mapping[str, tuple[str, _Read]]) -> _Read:
    def read(element: ET.Element) -> dict[str, Any]:
        found = {}
        for each in element:
            if each.tag in members:
                name, inner = members[each.tag]
                found[name] = inner(each)
        return found

    return read


def _is_read(shape: Any) -> bool:
    """Whether a member is of a kind that we read: no times, for one."""
    if shape.type_name == "list":
        return _is_read(shape.member)
    return shape.type_name == "structure" or shape.type_name in _SCALARS
