"""Manifests of Calico's kinds: tiers, network sets and policies, cut to what its API takes and saying what they mean."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

from sg_integration.model.admission import MANAGED_BY, ROLE
from sg_integration.model.annotation import OURS
from sg_integration.model.calico_rules import CalicoRule
from sg_integration.model.calico_selectors import NAMESPACES

Manifest: TypeAlias = dict[str, Any]

MEANING: Final = f"{OURS}/meaning"
"""The annotation that says in one line what an object means."""
OWNER: Final = f"{OURS}/owner"
"""The annotation of our tiers that says which integration of which stack has made them."""
ENFORCEMENT: Final = "enforcement"
"""The role of every object of ours here, as its label says."""
TIER_LABEL: Final = "projectcalico.org/tier"
RULES_OF_A_POLICY: Final = 512
"""Rules in one direction of one policy. Calico takes 1,024; the room is for what a change has to keep in between."""
NETS_OF_A_SET: Final = 1_000
"""Networks in one set. Calico has no limit; etcd takes 1.5 MiB, so this is far below, and one change writes little."""
_SAID: Final = 8
_LONGEST_NAME: Final = 63


@dataclass(frozen=True, slots=True)
class Style:
    """How objects are written.

    Args:
        api_version: the group and version that the cluster serves.
        staged: whether policies are staged: Calico logs what they would do and does nothing.
    """

    api_version: str
    staged: bool


@dataclass(frozen=True, slots=True)
class Clauses:
    """Rules in one direction, and what each means in a few words.

    Args:
        rules: the rules.
        words: their meanings, in the same order.
    """

    rules: list[CalicoRule] = field(default_factory=list)
    words: list[str] = field(default_factory=list)

    def add(self, rule: CalicoRule, words: str) -> None:
        """Adds one."""
        self.rules.append(rule)
        self.words.append(words)

    def part(self, number: int) -> Clauses:
        """What goes into one of the objects."""
        if len(self.rules) <= RULES_OF_A_POLICY and not number:
            return self
        cut = slice(number * RULES_OF_A_POLICY, (number + 1) * RULES_OF_A_POLICY)
        return Clauses(self.rules[cut], self.words[cut])


@dataclass(frozen=True, slots=True)
class Draft:
    """A policy before it is cut into objects.

    Args:
        tier: its tier.
        name: its name within the tier.
        order: its place within the tier.
        selector: whom it selects.
        about: what it is about, for its meaning.
        ingress: rules for what comes in.
        egress: rules for what goes out.
        namespaced: whether it selects pods, and so leaves some namespaces alone.
    """

    tier: str
    name: str
    order: int
    selector: str
    about: str
    ingress: Clauses = field(default_factory=Clauses)
    egress: Clauses = field(default_factory=Clauses)
    namespaced: bool = True

    def __bool__(self) -> bool:
        """Whether it has rules."""
        return bool(self.ingress.rules or self.egress.rules)

    def manifests(self, style: Style) -> Iterator[Manifest]:
        """The objects; more than one if there are many rules."""
        longest = max(len(self.ingress.rules), len(self.egress.rules), 1)
        for number in range(-(-longest // RULES_OF_A_POLICY)):
            name = f"{self.tier}.{label_name(self.name, number)}"
            yield self._manifest(style, name, self.ingress.part(number), self.egress.part(number))

    def _manifest(self, style: Style, name: str, ingress: Clauses, egress: Clauses) -> Manifest:
        words = said([each for each in (*ingress.words, *egress.words) if each])
        meaning = f"({self.about}): {words}" if words else f"({self.about})"
        spec: dict[str, Any] = {
            "tier": self.tier,
            "order": self.order,
            "selector": self.selector,
            "types": ["Ingress", "Egress"],
            "ingress": ingress.rules,
            "egress": egress.rules,
        }
        if self.namespaced:
            spec["namespaceSelector"] = NAMESPACES
        if not style.staged:
            return manifest(style, "GlobalNetworkPolicy", name, meaning, spec)
        return manifest(style, "StagedGlobalNetworkPolicy", name, f"{meaning}, staged", {**spec, "stagedAction": "Set"})


def tier(style: Style, name: str, order: int, default_action: str, meaning: str) -> Manifest:
    """A tier."""
    return manifest(style, "Tier", name, meaning, {"order": order, "defaultAction": default_action})


def network_sets(style: Style, name: str, about: str, label: str, networks: Sequence[str]) -> Iterator[Manifest]:
    """Network sets with one label, as many as the networks need."""
    nets = [net for network in networks for net in _halves(network)]
    for part, start in enumerate(range(0, len(nets), NETS_OF_A_SET)):
        some = nets[start : start + NETS_OF_A_SET]
        meaning = f"({about}): {said(some, ', ')}"
        full = label_name(f"{OURS}-{name}", part)
        yield manifest(style, "GlobalNetworkSet", full, meaning, {"nets": some}, {label: ""})


def manifest(
    style: Style, kind: str, name: str, meaning: str, spec: dict[str, Any], labels: Mapping[str, str] | None = None
) -> Manifest:
    """An object of ours."""
    ours = {ROLE: ENFORCEMENT, MANAGED_BY: OURS, **(labels or {})}
    if "tier" in spec:
        ours[TIER_LABEL] = spec["tier"]
    metadata = {"name": name, "labels": ours, "annotations": {MEANING: meaning}}
    return {"apiVersion": style.api_version, "kind": kind, "metadata": metadata, "spec": spec}


def meaning(written: Mapping[str, Any]) -> str:
    """What an object of ours means, as a line of a preview: `sg-local.sg-0a1 (orders-db): ingress tcp/5432 from …`."""
    metadata = written.get("metadata", {})
    return f"{metadata.get('name', '')} {(metadata.get('annotations') or {}).get(MEANING, '')}".strip()


def said(phrases: Sequence[str], separator: str = "; ") -> str:
    """Phrases as one line; of many the first ones, and a digest of all, so that no difference goes unseen."""
    if len(phrases) <= _SAID + 1:
        return separator.join(phrases)
    digest = zlib.crc32("\n".join(phrases).encode())
    return f"{separator.join(phrases[:_SAID])} and {len(phrases) - _SAID} more ({digest:08x})"


def label_name(text: str, part: int = 0) -> str:
    """A name that Calico takes behind a tier's, at most 63 characters: too long a one is cut and gets a digest."""
    suffix = f"-{part + 1}" if part else ""
    plain = re.sub(r"[^a-z0-9-]+", "-", text.lower()).strip("-")
    if plain != text or len(plain) + len(suffix) > _LONGEST_NAME:
        digest = f"{zlib.crc32(text.encode()):08x}"
        plain = f"{plain[: _LONGEST_NAME - 9 - len(suffix)].rstrip('-')}-{digest}"
    return f"{plain}{suffix}"


def _halves(network: str) -> tuple[str, ...]:
    """A whole family in two halves: what the kernel keeps sets in takes no network of length 0."""
    return {"0.0.0.0/0": ("0.0.0.0/1", "128.0.0.0/1"), "::/0": ("::/1", "8000::/1")}.get(network, (network,))
