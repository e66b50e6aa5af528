"""All that a question of reach is answered from: the inputs of policy, the pods that run, and what enforces."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from sg_integration.model import annotation
from sg_integration.model.bindings import EXCLUDED_NAMESPACES, Binding, Pod
from sg_integration.model.calico import FAILSAFE_INBOUND, FAILSAFE_OUTBOUND, Hosts
from sg_integration.model.groups import Groups
from sg_integration.model.policy_inputs import PolicyInputs

Standing: TypeAlias = Literal["live", "staged", "none"]


@dataclass(frozen=True, slots=True)
class Enforcement:
    """What the nodes hold.

    Args:
        standing: `live`: policies decide; `staged`: they are only logged; `none`: there are none.
        hosts: `members`: nodes themselves are held to members' rules; `off`: they are not.
        metadata: whether pods are kept from instance metadata.
        failsafe_inbound: what Calico admits to every node, whatever policy says.
        failsafe_outbound: what it lets out of every node.
    """

    standing: Standing = "live"
    hosts: Hosts = "members"
    metadata: bool = False
    failsafe_inbound: tuple[str, ...] = FAILSAFE_INBOUND
    failsafe_outbound: tuple[str, ...] = FAILSAFE_OUTBOUND


@dataclass(frozen=True, slots=True)
class RunningPod:
    """A pod, and where it runs.

    Args:
        pod: its metadata.
        workload: what made it, as `deployment/orders-api`; empty if nothing did.
        node: the node's name; empty if it is on none yet.
        addresses: its addresses; none if it has none yet.
    """

    pod: Pod
    workload: str = ""
    node: str = ""
    addresses: tuple[str, ...] = ()

    @property
    def excluded(self) -> bool:
        """Whether no policy ever selects it."""
        return self.pod.namespace in EXCLUDED_NAMESPACES

    @property
    def owner(self) -> str:
        """The workload with its namespace, `shop/deployment/orders-api`; of a pod without one, the pod."""
        return f"{self.pod.namespace}/{self.workload}" if self.workload else str(self.pod)

    def groups(self, inputs: PolicyInputs) -> Groups:
        """The groups that Calico knows it in: those that its labels name, or the node groups; always pod default."""
        labelled = annotation.labelled(self.pod.labels)
        bound = annotation.BOUND in self.pod.labels
        return (labelled if bound else labelled | inputs.default_groups) | {inputs.pod_default}


@dataclass(frozen=True, slots=True)
class Landscape:
    """A VPC with a cluster in it.

    Args:
        inputs: groups, rules, members and nodes.
        pods: the cluster's pods.
        enforcement: what the nodes hold.
        trust: groups that open a member to the nodes.
        enforced: groups of nodes.
        known_as: other names of members and nodes: an instance's id, a database's identifier; to ids of members, or names of nodes.
        namespaces: the labels of each namespace.
        bindings: every binding in the cluster.
        objects: the names of our objects that stand in the cluster; None if nobody looked.
        differing: our objects in the cluster that are other than what is compiled from all this: what of each, by its name.
        notes: what is not known, or was taken for granted.
    """

    inputs: PolicyInputs
    pods: tuple[RunningPod, ...] = ()
    enforcement: Enforcement = Enforcement()
    trust: Groups = frozenset()
    enforced: Groups = frozenset()
    known_as: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    namespaces: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    bindings: tuple[Binding, ...] = ()
    objects: Groups | None = None
    differing: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


def aliases(entries: Iterable[tuple[str, str]]) -> dict[str, tuple[str, ...]]:
    """Other names as `Landscape.known_as` has them; a name may stand for several."""
    found: dict[str, tuple[str, ...]] = {}
    for name, party in entries:
        if name and party not in found.get(name, ()):
            found[name] = (*found.get(name, ()), party)
    return found
