"""What enforces security groups on the nodes of a cluster."""

from __future__ import annotations

import hashlib
import json
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Final

import pulumi
from pulumi import dynamic

from sg_integration.components import program
from sg_integration.model.errors import InvalidInput

if TYPE_CHECKING:
    from sg_integration.components.cluster import ClusterIntegration

_HOSTS: Final = ("members", "off")


class Enforcement(ABC):
    """What makes the groups' rules real for the pods of a cluster; each kind is an argument of `ClusterIntegration`."""

    needs_trust: ClassVar[bool]
    """Whether it works on the nodes, so that members join `trust` and nodes `enforced`. False: AWS itself decides."""

    @property
    def holds_hosts(self) -> bool:
        """Whether it also holds what runs in a node's own network, so that no node may join that it does not hold."""
        return False

    @property
    def unenforced(self) -> str:
        """Why nothing is enforced although it is declared; empty if something is."""
        return ""

    @abstractmethod
    def declare(
        self, cluster: ClusterIntegration, node_security_group_ids: Sequence[pulumi.Input[str]]
    ) -> Sequence[pulumi.Resource]:
        """Declare what enforces.

        Args:
            cluster: the cluster, whose other parts are declared already.
            node_security_group_ids: the groups of its nodes, which are those of pods without groups of their own.

        Returns:
            What must be live before any node or member joins, and goes after all have left.
        """


def unenforced(enforcement: Enforcement | None) -> str:
    """Why nobody may join behind it; empty if the nodes enforce."""
    return "nothing enforces there" if enforcement is None else enforcement.unenforced


@dataclass(frozen=True, kw_only=True)
class CalicoEnforcement(Enforcement):
    """Open-source Calico, 3.29 or later, enforces: the groups' rules are compiled to its policies.

    Two tiers come before everybody else's: `sg-remote` (105) holds what VPC members admit, where pods and nodes send it, and
    `sg-local` (106) what a pod's own groups admit. They only pass and deny: what passes is judged by other policies as before.
    `kube-system` and Calico's own namespaces are never selected. Changes of rules and addresses outside Pulumi take effect
    with the next update, which shows them.

    Args:
        hosts: `members` holds whatever runs in a node's own network to the members' rules, too; it needs Calico's automatic
            host endpoints. `off` leaves every member open to every process on a node that uses its network, on every port.
        staged: write policies as staged ones (Calico 3.30): they are logged and decide nothing. **Then nothing is enforced.**
        metadata: keep pods from the instance metadata of their node, unless labelled
            `aws.tigera.io/allow-metadata-access: "true"`.

    Raises:
        InvalidInput: `hosts` is neither.
    """

    needs_trust: ClassVar[bool] = True

    hosts: str = "members"
    staged: bool = False
    metadata: bool = False

    def __post_init__(self) -> None:
        if self.hosts not in _HOSTS:
            raise InvalidInput("CalicoEnforcement: hosts", f"{self.hosts!r} is none of {', '.join(_HOSTS)}.")
        for name in ("staged", "metadata"):
            if not isinstance(value := getattr(self, name), bool):
                raise InvalidInput(f"CalicoEnforcement: {name}", f"{value!r} is neither True nor False.")

    @property
    def holds_hosts(self) -> bool:
        """With `hosts="members"`."""
        return self.hosts == "members"

    @property
    def unenforced(self) -> str:
        """Staged policies decide nothing."""
        return "its policies are staged, which Calico logs and does not act on" if self.staged else ""

    def declare(
        self, cluster: ClusterIntegration, node_security_group_ids: Sequence[pulumi.Input[str]]
    ) -> Sequence[pulumi.Resource]:
        """Declare the objects, and what settles them at the end of the program."""
        return [_Enforcing(cluster, self, node_security_group_ids).live]

    def props(self) -> dict[str, Any]:
        """As inputs of a dynamic resource."""
        return {"hosts": self.hosts, "staged": self.staged, "metadata": self.metadata}


def _digest(known: Sequence[Any]) -> str:
    """Tells one state of what comes between the two resources from another."""
    return hashlib.sha256(json.dumps(known, sort_keys=True).encode()).hexdigest()[:16]


def _owner(cluster: ClusterIntegration) -> str:
    """Which integration of which stack it is; where Pulumi is mocked there is no organization."""
    organization: str | None = pulumi.get_organization()
    return "/".join([organization or "", pulumi.get_project(), pulumi.get_stack(), cluster.pulumi_resource_name])


class CalicoPolicies(dynamic.Resource, module="sg_integration", name="CalicoPolicies"):
    """The objects of Calico that enforce; made by `ClusterIntegration`."""

    fingerprint: pulumi.Output[str]
    """Tells one set of objects from another."""

    def __init__(self, name: str, props: Mapping[str, Any], opts: pulumi.ResourceOptions) -> None:
        from sg_integration.providers.enforcement import FOUND, CalicoEnforcementProvider  # noqa: PLC0415  loaded by those only who declare one

        found = dict.fromkeys(FOUND)
        super().__init__(CalicoEnforcementProvider(), name, {**props, **found, **program.previewing()}, opts)


class _Enforcing:
    """What a cluster's enforcement declares: the objects before anybody joins, and what settles at the end of the program.

    Args:
        cluster: the cluster, whose other parts are declared already.
        enforcement: what the user asks for.
        node_security_group_ids: the groups of its nodes, which are those of pods without groups of their own.
    """

    live: CalicoPolicies
    """The objects; whoever joins comes after them and leaves before them."""

    def __init__(
        self,
        cluster: ClusterIntegration,
        enforcement: CalicoEnforcement,
        node_security_group_ids: Sequence[pulumi.Input[str]],
    ) -> None:
        vpc = cluster.integration
        self._cluster = cluster
        self._props = {
            **cluster.access.props(),
            **vpc.reach.props(),
            **enforcement.props(),
            "vpc_id": vpc.vpc_id,
            "trust_security_group_id": vpc.trust.id,
            "enforced_security_group_id": vpc.enforced.id,
            "pod_default_security_group_id": cluster.pod_default.id,
            "node_security_group_ids": list(node_security_group_ids),
            "other_node_security_group_ids": program.at_its_end(self._other_groups),
            "nodes_join": cluster.nodes is not None,
            "owner": _owner(cluster),
            "owners": program.at_its_end(lambda: program.declared().owners),
            "bound_security_group_ids": program.at_its_end(lambda: pulumi.Output.all(*cluster.access.bound)),
        }
        vpc.holding.append(self._props)
        program.declared().owners.append(self._props["owner"])
        self._name = f"{cluster.pulumi_resource_name}-enforcement"
        after = pulumi.ResourceOptions(parent=cluster, depends_on=[self._declare_removal()])
        self.live = CalicoPolicies(self._name, self._props, after)
        cluster.access.guards.append(self.live)
        vpc.enforcing.append(self.live)
        vpc.settled.append(program.at_its_end(self._settle))

    def _other_groups(self) -> pulumi.Output[list[str]]:
        """The node groups of the VPC's other clusters: whoever has one of them is watched over there."""
        others = (each for each in self._cluster.integration.holding if each is not self._props)
        return pulumi.Output.all(*(group for each in others for group in each["node_security_group_ids"]))

    def _declare_removal(self) -> CalicoPolicies:
        """What takes away the objects of a killed run, which no state knows: it stands in the state before any is written."""
        needed = ("vpc_id", "enforced_security_group_id")
        props = {
            **self._cluster.access.props(),
            **self._cluster.integration.reach.props(),
            **{name: self._props[name] for name in needed},
            "removes": True,
            "owner": self._props["owner"],
        }
        return CalicoPolicies(f"{self._name}-removal", props, pulumi.ResourceOptions(parent=self._cluster))

    def _settle(self) -> pulumi.Output[str]:
        """Compile once more after all that the program makes and whoever joins, so that one update does it all."""
        rules, access = program.declared(), self._cluster.access
        joined = self._cluster.integration.selections.enrollments()
        between = [*rules.rules, *access.bound, *(each.attached for each in joined)]
        props = {
            **self._props,
            "settles": self.live.fingerprint,
            "follows": pulumi.Output.all(*between).apply(_digest),
            "declared_rule_ids": list(rules.rule_ids),
        }
        # No child of the cluster: members depend on the cluster with all its children, and this depends on them. And no
        # component is named: what of it is there by then differs from run to run, and a saved plan would be violated.
        options = pulumi.ResourceOptions(depends_on=[*access.bindings, *joined])
        return CalicoPolicies(f"{self._name}-settled", props, options).id
