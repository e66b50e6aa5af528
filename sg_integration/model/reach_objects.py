"""Which of the objects on the cluster decide a flow: the policy that passes it or denies it, its tier, and the sets."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from ipaddress import ip_address, ip_network
from itertools import count

from sg_integration.model import calico
from sg_integration.model.calico import Manifest
from sg_integration.model.calico_objects import label_name
from sg_integration.model.calico_rules import CalicoRule, Wording
from sg_integration.model.calico_selectors import MEMBER, group_label, prefix_list_label
from sg_integration.model.policy import Grant
from sg_integration.model.ports import Port
from sg_integration.model.reach import METADATA, UNFILTERED, Layer, Reach
from sg_integration.model.reach_ends import Sighting
from sg_integration.model.rules import Direction, PeerKind
from sg_integration.model.traffic import includes


@dataclass(frozen=True)
class Objects:
    """The objects that the landscape compiles to.

    Args:
        reach: what decides in the landscape.
    """

    reach: Reach

    @cached_property
    def _manifests(self) -> Mapping[str, Manifest]:
        how = self.reach.landscape.enforcement
        return calico.objects(
            self.reach.compiled, hosts=how.hosts, staged=how.standing == "staged", metadata=how.metadata
        )

    @cached_property
    def _wording(self) -> Wording:
        return Wording(self.reach.compiled)

    def deciding(self, layer: Layer, source: Sighting, destination: Sighting, port: Port) -> list[str]:
        """The objects by which Calico decides one layer: policies with their tier, and sets."""
        here, there = (destination, source) if layer.direction is Direction.INGRESS else (source, destination)
        if layer.note == METADATA:
            return ["metadata.addresses in tier metadata"]
        if layer.note == UNFILTERED:
            return ["sg-local.unfiltered in tier sg-local"]
        passing = [each for each in layer.granted if includes((each.port,), port)]
        if here.end.kind == "pod":
            found = [f"{name} in tier {calico.SG_LOCAL}" for each in passing for name in self._local(each)]
            sets = [one for each in passing for one in self._sets_of(each, there)]
            last = f"the end of tier {calico.SG_LOCAL}, which denies what none of its policies passes"
            return [*dict.fromkeys([*found, *sets])] or [last]
        found = [f"{name} in tier {calico.SG_REMOTE}" for each in passing for name in self._remote(each, there)]
        last = f"{calico.SG_REMOTE}.{'hosts-' if there.end.kind == 'node' else ''}members in tier {calico.SG_REMOTE}"
        failsafe = not passing and includes(layer.ports, port)
        return ["Calico's failsafe ports"] if failsafe else [*dict.fromkeys(found or [last]), *self._with(MEMBER, here)]

    def missing(self, said: list[str]) -> list[str]:
        """Those of the objects that do not stand in the cluster, as far as anybody looked."""
        standing = self.reach.landscape.objects
        names = [each.removeprefix("set ").partition(" ")[0] for each in said if "." in each or each.startswith("set ")]
        return [] if standing is None else [each for each in names if each in self._manifests and each not in standing]

    def _local(self, grant: Grant) -> Iterator[str]:
        """The policies of a pod's group that hold a grant."""
        yield from self._holding(calico.SG_LOCAL, grant.group, grant.direction, [self._wording.local(grant)])

    def _remote(self, grant: Grant, there: Sighting) -> Iterator[str]:
        """The policies that hold a grant of a member's group at the other end."""
        wording, peer = self._wording, grant.peer
        way = Direction.EGRESS if grant.direction is Direction.INGRESS else Direction.INGRESS
        if peer.kind is PeerKind.SECURITY_GROUP:
            stem, rules = peer.value, [wording.remote(grant, {}), wording.remote(grant, wording.members(peer.value))]
        else:
            stem, rules = f"networks-{grant.group}", [wording.remote(grant, wording.peer(peer))]
        yield from self._holding(calico.SG_REMOTE, f"hosts-{stem}" if there.end.kind == "node" else stem, way, rules)

    def _holding(self, tier: str, stem: str, way: Direction, rules: list[CalicoRule]) -> Iterator[str]:
        """The parts of a policy that have one of some rules."""
        for part in count():
            name = f"{tier}.{label_name(stem, part)}"
            manifest = self._manifests.get(name)
            if manifest is None:
                return
            standing = manifest["spec"]["ingress" if way is Direction.INGRESS else "egress"]
            if any(rule in standing for rule in rules):
                yield name

    def _sets_of(self, grant: Grant, there: Sighting) -> Iterator[str]:
        """The sets by which a rule's peer is found; a pod and a node are found by their labels."""
        if grant.peer.kind is PeerKind.PREFIX_LIST:
            yield from self._with(prefix_list_label(grant.peer.value), there)
        elif grant.peer.kind is PeerKind.SECURITY_GROUP and there.end.kind in ("member", "node"):
            yield from self._with(group_label(grant.peer.value), there)

    def _with(self, label: str, there: Sighting) -> Iterator[str]:
        """The sets with a label that hold an address."""
        for name, each in self._manifests.items():
            labelled = each["kind"] == "GlobalNetworkSet" and label in each["metadata"]["labels"]
            if labelled and any(ip_address(there.address) in ip_network(net) for net in each["spec"]["nets"]):
                yield f"set {name}"
