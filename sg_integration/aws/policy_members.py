"""Interfaces as policy sees them: nodes of the cluster, members of the VPC, and those that are neither.

Whose rules the nodes must hold ("policed"): AWS lets everything pass between a node and whatever is in `trust`, so everything
that is in it is policed, without exception, and so is everything that may join it, before it joins. What never joins is left
to AWS, which judges it by the node's groups as it always did: interfaces of the control plane and of services other than
databases, those that an operator of AWS manages, and nodes of any cluster, which join `enforced`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from sg_integration.aws import interfaces as listing
from sg_integration.model.groups import Groups
from sg_integration.model.members import Instance, Interface
from sg_integration.model.policy import Caution, Caveat
from sg_integration.model.policy_inputs import Member, Node

_JOINING_TYPES: Final = ("interface", "efa")
_PODS_TYPES: Final = ("branch", "trunk")
_CNI_TAG: Final = "node.k8s.amazonaws.com/instance_id"
_CNI_UNMANAGED: Final = "node.k8s.amazonaws.com/no_manage"


@dataclass(frozen=True, slots=True)
class Sorting:
    """What decides whether an interface is a node's, a member's or nobody's.

    Args:
        nodes: the name in Kubernetes of each node of the cluster, by instance id.
        trust: the ids of groups that open a member to the nodes.
        enforced: the ids of groups of nodes: what carries one is a node of a cluster, of this one or of another.
    """

    nodes: Mapping[str, str]
    trust: Groups
    enforced: Groups


@dataclass
class Found:
    """What the interfaces of a VPC are.

    Args:
        members: who is in the VPC beside the cluster.
        nodes: the cluster's nodes.
        caveats: what cannot be held back.
    """

    members: list[Member]
    nodes: list[Node]
    caveats: list[Caveat]


def sort_out(raw: Iterable[Any], instances: Mapping[str, Instance], sorting: Sorting) -> Found:
    """Nodes and members among the interfaces of a VPC.

    Of a node only the primary address of its primary interface counts: its other addresses, prefixes and interfaces are
    its pods', which have groups of their own. For the same reason a node of another cluster is a member by its primary
    addresses only, and branch interfaces, which are pods, are no members at all: their addresses go to other pods within
    minutes. Whatever has a group of `trust` counts whole.

    Args:
        raw: the interfaces as EC2 describes them.
        instances: the instances of the VPC, by id.
        sorting: what decides.
    """
    found = Found([], [], [])
    for item in raw:
        interface = listing._interface(item, instances)
        trusted = bool(sorting.trust.intersection(interface.groups))
        if interface.instance_id in sorting.nodes:
            if interface.device_index == 0:
                _add_node(found, item, interface, sorting.nodes[interface.instance_id], trusted=trusted)
        elif trusted or interface.interface_type not in _PODS_TYPES:
            _add_member(found, item, interface, sorting, trusted=trusted)
    return found


def _add_node(found: Found, item: Any, interface: Interface, name: str, *, trusted: bool) -> None:
    """A node. If it is in `trust` too, AWS opens it to every node, and nothing can hold that: it is never cut off."""
    found.nodes.append(Node(name, tuple(_primary(item)), frozenset(interface.groups)))
    if trusted:
        words = "is a node and in trust as well: every node reaches it on every port. Take it out of trust."
        found.caveats.append(Caveat(Caution.NOT_POLICED, f"{interface} ({interface.id})", words))


def _add_member(found: Found, item: Any, interface: Interface, sorting: Sorting, *, trusted: bool) -> None:
    policed = trusted or not _never_joins(interface, sorting)
    node_of_another = not trusted and _is_node(interface, sorting)
    addresses = tuple(_primary(item)) if node_of_another else tuple(_all(item))
    if addresses:
        found.members.append(Member(interface.id, str(interface), addresses, frozenset(interface.groups), policed))


def _never_joins(interface: Interface, sorting: Sorting) -> bool:
    """Whether it is not in `trust` and nothing of ours puts it there; see `model.reasons`."""
    of_a_service = interface.requester_managed and not listing._is_databases(interface)
    elsewhere = bool(interface.instance_owner_id) and interface.instance_owner_id != interface.owner_id
    other_type = interface.interface_type not in _JOINING_TYPES
    return of_a_service or elsewhere or other_type or bool(interface.operator) or _is_node(interface, sorting)


def _is_node(interface: Interface, sorting: Sorting) -> bool:
    """Whether it is of a node of some cluster: it carries `enforced`, or the VPC CNI made it for pods."""
    made_by_cni = interface.device_index > 0 and _CNI_TAG in interface.tags and _CNI_UNMANAGED not in interface.tags
    return made_by_cni or bool(sorting.enforced.intersection(interface.groups))


def _primary(item: Any) -> Iterator[str]:
    """The primary address of each family."""
    if item.get("PrivateIpAddress"):
        yield item["PrivateIpAddress"]
    sixes = item.get("Ipv6Addresses", [])
    marked = [each for each in sixes if each.get("IsPrimaryIpv6")]
    yield from (each["Ipv6Address"] for each in (marked or sixes)[:1])


def _all(item: Any) -> Iterator[str]:
    """Every private address, and delegated prefixes of either family as networks."""
    seen = dict.fromkeys(_primary(item))
    seen |= dict.fromkeys(each["PrivateIpAddress"] for each in item.get("PrivateIpAddresses", []))
    seen |= dict.fromkeys(each["Ipv6Address"] for each in item.get("Ipv6Addresses", []))
    seen |= dict.fromkeys(each["Ipv4Prefix"] for each in item.get("Ipv4Prefixes", []))
    seen |= dict.fromkeys(each["Ipv6Prefix"] for each in item.get("Ipv6Prefixes", []))
    yield from seen
