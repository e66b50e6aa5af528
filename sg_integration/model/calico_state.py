"""All of our objects at one time, and what is allowed already whatever is added to them."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from ipaddress import ip_network
from typing import Any, Final, TypeAlias

from sg_integration.model.calico_cover import covers
from sg_integration.model.calico_objects import OWNER, Manifest
from sg_integration.model.calico_selectors import HOSTS, MEMBER, PODS, narrower

Identity: TypeAlias = tuple[str, str]
"""The kind and the name of an object."""

_Ends: TypeAlias = tuple["str | None", "str | None"]

POLICY: Final = "GlobalNetworkPolicy"
NETWORK_SET: Final = "GlobalNetworkSet"
TIER: Final = "Tier"
DIRECTIONS: Final = ("ingress", "egress")
_PART: Final = re.compile(r"-\d{1,3}$")


def identity(manifest: Manifest) -> Identity:
    """What tells an object from every other one."""
    return manifest["kind"], manifest["metadata"]["name"]


def rules(manifest: Manifest, direction: str) -> dict[str, Any]:
    """A policy's rules in one direction, by what they say."""
    return {json.dumps(rule, sort_keys=True): rule for rule in manifest["spec"].get(direction) or ()}


def narrows(manifest: Manifest) -> bool:
    """Whether more of it allows less: the set of members, and policies that pass nothing."""
    if manifest["kind"] == NETWORK_SET:
        return MEMBER in labels(manifest)
    spec = manifest["spec"]
    return all(rule["action"] != "Pass" for direction in DIRECTIONS for rule in spec.get(direction) or ())


def labels(manifest: Manifest) -> Mapping[str, str]:
    """An object's labels."""
    found: Mapping[str, str] = manifest["metadata"].get("labels") or {}
    return found


def owned(manifests: Iterable[Manifest], owner: str) -> None:
    """Write into tiers which integration makes them; nothing, if that is not said."""
    for each in manifests:
        if each["kind"] == TIER and owner:
            each["metadata"]["annotations"][OWNER] = owner


def owner_of(actual: Mapping[Identity, Manifest]) -> str:
    """Which integration has made our objects, as their tiers say; empty if none does."""
    tiers = (each for (kind, _), each in sorted(actual.items()) if kind == TIER)
    return next((str(found) for each in tiers if (found := (each["metadata"].get("annotations") or {}).get(OWNER))), "")


class State:
    """Our objects at one time.

    Args:
        manifests: the objects.
    """

    def __init__(self, manifests: Iterable[Manifest]) -> None:
        self.objects: dict[Identity, Manifest] = {identity(each): each for each in manifests}
        self._policies: defaultdict[tuple[str, str], list[Manifest]] = defaultdict(list)
        self._networks: defaultdict[frozenset[str], set[str]] = defaultdict(set)
        self._lengths: defaultdict[frozenset[str], set[str]] = defaultdict(set)
        self._engaged: set[tuple[str, bool]] = set()
        self._known: dict[tuple[str, str, str], set[str]] = {}
        self._passing: dict[tuple[str, str, str], defaultdict[_Ends, list[Mapping[str, Any]]]] = {}
        self._ending = {each["metadata"]["name"] for each in self.objects.values() if _ends_with_deny(each)}
        for each in self.objects.values():
            self._enter(each)

    def _enter(self, manifest: Manifest) -> None:
        spec = manifest["spec"]
        if manifest["kind"] == NETWORK_SET:
            like, nets = frozenset(labels(manifest)), spec.get("nets") or ()
            self._networks[like].update(nets)
            self._lengths[like].update(net.rpartition("/")[2] for net in nets)
        elif manifest["kind"] == POLICY:
            self._policies[_stem(manifest)].append(manifest)
            if spec["selector"] == PODS:
                self._policies[spec["tier"], ""].append(manifest)
            if spec["tier"] in self._ending or _denies(manifest):
                self._engaged.update(_domains(manifest))

    def peopled(self, tier: str) -> bool:
        """Whether a tier has policies that act."""
        return any(each == tier for each, _ in self._policies)

    def has_network(self, network_set: Manifest, network: str) -> bool:
        """Whether a network in this set would change nothing: it is in one like it, or in a wider one; or nothing is held back."""
        if not self._engaged:
            return True
        like = frozenset(labels(network_set))
        found = self._networks[like]
        return network in found or not found.isdisjoint(_around(network, self._lengths[like]))

    def passes(self, policy: Manifest, selector: str, direction: str, key: str, rule: Mapping[str, Any]) -> bool:
        """Whether a rule in this policy would pass nothing that does not pass already.

        Args:
            policy: the policy.
            selector: whom it selects.
            direction: `ingress` or `egress`.
            key: the rule as `rules` keys it.
            rule: the rule.
        """
        if self._engaged.isdisjoint(_domains(policy)):
            return True
        like = list(self._like(policy, selector))
        return any(key in self._keys(other, direction) for other in like) or any(
            covers(each, rule) for other in like for each in self._nearly(other, direction, rule)
        )

    def _like(self, policy: Manifest, selector: str) -> Iterator[Manifest]:
        """The policy and its parts, and those of every pod, as far as they select whatever a selector selects."""
        tier, stem = _stem(policy)
        namespaces = policy["spec"].get("namespaceSelector")
        for other in self._policies[tier, stem] + (self._policies[tier, ""] if tier == "sg-local" else []):
            if other["spec"].get("namespaceSelector") == namespaces and narrower(selector, other["spec"]["selector"]):
                yield other

    def _keys(self, policy: Manifest, direction: str) -> set[str]:
        at = *identity(policy), direction
        if at not in self._known:
            self._known[at] = set(rules(policy, direction))
        return self._known[at]

    def _nearly(self, policy: Manifest, direction: str, rule: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
        """Rules of a policy between those whom a rule is between, or more; what they do there is not looked at."""
        key = *identity(policy), direction
        if key not in self._passing:
            by_ends = self._passing[key] = defaultdict(list)
            for each in policy["spec"].get(direction) or ():
                by_ends[_ends(each)].append(each)
        source, destination = _ends(rule)
        for (wide_source, wide_destination), some in self._passing[key].items():
            if _wider(wide_source, source) and _wider(wide_destination, destination):
                yield from some


def _around(network: str, lengths: Iterable[str]) -> Iterator[str]:
    """The networks of some lengths around one; none around what is no network, as somebody may have written."""
    try:
        inner = ip_network(network)
    except ValueError:
        return
    for each in lengths:
        if each.isdecimal() and int(each) < inner.prefixlen:
            yield str(inner.supernet(new_prefix=int(each)))


def _ends(rule: Mapping[str, Any]) -> tuple[str | None, str | None]:
    """The selectors of both ends."""
    return (rule.get("source") or {}).get("selector"), (rule.get("destination") or {}).get("selector")


def _wider(wide: str | None, narrow: str | None) -> bool:
    return wide is None or wide == narrow or (narrow is not None and narrower(narrow, wide))


def _stem(policy: Manifest) -> tuple[str, str]:
    """The tier, and the name without the number of the part."""
    return policy["spec"]["tier"], _PART.sub("", policy["metadata"]["name"])


def _domains(policy: Manifest) -> list[tuple[str, bool]]:
    """The tier, and whether it is about nodes themselves; both where somebody has edited whom it selects."""
    tier, selector = policy["spec"]["tier"], policy["spec"]["selector"]
    return [(tier, hosts) for hosts, other in ((False, HOSTS), (True, PODS)) if not selector.startswith(other)]


def _ends_with_deny(manifest: Manifest) -> bool:
    """Whether it is a tier that denies what none of its policies passes."""
    return bool(manifest["kind"] == TIER and manifest["spec"].get("defaultAction", "Deny") == "Deny")


def _denies(policy: Manifest) -> bool:
    return any(rule["action"] == "Deny" for direction in DIRECTIONS for rule in policy["spec"].get(direction) or ())
