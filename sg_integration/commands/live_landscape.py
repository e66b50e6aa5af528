"""A landscape as AWS and the cluster say it now."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

from sg_integration.aws.connection import Connection
from sg_integration.aws.databases import RdsDatabases
from sg_integration.aws.policy_inputs import VpcPolicy, VpcPolicyReader
from sg_integration.aws.role_groups import RoleGroups, role_groups
from sg_integration.commands.everybodys_groups import everybodys_groups
from sg_integration.kubernetes import api_server, running_pods
from sg_integration.kubernetes.cluster import Cluster
from sg_integration.model import guard
from sg_integration.model.calico_state import Identity
from sg_integration.model.errors import AccessDenied
from sg_integration.model.groups import Groups
from sg_integration.model.landscape import Enforcement, Landscape, aliases
from sg_integration.model.policy_inputs import PolicyInputs
from sg_integration.model.settled import differences, not_settled

_DATABASES: Final = ("RDSNetworkInterface", "interface of a database")


@dataclass(frozen=True, slots=True)
class Asked:
    """What is read.

    Args:
        connection: how to reach AWS.
        vpc_id: the VPC.
        node_groups: the groups of the nodes, if they were named.
        pod_default: the pod default group, if it was named.
    """

    connection: Connection
    vpc_id: str
    node_groups: Groups
    pod_default: str


def read(asked: Asked, cluster: Cluster) -> Landscape:
    """Read the VPC and the cluster.

    Raises:
        IntegrationError: AWS or the cluster did not answer, or which group every pod is in cannot be known.
    """
    roles = role_groups(asked.connection, asked.vpc_id)
    bindings, names = (
        tuple(cluster.registry()),
        {each.instance_id: each.name for each in cluster.nodes() if each.instance_id},
    )
    allowed = guard.grants(cluster.guard() or {}).allowed
    in_use: Groups = frozenset[str]().union(*(each.groups for each in (*bindings, *allowed)))
    vpc = VpcPolicyReader(asked.connection, asked.vpc_id).read(
        nodes=names, trust=roles.trust, enforced=roles.enforced, in_use=in_use
    )
    notes: list[str] = [f"{each}" for each in vpc.caveats]
    inputs = _inputs(asked, cluster, vpc, roles, in_use, notes)
    objects = cluster.calico.objects()
    seen = Landscape(
        inputs,
        pods=tuple(running_pods.listed(cluster.api)),
        enforcement=_enforcement(objects),
        trust=roles.trust,
        enforced=roles.enforced,
        known_as=aliases(_names(asked, vpc, names, notes)),
        namespaces=cluster.namespaces(),
        bindings=bindings,
        objects=frozenset(name for _, name in objects),
    )
    differing = differences(seen, objects)
    if differing:
        notes.append(not_settled(differing))
    return replace(seen, differing=differing, notes=tuple(notes))


def _inputs(
    asked: Asked, cluster: Cluster, vpc: VpcPolicy, roles: RoleGroups, in_use: Groups, notes: list[str]
) -> PolicyInputs:
    """The inputs of policy, with the groups of the cluster as they were named, or as they can be seen."""
    groups = everybodys_groups(asked.node_groups, asked.pod_default, vpc, roles, notes)
    return groups.known_to(vpc).inputs(
        default_groups=groups.node_groups,
        pod_default=groups.pod_default,
        in_use=in_use,
        reserved=roles.trust | roles.enforced,
        api_server=api_server.addresses(cluster.api),
    )


def _enforcement(objects: Mapping[Identity, object]) -> Enforcement:
    """What stands in the cluster; what of it should be otherwise is not looked at."""
    names, kinds = {name for _, name in objects}, {kind for kind, _ in objects}
    if "GlobalNetworkPolicy" in kinds:
        return Enforcement("live", "members" if "sg-remote.hosts-members" in names else "off", "metadata" in names)
    if "StagedGlobalNetworkPolicy" in kinds:
        return Enforcement("staged", "members" if "sg-remote.hosts-members" in names else "off", "metadata" in names)
    return Enforcement("none")


def _names(asked: Asked, vpc: VpcPolicy, nodes: Mapping[str, str], notes: list[str]) -> Iterator[tuple[str, str]]:
    """Other names of nodes and of databases."""
    yield from nodes.items()
    interfaces = [each for each in vpc.members if each.name in _DATABASES]
    if not interfaces:
        return
    try:
        found = RdsDatabases(asked.connection, asked.vpc_id).discover()
    except AccessDenied as error:
        notes.append(f"databases have no names here: {error}")
        return
    shared: dict[frozenset[str], list[str]] = {}
    for each in found:
        groups = frozenset((*each.groups, *each.leaving))
        if each.vpc_id == asked.vpc_id and not each.cluster:
            shared.setdefault(groups, []).append(each.identifier)
            for member in (one for one in interfaces if one.groups == groups):
                yield each.identifier, member.id
                yield each.id, member.id
    notes += list(_ambiguous(shared.values()))


def _ambiguous(shared: Iterable[list[str]]) -> Iterator[str]:
    """RDS does not say which interface is whose; databases with the same groups are alike, but for their addresses."""
    for some in shared:
        if len(some) > 1:
            yield f"{', '.join(sorted(some))} have the same groups, so their interfaces cannot be told apart"
