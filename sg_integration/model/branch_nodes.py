"""What stands in the way of branch interfaces: how the CNI plugin is set, and nodes that have no trunk to put them on."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from sg_integration.model.nodes import AUTO, COMPUTE_TYPE, FARGATE, HYBRID, Node

ENABLE: Final = "ENABLE_POD_ENI"
MODE: Final = "POD_SECURITY_GROUP_ENFORCING_MODE"
EARLY_DEMUX: Final = "DISABLE_TCP_EARLY_DEMUX"
_TRUE: Final = frozenset({"1", "t", "T", "true", "TRUE", "True"})
_NAMED: Final = 3
_BURSTABLE: Final = re.compile(r"t\d\w*\.")
_VERSION: Final = re.compile(r"v(\d+)\.(\d+)")
_AUTO_SINCE: Final = (1, 36)
_TRUNK: Final = "vpc.amazonaws.com/has-trunk-attached"
_TYPE: Final = "node.kubernetes.io/instance-type"
# The engine shows 150 characters of a line.
_DISABLED: Final = (
    "not true on aws-node: no branch interfaces are made, new pods stay Pending; "
    "kubectl set env ds aws-node -n kube-system ENABLE_POD_ENI=true"
)
_STRICT: Final = (
    "all traffic obeys the pod's groups; leaving the VPC needs a NAT gateway; "
    "externalTrafficPolicy Local does not work with instance targets"
)
_STANDARD: Final = (
    "traffic within a node, its kubelet's too, is not held to the groups; "
    "what leaves the VPC has the address and groups of the node"
)
_PROBES: Final = "not true in aws-node's init container: in strict mode TCP and HTTP probes by kubelets fail"
_NO_PLUGIN: Final = "kube-system has no DaemonSet aws-node: nobody makes branch interfaces on nodes of EC2"
_NO_TRUNK: Final = "no vpc.amazonaws.com/pod-eni: no pod with own groups starts there; type without trunk, no interface free, or plugin off"
_WITHOUT_PLUGIN: Final = (AUTO, FARGATE, HYBRID)
_ONLY_THESE: Final = (
    "none for every pod: rules of the bindings' groups must admit kubelet probes and reach DNS; "
    "AWS advises the cluster security group"
)


def warnings(settings: Mapping[str, str] | None, nodes: Sequence[Node], *, besides: bool) -> dict[str, str]:
    """What would surprise whoever relies on branch interfaces here, by what it is about.

    Args:
        settings: the environment of the CNI plugin; None if it does not run.
        nodes: the nodes of the cluster.
        besides: whether every pod gets some groups besides those of its bindings.
    """
    found = {} if besides else {"security_groups": _ONLY_THESE}
    of_ec2 = any(each.labels.get(COMPUTE_TYPE) not in _WITHOUT_PLUGIN for each in nodes)
    if settings is not None:
        found.update(_of_plugin(settings))
    elif of_ec2:
        found["aws-node"] = _NO_PLUGIN
    grouped: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    for node in nodes:
        if why := _trunkless(node):
            grouped[_kind(node), why].append(node.name)
    return {
        **found,
        **{f"nodes {kind}": f"{len(names)}: {why} ({_some(names)})" for (kind, why), names in sorted(grouped.items())},
    }


def _of_plugin(settings: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    if settings.get(ENABLE) not in _TRUE:
        yield ENABLE, _DISABLED
        return
    standard = settings.get(MODE) == "standard"
    yield f"{MODE}={'standard' if standard else 'strict'}", _STANDARD if standard else _STRICT
    if not standard and settings.get(EARLY_DEMUX) not in _TRUE:
        yield EARLY_DEMUX, _PROBES


def _trunkless(node: Node) -> str:
    """Why a pod with groups of its own does not start on a node, or has not its groups there; empty if all is well."""
    if node.labels.get(COMPUTE_TYPE) in _WITHOUT_PLUGIN:
        return _where_aws_does_it(node)
    if node.labels.get("kubernetes.io/os") == "windows":
        return "there are no branch interfaces on Windows: pods there keep the groups of their node"
    if _BURSTABLE.match(node.labels.get(_TYPE, "")):
        return "the t family has no trunk interfaces: no pod with groups of its own starts there"
    return "" if node.branch_interfaces or node.labels.get(_TRUNK) == "true" else _NO_TRUNK


def _where_aws_does_it(node: Node) -> str:
    """The same of a node without the CNI plugin; on Fargate each pod has an interface to itself anyway."""
    compute = node.labels.get(COMPUTE_TYPE)
    if compute == HYBRID:
        return "no instances of EC2: security groups do not reach them"
    found = _VERSION.match(node.version)
    if compute == AUTO and found is not None and (int(found[1]), int(found[2])) < _AUTO_SINCE:
        return "EKS Auto Mode acts on SecurityGroupPolicies since Kubernetes 1.36 only"
    return ""


def _kind(node: Node) -> str:
    """What a group of nodes is called."""
    if node.labels.get("kubernetes.io/os") == "windows":
        return "with Windows"
    compute = node.labels.get(COMPUTE_TYPE, "")
    return {HYBRID: "that are hybrid", AUTO: "of EKS Auto Mode"}.get(compute) or node.labels.get(
        _TYPE, "of no known type"
    )


def _some(names: Iterable[str]) -> str:
    listed = sorted(names)
    return ", ".join([*listed[:_NAMED], *(["…"] if len(listed) > _NAMED else [])])
