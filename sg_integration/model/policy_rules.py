"""What one rule grants: its traffic and its peer in our terms, or why it grants nothing."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from sg_integration.model.errors import InvalidInput
from sg_integration.model.groups import Groups
from sg_integration.model.policy import Caution, Caveat, Grant, Peer
from sg_integration.model.policy_inputs import PolicyInputs, SecurityGroup, SecurityGroupRule
from sg_integration.model.ports import Port
from sg_integration.model.rules import PeerKind

_NAMES: Final = {"1": "icmp", "6": "tcp", "17": "udp", "58": "icmpv6", "all": "-1"}
_OTHER_FAMILY: Final = {(PeerKind.CIDR_IPV4, "icmpv6"), (PeerKind.CIDR_IPV6, "icmp")}
_HIGHEST_PORT: Final = 65535


@lru_cache(maxsize=65_536)
def traffic(protocol: str, from_port: int | None, to_port: int | None) -> Port:
    """The traffic of a rule, whichever way EC2 writes it: `6` is tcp, ports of -1 or none are all ports.

    Raises:
        InvalidInput: no rule of EC2 is like that.
    """
    name = _NAMES.get(protocol.lower(), protocol.lower())
    if name in ("tcp", "udp"):
        whole = from_port in (None, -1)
        return Port(name, 0, _HIGHEST_PORT) if whole else Port(name, from_port, to_port)
    if name in ("icmp", "icmpv6"):
        return Port(name, *(-1 if each is None else each for each in (from_port, to_port)))
    return Port(name)


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads rules in the light of what else there is.

    Args:
        inputs: all inputs.
        known: the ids of all groups.
    """

    inputs: PolicyInputs
    known: Groups

    def grant(self, group: SecurityGroup, rule: SecurityGroupRule) -> Grant | Caveat:
        """What a rule grants, or why it grants nothing."""
        try:
            port = traffic(rule.protocol, rule.from_port, rule.to_port)
        except InvalidInput as error:
            return _caveat(Caution.NOT_UNDERSTOOD, group, rule, f"{error.problem} The rule grants nothing.")
        problem = self._problem(group, rule, port)
        return problem or Grant(rule.direction, Peer(rule.peer_kind, rule.peer), port, group.id, rule.id)

    def _problem(self, group: SecurityGroup, rule: SecurityGroupRule, port: Port) -> Caveat | None:
        if rule.peer_kind is PeerKind.SECURITY_GROUP:
            return self._group_problem(group, rule)
        if rule.peer_kind is PeerKind.PREFIX_LIST:
            return self._prefix_list_problem(group, rule)
        if (rule.peer_kind, port.protocol) in _OTHER_FAMILY:
            words = f"{port.protocol} never comes from or goes to {rule.peer}. The rule grants nothing."
            return _caveat(Caution.NEVER_MATCHES, group, rule, words)
        return None

    def _group_problem(self, group: SecurityGroup, rule: SecurityGroupRule) -> Caveat | None:
        if rule.stale:
            words = f"its reference to {rule.peer} is stale. Remove the rule; it grants nothing."
            return _caveat(Caution.STALE, group, rule, words)
        if rule.foreign:
            words = f"{rule.peer} is a group of {rule.foreign}, whose members are not known here. Name their addresses."
            return _caveat(Caution.FOREIGN, group, rule, words)
        if rule.peer in self.inputs.reserved:
            words = f"{rule.peer} is reserved and cannot be a peer. Remove the rule; it grants nothing."
            return _caveat(Caution.RESERVED, group, rule, words)
        if rule.peer not in self.known:
            return _caveat(Caution.UNKNOWN_GROUP, group, rule, f"{rule.peer} was not found. The rule grants nothing.")
        return None

    def _prefix_list_problem(self, group: SecurityGroup, rule: SecurityGroupRule) -> Caveat | None:
        entries = self.inputs.prefix_lists.get(rule.peer)
        if entries is None:
            words = f"prefix list {rule.peer} was not found. The rule grants nothing."
            return _caveat(Caution.UNKNOWN_PREFIX_LIST, group, rule, words)
        if not entries:
            words = f"prefix list {rule.peer} has no entries. The rule grants nothing."
            return _caveat(Caution.EMPTY_PREFIX_LIST, group, rule, words)
        return None


def _caveat(caution: Caution, group: SecurityGroup, rule: SecurityGroupRule, words: str) -> Caveat:
    return Caveat(caution, f"{group.name} ({group.id})" if group.name else group.id, words, rule.id)
