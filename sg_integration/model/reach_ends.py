"""The ends of flows: what policy and AWS see of a pod, a node, a member or an address."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from ipaddress import ip_address
from typing import Final, Literal, NamedTuple, TypeAlias

from sg_integration.model.groups import Groups
from sg_integration.model.landscape import Landscape, RunningPod
from sg_integration.model.network_index import NetworkIndex, merged, number, places
from sg_integration.model.policy import Compiled, Grant
from sg_integration.model.policy_inputs import Member, Node
from sg_integration.model.policy_networks import METADATA, host, network
from sg_integration.model.rules import PeerKind

Kind: TypeAlias = Literal["pod", "node", "member", "outside"]

_METADATA_LABEL: Final = "aws.tigera.io/allow-metadata-access"
_SOMEWHERE: Final = ("10.0.0.0/8",)
_IPV4: Final = 4


class End(NamedTuple):
    """All of an end that a decision depends on, so two ends that are equal are decided alike.

    Args:
        kind: what it is.
        family: 4 or 6.
        groups: the groups that the nodes know it in.
        keys: what rules call it as a peer: its groups, and the blocks and prefix lists that it is in.
        interface: the groups that AWS knows it in: of a pod those of its node; None if AWS does not judge it, or nobody knows.
        interface_keys: what rules call it in AWS.
        selected: of a pod, whether policy selects it.
        policed: whether nodes hold its groups' rules, as of a member in `trust` or one that may join.
        unfiltered: whether AWS never filters what is sent to it.
        metadata: of a pod, whether it may ask for instance metadata; of an address, whether that is where they are.
    """

    kind: Kind
    family: int
    groups: Groups
    keys: frozenset[str]
    interface: Groups | None
    interface_keys: frozenset[str]
    selected: bool = False
    policed: bool = False
    unfiltered: bool = False
    metadata: bool = False


class Sighting(NamedTuple):
    """An end where it was found.

    Args:
        end: the end.
        address: one of its addresses; empty if it has none yet.
        node: of a pod or a node, the node's name; empty if nobody knows.
    """

    end: End
    address: str
    node: str = ""


class Ends:
    """Finds the ends of everybody in a landscape.

    Args:
        landscape: the landscape.
        compiled: its policy.
        grants: every grant that anybody looks at.
    """

    def __init__(self, landscape: Landscape, compiled: Compiled, grants: Iterable[Grant]) -> None:
        inputs = landscape.inputs
        self._inputs, self._enforced, self._pods_seen = inputs, landscape.enforced, landscape.pods
        peers = {grant.peer for grant in grants if grant.peer.kind is not PeerKind.SECURITY_GROUP}
        blocks = [(each.value, each.value) for each in peers if each.kind is not PeerKind.PREFIX_LIST]
        lists = [each.value for each in peers if each.kind is PeerKind.PREFIX_LIST]
        blocks += [(cidr, name) for name in lists for cidr in inputs.prefix_lists.get(name, ())]
        self._blocks = NetworkIndex(blocks)
        self._nodes = {node.name: node for node in inputs.nodes}
        self._at_node = NetworkIndex([(host(one), node) for node in inputs.nodes for one in node.addresses])
        self._at_member = NetworkIndex([(network(one), each) for each in inputs.members for one in each.addresses])
        self._policed = NetworkIndex([(each, True) for each in compiled.policed])
        self._open = NetworkIndex([(each, True) for each in compiled.unfiltered])
        self._metadata = NetworkIndex([(each, True) for each in METADATA])
        indexes = (self._blocks, self._at_node, self._at_member, self._policed, self._open)
        self._edges = merged(*(each.edges for each in indexes))
        self._somewhere = self._any_address()

    def of_pod(self, running: RunningPod) -> Iterator[Sighting]:
        """Where a pod is seen; one with `hostNetwork` is its node."""
        if running.pod.host_network:
            node = self._nodes.get(running.node)
            yield from (
                self.of_node(node)
                if node
                else (Sighting(self._node(self._inputs.default_groups, place), "") for place in self._somewhere)
            )
            return
        known = [number(each) for each in running.addresses]
        for place in known or self._somewhere:
            address = str(_address(place)) if known else ""
            for groups in self._interfaces(running.node):
                yield Sighting(self._pod(running, place, groups, known=bool(known)), address, running.node)

    def of_node(self, node: Node) -> Iterator[Sighting]:
        """Where a node itself is seen."""
        for each in node.addresses:
            yield Sighting(self._node(node.groups | self._inputs.default_groups, number(each)), each, node.name)

    def of_member(self, member: Member) -> Iterator[Sighting]:
        """Where a member is seen; a delegated prefix wherever something begins or ends in it."""
        for each in member.addresses:
            for place in places(network(each), self._edges):
                yield Sighting(self._elsewhere("member", place, member.groups), str(_address(place)))

    def of_address(self, address: str) -> Iterator[Sighting]:
        """An address, whoever has it."""
        place = number(address)
        if nodes := self._at_node.at(place):
            yield Sighting(self._node(nodes[0].groups | self._inputs.default_groups, place), address, nodes[0].name)
        else:
            found = self._at_member.at(place)
            yield Sighting(self._elsewhere("member" if found else "outside", place), address)

    def _pod(self, running: RunningPod, place: tuple[int, int], interface: Groups | None, *, known: bool) -> End:
        groups = running.groups(self._inputs)
        if known:
            groups |= self._holders(place)
        blocks = frozenset(self._blocks.at(place))
        may = running.pod.labels.get(_METADATA_LABEL) == "true"
        return End(
            "pod", place[0], groups, groups | blocks, interface, (interface or frozenset()) | blocks,
            selected=not running.excluded, metadata=may,
        )  # fmt: skip

    def _node(self, groups: Groups, place: tuple[int, int]) -> End:
        blocks, here = frozenset(self._blocks.at(place)), groups | self._holders(place)
        return End("node", place[0], here, here | blocks, groups, groups | blocks)

    def _elsewhere(self, kind: Kind, place: tuple[int, int], own: Groups = frozenset()) -> End:
        blocks, groups = frozenset(self._blocks.at(place)), own | self._holders(place)
        return End(
            kind, place[0], groups, groups | blocks,
            interface=groups if kind == "member" else None, interface_keys=groups | blocks,
            policed=bool(self._policed.at(place)),
            unfiltered=bool(self._open.at(place)), metadata=bool(self._metadata.at(place)),
        )  # fmt: skip

    def _holders(self, place: tuple[int, int]) -> Groups:
        """The groups of whoever has an address, pods aside."""
        nodes = self._at_node.at(place)
        groups = [*(each.groups for each in self._at_member.at(place)), *(each.groups for each in nodes)]
        found: Groups = frozenset[str]().union(*groups)
        return found | self._inputs.default_groups if nodes else found

    def _interfaces(self, node: str) -> list[Groups | None]:
        """The groups that AWS may see a pod in: its node's, or those of any node."""
        default = self._inputs.default_groups
        if node in self._nodes:
            return [self._nodes[node].groups | default]
        return [*{each.groups | default for each in self._inputs.nodes}] or [None]

    def _any_address(self) -> list[tuple[int, int]]:
        """Addresses that stand for any of the VPC's, for a pod whose own is not known: of the family that other pods have."""
        six = any(":" in address for pod in self._pods_seen for address in pod.addresses)
        blocks = [each for each in self._inputs.vpc_cidrs if (":" in each) is six] or _SOMEWHERE
        return [place for each in blocks for place in places(each, self._blocks.edges)]


def _address(place: tuple[int, int]) -> str:
    version, value = place
    return str(ip_address(value if version == _IPV4 else value.to_bytes(16, "big")))
