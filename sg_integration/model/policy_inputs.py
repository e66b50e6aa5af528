"""What policy is compiled from: security groups and who is in them, as AWS and the cluster say it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from sg_integration.model.groups import Groups
from sg_integration.model.rules import Direction, PeerKind


@dataclass(frozen=True, slots=True)
class SecurityGroupRule:
    """One rule of a security group, in EC2's own words.

    Args:
        id: its security group rule id.
        direction: ingress or egress.
        protocol: IpProtocol as EC2 says it: `-1`, `tcp`, `6`, `icmp`, `58`, `47`, ….
        from_port: the first port, or the ICMP type; -1 or `None` for all.
        to_port: the last port, or the ICMP code; -1 or `None` for all.
        peer_kind: what kind of peer it names.
        peer: the CIDR block, prefix list id or group id.
        foreign: where a group of a peered VPC or of another account lives (`vpc-…`, an account id); empty for a group of
            this VPC.
        stale: whether EC2 calls the reference stale: the peering or the group is gone.
    """

    id: str
    direction: Direction
    protocol: str
    from_port: int | None
    to_port: int | None
    peer_kind: PeerKind
    peer: str
    foreign: str = ""
    stale: bool = False


@dataclass(frozen=True, slots=True)
class SecurityGroup:
    """A security group of the VPC with all of its rules.

    Args:
        id: its id.
        name: what a person calls it.
        rules: its rules, in any order.
    """

    id: str
    name: str
    rules: tuple[SecurityGroupRule, ...] = ()


@dataclass(frozen=True, slots=True)
class Member:
    """Something in the VPC, outside the cluster, that has groups and addresses of its own: mostly a network interface.

    Args:
        id: its id.
        name: what a person calls it.
        addresses: its private addresses of both families, or networks where all of one are its own (`2001:db8:1::/80`, a
            delegated prefix); without those of pods.
        groups: its groups.
        policed: whether nodes must hold its groups' rules against pods. True for whatever is in `trust` or may join it,
            since AWS then lets everything pass between it and the nodes; false for what never joins (interfaces of the
            control plane, of services): AWS itself judges it, by the node's groups, and here it is only a peer.
    """

    id: str
    name: str
    addresses: tuple[str, ...]
    groups: Groups
    policed: bool = True


@dataclass(frozen=True, slots=True)
class Node:
    """A node of the cluster.

    Args:
        name: its name in Kubernetes.
        addresses: its own addresses: of its primary interface, without those of pods.
        groups: its groups; the default groups count as among them.
    """

    name: str
    addresses: tuple[str, ...]
    groups: Groups = frozenset()


@dataclass(frozen=True, slots=True)
class PolicyInputs:
    """All that policy is compiled from.

    Args:
        groups: the security groups of the VPC; at least those that anybody here has or any of their rules names.
        in_use: groups that pods of the cluster have, by bindings or by hand.
        default_groups: the node groups: every node is in them, and every pod that has no groups of its own.
        pod_default: the group that every pod is in, whatever else it has.
        members: what else is in the VPC.
        nodes: the cluster's nodes.
        prefix_lists: the entries of each prefix list that a rule names.
        reserved: ids of `trust` and `enforced`: they open AWS's side only and are never compiled.
        vpc_cidrs: the VPC's IPv4 blocks, primary first; the VPC's resolver is at base + 2.
        api_server: addresses of the cluster's API server; traffic with them is never held back by a member's rules.
    """

    groups: tuple[SecurityGroup, ...]
    default_groups: Groups
    pod_default: str
    in_use: Groups = frozenset()
    members: tuple[Member, ...] = ()
    nodes: tuple[Node, ...] = ()
    prefix_lists: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    reserved: Groups = frozenset()
    vpc_cidrs: tuple[str, ...] = ()
    api_server: tuple[str, ...] = ()
