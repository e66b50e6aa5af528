"""Calico's selectors: who is in a group, as policy finds them by labels.

Every selector here is a disjunction of conjunctions without parentheses, so that `narrower` can compare two of them. Labels of
pods are guarded (see `guard_rules`); Calico itself writes `projectcalico.org/orchestrator` on every pod, whatever the
pod says. A node's labels are copied to its host endpoint, and a kubelet may label its own node: so no host is in a group
because of a label, and no pod is a host because of one.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from sg_integration.model.annotation import BOUND, LABEL_PREFIX, OURS
from sg_integration.model.bindings import EXCLUDED_NAMESPACES
from sg_integration.model.groups import Groups
from sg_integration.model.label_selectors import NAMESPACE_LABEL

MEMBER: Final = f"{OURS}/member"
"""The label of the network sets that hold every member whose rules the nodes hold."""
PODS: Final = "projectcalico.org/orchestrator == 'k8s'"
"""Every pod that has an address of its own."""
HOSTS: Final = (
    "projectcalico.org/created-by == 'calico-kube-controllers' && !has(projectcalico.org/orchestrator)"
)  # fmt: skip
"""Every node's automatic host endpoint."""
NAMESPACES: Final = f"{NAMESPACE_LABEL} not in {{{', '.join(repr(each) for each in EXCLUDED_NAMESPACES)}}}"
"""Every namespace whose pods policy may select: not those that the cluster and its network run on."""
_NO_ENDPOINT: Final = "!has(projectcalico.org/orchestrator) && !has(projectcalico.org/created-by)"
MEMBERS: Final = f"has({MEMBER}) && {_NO_ENDPOINT}"
"""Every member whose rules the nodes hold."""
NOT_METADATA_USERS: Final = f"{PODS} && aws.tigera.io/allow-metadata-access != 'true'"
"""Pods without the label that lets them ask for instance metadata."""


def group_label(group: str) -> str:
    """The label of whoever is in a group."""
    return f"{LABEL_PREFIX}{group}"


def prefix_list_label(prefix_list: str) -> str:
    """The label of a prefix list's network sets."""
    return f"{OURS}/{prefix_list}"


def labelled(group: str) -> str:
    """Pods and network sets that carry a group's label."""
    return f"has({group_label(group)}) && !has(projectcalico.org/created-by)"


def in_prefix_list(prefix_list: str) -> str:
    """The networks of a prefix list; a pod or a node that labels itself so is not among them."""
    return f"has({prefix_list_label(prefix_list)}) && {_NO_ENDPOINT}"


def pods_in(group: str, *, default_groups: Groups, pod_default: str) -> str:
    """Pods that are in a group; nothing but pods."""
    if group == pod_default:
        return PODS
    unbound = f" || {PODS} && !has({BOUND})" if group in default_groups else ""
    return f"{PODS} && has({group_label(group)}){unbound}"


def in_group(group: str, *, default_groups: Groups, pod_default: str) -> str:
    """Whoever is in a group, as the other end of a flow: pods, nodes, members."""
    found = [labelled(group)]
    if group == pod_default:
        found.append(PODS)
    elif group in default_groups:
        found.append(f"{PODS} && !has({BOUND})")
    if group in default_groups:
        found.append(HOSTS)
    return " || ".join(found)


@lru_cache(maxsize=16_384)
def narrower(one: str, other: str) -> bool:
    """Whether whatever the one selects the other selects too; false also where that cannot be seen."""
    wide = [frozenset(each.split(" && ")) for each in other.split(" || ")]
    return one == other or all(
        any(every <= frozenset(each.split(" && ")) for every in wide) for each in one.split(" || ")
    )
