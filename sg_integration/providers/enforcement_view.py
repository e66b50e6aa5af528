"""Compiles what a cluster's nodes must enforce, from what AWS and the cluster say now."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from sg_integration.aws.interfaces import NetworkInterfaces
from sg_integration.aws.pacing import shared_bucket
from sg_integration.aws.policy_inputs import VpcPolicy, VpcPolicyReader
from sg_integration.kubernetes import api_server
from sg_integration.kubernetes.calico import intruding, refusal
from sg_integration.kubernetes.cluster import Cluster
from sg_integration.model import guard
from sg_integration.model.calico import Hosts, Manifest, Write, caveats, meaning, objects, write_order
from sg_integration.model.calico_objects import OWNER
from sg_integration.model.calico_state import TIER, Identity
from sg_integration.model.enforced_nodes import UNHELD_INSIDE, amiss
from sg_integration.model.errors import Refused
from sg_integration.model.groups import Groups
from sg_integration.model.policy import Compiled
from sg_integration.model.policy_compile import compile_policy
from sg_integration.model.policy_inputs import SecurityGroup
from sg_integration.model.policy_memory import uncollected
from sg_integration.providers import claims
from sg_integration.providers.cluster_access import cluster
from sg_integration.providers.reconcile import Reconciler, Wish, raise_if_failed
from sg_integration.providers.saying import say
from sg_integration.providers.settings import PLACEHOLDER, decode, is_unknown
from sg_integration.providers.state import Props


@dataclass(frozen=True)
class View:
    """What stands and what should.

    Args:
        cluster: the cluster.
        actual: our objects as they are.
        desired: our objects as they should be.
        warnings: what grants nothing or cannot be held back, by what it is about.
        nodes: nodes that are not in `enforced`, what is in it and is no node, and nodes in it on which Calico is not ready.
        trusting: who is in `trust`, by id and name.
    """

    cluster: Cluster
    actual: Mapping[Identity, Manifest]
    desired: Mapping[str, Manifest]
    warnings: Mapping[str, str]
    nodes: Mapping[str, str]
    trusting: tuple[str, ...]

    @property
    def unheld(self) -> list[str]:
        """The nodes in `enforced` on which Calico is not ready, by name."""
        return [name for name, words in self.nodes.items() if words == UNHELD_INSIDE]

    @cached_property
    def writes(self) -> tuple[Write, ...]:
        """What must be written, in the order in which nothing opens meanwhile."""
        return writes(self.actual, self.desired)

    @cached_property
    def fingerprint(self) -> str:
        """Tells one set of objects from another; what an object means stands for all that it says."""
        lines = sorted(f"{each['kind']} {meaning(each)}" for each in self.desired.values())
        return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:16]


def writes(actual: Mapping[Identity, Manifest], desired: Mapping[str, Manifest]) -> tuple[Write, ...]:
    """What must be written so that what stands becomes what should, in the order in which nothing opens meanwhile."""
    return write_order({"/".join(key): each for key, each in actual.items()}, desired)


def view(props: Props, leaving_rule_ids: Groups = frozenset()) -> View:
    """Look at the cluster and the VPC, and compile.

    Args:
        props: the inputs of the resource.
        leaving_rule_ids: rules that are still there and count no more.

    Raises:
        Refused: the cluster cannot enforce; one line says why and what to do.
        ServiceError: AWS or the cluster did not answer.
    """
    there = cluster(props)
    survey = there.calico.survey()
    hosts: Hosts = "off" if props.get("hosts") == "off" else "members"
    staged, metadata = bool(props.get("staged")), bool(props.get("metadata"))
    why = refusal(survey, hosts=hosts, staged=staged, metadata=metadata) or intruding(there.calico.intruders())
    if why:
        raise Refused("enforcing with Calico", "CannotEnforce", why)
    with uncollected(), ThreadPoolExecutor(1) as beside:
        # The cluster is asked while AWS is: neither needs the other's answer.
        actual = beside.submit(there.calico.objects)
        compiled, vpc = _compiled(there, props, leaving_rule_ids)
        desired = objects(compiled, hosts=hosts, staged=staged, metadata=metadata, api_version=survey.api_version)
        standing = actual.result()
    _own(standing, desired, props)
    warnings = {
        f"{each.about} {each.rule}".strip(): each.words
        for each in (*vpc.caveats, *compiled.caveats, *caveats(compiled))
    }
    trust, enforced = _known(props, "trust_security_group_id"), _known(props, "enforced_security_group_id")
    return View(
        there, standing, desired, warnings,
        nodes=amiss(vpc.nodes, vpc.members, enforced, there.ready_for_calico(), _elsewhere(props)),
        trusting=tuple(sorted(f"{each.id}: {each.name}" for each in vpc.members if trust & each.groups)),
    )  # fmt: skip


def owner_of(actual: Mapping[Identity, Manifest]) -> str:
    """Which integration has made our objects, as their tiers say; empty if none does."""
    tiers = (each for (kind, _), each in sorted(actual.items()) if kind == TIER)
    return next((str(found) for each in tiers if (found := (each["metadata"].get("annotations") or {}).get(OWNER))), "")


def _own(actual: Mapping[Identity, Manifest], desired: Mapping[str, Manifest], props: Props) -> None:
    """Put the owner into our tiers; a cluster is enforced by one integration, whose name may change within its stack."""
    owner, other = props.get("owner"), owner_of(actual)
    elsewhere = str(owner).rpartition("/")[0] != other.rpartition("/")[0]
    if owner and other and owner != other and (elsewhere or other in (props.get("owners") or ())):
        raise Refused(
            "enforcing with Calico", "OwnedByAnother", f"the objects in this cluster are those of {other}.",
            "One integration enforces in a cluster, and two would undo each other: take it out there first.",
        )  # fmt: skip
    for each in desired.values():
        if each["kind"] == TIER and owner:
            each["metadata"]["annotations"][OWNER] = owner


def _compiled(there: Cluster, props: Props, leaving: Groups) -> tuple[Compiled, VpcPolicy]:
    """The policy, and what it was compiled from in AWS."""
    settings = decode(props)
    names = {each.instance_id: each.name for each in there.nodes() if each.instance_id}
    trust, enforced = _known(props, "trust_security_group_id"), _known(props, "enforced_security_group_id")
    in_use = _in_use(there, props)
    vpc = VpcPolicyReader(settings.connection, settings.vpc_id, previewing=settings.previewing).read(
        nodes=names, trust=trust, enforced=enforced, in_use=in_use
    )
    if leaving:
        vpc = replace(vpc, groups=tuple(_without(group, leaving) for group in vpc.groups))
    pod_default = next(iter(_known(props, "pod_default_security_group_id")), PLACEHOLDER)
    if pod_default == PLACEHOLDER:
        vpc = replace(vpc, groups=(*vpc.groups, SecurityGroup(PLACEHOLDER, "pod default, not known yet")))
    inputs = vpc.inputs(
        default_groups=frozenset(props.get("node_security_group_ids") or ()),
        pod_default=pod_default,
        in_use=in_use,
        reserved=trust | enforced,
        api_server=api_server.addresses(there.api),
    )
    return compile_policy(inputs), vpc


def _without(group: SecurityGroup, leaving: Groups) -> SecurityGroup:
    return replace(group, rules=tuple(each for each in group.rules if each.id not in leaving))


def carry_out(there: Cluster, write: Write) -> None:
    """Make one write."""
    if write.verb == "apply":
        there.calico.apply(write.manifest)
    else:
        there.calico.delete(write.manifest["kind"], write.manifest["metadata"]["name"])


def release_nodes(there: Cluster, props: Props) -> None:
    """Take `enforced` off what the cluster's nodes have still of it: a killed run may have left it on nodes that no state knows.

    Raises:
        IntegrationError: a node cannot be released; then nothing may be taken away.
    """
    settings, enforced = decode(props), _known(props, "enforced_security_group_id")
    carrier = NetworkInterfaces(settings.connection, settings.vpc_id)
    theirs = {each.instance_id for each in there.nodes()}
    interfaces, _ = carrier.discover()
    found = {each.id: str(each) for each in interfaces if each.instance_id in theirs and enforced & set(each.groups)}
    wishes = {member: Wish(name, frozenset(), enforced) for member, name in found.items()}
    bucket = shared_bucket((carrier.kind, settings.connection), settings.pace)
    # A node that the program still wants there, although it enforces no more, stays.
    done = Reconciler(carrier, bucket, claimed=claims.claimed, doing="leaving enforced", say=say).run(wishes)
    raise_if_failed(done.failed, "taken out of enforced before enforcement goes")


def _in_use(there: Cluster, props: Props) -> Groups:
    """The groups that pods have or may have: of all bindings, of what the guard allows, and of this program."""
    allowed = guard.grants(there.guard() or {}).allowed
    bound = _ids(props.get("bound_security_group_ids"))
    return bound.union(*(each.groups for each in (*there.registry(), *allowed)))


def _elsewhere(props: Props) -> Groups:
    """The node groups of the VPC's other clusters that enforce, but those that are also this one's."""
    return _ids(props.get("other_node_security_group_ids")) - _ids(props.get("node_security_group_ids"))


def _known(props: Props, name: str) -> Groups:
    return _ids([props.get(name)])


def _ids(values: Any) -> Groups:
    listed: Iterable[Any] = [] if values is None or is_unknown(values) else values
    return frozenset(value for value in listed if isinstance(value, str) and not is_unknown(value))
