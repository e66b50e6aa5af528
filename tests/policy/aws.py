"""What AWS's security groups would decide if pods were members of the VPC; written from AWS's documentation alone.

* A group's rules only allow. The rules of all groups of an interface add up. A flow passes if the sender's outbound rules and the
  receiver's inbound rules both let its first packet pass; replies need no rule ("stateful").
* A rule names a protocol (-1: all of them, with all ports), for TCP and UDP a range of ports of the receiver, for ICMP a type and
  a code (-1: any), and a peer: a CIDR block, the entries of a prefix list, or a group, which stands for the
  private addresses of the interfaces that have it, and those in the prefixes delegated to them. Rules of other protocols allow all of their ports.
* Security groups do not filter traffic to the VPC's resolver, instance metadata, time sync and such addresses.

What AWS cannot see here is what the integration decides: a pod has the groups of its annotation, else the node groups, and always
pod default; rules are held for pods (not those of the cluster's own namespaces), and for policed members towards pods and,
if asked for, nodes. Groups that are not of this VPC have no members here, reserved ones are never peers.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from sg_integration.model.policy_inputs import PolicyInputs, SecurityGroupRule
from sg_integration.model.rules import Direction, PeerKind
from tests.policy.parties import Packet, Party, Shape, Verdict, number, span, within

OWN_NAMESPACES = ("calico-apiserver", "calico-system", "kube-system", "tigera-operator")
NEVER_FILTERED = (
    *("169.254.169.253", "169.254.169.123", "169.254.169.254", "169.254.170.2", "169.254.170.23"),
    *("fd00:ec2::253", "fd00:ec2::123", "fd00:ec2::254", "fd00:ec2::23"),
)
PROTOCOLS = {"icmp": 1, "tcp": 6, "udp": 17, "icmpv6": 58}


class SecurityGroups:
    """AWS's side of the argument.

    Args:
        inputs: groups, rules and members.
        pods: the cluster's pods.
        late: nodes that joined since.
        hosts: whether nodes are held to members' rules.
    """

    def __init__(self, inputs: PolicyInputs, pods: Iterable[Party], late: Iterable[Party] = (), *, hosts: bool) -> None:
        self.inputs = inputs
        self.hosts = hosts
        self.rules = {group.id: group.rules for group in inputs.groups if group.id not in inputs.reserved}
        self.members: defaultdict[tuple[int, int], set[str]] = defaultdict(set)
        for pod in pods:
            self._join(pod.addresses, (pod.groups or inputs.default_groups) | {inputs.pod_default})
        for addresses, own in [
            *((n.addresses, n.groups) for n in inputs.nodes),
            *((n.addresses, n.groups) for n in late),
        ]:
            self._join(addresses, own | inputs.default_groups)
        self.carried = [(span(each), member) for member in inputs.members for each in member.addresses]
        self.known: dict[tuple[int, int], tuple[set[str], bool]] = {}
        self.open = {number(each) for each in NEVER_FILTERED}
        for cidr in inputs.vpc_cidrs:
            family, base = number(cidr.partition("/")[0])
            self.open |= {(family, base + 2)} if family == 4 else set()
        self.free = {number(each) for node in inputs.nodes for each in node.addresses} | self.open
        self.free |= {number(each) for each in inputs.api_server}

    def _join(self, addresses: Iterable[str], groups: Iterable[str]) -> None:
        for address in addresses:
            self.members[number(address)].update(groups)

    def _of(self, address: str) -> tuple[set[str], bool]:
        """The groups of an address, and whether it is of a policed member; all of a delegated prefix is its interface's."""
        place = number(address)
        if place not in self.known:
            mine = [
                member for (family, low, high), member in self.carried if family == place[0] and low <= place[1] <= high
            ]
            policed = place not in self.free and any(member.policed for member in mine)
            self.known[place] = self.members[place].union(*(member.groups for member in mine)), policed
        return self.known[place]

    def decide(self, source: Party, destination: Party, packet: Packet) -> Verdict:
        """Whether a packet passes as far as pods, and policed members, are concerned."""
        for party, other, here, there, direction in (
            (source, destination, packet.source, packet.destination, Direction.EGRESS),
            (destination, source, packet.destination, packet.source, Direction.INGRESS),
        ):
            if not self._held(party, other, here):
                continue
            if direction is Direction.EGRESS and number(there) in self.open:
                continue
            reason = self._granted(here, there, direction, packet.shape)
            if not reason:
                words = f"no {direction.name.lower()} rule of {sorted(self._of(here)[0])} lets it pass"
                return Verdict(False, f"{party.name}: {words}")
        return Verdict(True, "both ends let it pass")

    def _held(self, party: Party, other: Party, address: str) -> bool:
        """Whether the rules of this end's groups are held."""
        if party.kind == "pod":
            return party.namespace not in OWN_NAMESPACES
        if not self._of(address)[1]:
            return False
        if other.kind == "pod":
            return other.namespace not in OWN_NAMESPACES
        return other.kind == "node" and self.hosts

    def _granted(self, here: str, there: str, direction: Direction, shape: Shape) -> str:
        for group in sorted(self._of(here)[0]):
            for rule in self.rules.get(group, ()):
                if rule.direction is direction and _speaks_of(rule, shape) and self._names(rule, there):
                    return f"{group} {rule.id}"
        return ""

    def _names(self, rule: SecurityGroupRule, address: str) -> bool:
        """Whether a rule's peer stands for an address."""
        if rule.peer_kind is PeerKind.SECURITY_GROUP:
            ours = not rule.foreign and not rule.stale and rule.peer in self.rules
            return ours and rule.peer in self._of(address)[0]
        if rule.peer_kind is PeerKind.PREFIX_LIST:
            return any(within(address, entry) for entry in self.inputs.prefix_lists.get(rule.peer, ()))
        return within(address, rule.peer)


def _speaks_of(rule: SecurityGroupRule, shape: Shape) -> bool:
    """Whether a rule's traffic is what the packet is."""
    if rule.protocol == "-1":
        return True
    protocol = PROTOCOLS.get(rule.protocol) or int(rule.protocol)
    if protocol != shape.protocol:
        return False
    if protocol in (6, 17):
        low, high = rule.from_port, rule.to_port
        return low in (None, -1) or (low is not None and high is not None and low <= shape.first <= high)
    if protocol in (1, 58):
        return rule.from_port in (None, -1, shape.first) and rule.to_port in (None, -1, shape.code)
    return True
