"""Compilers that are wrong in one way each: what a right one wrote is changed before Calico reads it."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

Manifest = dict[str, Any]
Mutant = Callable[[list[Manifest]], list[Manifest]]
Edit = Callable[[dict[str, Any]], object]

PODS = "projectcalico.org/orchestrator == 'k8s'"
HOSTS = "projectcalico.org/created-by == 'calico-kube-controllers'"
UNBOUND = f" || {PODS} && !has(sg-integration/bound)"
ENDS, WAYS = ("source", "destination"), ("ingress", "egress")


def objects(kind: str, prefix: str, edit: Edit) -> Mutant:
    """Edits each object of a kind whose name begins so, in a copy without shared parts."""

    def mutant(manifests: list[Manifest]) -> list[Manifest]:
        mine: list[Manifest] = json.loads(json.dumps(manifests))
        for each in mine:
            if each["kind"] == kind and each["metadata"]["name"].startswith(prefix):
                edit(each)
        return mine

    return mutant


def policies(prefix: str, edit: Edit) -> Mutant:
    """Edits the specs of policies."""
    return objects("GlobalNetworkPolicy", prefix, lambda each: edit(each["spec"]))


def rules(prefix: str, edit: Edit) -> Mutant:
    """Edits the rules of policies."""
    return policies(prefix, lambda spec: [edit(rule) for way in WAYS for rule in spec[way]])


def ends(prefix: str, edit: Edit) -> Mutant:
    """Edits both ends of rules."""
    return rules(prefix, lambda rule: [edit(rule[end]) for end in ENDS if end in rule])


def sets(edit: Edit) -> Mutant:
    """Edits the specs of network sets."""
    return objects("GlobalNetworkSet", "", lambda each: edit(each["spec"]))


def without(*prefixes: str) -> Mutant:
    """Leaves objects out whose names begin so."""
    return lambda manifests: [each for each in manifests if not each["metadata"]["name"].startswith(prefixes)]


def kept(spec: dict[str, Any], wanted: Callable[[dict[str, Any]], bool]) -> None:
    """Keeps some rules of a policy."""
    spec.update({way: [rule for rule in spec[way] if wanted(rule)] for way in WAYS})


def replaced(spec: dict[str, Any], old: str, new: str) -> None:
    """Writes a part of a selector otherwise."""
    if "selector" in spec:
        spec["selector"] = spec["selector"].replace(old, new)


def swapped(rule: dict[str, Any]) -> None:
    """Exchanges the ends, but leaves the ports with the destination."""
    source, destination = rule.pop("source", {}), rule.pop("destination", {})
    ports = {"ports": destination.pop("ports")} if "ports" in destination else {}
    rule.update(source=destination, destination={**source, **ports})


def moved(rule: dict[str, Any]) -> None:
    """Puts the ports on the sender's side."""
    if "ports" in rule.get("destination", {}):
        rule["source"] = {**rule.get("source", {}), "ports": rule["destination"].pop("ports")}


def without_self(each: dict[str, Any]) -> None:
    """Forgets rules whose peer is the group itself."""
    own = f"has(sg.aws.tigera.io/{each['metadata']['name'].removeprefix('sg-local.')})"
    kept(each["spec"], lambda rule: own not in str(rule))


def denying(spec: dict[str, Any]) -> None:
    """Denies what the first group does not pass, so that the second is never asked."""
    for way in WAYS:
        spec[way].append({"action": "Deny"})


def first_ports(end: dict[str, Any]) -> None:
    """Reads a range as its first port."""
    if "ports" in end:
        end["ports"] = [str(port).partition(":")[0] for port in end["ports"]]


def with_nodes(each: dict[str, Any]) -> None:
    """Takes nodes for members."""
    if "sg-integration/member" in each["metadata"]["labels"]:
        each["spec"]["nets"].append("10.0.0.0/28")


MUTANTS: dict[str, Mutant] = {
    "drops the first rules": policies("sg-local.sg-", lambda spec: spec.update({way: spec[way][1:] for way in WAYS})),
    "drops the last rules": policies("sg-remote.sg-", lambda spec: spec.update({way: spec[way][:-1] for way in WAYS})),
    "swaps directions at pods": policies(
        "sg-local.sg-", lambda spec: spec.update(ingress=spec["egress"], egress=spec["ingress"])
    ),
    "swaps directions at members": policies(
        "sg-remote.sg-", lambda spec: spec.update(ingress=spec["egress"], egress=spec["ingress"])
    ),
    "swaps the ends of rules": rules("sg-local.sg-", swapped),
    "does not deny at the end of the tier": objects("Tier", "", lambda each: each["spec"].update(defaultAction="Pass")),
    "denies at the end of both tiers": objects("Tier", "", lambda each: each["spec"].update(defaultAction="Deny")),
    "forgets self references": objects("GlobalNetworkPolicy", "sg-local.sg-", without_self),
    "puts ports on the sender's side": rules("", moved),
    "forgets pod default": without("sg-local.sg-0d"),
    "forgets pod default at members": without("sg-remote.sg-0d"),
    "forgets IPv6 blocks": policies("sg-local.sg-", lambda spec: kept(spec, lambda rule: "::" not in str(rule))),
    "forgets IPv6 members": sets(lambda spec: spec.update(nets=[net for net in spec["nets"] if ":" not in net])),
    "lets the first group win": policies("sg-local.sg-", denying),
    "lets the first group of a member win": policies("sg-remote.sg-", denying),
    "denies members first": policies("sg-remote.members", lambda spec: spec.update(order=1)),
    "does not hold pods to members' rules": without("sg-remote.members"),
    "does not hold nodes to members' rules": without("sg-remote.hosts-members"),
    "forgets what members grant to nodes": without("sg-remote.hosts-sg-"),
    "forgets what members grant to nodes' addresses": without("sg-remote.hosts-networks"),
    "takes every node for every other": rules("sg-remote.hosts-sg-", lambda rule: rule.pop("source", None)),
    "takes unbound pods for groupless": policies("sg-local.", lambda spec: replaced(spec, UNBOUND, "")),
    "takes unbound pods for no peers": ends("sg-local.", lambda end: replaced(end, UNBOUND, "")),
    "takes nodes for no peers": ends("sg-local.", lambda end: replaced(end, HOSTS, "has(nothing)")),
    "leaves bound pods the node groups": policies(
        "sg-local.", lambda spec: replaced(spec, " && !has(sg-integration/bound)", "")
    ),
    "forgets where a group's members are": without("sg-integration-sg-0a"),
    "reads ranges as their first port": ends("", first_ports),
    "forgets ports": ends("sg-local.sg-", lambda end: end.pop("ports", None)),
    "forgets ICMP codes": rules("", lambda rule: rule.get("icmp", {}).pop("code", None)),
    "forgets ICMP types": rules("", lambda rule: rule.pop("icmp", None)),
    "forgets protocols with numbers": rules(
        "", lambda rule: rule.update(protocol=rule["protocol"] if isinstance(rule.get("protocol"), str) else 47)
    ),
    "takes UDP for TCP": rules("", lambda rule: rule.update(protocol="TCP") if rule.get("protocol") == "UDP" else None),
    "selects the cluster's own namespaces": policies("", lambda spec: spec.pop("namespaceSelector", None)),
    "filters what AWS never filters": without("sg-local.unfiltered"),
    "passes to any member": ends("sg-remote.sg-", lambda end: end.pop("selector", None)),
    "passes from any network": ends("sg-remote.networks-", lambda end: end.pop("nets", None)),
    "selects nodes in the local tier": policies("sg-local.pods", lambda spec: spec.update(selector="all()")),
    "forgets the last entry of sets": sets(lambda spec: spec.update(nets=spec["nets"][:-1])),
    "holds no delegated prefixes": objects(
        "GlobalNetworkSet",
        "sg-integration-members",
        lambda each: each["spec"].update(nets=[net for net in each["spec"]["nets"] if net.endswith(("/32", "/128"))]),
    ),
    "looks at ingress only": policies("", lambda spec: spec.update(types=["Ingress"])),
    "looks at egress only": policies("", lambda spec: spec.update(types=["Egress"])),
    "holds nodes for members": objects("GlobalNetworkSet", "", with_nodes),
    "stages everything": objects("GlobalNetworkPolicy", "", lambda each: each.update(kind="StagedGlobalNetworkPolicy")),
}
"""By what is wrong."""
