"""May one end reach another: what each judge on the way says, and by which rules.

Two may judge a flow. AWS judges it by the groups of both network interfaces, of which a pod's is its node's. Calico judges it
on the nodes, by the groups that pods have themselves and by those of the members that they talk to. A flow passes if all of
them let it pass; whoever does not look at it is no layer of the answer.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Final, Literal, TypeAlias

from sg_integration.model.calico_rules import sayable
from sg_integration.model.groups import Groups
from sg_integration.model.landscape import Landscape
from sg_integration.model.policy import Compiled, Grant
from sg_integration.model.policy_compile import compile_policy
from sg_integration.model.policy_rules import Reader
from sg_integration.model.reach_ends import End, Ends
from sg_integration.model.rules import Direction
from sg_integration.model.traffic import EVERYTHING, NOTHING, Traffic, common, parse_port, traffic_of

Judge: TypeAlias = Literal["AWS", "Calico"]
Books: TypeAlias = "dict[tuple[Judge, str, Groups], Mapping[str, tuple[Grant, ...]]]"

SAME_NODE: Final = "both are on one node: the packet never meets AWS"
UNFILTERED: Final = "AWS never filters what is sent there"
METADATA: Final = 'pods are kept from instance metadata, unless labelled aws.tigera.io/allow-metadata-access: "true"'
FAILSAFE: Final = "Calico's failsafe ports are open whatever policy says"


@dataclass(frozen=True, slots=True)
class Layer:
    """What one judge says by the rules of one side.

    Args:
        judge: who.
        direction: the rules that are looked at: the source's egress or the destination's ingress.
        groups: the groups whose rules are looked at.
        granted: what they grant between the two ends.
        ports: what passes.
        note: what else there is to say: why it is not asked, or what passes besides.
        decides: whether it holds; not so where enforcement is staged.
    """

    judge: Judge
    direction: Direction
    groups: Groups
    granted: tuple[Grant, ...]
    ports: Traffic
    note: str = ""
    decides: bool = True


@dataclass(frozen=True)
class Reach:
    """Decides flows in one landscape.

    Args:
        landscape: the landscape.
    """

    landscape: Landscape
    _books: Books = field(default_factory=dict, repr=False)
    _reached: dict[tuple[End, End], Traffic] = field(default_factory=dict, repr=False)

    @cached_property
    def compiled(self) -> Compiled:
        """The policy of the landscape."""
        return compile_policy(self.landscape.inputs)

    @cached_property
    def ends(self) -> Ends:
        """Where everybody is."""
        every = [*self._policy.values(), *self._interfaces.values()]
        return Ends(self.landscape, self.compiled, (grant for some in every for grant in some))

    def called(self, group: str) -> str:
        """A group as a person knows it, with its id."""
        name = self.compiled.name(group)
        return name if name == group else f"{name} ({group})"

    @cached_property
    def _policy(self) -> Mapping[str, tuple[Grant, ...]]:
        """What the nodes can hold of each group."""
        return {
            group: tuple(each for each in some if sayable(each.port)) for group, some in self.compiled.grants.items()
        }

    @cached_property
    def _interfaces(self) -> Mapping[str, tuple[Grant, ...]]:
        """What AWS reads in each group: the reserved ones, too."""
        inputs = replace(self.landscape.inputs, reserved=frozenset())
        reader = Reader(inputs, frozenset(each.id for each in inputs.groups))
        return {
            group.id: tuple(g for g in (reader.grant(group, rule) for rule in group.rules) if isinstance(g, Grant))
            for group in inputs.groups
        }

    @cached_property
    def _failsafe(self) -> Mapping[Direction, Traffic]:
        """What Calico lets out of nodes, and lets in."""
        enforcement = self.landscape.enforcement
        texts = {Direction.EGRESS: enforcement.failsafe_outbound, Direction.INGRESS: enforcement.failsafe_inbound}
        return {way: traffic_of(parse_port(each, "failsafe") for each in some) for way, some in texts.items()}

    def reached(self, source: End, destination: End) -> Traffic:
        """What the one may send to the other, on different nodes."""
        key = source, destination
        found = self._reached.get(key)
        if found is None:
            found = EVERYTHING
            for layer in self.layers(source, destination):
                found = common(found, layer.ports) if layer.decides else found
                if found == NOTHING:
                    break
            self._reached[key] = found
        return found

    def gate(self, source: End, destination: End) -> tuple[Judge, frozenset[str]] | None:
        """Of what a source must be one, or nothing that it sends passes; None if that cannot be said so simply.

        It depends on the destination, and of the source only on what kind of end it is: so it can be asked once for many.
        """
        live = self.landscape.enforcement.standing == "live"
        if live and destination.kind != "node" and source.kind != "node" and self._held(destination, source):
            return "Calico", frozenset(self._book("Calico", destination.groups, Direction.INGRESS))
        known = source.interface is not None or source.kind != "pod"
        if destination.interface is None or destination.unfiltered or not known:
            return None
        return "AWS", frozenset(self._book("AWS", destination.interface, Direction.INGRESS))

    def layers(self, source: End, destination: End, *, same_node: bool = False) -> Iterator[Layer]:
        """What each judge says, the cheapest to know first."""
        yield from self._calico(source, destination, same_node=same_node)
        if not same_node:
            yield from self._aws(source, destination)

    def _calico(self, source: End, destination: End, *, same_node: bool) -> Iterator[Layer]:
        how = self.landscape.enforcement
        if how.standing == "none":
            return
        live = how.standing == "live"
        for way, here, there in ((Direction.INGRESS, destination, source), (Direction.EGRESS, source, destination)):
            # A node always reaches the pods that run on it.
            if self._held(here, there) and not (same_node and there.kind == "node"):
                yield self._held_layer(way, here, there, live=live)
        if how.metadata and destination.metadata and _kept_from_metadata(source, destination):
            yield Layer("Calico", Direction.EGRESS, source.groups, (), NOTHING, METADATA, live)

    def _held_layer(self, way: Direction, here: End, there: End, *, live: bool) -> Layer:
        """What Calico says by the rules of one end."""
        if way is Direction.EGRESS and there.unfiltered:
            return Layer("Calico", way, here.groups, (), EVERYTHING, UNFILTERED, live)
        granted = self._granted("Calico", here.groups, way, there.keys)
        ports = _ports(granted)
        if here.kind == "pod" or there.kind != "node":
            return Layer("Calico", way, here.groups, granted, ports, "", live)
        # A member's ingress is held where the node sends, and its egress where the node receives.
        open_ = self._failsafe[Direction.EGRESS if way is Direction.INGRESS else Direction.INGRESS]
        return Layer("Calico", way, here.groups, granted, traffic_of((*ports, *open_)), FAILSAFE, live)

    def _held(self, here: End, there: End) -> bool:
        """Whether nodes hold the rules of an end's groups towards another end."""
        if here.kind == "pod":
            return here.selected
        if not here.policed:
            return False
        if there.kind == "pod":
            return there.selected
        return there.kind == "node" and self.landscape.enforcement.hosts == "members"

    def admitted(self, layer: Layer) -> Iterator[Grant]:
        """All that the groups of a layer grant in its direction, whoever the peer is."""
        for some in self._book(layer.judge, layer.groups, layer.direction).values():
            yield from some

    def _aws(self, source: End, destination: End) -> Iterator[Layer]:
        if destination.unfiltered:
            return
        for way, here, there in ((Direction.INGRESS, destination, source), (Direction.EGRESS, source, destination)):
            if here.interface is not None and (there.interface is not None or there.kind != "pod"):
                granted = self._granted("AWS", here.interface, way, there.interface_keys)
                yield Layer("AWS", way, here.interface, granted, _ports(granted))

    def _granted(self, judge: Judge, groups: Groups, way: Direction, keys: frozenset[str]) -> tuple[Grant, ...]:
        book = self._book(judge, groups, way)
        named = book.keys() & keys
        return tuple(grant for peer in sorted(named) for grant in book[peer]) if named else ()

    def _book(self, judge: Judge, groups: Groups, way: Direction) -> Mapping[str, tuple[Grant, ...]]:
        """The grants of some groups in one direction, by their peer."""
        key = (judge, way.value, groups)
        known = self._books.get(key)
        if known is None:
            grants = self._policy if judge == "Calico" else self._interfaces
            found: dict[str, tuple[Grant, ...]] = {}
            for group in sorted(groups):
                for each in grants.get(group, ()):
                    if each.direction is way:
                        found[each.peer.value] = (*found.get(each.peer.value, ()), each)
            known = self._books[key] = found
        return known


def _ports(granted: tuple[Grant, ...]) -> Traffic:
    return (granted[0].port,) if len(granted) == 1 else traffic_of(each.port for each in granted)


def _kept_from_metadata(source: End, destination: End) -> bool:
    return destination.kind == "outside" and source.kind == "pod" and source.selected and not source.metadata
