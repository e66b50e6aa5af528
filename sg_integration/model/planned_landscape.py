"""A landscape as it will be when what a preview shows is done."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from sg_integration.model.groups import Groups
from sg_integration.model.landscape import Enforcement, Landscape
from sg_integration.model.planned_changes import GROUP, UNKNOWN, Plan, Step
from sg_integration.model.planned_members import JOINING, joined
from sg_integration.model.planned_pods import BINDING, bound
from sg_integration.model.policy_inputs import PolicyInputs, SecurityGroup, SecurityGroupRule
from sg_integration.model.rules import Direction, PeerKind

_RULES: Final[Mapping[str, Direction]] = {
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": Direction.INGRESS,
    "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": Direction.EGRESS,
}
_PEERS: Final = {
    "cidrIpv4": PeerKind.CIDR_IPV4,
    "cidrIpv6": PeerKind.CIDR_IPV6,
    "prefixListId": PeerKind.PREFIX_LIST,
    "referencedSecurityGroupId": PeerKind.SECURITY_GROUP,
}
_ENFORCEMENT: Final = "pulumi-python:dynamic/sg_integration:CalicoPolicies"
_ROLE: Final = "sg-integration:role"
_NOT_JUDGED: Final = {
    "aws:ec2/securityGroupRule:SecurityGroupRule": "a rule of the older kind, which is not read here",
    "aws:ec2/instance:Instance": "an instance, whose address and interface are known after the update",
    "aws:ec2/networkInterface:NetworkInterface": "an interface, whose address is known after the update",
    "aws:ec2/networkInterfaceSecurityGroupAttachment:NetworkInterfaceSecurityGroupAttachment": "a group of an interface",
    "aws:rds/cluster:Cluster": "a database, whose address is known after the update",
    "aws:rds/clusterInstance:ClusterInstance": "an instance of a database cluster, which is born with the cluster's groups",
    "aws:rds/instance:Instance": "a database, whose address is known after the update",
    "kubernetes:vpcresources.k8s.aws/v1beta1:SecurityGroupPolicy": "groups of new pods, which AWS itself judges",
}  # fmt: skip

_LISTS: Final = ("vpcSecurityGroupIds", "securityGroups", "securityGroupIds")
_OTHER: Final = "it has security groups, and where it is, is known after the update"


@dataclass(frozen=True, slots=True)
class Planned:
    """What will be.

    Args:
        landscape: the landscape after.
        unknown: what could not be known, a sentence each.
    """

    landscape: Landscape
    unknown: tuple[str, ...]


@dataclass
class _Work:
    """The parts of a landscape while they change."""

    plan: Plan
    landscape: Landscape
    groups: dict[str, SecurityGroup] = field(default_factory=dict)

    def change(self, **parts: Any) -> None:
        self.landscape = replace(self.landscape, **parts)

    def inputs(self, **parts: Any) -> None:
        self.landscape = replace(self.landscape, inputs=replace(self.landscape.inputs, **parts))


def planned(landscape: Landscape, plan: Plan) -> Planned:
    """The landscape after a plan; what cannot be known stays as it is, and is said."""
    work = _Work(plan, landscape, {each.id: each for each in landscape.inputs.groups})
    ways: tuple[tuple[Iterable[str], Callable[[_Work, Step], None]], ...] = (
        ((GROUP,), _group), (_RULES, _rule), ((_ENFORCEMENT,), _enforcement),
    )  # fmt: skip
    for types, way in ways:
        for step in plan.steps:
            if step.type in types:
                way(work, step)
    work.inputs(groups=tuple(work.groups.values()))
    work.landscape = joined(work.landscape, plan, [each for each in plan.steps if each.type in JOINING])
    work.landscape = bound(work.landscape, plan, [each for each in plan.steps if each.type == BINDING])
    plan.unknown.extend(
        f"{step.name} ({', '.join(step.ops)}): {words}" for step in plan.steps if (words := _unjudged(step))
    )
    return Planned(work.landscape, tuple(dict.fromkeys(plan.unknown)))


def _unjudged(step: Step) -> str:
    """What a step does that cannot be judged; empty if nothing."""
    has_groups = step.type.startswith("aws:") and any(step.inputs.get(each) for each in _LISTS)
    return _NOT_JUDGED.get(step.type, _OTHER if has_groups else "")


def _group(work: _Work, step: Step) -> None:
    if not step.whole:
        work.plan.unknown.append(_of_plan(step, "a group"))
        return
    if step.takes:
        _gone(work, str(step.old.get("id", "")))
    if not step.makes:
        return
    tags, id_ = step.inputs.get("tags") or {}, work.plan.group(step)
    role = tags.get(_ROLE, "") if isinstance(tags, Mapping) else ""
    work.groups[id_] = SecurityGroup(id_, step.name)
    inputs = work.landscape.inputs
    if step.inputs.get("ingress") or step.inputs.get("egress"):
        work.plan.unknown.append(f"{step.name}: rules written inside a group are not read here")
    if role in ("trust", "enforced"):
        work.inputs(reserved=inputs.reserved | {id_})
        work.change(**{role: getattr(work.landscape, role) | {id_}})
    if role == "pod-default" and inputs.pod_default not in work.groups.keys() - {_placeholder(inputs)}:
        work.inputs(pod_default=id_)


def _placeholder(inputs: PolicyInputs) -> str:
    """The group of every pod, if it is none of AWS's."""
    return "" if inputs.pod_default.startswith("sg-") else inputs.pod_default


def _gone(work: _Work, group: str) -> None:
    work.groups.pop(group, None)
    left = work.landscape
    work.change(trust=left.trust - {group}, enforced=left.enforced - {group})


def _rule(work: _Work, step: Step) -> None:
    if not step.whole:
        work.plan.unknown.append(_of_plan(step, "a rule"))
        return
    standing = str(step.old.get("id", ""))
    if step.takes or (standing and step.new and not step.makes):
        _without_rule(work, standing)
    if not step.new:
        return
    rule, group = _said(work.plan, step), work.plan.text(step, "securityGroupId")
    if rule is None or group is None:
        return
    if group not in work.groups:
        work.plan.unknown.append(f"{step.name}: its group {group} is not in this VPC")
        return
    work.groups[group] = replace(work.groups[group], rules=(*work.groups[group].rules, rule))


def _without_rule(work: _Work, id_: str) -> None:
    for group in list(work.groups.values()):
        if any(each.id == id_ for each in group.rules):
            work.groups[group.id] = replace(group, rules=tuple(each for each in group.rules if each.id != id_))


def _said(plan: Plan, step: Step) -> SecurityGroupRule | None:
    """The rule of a step's inputs."""
    inputs = step.inputs
    named = [name for name in _PEERS if inputs.get(name)]
    if len(named) != 1 or UNKNOWN in (inputs.get("ipProtocol"), inputs.get("fromPort"), inputs.get("toPort")):
        plan.unknown.append(f"{step.name}: what it lets pass is not known before the update")
        return None
    peer = plan.text(step, named[0])
    if peer is None:
        return None
    first, last = (None if inputs.get(name) is None else int(inputs[name]) for name in ("fromPort", "toPort"))
    id_ = f"new: {step.name}" if step.makes else str(step.old.get("id") or f"new: {step.name}")
    kind = _PEERS[named[0]]
    return SecurityGroupRule(id_, _RULES[step.type], str(inputs["ipProtocol"]), first, last, kind, peer)


def _enforcement(work: _Work, step: Step) -> None:
    """What the nodes hold; of the resources of one enforcement the one that only removes says nothing."""
    if step.inputs.get("removes") or (step.old.get("inputs") or {}).get("removes"):
        return
    if not step.new:
        if not (step.old.get("inputs") or {}).get("settles"):
            work.change(enforcement=Enforcement("none"), objects=None, differing={})
        return
    if not step.whole:
        work.plan.unknown.append(_of_plan(step, "enforcement"))
        return
    inputs, how = step.inputs, work.landscape.enforcement
    standing = "staged" if inputs.get("staged") else "live"
    hosts = "off" if inputs.get("hosts") == "off" else "members"
    metadata = bool(inputs.get("metadata"))
    after = replace(how, standing=standing, hosts=hosts, metadata=metadata)  # type: ignore[arg-type]
    work.change(enforcement=after, objects=None, differing={})
    nodes: Groups | None = work.plan.groups(step, "node_security_group_ids")
    if nodes:
        work.inputs(default_groups=nodes)


def _of_plan(step: Step, what: str) -> str:
    advice = "a saved plan has differences only; give the output of `pulumi preview --json`"
    return f"{step.name} ({', '.join(step.ops)}): {what}: {advice}"
