"""What the policy of a cluster is compiled from: all that AWS, the cluster and the program say now."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from sg_integration.aws.policy_inputs import VpcPolicy, VpcPolicyReader
from sg_integration.kubernetes import api_server
from sg_integration.kubernetes.cluster import Cluster
from sg_integration.model import guard
from sg_integration.model.groups import Groups
from sg_integration.model.policy_inputs import PolicyInputs, SecurityGroup
from sg_integration.providers.settings import PLACEHOLDER, decode, is_unknown
from sg_integration.providers.state import Props


def read(there: Cluster, props: Props, leaving: Groups) -> tuple[PolicyInputs, VpcPolicy]:
    """The inputs of policy, and what of them AWS knows.

    Args:
        there: the cluster.
        props: the inputs of the resource.
        leaving: rules that are still there and count no more.
    """
    settings = decode(props)
    names = {each.instance_id: each.name for each in there.nodes() if each.instance_id}
    trust, enforced = known(props, "trust_security_group_id"), known(props, "enforced_security_group_id")
    in_use = _in_use(there, props)
    vpc = VpcPolicyReader(settings.connection, settings.vpc_id, previewing=settings.previewing).read(
        nodes=names, trust=trust, enforced=enforced, in_use=in_use
    )
    if leaving:
        vpc = replace(vpc, groups=tuple(_without(group, leaving) for group in vpc.groups))
    pod_default = next(iter(known(props, "pod_default_security_group_id")), PLACEHOLDER)
    if pod_default == PLACEHOLDER:
        vpc = replace(vpc, groups=(*vpc.groups, SecurityGroup(PLACEHOLDER, "pod default, not known yet")))
    inputs = vpc.inputs(
        default_groups=frozenset(props.get("node_security_group_ids") or ()),
        pod_default=pod_default,
        in_use=in_use,
        reserved=trust | enforced,
        api_server=api_server.addresses(there.api),
    )
    return inputs, vpc


def _without(group: SecurityGroup, leaving: Groups) -> SecurityGroup:
    return replace(group, rules=tuple(each for each in group.rules if each.id not in leaving))


def _in_use(there: Cluster, props: Props) -> Groups:
    """The groups that pods have or may have: of all bindings, of what the guard allows, and of this program."""
    allowed = guard.grants(there.guard() or {}).allowed
    bound = _ids(props.get("bound_security_group_ids"))
    return bound.union(*(each.groups for each in (*there.registry(), *allowed)))


def elsewhere(props: Props) -> Groups:
    """The node groups of the VPC's other clusters that enforce, but those that are also this one's."""
    return _ids(props.get("other_node_security_group_ids")) - _ids(props.get("node_security_group_ids"))


def known(props: Props, name: str) -> Groups:
    """The id in an input, as a set; empty while it is not known."""
    return _ids([props.get(name)])


def _ids(values: Any) -> Groups:
    listed: Iterable[Any] = [] if values is None or is_unknown(values) else values
    return frozenset(value for value in listed if isinstance(value, str) and not is_unknown(value))
