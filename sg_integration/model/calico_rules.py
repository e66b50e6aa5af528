"""Grants as Calico's rules: one rule for one grant, always `Pass`."""

from __future__ import annotations

from typing import Any, Final, TypeAlias

from sg_integration.model.calico_selectors import in_group, in_prefix_list, labelled
from sg_integration.model.policy import Caution, Caveat, Compiled, Grant, Peer
from sg_integration.model.ports import Port
from sg_integration.model.rules import Direction, PeerKind

CalicoRule: TypeAlias = dict[str, Any]
End: TypeAlias = dict[str, Any]
"""The source or the destination of a rule."""

_NAMES: Final = {"tcp": "TCP", "udp": "UDP"}
_FAMILIES: Final = {"icmp": ("ICMP", 4), "icmpv6": ("ICMPv6", 6)}
_HIGHEST_PORT: Final = 65535
_UNSAYABLE_TYPE: Final = 255


class Wording:
    """How grants are said in Calico's words.

    What is said often is made once: rules share their ends, so a large VPC stays small. Copy before you change one.

    Args:
        compiled: the policy.
    """

    def __init__(self, compiled: Compiled) -> None:
        self._compiled = compiled
        self._peers: dict[str, End] = {}
        self._members: dict[str, End] = {}

    def local(self, grant: Grant) -> CalicoRule:
        """What a grant lets pass at a pod that has the group."""
        peer = self.peer(grant.peer)
        return _passing(grant.port, peer, {}) if _comes_in(grant) else _passing(grant.port, {}, peer)

    def remote(self, grant: Grant, here: End) -> CalicoRule:
        """What the grant of a member's group lets pass at the other end: what comes in there goes out here.

        Args:
            grant: the grant.
            here: the end that the rule names, where whom the policy selects does not say it.
        """
        members = self.members(grant.group)
        return _passing(grant.port, here, members) if _comes_in(grant) else _passing(grant.port, members, here)

    def peer(self, peer: Peer) -> End:
        """The end that a rule names."""
        found = self._peers.get(peer.value)
        if found is None:
            found = self._peers[peer.value] = self._end(peer)
        return found

    def members(self, group: str) -> End:
        """Members of a group, and nobody else that is in it for another reason."""
        found = self._members.get(group)
        if found is None:
            found = self._members[group] = {"selector": labelled(group)}
        return found

    def _end(self, peer: Peer) -> End:
        if peer.kind is PeerKind.SECURITY_GROUP:
            compiled = self._compiled
            default_groups, pod_default = compiled.default_groups, compiled.pod_default
            return {"selector": in_group(peer.value, default_groups=default_groups, pod_default=pod_default)}
        return {"selector": in_prefix_list(peer.value)} if peer.kind is PeerKind.PREFIX_LIST else {"nets": [peer.value]}


def passing(port: Port, nets: list[str]) -> CalicoRule:
    """A rule that passes traffic to networks."""
    return _passing(port, {}, {"nets": nets})


def sayable(port: Port) -> bool:
    """Whether Calico can say it: it knows no ICMP type 255 and no protocol 0."""
    return port.protocol != "0" and not (port.from_port == _UNSAYABLE_TYPE and port.protocol in _FAMILIES)


def caveats(compiled: Compiled) -> tuple[Caveat, ...]:
    """What Calico cannot say; it grants nothing there."""
    return tuple(
        Caveat(
            Caution.UNSAYABLE,
            f"{compiled.name(grant.group)} ({grant.group})",
            f"{grant.port} is nothing that Calico's rules can say. The rule grants nothing.",
            grant.rule,
        )
        for some in compiled.grants.values()
        for grant in some
        if not sayable(grant.port)
    )


def _comes_in(grant: Grant) -> bool:
    return grant.direction is Direction.INGRESS


def _passing(port: Port, source: End, destination: End) -> CalicoRule:
    rule = _head(port)
    if source:
        rule["source"] = source
    first, last = port.from_port, port.to_port
    if port.protocol not in _NAMES or (first, last) == (0, _HIGHEST_PORT):
        if destination:
            rule["destination"] = destination
    else:
        rule["destination"] = {**destination, "ports": [first if first == last else f"{first}:{last}"]}
    return rule


def _head(port: Port) -> CalicoRule:
    """The part of a rule that says the protocol; ICMP's version is said, or Calico takes it for either family."""
    if port.protocol in _NAMES:
        return {"action": "Pass", "protocol": _NAMES[port.protocol]}
    if port.protocol == "-1":
        return {"action": "Pass"}
    if port.protocol not in _FAMILIES:
        return {"action": "Pass", "protocol": int(port.protocol)}
    name, version = _FAMILIES[port.protocol]
    head: CalicoRule = {"action": "Pass", "protocol": name, "ipVersion": version}
    return head if port.from_port == -1 else {**head, "icmp": _icmp(port)}


def _icmp(port: Port) -> dict[str, int | None]:
    return {"type": port.from_port} if port.to_port == -1 else {"type": port.from_port, "code": port.to_port}
