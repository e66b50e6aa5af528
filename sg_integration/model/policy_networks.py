"""Addresses: in one spelling, in one order, and those that AWS never filters."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from ipaddress import IPv4Network, ip_address, ip_network
from typing import Final

NEVER_FILTERED: Final = (
    "169.254.169.253/32",
    "fd00:ec2::253/128",  # the VPC's resolver
    "169.254.169.123/32",
    "fd00:ec2::123/128",  # the time sync service
    "169.254.169.254/32",
    "fd00:ec2::254/128",  # instance metadata
    "169.254.170.2/32",  # task metadata of ECS
    "169.254.170.23/32",
    "fd00:ec2::23/128",  # credentials of EKS Pod Identity
    "169.254.169.250/32",
    "169.254.169.251/32",
    "fd00:ec2::250/128",
    "fd00:ec2::251/128",  # licences of Windows
)
"""Link-local services of EC2: no security group filters traffic to them."""
METADATA: Final = ("169.254.169.254/32", "fd00:ec2::254/128")
"""Those of them that hand out the node's credentials."""
DHCP: Final = (("255.255.255.255/32", 67), ("ff02::1:2/128", 547))
"""Where DHCP asks, and on which UDP port; nor is this filtered."""


def unfiltered(vpc_cidrs: Iterable[str]) -> tuple[str, ...]:
    """All that AWS never filters in a VPC: the link-local services, and the resolver at the base of each IPv4 block + 2."""
    blocks = (ip_network(cidr) for cidr in vpc_cidrs)
    resolvers = [f"{block.network_address + 2}/32" for block in blocks if isinstance(block, IPv4Network)]
    return ordered({*NEVER_FILTERED, *resolvers})


@lru_cache(maxsize=65_536)
def host(address: str) -> str:
    """The network of one address, in the one spelling: `10.0.0.1/32`, `2001:db8::1/128`."""
    parsed = ip_address(address)
    return f"{parsed}/{parsed.max_prefixlen}"


def ordered(networks: Iterable[str]) -> tuple[str, ...]:
    """Networks without doubles, in the order of their addresses, IPv4 first."""
    return tuple(sorted(set(networks), key=_place))


@lru_cache(maxsize=65_536)
def _place(network: str) -> tuple[int, int, int]:
    parsed = ip_network(network, strict=False)
    return parsed.version, int(parsed.network_address), parsed.prefixlen
