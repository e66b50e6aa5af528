"""Why somebody may reach somebody, or may not: the chain of groups and rules, and what on the cluster decides."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import reduce
from typing import Any, Final

from sg_integration.model.policy import Grant
from sg_integration.model.ports import Port
from sg_integration.model.reach import SAME_NODE, Layer, Reach
from sg_integration.model.reach_ends import Sighting
from sg_integration.model.reach_objects import Objects
from sg_integration.model.reach_parties import Party
from sg_integration.model.rules import Direction
from sg_integration.model.traffic import Traffic, common, includes

NO_JUDGE: Final = "nothing judges it: neither AWS nor a policy on the nodes looks at this flow"
AWS_ALONE: Final = "AWS alone decides this: no node holds rules between these two"
ITSELF: Final = "both have the one address that there is, so no packet leaves it"
NO_FAMILY: Final = "they have no addresses of one family, IPv4 or IPv6, so no packet goes from one to the other"
_NEAR: Final = 3


@dataclass(frozen=True, slots=True)
class Link:
    """One layer of an answer.

    Args:
        layer: what the judge says.
        passes: whether it lets the port pass.
        by: the grants by which it does.
        near: grants that come near: between these two, but of other ports; or of this port, but to others.
        objects: what decides on the cluster; nothing where AWS decides.
    """

    layer: Layer
    passes: bool
    by: tuple[Grant, ...]
    near: tuple[Grant, ...]
    objects: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Chain:
    """The answer for one pair of addresses, which may stand for many.

    Args:
        source: where it is sent.
        destination: where it arrives.
        allowed: whether it passes.
        passing: what of the port passes.
        settled: whether the cluster holds what this was compiled to, as far as the answer depends on it.
        links: what each judge says.
        notes: what else there is to say.
        pairs: how many pairs of addresses have this same answer.
    """

    source: Sighting
    destination: Sighting
    allowed: bool
    passing: Traffic
    settled: bool
    links: tuple[Link, ...]
    notes: tuple[str, ...]
    pairs: int


@dataclass(frozen=True, slots=True)
class Explanation:
    """The answer to one question.

    Args:
        source: who sends.
        destination: who receives.
        port: what.
        chains: an answer for each pair of ends that are not alike; those that are denied first.
        notes: what is not known, or was taken for granted.
    """

    source: Party
    destination: Party
    port: Port
    chains: tuple[Chain, ...]
    notes: tuple[str, ...]

    @property
    def compiled(self) -> str:
        """What holds once the cluster holds what is compiled: `allowed`, `denied`, or it `depends`: on which addresses or ports."""
        if self.chains and all(each.allowed for each in self.chains):
            return "allowed"
        return "depends" if any(each.passing for each in self.chains) else "denied"

    @property
    def verdict(self) -> str:
        """What holds now; `unsettled` as long as the cluster holds something else."""
        return self.compiled if all(each.settled for each in self.chains) else "unsettled"


def explain(reach: Reach, source: Party, destination: Party, port: Port) -> Explanation:
    """Whether one party reaches another, and why."""
    objects = Objects(reach)
    pairs: dict[Any, list[tuple[Sighting, Sighting]]] = {}
    for here in source.sightings:
        for there in destination.sightings:
            if here.end.family == there.end.family and (not here.address or here.address != there.address):
                pairs.setdefault((here.end, there.end, _on_one_node(here, there)), []).append((here, there))
    chains = [_chain(reach, objects, some, port) for some in pairs.values()]
    groups = frozenset[str]().union(*(end.groups for party in (source, destination) for end in party.ends))
    said = (*_caveats(reach, groups), *_unplaced(source, destination))
    itself = {each.address for each in source.sightings} & {each.address for each in destination.sightings}
    notes = (*reach.landscape.notes, *([] if chains else [ITSELF if itself else NO_FAMILY]), *said)
    return Explanation(source, destination, port, tuple(sorted(chains, key=_denied_first)), notes)


def _on_the_way(layer: Layer) -> tuple[bool, bool]:
    """The source's rules come first; there the nodes, and then AWS."""
    incoming = layer.direction is Direction.INGRESS
    return incoming, (layer.judge == "AWS") is not incoming


def _denied_first(chain: Chain) -> tuple[bool, int]:
    return bool(chain.passing), -chain.pairs


def _on_one_node(here: Sighting, there: Sighting) -> bool:
    return bool(here.node) and here.node == there.node


def _chain(reach: Reach, objects: Objects, some: list[tuple[Sighting, Sighting]], port: Port) -> Chain:
    here, there = some[0]
    same_node = _on_one_node(here, there)
    layers = sorted(reach.layers(here.end, there.end, same_node=same_node), key=_on_the_way)
    links = tuple(_link(objects, layer, here, there, port) for layer in layers)
    deciding = [each for each in links if each.layer.decides]
    asked: Traffic = (port,)
    passing = reduce(common, (each.layer.ports for each in deciding), asked)
    # What AWS denies is denied, whatever the nodes hold.
    denied_by_aws = any(each.layer.judge == "AWS" and not common(each.layer.ports, asked) for each in deciding)
    by_nodes = any(each.layer.judge == "Calico" for each in deciding)
    settled = not reach.landscape.differing or denied_by_aws or not by_nodes
    missing = [name for each in links for name in objects.missing(list(each.objects))]
    notes = list(_notes(reach, layers, here, there, same_node=same_node))
    if missing:
        notes.append(
            f"not in the cluster yet, so it does not decide: {', '.join(dict.fromkeys(missing))}; run pulumi up"
        )
    return Chain(here, there, passing == asked, passing, settled, links, tuple(notes), len(some))


def _link(objects: Objects, layer: Layer, here: Sighting, there: Sighting, port: Port) -> Link:
    by = tuple(each for each in layer.granted if includes((each.port,), port))
    passes = includes(layer.ports, port)
    others = (each for each in objects.reach.admitted(layer) if includes((each.port,), port))
    near = () if passes else (layer.granted or tuple(others))[:_NEAR]
    decided = tuple(objects.deciding(layer, here, there, port)) if layer.judge == "Calico" else ()
    return Link(layer, passes, by, near, decided)


def _notes(reach: Reach, layers: list[Layer], here: Sighting, there: Sighting, *, same_node: bool) -> Iterator[str]:
    how, landscape = reach.landscape.enforcement, reach.landscape
    judges = {each.judge for each in layers}
    if same_node:
        yield SAME_NODE
    if there.end.unfiltered:
        yield "AWS filters nothing that is sent there: resolver, time sync, metadata and the like"
    if not layers:
        yield NO_JUDGE
    elif judges == {"AWS"} and how.standing != "none":
        yield AWS_ALONE
    kinds = {here.end.kind, there.end.kind}
    if how.standing == "staged" and "Calico" in judges:
        yield "enforcement is staged: Calico logs what it would decide, and lets everything pass"
    if how.standing == "none" and kinds & {"pod", "node"}:
        yield "nothing enforces in this cluster: a pod is whatever its node is"
    if how.hosts == "off" and kinds == {"node", "member"}:
        yield 'hosts="off": nodes themselves are held to no rule'
    if any(each.kind == "pod" and not each.selected for each in (here.end, there.end)):
        yield "policy never selects pods of the cluster's own namespaces: their groups and members' rules are not held for them"
    yield from _of_member(landscape.trust, here, there)


def _of_member(trust: frozenset[str], here: Sighting, there: Sighting) -> Iterator[str]:
    """What there is to say of a member that AWS, and not the nodes, opens or closes to them."""
    for one, other in ((here, there), (there, here)):
        if one.end.kind == "member" and other.end.kind in ("pod", "node"):
            if trust and not trust & one.end.groups:
                yield f"{one.address} is not in trust: AWS judges it by the groups of the node, besides what the nodes hold"
            if not one.end.policed:
                yield f"nodes hold no rules for {one.address}: it never joins trust, or has an address of a node or the API server"


def _caveats(reach: Reach, groups: frozenset[str]) -> Iterator[str]:
    """The rules of some groups that grant nothing, and why."""
    about = {name for each in groups for name in (each, reach.called(each))}
    yield from (str(each).rstrip(".") for each in reach.compiled.caveats if each.rule and each.about in about)


def _unplaced(*parties: Party) -> Iterator[str]:
    """Who has no address yet."""
    for each in dict.fromkeys(parties):
        if any(not one.address for one in each.sightings):
            yield f"{each.name} has no address yet, so any of the VPC's was tried"


def side(layer: Layer) -> str:
    """Whose rules a layer looks at."""
    return "the destination's ingress" if layer.direction is Direction.INGRESS else "the source's egress"
