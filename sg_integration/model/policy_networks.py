"""Addresses and networks: in one spelling, in one order, one inside another, and those that AWS never filters."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
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


@lru_cache(maxsize=65_536)
def network(text: str) -> str:
    """A network, or that of one address, in the one spelling: `10.0.0.1/32`, `2001:db8:1::/80`."""
    return str(ip_network(text))


class Hosts:
    """Single addresses, to be found inside networks.

    Args:
        networks: the network of each, as `host` spells it.
    """

    def __init__(self, networks: Iterable[str]) -> None:
        self._networks = ordered(networks)
        self._places = [_place(each)[:2] for each in self._networks]

    def inside(self, wider: str) -> tuple[str, ...]:
        """Those of them that are in a network."""
        version, first, last = span(wider)
        start, end = bisect_left(self._places, (version, first)), bisect_right(self._places, (version, last))
        return self._networks[start:end]


def without(wider: str, hosts: Iterable[str]) -> tuple[str, ...]:
    """What is left of a network when single addresses inside it are taken out: few networks, as wide as can be."""
    left = [ip_network(wider)]
    for single in map(ip_network, hosts):
        whole = next(each for each in left if single.network_address in each)
        left.remove(whole)
        left += whole.address_exclude(single)  # type: ignore[arg-type]
    return ordered(map(str, left))


def ordered(networks: Iterable[str]) -> tuple[str, ...]:
    """Networks without doubles, in the order of their addresses, IPv4 first."""
    return tuple(sorted(set(networks), key=_place))


@lru_cache(maxsize=65_536)
def span(network: str) -> tuple[int, int, int]:
    """The family, the first and the last address of a network."""
    parsed = ip_network(network, strict=False)
    return parsed.version, int(parsed.network_address), int(parsed.broadcast_address)


def _place(network: str) -> tuple[int, int, int]:
    """Of two networks that begin alike the wider one is first."""
    version, first, last = span(network)
    return version, first, -last
