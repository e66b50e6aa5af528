"""Which groups every node and every pod of a cluster has: as they were named, else as tags and nodes tell."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from sg_integration.aws.policy_inputs import VpcPolicy
from sg_integration.aws.role_groups import RoleGroups
from sg_integration.model.errors import InvalidInput
from sg_integration.model.groups import Groups
from sg_integration.model.policy_inputs import SecurityGroup

NO_POD_DEFAULT: Final = "no pod default group yet"


@dataclass(frozen=True, slots=True)
class EverybodysGroups:
    """The groups that nobody gives to a single pod.

    Args:
        node_groups: those of the nodes, and so of pods without groups of their own.
        pod_default: the one that every pod is in.
    """

    node_groups: Groups
    pod_default: str

    def known_to(self, vpc: VpcPolicy) -> VpcPolicy:
        """The VPC with a group that grants nothing, as long as no integration has made the one of every pod."""
        if self.pod_default != NO_POD_DEFAULT:
            return vpc
        return replace(vpc, groups=(*vpc.groups, SecurityGroup(NO_POD_DEFAULT, NO_POD_DEFAULT)))


def everybodys_groups(
    node_groups: Groups, pod_default: str, vpc: VpcPolicy, roles: RoleGroups, notes: list[str]
) -> EverybodysGroups:
    """The groups of every node and pod.

    Args:
        node_groups: those that were named, if any.
        pod_default: likewise; empty if it was not.
        vpc: the VPC, with the nodes that are known.
        roles: the groups of integrations in it.
        notes: what was guessed is added.

    Raises:
        InvalidInput: they were not named, and cannot be seen.
    """
    return EverybodysGroups(
        node_groups or _shared(vpc, roles, notes),
        pod_default or _pod_default(roles, notes),
    )


def _pod_default(roles: RoleGroups, notes: list[str]) -> str:
    if len(roles.pod_default) > 1:
        words = f"several clusters have one in this VPC: {', '.join(sorted(roles.pod_default))}; say which."
        raise InvalidInput("--pod-default", words)
    if not roles.pod_default:
        notes.append("the VPC has no pod default group, so nothing is granted by it")
    return next(iter(roles.pod_default), NO_POD_DEFAULT)


def _shared(vpc: VpcPolicy, roles: RoleGroups, notes: list[str]) -> Groups:
    """The groups that all nodes have, which is what their node groups are wherever nobody gave one node more."""
    if not vpc.nodes:
        raise InvalidInput("--node-group", "no node is known in this VPC, so name the groups of the nodes.")
    found = frozenset.intersection(*(each.groups for each in vpc.nodes)) - roles.enforced - roles.trust
    if not found:
        raise InvalidInput("--node-group", "the nodes share no group; name those of the nodes.")
    notes.append(f"the node groups are taken to be those that all nodes share: {', '.join(sorted(found))}")
    return found
