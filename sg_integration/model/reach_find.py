"""Finds a party by the name that a person uses."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from ipaddress import ip_address
from typing import Final

from sg_integration.model.errors import InvalidInput
from sg_integration.model.label_selectors import label_selector
from sg_integration.model.landscape import RunningPod
from sg_integration.model.reach_parties import Parties, Party, called

_SUGGESTED: Final = 3
_ASSIGNMENT: Final = "="
_KINDS: Final = {"deploy": "deployment", "sts": "statefulset", "ds": "daemonset", "cj": "cronjob"}
_FORMS: Final = (
    "Write namespace/pod, namespace/kind/name, namespace/label=value, a node, a member, an instance, a database or a group "
    "by its id or name, or an address."
)
_OUTSIDE: Final = "none: it is an address of somebody else's"


@dataclass(frozen=True, slots=True)
class Finder:
    """Finds parties by name.

    Args:
        parties: the parties.
    """

    parties: Parties

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
        for way in ways if text.strip() else ():  # a variable of the shell that is not set
            if found := way(text):
                return found
        names = sorted(set(self._names()))
        alike = [*(each for each in names if text and text in each), *get_close_matches(text, names, _SUGGESTED, 0.5)]
        near = list(dict.fromkeys(alike))[:_SUGGESTED]
        hint = f" Did you mean {', '.join(near)}?" if near else ""
        raise InvalidInput(where, f"nothing here is called {text!r}.{hint} {_FORMS}")

    def _names(self) -> Iterator[str]:
        inputs = self.parties.landscape.inputs
        yield from self.parties.owned
        yield from (str(each.pod) for each in self.parties.landscape.pods)
        yield from (each.name for each in inputs.nodes)
        yield from (name for each in inputs.members for name in (each.id, each.name.partition(" (")[0]))
        yield from self.parties.landscape.known_as
        yield from (name for each in inputs.groups for name in (each.id, each.name))

    def _pods_called(self, text: str) -> Party | None:
        exact = [each for each in self.parties.landscape.pods if str(each.pod) == text]
        if exact:
            return self.parties.of_pods(text, "pod", exact)
        namespace, _, rest = text.partition("/")
        kind, slash, name = rest.lower().partition("/")
        wanted = f"{namespace}/{_KINDS.get(kind, kind)}/{name}" if slash else ""
        some = self.parties.owned.get(wanted) or self._of_name(namespace, rest)
        return self.parties.of_pods(some[0].owner, "workload", some) if some else None

    def _of_name(self, namespace: str, name: str) -> list[RunningPod]:
        """The pods of the one workload of a name, of whatever kind."""
        owners = {each for each in self.parties.owned if each.startswith(f"{namespace}/") and each.endswith(f"/{name}")}
        return self.parties.owned[owners.pop()] if name and len(owners) == 1 else []

    def _labelled(self, text: str) -> Party | None:
        namespace, _, labels = text.partition("/")
        if _ASSIGNMENT not in labels:
            return None
        wanted = dict(each.partition(_ASSIGNMENT)[::2] for each in labels.split(","))
        selector = label_selector(wanted, text)
        pods = [each for each in self.parties.landscape.pods if each.pod.namespace == namespace]
        found = [each for each in pods if selector.matches(each.pod.labels)]
        return self.parties.of_pods(text, "workload", found) if found else None

    def _node(self, text: str) -> Party | None:
        wanted = {text, *self.parties.landscape.known_as.get(text, ())}
        nodes = [each for each in self.parties.landscape.inputs.nodes if each.name in wanted]
        return self.parties.of_node(nodes[0]) if nodes else None

    def _member(self, text: str) -> Party | None:
        inputs, ids = self.parties.landscape.inputs, self.parties.landscape.known_as.get(text, ())
        found = [each for each in inputs.members if each.id in (text, *ids) or text in called(each)]
        return self.parties.of_members(text, "member", found) if found else None

    def _group(self, text: str) -> Party | None:
        """Whoever is in a group: pods and members."""
        groups = {each.id for each in self.parties.landscape.inputs.groups if text in (each.id, each.name)}
        if not groups:
            return None
        pods = [each for each in self.parties.landscape.pods if groups & each.groups(self.parties.landscape.inputs)]
        members = [each for each in self.parties.landscape.inputs.members if groups & each.groups]
        sightings = [*self.parties.pod_sightings(pods), *self.parties.member_sightings(members)]
        if not sightings:
            raise InvalidInput(text, "nobody is in this group: no pod of the cluster and no member of the VPC.")
        return Party(text, "group", tuple(sightings), self.parties.say(frozenset(groups)), len(pods) + len(members))

    def _address(self, text: str) -> Party | None:
        try:
            address = str(ip_address(text))
        except ValueError:
            return None
        for each in self.parties.landscape.pods:
            if address in each.addresses and not each.pod.host_network:
                return self.parties.of_pods(str(each.pod), "pod", [each])
        (found,) = self.parties.reach.ends.of_address(address)
        holders = [each for each in self.parties.landscape.inputs.members if address in each.addresses]
        name = f"{address} of {holders[0].name}" if holders else address
        return Party(name, "address", (found,), self.parties.say(found.end.groups) or (_OUTSIDE,))
