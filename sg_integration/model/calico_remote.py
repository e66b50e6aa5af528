"""The tier `sg-remote`: the rules of members' groups, held at the pod or the node at the other end."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from sg_integration.model.calico_objects import Clauses, Draft
from sg_integration.model.calico_rules import CalicoRule, Wording, sayable
from sg_integration.model.calico_selectors import HOSTS, MEMBERS, PODS, pods_in
from sg_integration.model.policy import Compiled, Grant
from sg_integration.model.rules import Direction, PeerKind

SG_REMOTE: Final = "sg-remote"
_GRANTS: Final = 10
_LAST: Final = 1000


def remote_drafts(compiled: Compiled, wording: Wording, *, hosts: bool) -> Iterator[Draft]:
    """The tier's policies.

    Args:
        compiled: the policy.
        wording: how grants are said.
        hosts: whether nodes themselves are held to members' rules too, not only their pods.
    """
    for_pods = {group: _pods(compiled, group) for group in sorted(compiled.pod_groups)}
    for_hosts = {group: _hosts(compiled, group) for group in sorted(compiled.node_groups)} if hosts else {}
    for group in sorted(compiled.member_groups):
        for_networks = _networks(f"members of {compiled.name(group)}", group, hosts=hosts)
        to, from_ = f" to members of {compiled.name(group)}", f" from members of {compiled.name(group)}"
        for grant in compiled.grants.get(group, ()):
            if not sayable(grant.port):
                continue
            if grant.peer.kind is not PeerKind.SECURITY_GROUP:
                words = f"{grant.port} {grant.direction.value} {grant.peer.value}"
                _add(for_networks, grant, wording.remote(grant, wording.peer(grant.peer)), words)
                continue
            words = str(grant.port) + (to if grant.direction is Direction.INGRESS else from_)
            if grant.peer.value in for_pods:
                _add([for_pods[grant.peer.value]], grant, wording.remote(grant, {}), words)
            if grant.peer.value in for_hosts:
                _add([for_hosts[grant.peer.value]], grant, _node(grant, compiled, wording), words)
        yield from filter(None, for_networks)
    yield from filter(None, (*for_pods.values(), *for_hosts.values()))
    yield _end("members", PODS, "members: no pod but those that their groups admit")
    if hosts:
        yield _end("hosts-members", HOSTS, "members: no node but those that their groups admit", namespaced=False)


def _pods(compiled: Compiled, group: str) -> Draft:
    selector = pods_in(group, default_groups=compiled.default_groups, pod_default=compiled.pod_default)
    return Draft(SG_REMOTE, group, _GRANTS, selector, compiled.name(group))


def _hosts(compiled: Compiled, group: str) -> Draft:
    about = f"nodes in {compiled.name(group)}"
    return Draft(SG_REMOTE, f"hosts-{group}", _GRANTS, HOSTS, about, namespaced=False)


def _networks(about: str, group: str, *, hosts: bool) -> list[Draft]:
    """What members of a group grant to networks; a pod or a node is in one by its address."""
    pods = Draft(SG_REMOTE, f"networks-{group}", _GRANTS, PODS, about)
    nodes = Draft(SG_REMOTE, f"hosts-networks-{group}", _GRANTS, HOSTS, f"{about}, nodes", namespaced=False)
    return [pods, nodes] if hosts else [pods]


def _node(grant: Grant, compiled: Compiled, wording: Wording) -> CalicoRule:
    """Every node is in the default groups, also one that came after we looked; in others it is by its address."""
    everywhere = grant.peer.value in compiled.default_groups
    return wording.remote(grant, {} if everywhere else wording.members(grant.peer.value))


def _add(drafts: list[Draft], grant: Grant, rule: CalicoRule, words: str) -> None:
    """What comes in at the member goes out here, and the other way round."""
    for draft in drafts:
        (draft.egress if grant.direction is Direction.INGRESS else draft.ingress).add(rule, words)


def _end(name: str, selector: str, about: str, *, namespaced: bool = True) -> Draft:
    """The policy that comes last and denies what else concerns a member."""
    incoming = Clauses([{"action": "Deny", "source": {"selector": MEMBERS}}], [""])
    outgoing = Clauses([{"action": "Deny", "destination": {"selector": MEMBERS}}], [""])
    return Draft(SG_REMOTE, name, _LAST, selector, about, incoming, outgoing, namespaced)
