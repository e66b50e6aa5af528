"""What Calico decides, by plain manifests as an API server gives them; written from Calico's documentation alone.

* At each end that runs Calico (pods, and nodes that have host endpoints) a packet meets the tiers in ascending order; in a tier
  the policies that select the endpoint and have the packet's direction among their types, by order, then name; in a
  policy its rules from the top. Allow and Deny end it, Pass goes on with the next tier, Log goes on with the next rule.
* A tier in which policies select the endpoint but no rule matched ends with its default action (Deny, or Pass); a tier without
  such policies is skipped. Behind the last tier profiles decide: those of pods and of automatic host endpoints allow.
* A rule matches if all that it names matches. Selectors of source and destination stand for the addresses of the endpoints, and
  the networks of the network sets, whose labels they select. Staged policies decide nothing.

Fields that are not known here are refused, so that no live object is judged by half of what it says.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from tests.policy.matching import Match, among, icmp, netted, ported, protocol
from tests.policy.parties import Packet, Verdict, number, span
from tests.policy.selectors import selector

Manifest = Mapping[str, Any]

POLICY_FIELDS = {"tier", "order", "selector", "namespaceSelector", "types", "ingress", "egress"}
RULE_FIELDS = {"action", "protocol", "notProtocol", "ipVersion", "icmp", "source", "destination", "metadata"}
END_FIELDS = {"selector", "notSelector", "nets", "notNets", "ports", "notPorts"}


@dataclass(frozen=True)
class Endpoint:
    """A pod or a node, as Calico knows it.

    Args:
        name: what the counter-example calls it.
        addresses: its addresses.
        labels: its labels.
        namespace_labels: of a pod, the labels of its namespace.
    """

    name: str
    addresses: tuple[str, ...]
    labels: Mapping[str, str]
    namespace_labels: Mapping[str, str]


@dataclass(frozen=True)
class Rule:
    """A rule, ready to be asked."""

    action: str
    matches: Match
    where: str


@dataclass(frozen=True)
class TierOf:
    """What one endpoint meets in one tier, in one direction."""

    name: str
    default_action: str
    rules: tuple[Rule, ...]


class Calico:
    """Calico's side of the argument.

    Args:
        manifests: tiers, network sets and policies.
        endpoints: pods and nodes that have endpoints.
    """

    def __init__(self, manifests: Iterable[Manifest], endpoints: Iterable[Endpoint]) -> None:
        found = list(manifests)
        self.tiers = sorted((each for each in found if each["kind"] == "Tier"), key=lambda each: each["spec"]["order"])
        self.policies = sorted((each for each in found if each["kind"] == "GlobalNetworkPolicy"), key=_place)
        self.endpoints = {number(address): each for each in endpoints for address in each.addresses}
        self.labelled: list[tuple[Mapping[str, str], list[tuple[int, int, int]]]] = [
            (each["metadata"].get("labels") or {}, [span(net) for net in each["spec"].get("nets") or ()])
            for each in found
            if each["kind"] == "GlobalNetworkSet"
        ]
        self.labelled += [(one.labels, [(*address, address[1])]) for address, one in self.endpoints.items()]
        self.spans: dict[str, list[tuple[int, int, int]]] = {}
        self.selected: dict[tuple[str, str], bool] = {}
        self.compiled: dict[str, dict[str, tuple[Rule, ...]]] = {}
        self.met: dict[tuple[str, str], list[TierOf]] = {}

    def decide(self, packet: Packet) -> Verdict:
        """Whether a packet passes at both ends; an end without an endpoint decides nothing."""
        for address, direction in ((packet.source, "egress"), (packet.destination, "ingress")):
            endpoint = self.endpoints.get(number(address))
            if endpoint is not None:
                verdict = self._at(endpoint, direction, packet)
                if not verdict.allowed:
                    return verdict
        return Verdict(True, "passed at both ends")

    def _at(self, endpoint: Endpoint, direction: str, packet: Packet) -> Verdict:
        for tier in self._tiers_of(endpoint, direction):
            hit = _first(tier.rules, packet)
            action = hit.action if hit else tier.default_action
            where = hit.where if hit else f"end of tier {tier.name}"
            if action in ("Allow", "Deny"):
                return Verdict(action == "Allow", f"{endpoint.name} {direction}: {action} by {where}")
        return Verdict(True, f"{endpoint.name} {direction}: profile")

    def _tiers_of(self, endpoint: Endpoint, direction: str) -> list[TierOf]:
        key = endpoint.name, direction
        if key not in self.met:
            self.met[key] = [tier for each in self.tiers if (tier := self._tier_of(each, endpoint, direction))]
        return self.met[key]

    def _tier_of(self, tier: Manifest, endpoint: Endpoint, direction: str) -> TierOf | None:
        name = tier["metadata"]["name"]
        mine = [
            each
            for each in self.policies
            if each["spec"].get("tier", "default") == name
            and direction in _types(each["spec"])
            and _selects(each, endpoint)
        ]
        rules = tuple(rule for each in mine for rule in self._rules(each)[direction])
        return TierOf(name, tier["spec"].get("defaultAction", "Deny"), rules) if mine else None

    def _rules(self, policy: Manifest) -> dict[str, tuple[Rule, ...]]:
        name = policy["metadata"]["name"]
        if name not in self.compiled:
            _only(policy["spec"], POLICY_FIELDS, name)
            self.compiled[name] = {
                direction: tuple(
                    Rule(rule["action"], self._rule(rule, name), f"{name} {direction}[{place}]")
                    for place, rule in enumerate(policy["spec"].get(direction) or ())
                    if rule["action"] != "Log"
                )
                for direction in ("ingress", "egress")
            }
        return self.compiled[name]

    def _rule(self, rule: Manifest, where: str) -> Match:
        _only(rule, RULE_FIELDS, where)
        tests: list[Match] = []
        if "protocol" in rule:
            tests.append(protocol(rule["protocol"], wanted=True))
        if "notProtocol" in rule:
            tests.append(protocol(rule["notProtocol"], wanted=False))
        if "ipVersion" in rule:
            tests.append(lambda packet: number(packet.source)[0] == rule["ipVersion"])
        if rule.get("icmp"):
            tests.append(lambda packet: icmp(rule["icmp"], packet.shape))
        for end in ("source", "destination"):
            tests += self._end(rule.get(end) or {}, end, where)
        return tests[0] if len(tests) == 1 else lambda packet: all(test(packet) for test in tests)

    def _end(self, entity: Manifest, end: str, where: str) -> list[Match]:
        _only(entity, END_FIELDS, where)
        tests: list[Match] = []
        for prefix, title, wanted in (("", False, True), ("not", True, False)):
            named = {
                name: entity.get(prefix + (name.title() if title else name)) for name in ("selector", "nets", "ports")
            }
            if named["selector"]:
                tests.append(self._selected(named["selector"], end, wanted=wanted))
            if named["nets"]:
                tests.append(netted(named["nets"], end, wanted=wanted))
            if named["ports"]:
                tests.append(ported(named["ports"], end, wanted=wanted))
        return tests

    def _selected(self, text: str, end: str, *, wanted: bool) -> Match:
        return lambda packet: self._in(text, getattr(packet, end)) is wanted

    def _in(self, text: str, address: str) -> bool:
        """Whether an address is of somebody whom a selector selects."""
        key = text, address
        if key not in self.selected:
            if text not in self.spans:
                matches = selector(text)
                self.spans[text] = [each for labels, spans in self.labelled if matches(labels) for each in spans]
            self.selected[key] = among(address, self.spans[text])
        return self.selected[key]


def _first(rules: tuple[Rule, ...], packet: Packet) -> Rule | None:
    """The first rule that matches; a loop, as it is asked millions of times."""
    for rule in rules:
        if rule.matches(packet):
            return rule
    return None


def _place(policy: Manifest) -> tuple[float, str]:
    return float(policy["spec"].get("order", float("inf"))), policy["metadata"]["name"]


def _types(spec: Manifest) -> set[str]:
    """The directions that a policy is about; without types, those that it has rules for, else ingress."""
    if spec.get("types"):
        return {each.lower() for each in spec["types"]}
    return {each for each in ("ingress", "egress") if spec.get(each)} or {"ingress"}


def _selects(policy: Manifest, endpoint: Endpoint) -> bool:
    spec = policy["spec"]
    return selector(spec.get("selector", ""))(endpoint.labels) and selector(spec.get("namespaceSelector", ""))(
        endpoint.namespace_labels
    )


def _only(found: Manifest, known: set[str], where: str) -> None:
    if set(found) - known:
        raise ValueError(f"{where}: {sorted(set(found) - known)} is not known here")
