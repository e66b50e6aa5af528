"""One rule as values: read from a request, checked and put into AWS's canonical form, and compared.

What AWS canonicalises: protocol numbers that have a name, and CIDR blocks (host bits are cut off, not refused: "AWS
canonicalizes IPv4 and IPv6 CIDRs" in the reference of AuthorizeSecurityGroupIngress).
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sg_integration.sandbox.aws.strict.errors import AwsError, different_networks, group_not_found, invalid
from sg_integration.sandbox.aws.strict.groups import default_vpc_id, find_group, find_named
from sg_integration.sandbox.aws.strict.peers import are_peers
from sg_integration.sandbox.aws.strict.protocols import ports, protocol

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from moto.ec2.models.security_groups import SecurityGroup

_TEXT = re.compile(r"[a-zA-Z0-9. _\-:/()#,@\[\]+=&;{}!$*]{0,255}")
TEXT_SET = "a-zA-Z0-9. _-:/()#,@[]+=&;{}!$*"
_PREFIX_LENGTH = re.compile(r"[^/]+/\d{1,3}")


@dataclass(frozen=True, slots=True)
class Permission:
    """One rule, without its id, group and direction. Equal if AWS calls them the same rule: descriptions do not count.

    Args:
        protocol: `tcp`, `udp`, `icmp`, `icmpv6`, `-1`, or the number of another.
        from_port: first port, or ICMP type; None where the protocol has none.
        to_port: last port, or ICMP code.
        kind: `CidrIpv4`, `CidrIpv6`, `PrefixListId` or `ReferencedGroupId`.
        peer: the block, or the id, that `kind` names.
        description: or None.
    """

    protocol: str
    from_port: int | None
    to_port: int | None
    kind: str
    peer: str
    description: str | None = field(default=None, compare=False)

    def __str__(self) -> str:
        """The rule in the words of AWS's messages."""
        if self.from_port is None:
            return f"peer: {self.peer}, {'ALL' if self.protocol == '-1' else self.protocol}, ALLOW"
        traffic = f"{self.protocol.upper()}, from port: {self.from_port}, to port: {self.to_port}"
        return f"peer: {self.peer}, {traffic}, ALLOW"


def is_text(value: str) -> bool:
    """Whether AWS takes it as a group's name or description, or as a rule's description."""
    return bool(_TEXT.fullmatch(value))


def rule_description(value: str | None) -> str | None:
    """The description, checked; an empty one is none."""
    if value and not is_text(value):
        raise invalid(
            f"Invalid rule description. Valid descriptions are strings less than 256 characters from {TEXT_SET}"
        )
    return value or None


def cidr(text: str, version: int) -> str:
    """The canonical block. Raises `InvalidParameterValue` when it is not one of that IP version."""
    try:
        network = ipaddress.ip_network(text, strict=False) if _PREFIX_LENGTH.fullmatch(text) else None
    except ValueError:
        network = None
    if network is None or network.version != version:
        raise invalid(f"CIDR block {text} is malformed")
    return str(network)


def peer_group(ec2: Any, pair: Mapping[str, Any], owner: SecurityGroup) -> str:
    """The id of the group that a rule of `owner` refers to. Raises `InvalidGroup.NotFound`, also for one of a VPC that is no peer."""
    if group_id := pair.get("GroupId"):
        group = find_group(ec2, group_id)
    elif owner.vpc_id == default_vpc_id(ec2):
        group = find_named(ec2, pair.get("GroupName", ""))
    else:
        words = "You may not reference Amazon VPC security groups by name. Please use the corresponding id"
        raise invalid(f"Invalid value '{pair.get('GroupName')}' for groupName. {words} for this operation.")
    if pair.get("UserId", ec2.account_id) != ec2.account_id:
        raise group_not_found(group.id)
    if group.vpc_id != owner.vpc_id and not are_peers(ec2, group.vpc_id, owner.vpc_id):
        raise different_networks()
    return str(group.id)


def prefix_list(ec2: Any, list_id: str) -> str:
    """The id of a prefix list that exists."""
    if list_id not in ec2.managed_prefix_lists:
        raise AwsError("InvalidPrefixListID.NotFound", f"The prefix list ID '{list_id}' does not exist")
    return list_id


def _peers(ec2: Any, request: Mapping[str, Any], owner: SecurityGroup) -> Iterator[tuple[str, str, str | None]]:
    """Kind, peer and description of each rule that one IpPermission stands for."""
    for block in request.get("IpRanges") or []:
        yield "CidrIpv4", cidr(block["CidrIp"], 4), rule_description(block.get("Description"))
    for block in request.get("Ipv6Ranges") or []:
        yield "CidrIpv6", cidr(block["CidrIpv6"], 6), rule_description(block.get("Description"))
    for listed in request.get("PrefixListIds") or []:
        yield "PrefixListId", prefix_list(ec2, listed["PrefixListId"]), rule_description(listed.get("Description"))
    for pair in request.get("UserIdGroupPairs") or []:
        yield "ReferencedGroupId", peer_group(ec2, pair, owner), rule_description(pair.get("Description"))


def permissions(ec2: Any, requests: list[Mapping[str, Any]], owner: SecurityGroup) -> list[Permission]:
    """The rules that a list of IpPermission of a request stands for, one for each block, list or group."""
    found = []
    for request in requests:
        name = protocol(request.get("IpProtocol"))
        first, last = ports(name, request.get("FromPort"), request.get("ToPort"))
        found += [Permission(name, first, last, *peer) for peer in _peers(ec2, request, owner)]
    return found
