"""Everybody who sends and receives, by the names that people use: pods, workloads, nodes, members, groups, addresses."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import cached_property
from ipaddress import ip_address
from typing import Final

from sg_integration.model import annotation
from sg_integration.model.errors import InvalidInput
from sg_integration.model.groups import Groups
from sg_integration.model.label_selectors import label_selector
from sg_integration.model.landscape import Landscape, RunningPod
from sg_integration.model.policy_inputs import Member, Node
from sg_integration.model.reach import Reach
from sg_integration.model.reach_ends import End, Sighting

_SUGGESTED: Final = 3
_ASSIGNMENT: Final = "="
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
        several = {"workload": f"workload of {self.count} pods", "group": f"group of {self.count}"}
        return f"{self.name} ({several.get(self.kind, self.kind)})"


@dataclass(frozen=True)
class Parties:
    """Finds parties in a landscape.

    Args:
        reach: what decides there.
    """

    reach: Reach
    _named: dict[Groups, tuple[str, ...]] = field(default_factory=dict, repr=False)

    @property
    def landscape(self) -> Landscape:
        """The landscape."""
        return self.reach.landscape

    def find(self, text: str, where: str) -> Party:
        """Who is called so.

        Args:
            text: `namespace/pod`, `namespace/kind/name`, `namespace/label=value,…`, a node, a member by id or name, an
                instance, a database, a group by id or name, or an address.
            where: which argument it is, for the message.

        Raises:
            InvalidInput: nobody is; the message names who is nearly called so.
        """
        ways: tuple[Callable[[str], Party | None], ...] = (
            self._pods_called, self._labelled, self._node, self._member, self._group, self._address,
        )  # fmt: skip
        for way in ways:
            if found := way(text):
                return found
        near = get_close_matches(text, sorted(self._names()), _SUGGESTED, 0.5)
        hint = f" Did you mean {', '.join(near)}?" if near else ""
        raise InvalidInput(where, f"nothing here is called {text!r}.{hint} {_FORMS}")

    def workloads(self, *, system: bool = False) -> list[Party]:
        """Every workload, and every pod that has none.

        Args:
            system: also those in the cluster's own namespaces, which policy never selects.
        """
        wanted = {name: some for name, some in self._owned.items() if system or not some[0].excluded}
        return [self._of_pods(name, "workload", some) for name, some in sorted(wanted.items())]

    def members(self) -> list[Party]:
        """Every member; one that has several interfaces under one name, as a database, is one."""
        nodes = {address for node in self.landscape.inputs.nodes for address in node.addresses}
        units: defaultdict[str, list[Member]] = defaultdict(list)
        for each in self.landscape.inputs.members:
            if not nodes.intersection(each.addresses):
                units[self._unit[each.id]].append(each)
        return [self._of_members(name, "member", some) for name, some in sorted(units.items())]

    @cached_property
    def _owned(self) -> Mapping[str, list[RunningPod]]:
        found: defaultdict[str, list[RunningPod]] = defaultdict(list)
        for each in self.landscape.pods:
            found[each.owner].append(each)
        return found

    @cached_property
    def _unit(self) -> Mapping[str, str]:
        """The name under which a member is listed: what has it, or its own, as short as it tells one from another."""
        members = self.landscape.inputs.members
        short = Counter(_called(each)[1] for each in members)
        found = {
            each.id: _called(each)[1] if short[_called(each)[1]] == 1 else f"{each.name} {each.id}" for each in members
        }
        holders: defaultdict[str, list[str]] = defaultdict(list)
        for name, ids in self.landscape.known_as.items():
            for each in ids:
                holders[each] += [] if _RESOURCE.fullmatch(name) else [name]
        return found | {each: " or ".join(sorted(names)) for each, names in holders.items() if names and each in found}

    def _names(self) -> Iterator[str]:
        inputs = self.landscape.inputs
        yield from self._owned
        yield from (str(each.pod) for each in self.landscape.pods)
        yield from (each.name for each in inputs.nodes)
        yield from (name for each in inputs.members for name in (each.id, each.name.partition(" (")[0]))
        yield from self.landscape.known_as
        yield from (name for each in inputs.groups for name in (each.id, each.name))

    def _pods_called(self, text: str) -> Party | None:
        exact = [each for each in self.landscape.pods if str(each.pod) == text]
        if exact:
            return self._of_pods(text, "pod", exact)
        namespace, _, rest = text.partition("/")
        short = {"deploy": "deployment", "sts": "statefulset", "ds": "daemonset", "cj": "cronjob"}
        kind, slash, name = rest.lower().partition("/")
        wanted = f"{namespace}/{short.get(kind, kind)}/{name}" if slash else ""
        some = self._owned.get(wanted) or self._of_name(namespace, rest)
        return self._of_pods(some[0].owner, "workload", some) if some else None

    def _of_name(self, namespace: str, name: str) -> list[RunningPod]:
        """The pods of the one workload of a name, of whatever kind."""
        owners = (
            {each for each in self._owned if each.startswith(f"{namespace}/") and each.endswith(f"/{name}")}
            if name
            else set()
        )
        return self._owned[owners.pop()] if len(owners) == 1 else []

    def _labelled(self, text: str) -> Party | None:
        namespace, _, labels = text.partition("/")
        if _ASSIGNMENT not in labels:
            return None
        wanted = dict(each.partition(_ASSIGNMENT)[::2] for each in labels.split(","))
        selector = label_selector(wanted, text)
        found = [e for e in self.landscape.pods if e.pod.namespace == namespace and selector.matches(e.pod.labels)]
        return self._of_pods(text, "workload", found) if found else None

    def _node(self, text: str) -> Party | None:
        wanted = {text, *self.landscape.known_as.get(text, ())}
        nodes = [each for each in self.landscape.inputs.nodes if each.name in wanted]
        return self._of_node(nodes[0]) if nodes else None

    def _member(self, text: str) -> Party | None:
        inputs, ids = self.landscape.inputs, self.landscape.known_as.get(text, ())
        found = [each for each in inputs.members if each.id in (text, *ids) or text in _called(each)]
        return self._of_members(text, "member", found) if found else None

    def _group(self, text: str) -> Party | None:
        """Whoever is in a group: pods and members."""
        groups = {each.id for each in self.landscape.inputs.groups if text in (each.id, each.name)}
        if not groups:
            return None
        pods = [each for each in self.landscape.pods if groups & each.groups(self.landscape.inputs)]
        members = [each for each in self.landscape.inputs.members if groups & each.groups]
        sightings = [*self._pod_sightings(pods), *self._member_sightings(members)]
        if not sightings:
            raise InvalidInput(text, "nobody is in this group: no pod of the cluster and no member of the VPC.")
        return Party(text, "group", tuple(sightings), self._say(frozenset(groups)), len(pods) + len(members))

    def _address(self, text: str) -> Party | None:
        try:
            address = str(ip_address(text))
        except ValueError:
            return None
        for each in self.landscape.pods:
            if address in each.addresses and not each.pod.host_network:
                return self._of_pods(str(each.pod), "pod", [each])
        (found,) = self.reach.ends.of_address(address)
        holders = [each for each in self.landscape.inputs.members if address in each.addresses]
        name = f"{address} of {holders[0].name}" if holders else address
        return Party(
            name, "address", (found,), self._say(found.end.groups) or ("no groups: an address of somebody else's",)
        )

    def _of_pods(self, name: str, kind: str, pods: list[RunningPod]) -> Party:
        said = tuple(dict.fromkeys(line for each in pods for line in self._said_of_pod(each)))
        return Party(name, kind, tuple(self._pod_sightings(pods)), said, len(pods))

    def _of_node(self, node: Node) -> Party:
        groups = node.groups | self.landscape.inputs.default_groups
        return Party(node.name, "node", tuple(self.reach.ends.of_node(node)), self._say(groups))

    def _of_members(self, name: str, kind: str, members: list[Member]) -> Party:
        said = tuple(dict.fromkeys(line for each in members for line in self._say(each.groups)))
        return Party(name, kind, tuple(self._member_sightings(members)), said, len(members))

    def _pod_sightings(self, pods: Iterable[RunningPod]) -> Iterator[Sighting]:
        for each in pods:
            yield from self.reach.ends.of_pod(each)

    def _member_sightings(self, members: Iterable[Member]) -> Iterator[Sighting]:
        for each in members:
            yield from self.reach.ends.of_member(each)

    def _said_of_pod(self, running: RunningPod) -> Iterator[str]:
        """A pod's groups, and where each comes from."""
        inputs, pod = self.landscape.inputs, running.pod
        if pod.host_network:
            yield f"hostNetwork: the groups of its node: {'; '.join(self._say(inputs.default_groups))}"
            return
        own = running.groups(inputs) - {inputs.pod_default}
        whence = "its own" if annotation.BOUND in pod.labels else "of the node groups, since it has none of its own"
        yield f"{whence}: {'; '.join(self._say(own))}"
        yield f"of every pod: {'; '.join(self._say(frozenset({inputs.pod_default})))}"

    def _say(self, groups: Groups) -> tuple[str, ...]:
        if groups not in self._named:
            self._named[groups] = tuple(sorted(self.reach.called(each) for each in groups))
        return self._named[groups]


_FORMS: Final = (
    "Write namespace/pod, namespace/kind/name, namespace/label=value, a node, a member, an instance, a database or a group "
    "by its id or name, or an address."
)


def _called(member: Member) -> tuple[str, str, str]:
    """What a member is called: `billing (i-0a1)`, `billing` and `i-0a1`."""
    name, _, rest = member.name.partition(" (")
    return member.name, name, rest.partition(")")[0]
