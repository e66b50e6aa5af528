"""Policy for open-source Calico (3.29 and later): two tiers before everybody else's, which only pass and deny.

* `sg-remote` holds the rules of VPC members, at the other end: AWS lets everything pass between members and nodes, so what a
  member's groups admit is decided where the pod or the node sends it. First come policies that pass what the members'
  groups grant, then one that denies what else concerns a member; all other traffic passes.
* `sg-local` holds the rules of a pod's own groups: what none of them grants ends with the tier, which denies.
* `metadata`, if asked for, keeps pods from the node's credentials.

What passes is judged by later tiers and policies, as it was before. Rules of several groups add up, because each passes;
established flows and replies need none.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from typing import Final, Literal, TypeAlias

from sg_integration.model.calico_objects import Clauses, Draft, Manifest, Style, meaning, network_sets, tier
from sg_integration.model.calico_order import Write, write_order
from sg_integration.model.calico_remote import SG_REMOTE, remote_drafts
from sg_integration.model.calico_rules import Wording, caveats, passing, sayable
from sg_integration.model.calico_selectors import (
    MEMBER,
    NOT_METADATA_USERS,
    PODS,
    group_label,
    pods_in,
    prefix_list_label,
)
from sg_integration.model.policy import Compiled
from sg_integration.model.policy_memory import uncollected
from sg_integration.model.policy_networks import DHCP, METADATA
from sg_integration.model.ports import Port
from sg_integration.model.rules import Direction

Hosts: TypeAlias = Literal["members", "off"]

SG_LOCAL: Final = "sg-local"
TIERS: Final = {SG_REMOTE: 105, SG_LOCAL: 106, "metadata": 107}
"""Our tiers and their places."""
API_VERSIONS: Final = ("projectcalico.org/v3", "crd.projectcalico.org/v1")
"""Calico's own API, and the kinds behind it, where only those are served."""
FAILSAFE_INBOUND: Final = (
    *("tcp/22", "udp/68", "tcp/179", "tcp/2379", "tcp/2380"),
    *("tcp/5473", "tcp/6443", "tcp/6666", "tcp/6667"),
)
"""What Calico admits to every node whatever policy says, unless `failsafeInboundHostPorts` says otherwise."""
FAILSAFE_OUTBOUND: Final = (
    *("udp/53", "udp/67", "tcp/179", "tcp/2379", "tcp/2380"),
    *("tcp/5473", "tcp/6443", "tcp/6666", "tcp/6667"),
)
"""What Calico lets out of every node in the same way (`failsafeOutboundHostPorts`), so also to every member."""

__all__ = ["API_VERSIONS", "FAILSAFE_INBOUND", "FAILSAFE_OUTBOUND", "SG_LOCAL", "SG_REMOTE", "TIERS", "Hosts", "Manifest",
           "Write", "caveats", "meaning", "objects", "write_order"]  # fmt: skip


def objects(
    compiled: Compiled,
    *,
    hosts: Hosts = "members",
    staged: bool = False,
    metadata: bool = False,
    api_version: str = API_VERSIONS[0],
) -> dict[str, Manifest]:
    """The objects that make Calico decide as the security groups would.

    Args:
        compiled: the policy.
        hosts: `members` holds nodes themselves to the members' rules (needs automatic host endpoints); `off` leaves members
            open to whatever runs in a node's own network, on every port.
        staged: write policies as staged ones, which are logged and decide nothing.
        metadata: keep pods from instance metadata, unless their label `aws.tigera.io/allow-metadata-access` is `true`.
        api_version: the group and version that the cluster serves.

    Returns:
        Manifests by name; a name is of one object only.
    """
    style, wording = Style(api_version, staged), Wording(compiled)
    with uncollected():
        found = [*_tiers(style, metadata=metadata), *_sets(compiled, style)]
        remote = remote_drafts(compiled, wording, hosts=hosts == "members")
        drafts = chain(remote, _local_drafts(compiled, wording), [_metadata()] if metadata else [])
        found += [manifest for draft in drafts for manifest in draft.manifests(style)]
        return {each["metadata"]["name"]: each for each in found}


def _tiers(style: Style, *, metadata: bool) -> Iterator[Manifest]:
    yield tier(style, SG_REMOTE, TIERS[SG_REMOTE], "Pass", "(rules of members, where they meet pods and nodes)")
    yield tier(style, SG_LOCAL, TIERS[SG_LOCAL], "Deny", "(rules of pods' groups; denies what none of them grants)")
    if metadata:
        yield tier(style, "metadata", TIERS["metadata"], "Pass", "(keeps pods from instance metadata)")


def _sets(compiled: Compiled, style: Style) -> Iterator[Manifest]:
    """Where members and nodes are, of each group that a policy names; and what prefix lists hold."""
    peers = {grant.peer.value for group in compiled.pod_groups for grant in compiled.grants.get(group, ())}
    named = peers | compiled.member_groups | (compiled.node_groups - compiled.default_groups)
    for group, networks in compiled.addresses.items():
        if group in named:
            yield from network_sets(style, group, compiled.name(group), group_label(group), networks)
    for prefix_list, networks in compiled.prefix_lists.items():
        yield from network_sets(style, prefix_list, "prefix list", prefix_list_label(prefix_list), networks)
    yield from network_sets(style, "members", "members whose rules the nodes hold", MEMBER, compiled.policed)


def _local_drafts(compiled: Compiled, wording: Wording) -> Iterator[Draft]:
    yield Draft(SG_LOCAL, "pods", 0, PODS, "every pod: denies what no policy of this tier passes")
    yield Draft(SG_LOCAL, "unfiltered", 1, PODS, "what AWS never filters", egress=_unfiltered(compiled))
    for group in sorted(compiled.pod_groups):
        selector = pods_in(group, default_groups=compiled.default_groups, pod_default=compiled.pod_default)
        draft = Draft(SG_LOCAL, group, 10, selector, compiled.name(group))
        for grant in compiled.grants.get(group, ()):
            if sayable(grant.port):
                incoming = grant.direction is Direction.INGRESS
                words = f"{grant.port} {grant.direction.value} {compiled.name(grant.peer.value)}"
                rule = wording.local(grant)
                draft.ingress.add(rule, f"ingress {words}") if incoming else draft.egress.add(rule, f"egress {words}")
        if draft:
            yield draft


def _unfiltered(compiled: Compiled) -> Clauses:
    """One rule for each family, as Calico takes no two families in one rule, and DHCP."""
    clauses = Clauses()
    for six in (False, True):
        nets = [net for net in compiled.unfiltered if (":" in net) is six]
        clauses.add(passing(Port("-1"), nets), ", ".join(nets))
    for net, port in DHCP:
        clauses.add(passing(Port("udp", port, port), [net]), f"udp/{port} to {net}")
    return clauses


def _metadata() -> Draft:
    rules = [{"action": "Deny", "destination": {"nets": [net]}} for net in METADATA]
    egress = Clauses(rules, [f"not {net}" for net in METADATA])
    return Draft("metadata", "addresses", 10, NOT_METADATA_USERS, "instance metadata", egress=egress)
