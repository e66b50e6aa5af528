"""The intermediate form of policy: who may talk to whom, on what, and which rule says so.

It knows AWS's terms only. A back end (`calico`) turns it into what an enforcing product understands; the same form explains
a decision to a person.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple

from sg_integration.model.groups import Groups
from sg_integration.model.ports import Port
from sg_integration.model.rules import Direction, PeerKind


class Peer(NamedTuple):
    """The other end of a grant.

    Args:
        kind: what kind of peer.
        value: the group id, the CIDR block or the prefix list id.
    """

    kind: PeerKind
    value: str


class Grant(NamedTuple):
    """What one rule lets pass to or from everybody who has its group.

    Args:
        direction: ingress or egress, seen from those who have the group.
        peer: the other end.
        port: the traffic; ports are always those of the end that is connected to.
        group: the group that has the rule.
        rule: the rule's id.
    """

    direction: Direction
    peer: Peer
    port: Port
    group: str
    rule: str


class Caution(Enum):
    """Why something in the inputs grants nothing, or is not held back."""

    FOREIGN = "foreign"
    STALE = "stale"
    UNKNOWN_GROUP = "unknown group"
    RESERVED = "reserved"
    UNKNOWN_PREFIX_LIST = "unknown prefix list"
    EMPTY_PREFIX_LIST = "empty prefix list"
    NEVER_MATCHES = "never matches"
    NOT_UNDERSTOOD = "not understood"
    NOT_POLICED = "not policed"
    UNSAYABLE = "unsayable"


@dataclass(frozen=True, slots=True)
class Caveat:
    """A warning about the inputs.

    Args:
        caution: what kind of warning.
        about: the group, member or prefix list that it is about.
        words: the sentence.
        rule: the id of the rule that it is about, if it is about one.
    """

    caution: Caution
    about: str
    words: str
    rule: str = ""

    def __str__(self) -> str:
        """As the preview says it."""
        return f"{self.about}{f' ({self.rule})' if self.rule else ''}: {self.words}"


@dataclass(frozen=True, slots=True)
class Compiled:
    """Policy, independent of what enforces it.

    Args:
        grants: what the rules of each group grant, of every group that pods or policed members have.
        pod_groups: every group that a pod can have.
        member_groups: every group that a policed member has.
        node_groups: every group that some node has.
        default_groups: the groups of every node, and of every pod without groups of its own.
        pod_default: the group of every pod.
        addresses: of each group that any of it names, the addresses of its members and nodes, as networks.
        policed: the networks of members whose rules the nodes hold.
        prefix_lists: the networks of each prefix list that a grant names.
        unfiltered: networks that AWS never filters; they stay open.
        names: the name of each group.
        caveats: what grants nothing, and why.
    """

    grants: Mapping[str, tuple[Grant, ...]]
    pod_groups: Groups
    member_groups: Groups
    node_groups: Groups
    default_groups: Groups
    pod_default: str
    addresses: Mapping[str, tuple[str, ...]]
    policed: tuple[str, ...]
    prefix_lists: Mapping[str, tuple[str, ...]]
    unfiltered: tuple[str, ...]
    names: Mapping[str, str]
    caveats: tuple[Caveat, ...] = ()

    def name(self, value: str) -> str:
        """What a person calls a group; a peer that has no name, as a CIDR block, is called by its value."""
        return self.names.get(value) or value
