"""Everybody who sends and receives: pods, workloads, nodes and members, with their groups and where they are."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

from sg_integration.model import annotation
from sg_integration.model.groups import Groups
from sg_integration.model.landscape import Landscape, RunningPod
from sg_integration.model.policy_inputs import Member, Node
from sg_integration.model.reach import Reach
from sg_integration.model.reach_ends import End, Sighting

_RESOURCE: Final = re.compile(r"(db|cluster)-[A-Z0-9]+")
"""What RDS calls a database for itself; nobody else does."""


@dataclass(frozen=True, slots=True)
class Party:
    """One side of a question.

    Args:
        name: what it is called.
        kind: `pod`, `workload`, `node`, `member`, `group` or `address`.
        sightings: where it is.
        groups: its groups and where they come from, a line each.
        count: how many pods or interfaces it is.
    """

    name: str
    kind: str
    sightings: tuple[Sighting, ...]
    groups: tuple[str, ...] = ()
    count: int = 1

    @property
    def ends(self) -> frozenset[End]:
        """What decisions about it depend on."""
        return frozenset(each.end for each in self.sightings)

    def __str__(self) -> str:
        """As a person reads it: `shop/orders-api (workload of 2 pods)`."""
        pods = "1 pod" if self.count == 1 else f"{self.count} pods"
        several = {"workload": f"workload of {pods}", "group": f"group of {self.count}"}
        return f"{self.name} ({several.get(self.kind, self.kind)})"


@dataclass(frozen=True)
class Parties:
    """The parties of a landscape.

    Args:
        reach: what decides there.
    """

    reach: Reach
    _named: dict[Groups, tuple[str, ...]] = field(default_factory=dict, repr=False)

    @property
    def landscape(self) -> Landscape:
        """The landscape."""
        return self.reach.landscape

    def workloads(self, *, system: bool = False) -> list[Party]:
        """Every workload, and every pod that has none.

        Args:
            system: also those in the cluster's own namespaces, which policy never selects.
        """
        wanted = {name: some for name, some in self.owned.items() if system or not some[0].excluded}
        return [self.of_pods(name, "workload", some) for name, some in sorted(wanted.items())]

    def members(self) -> list[Party]:
        """Every member; one that has several interfaces under one name, as a database, is one."""
        nodes = {address for node in self.landscape.inputs.nodes for address in node.addresses}
        units: defaultdict[str, list[Member]] = defaultdict(list)
        for each in self.landscape.inputs.members:
            if not nodes.intersection(each.addresses):
                units[self._unit[each.id]].append(each)
        return [self.of_members(name, "member", some) for name, some in sorted(units.items())]

    @cached_property
    def owned(self) -> Mapping[str, list[RunningPod]]:
        """The pods of each workload."""
        found: defaultdict[str, list[RunningPod]] = defaultdict(list)
        for each in self.landscape.pods:
            found[each.owner].append(each)
        return found

    @cached_property
    def _unit(self) -> Mapping[str, str]:
        """The name under which a member is listed: what has it, or its own, as short as it tells one from another."""
        members = self.landscape.inputs.members
        short = Counter(called(each)[1] for each in members)
        found = {
            each.id: called(each)[1] if short[called(each)[1]] == 1 else f"{each.name} {each.id}" for each in members
        }
        holders: defaultdict[str, list[str]] = defaultdict(list)
        for name, ids in self.landscape.known_as.items():
            for each in ids:
                holders[each] += [] if _RESOURCE.fullmatch(name) else [name]
        return found | {each: " or ".join(sorted(names)) for each, names in holders.items() if names and each in found}

    def of_pods(self, name: str, kind: str, pods: list[RunningPod]) -> Party:
        """Some pods as one party."""
        said = tuple(dict.fromkeys(line for each in pods for line in self._said_of_pod(each)))
        return Party(name, kind, tuple(self.pod_sightings(pods)), said, len(pods))

    def of_node(self, node: Node) -> Party:
        """A node."""
        groups = node.groups | self.landscape.inputs.default_groups
        return Party(node.name, "node", tuple(self.reach.ends.of_node(node)), self.say(groups))

    def of_members(self, name: str, kind: str, members: list[Member]) -> Party:
        """Some members as one party."""
        said = tuple(dict.fromkeys(line for each in members for line in self.say(each.groups)))
        return Party(name, kind, tuple(self.member_sightings(members)), said, len(members))

    def pod_sightings(self, pods: Iterable[RunningPod]) -> Iterator[Sighting]:
        """Where pods are."""
        for each in pods:
            yield from self.reach.ends.of_pod(each)

    def member_sightings(self, members: Iterable[Member]) -> Iterator[Sighting]:
        """Where members are."""
        for each in members:
            yield from self.reach.ends.of_member(each)

    def _said_of_pod(self, running: RunningPod) -> Iterator[str]:
        """A pod's groups, and where each comes from."""
        inputs, pod = self.landscape.inputs, running.pod
        if pod.host_network:
            yield f"hostNetwork: the groups of its node: {'; '.join(self.say(inputs.default_groups))}"
            return
        own = running.groups(inputs) - {inputs.pod_default}
        whence = "its own" if annotation.BOUND in pod.labels else "of the node groups, since it has none of its own"
        yield f"{whence}: {'; '.join(self.say(own))}"
        yield f"of every pod: {'; '.join(self.say(frozenset({inputs.pod_default})))}"

    def say(self, groups: Groups) -> tuple[str, ...]:
        """Groups as a person knows them."""
        if groups not in self._named:
            self._named[groups] = tuple(sorted(self.reach.called(each) for each in groups))
        return self._named[groups]


def called(member: Member) -> tuple[str, str, str]:
    """What a member is called: `billing (i-0a1)`, `billing` and `i-0a1`."""
    name, _, rest = member.name.partition(" (")
    return member.name, name, rest.partition(")")[0]
