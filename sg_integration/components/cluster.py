"""One Kubernetes cluster under the integration: its pod default group, its nodes in `enforced`, and its guard."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeAlias

import pulumi

from sg_integration.aws.pacing import Pace
from sg_integration.components import inputs, peers
from sg_integration.components.cluster_access import ClusterAccess
from sg_integration.components.enforcement import Enforcement, unenforced
from sg_integration.components.enrollment import NodeEnrollment
from sg_integration.components.peer import GroupPeer, Peer, group
from sg_integration.components.pod_guard import PodGroupGuard
from sg_integration.components.reserved import ReservedGroup, refuse_reserved
from sg_integration.components.security_group import SecurityGroup
from sg_integration.components.vpc import VpcIntegration
from sg_integration.model import identifiers
from sg_integration.model.errors import InvalidInput, Unenforced
from sg_integration.model.rules import Direction
from sg_integration.model.selectors import Nodes

NodeGroups: TypeAlias = "Sequence[str | SecurityGroup] | Mapping[str, pulumi.Input[str] | SecurityGroup]"


class ClusterIntegration(pulumi.ComponentResource):
    """A cluster whose pods get security groups: its pod default group, which says what every pod may do.

    The pod default group is attached to nothing in AWS; it is read, and compiled to policy, like any other group.
    Pods may send to all of IPv4, and accept from each other, from the worker nodes and from the control plane.

    Args:
        name: the cluster's name in the program; the group is `<name>-pod-default`.
        integration: the VPC's integration.
        node_security_group_ids: the groups of the worker nodes: ids (`["sg-…"]`), `SecurityGroup`s, or, for ids that are
            not known while the program runs, a mapping that names them (`{"nodes": cluster.node_security_group_id}`).
        control_plane_security_group_id: the control plane's group; `None` when it is one of the node groups, as on
            EKS where nodes have only the cluster security group.
        nodes: the instances that are the cluster's nodes; their interfaces join `enforced`, and to those that the VPC CNI
            manages it copies the primary one's groups itself. `None`: none does.
        unenforced_ok: let nodes join `enforced` although nothing enforces there, so that whatever runs on them reaches every
            member of `trust` on every port.
        kubeconfig: how the cluster itself is reached, for its guard, its bindings and `Nodes.from_cluster()`; see
            `ClusterAccess`, as for `context`, `eks_cluster_name` and `cluster_unreachable`.
        context: the context in the kubeconfig.
        eks_cluster_name: an EKS cluster, reached by AWS credentials alone.
        cluster_unreachable: what a preview does when the cluster cannot be reached: `fail` or `warn`.
        guard: let the API server refuse pods with groups that nobody gave to their namespace; see `PodGroupGuard`, to be
            declared by itself when it needs arguments.
        enforcement: what makes the groups' rules real for pods: `CalicoEnforcement()`, `SecurityGroupPolicyEnforcement()` or
            `TigeraEnforcement(…)`. It is live before any node joins `enforced` and goes after all have left. `None`: nothing
            enforces, and neither nodes nor members may join unless `unenforced_ok=True`.
        pace: how fast to write when nodes join and leave; by default half of what AWS allows.
        ipv6_egress: let pods send to all of IPv6 too.
        tags: added to the group's own.
        region: the region, when it is not the integration's.
        opts: options of the component; provider, protect, aliases, transforms and depends_on reach all children.

    Raises:
        InvalidInput: an argument is wrong; nothing was called.
        Unenforced: nodes were to join, but nothing enforces on them.
    """

    pod_default: ReservedGroup
    """The group that says what every pod of the cluster may do."""
    access: ClusterAccess
    """How the cluster itself is reached."""
    guard: PodGroupGuard | None
    """What refuses pods with groups that nobody gave to their namespace; None with `guard=False`."""

    enforcement: Enforcement | None
    """What enforces, if anything does."""
    nodes: Nodes | None
    """Which instances are its nodes and join `enforced`; None if none does."""

    def __init__(
        self,
        name: str,
        *,
        integration: VpcIntegration,
        node_security_group_ids: NodeGroups,
        control_plane_security_group_id: pulumi.Input[str] | None,
        nodes: Nodes | None = None,
        unenforced_ok: bool = False,
        kubeconfig: pulumi.Input[str] | None = None,
        context: pulumi.Input[str] | None = None,
        eks_cluster_name: pulumi.Input[str] | None = None,
        cluster_unreachable: str = "fail",
        guard: bool = True,
        enforcement: Enforcement | None = None,
        pace: Pace | None = None,
        ipv6_egress: bool = False,
        tags: inputs.Tags = None,
        region: pulumi.Input[str] | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        where = f'ClusterIntegration "{name}"'
        identifiers.group_name(name, f"{where}: name", room=len("-pod-default"))
        region = inputs.checked_region(region, f"{where}: region")
        if not isinstance(integration, VpcIntegration):
            raise InvalidInput(f"{where}: integration", f"{integration!r} is no VpcIntegration.")
        if nodes is not None and not isinstance(nodes, Nodes):
            raise InvalidInput(f"{where}: nodes", f"{nodes!r} is no selection; write Nodes(…).")
        tags = inputs.checked_tags(tags, f"{where}: tags", reserved_group=True)
        _check_enforcement(where, enforcement, nodes, unenforced_ok=unenforced_ok)
        workers = _workers(node_security_group_ids, f"{where}: node_security_group_ids")
        sources = _distinct([*workers, *_control_plane(control_plane_security_group_id, where)], where)
        super().__init__("sg-integration:index:ClusterIntegration", name, {}, opts)
        self.integration = integration
        self.pod_default = ReservedGroup(
            "pod-default",
            owner=self, vpc_id=integration.vpc_id, tags=tags, region=region or integration.region,
            opts=opts,
        )  # fmt: skip
        self._declare_rules(sources, ipv6_egress=ipv6_egress)
        mine = pulumi.ResourceOptions(parent=self)
        self.access = ClusterAccess(
            f"{name}-access",
            kubeconfig=kubeconfig, context=context,
            eks_cluster_name=eks_cluster_name,
            cluster_unreachable=cluster_unreachable,
            enforcement=enforcement,
            region=region, reach=integration.reach,
            opts=mine,
        )  # fmt: skip
        # Where AWS itself decides, no annotation means anything.
        annotated = enforcement is None or enforcement.needs_trust
        self.guard = PodGroupGuard(f"{name}-guard", cluster=self.access, opts=mine) if guard and annotated else None
        self.enforcement, self.nodes = enforcement, nodes
        live = enforcement.declare(self, [each.value for each in workers]) if enforcement is not None else []
        if nodes is not None:
            after = pulumi.ResourceOptions(parent=self, depends_on=list(live))
            NodeEnrollment(
                f"{name}-nodes", integration=integration, select=nodes, pace=pace, access=self.access,
                sources=[each.value for each in sources],
                opts=after,
            )  # fmt: skip
        self.register_outputs({"pod_default_security_group_id": self.pod_default.id})

    def _declare_rules(self, sources: Sequence[Peer], *, ipv6_egress: bool) -> None:
        allow = self.pod_default._allow_all
        allow(Direction.EGRESS, peers.ANY_IPV4)
        if ipv6_egress:
            allow(Direction.EGRESS, peers.ANY_IPV6)
        allow(Direction.INGRESS, group("itself", self.pod_default.id))
        for source in sources:
            allow(Direction.INGRESS, source)


def _check_enforcement(where: str, enforcement: object, nodes: Nodes | None, *, unenforced_ok: bool) -> None:
    """Refuse what is no enforcement, and nodes that would join without one."""
    if enforcement is not None and not isinstance(enforcement, Enforcement):
        raise InvalidInput(f"{where}: enforcement", f"{enforcement!r} enforces nothing; write CalicoEnforcement().")
    why = unenforced(enforcement)
    if nodes is not None and why and not unenforced_ok:
        raise Unenforced(
            f"{where}: nodes",
            f"{why}, so whatever runs on a node that joins enforced would reach every member of trust, on every port. "
            f"{_instead(enforcement)}, or pass unenforced_ok=True if that is what you want.",
        )


def _instead(enforcement: Enforcement | None) -> str:
    """What to do so that nodes may join, or need not."""
    if enforcement is None:
        return "Pass enforcement=CalicoEnforcement()"
    return "Leave staged=True out" if enforcement.needs_trust else "Leave nodes= out"


def _workers(nodes: NodeGroups, at: str) -> list[GroupPeer]:
    """The groups of the worker nodes."""
    if not inputs.is_known(nodes):
        raise InvalidInput(at, 'the list itself cannot be an output; name each id in it: {"nodes": ids[0]}.')
    if isinstance(nodes, str) or not isinstance(nodes, (Mapping, Sequence)):
        raise InvalidInput(at, f'{nodes!r} is no list; write ["sg-…"], or {{"nodes": …}} for ids not known yet.')
    if not nodes:
        raise InvalidInput(at, "no group at all; pods would refuse the probes of the nodes that they run on.")
    if isinstance(nodes, Mapping):
        return [_named(name, value, f'{at}["{name}"]') for name, value in nodes.items()]
    return [_listed(value, f"{at}[{index}]") for index, value in enumerate(nodes)]


def _control_plane(security_group_id: pulumi.Input[str] | None, where: str) -> list[GroupPeer]:
    """The control plane's group, if it has one of its own."""
    if security_group_id is None:
        return []
    return [_named("control-plane", security_group_id, f"{where}: control_plane_security_group_id")]


def _named(name: str, value: pulumi.Input[str] | SecurityGroup, where: str) -> GroupPeer:
    refuse_reserved(value, where)
    if identifiers.name(name, where) == "itself":
        raise InvalidInput(where, '"itself" is what the rule for pods among each other is called; choose another name.')
    if isinstance(value, SecurityGroup):
        value = value.id
    known = inputs.checked(value, identifiers.security_group_id, where)
    # A literal id was its own name in a list: from there to a name nothing is replaced.
    return group(name, known, str(known)) if inputs.is_known(known) and known != name else group(name, known)


def _listed(value: str | SecurityGroup, where: str) -> GroupPeer:
    if isinstance(value, SecurityGroup):
        return value.as_peer()
    refuse_reserved(value, where)
    if not inputs.is_known(value):
        raise InvalidInput(
            where,
            'this id is not known while the program runs, and its rule needs a name: write {"nodes": …}, not a list.',
        )
    return _named(identifiers.security_group_id(value, where), value, where)


def _distinct(sources: list[GroupPeer], where: str) -> list[GroupPeer]:
    """The groups that pods accept from, each once: AWS refuses a second equal rule, and here it would say nothing that helps."""
    unique: dict[object, GroupPeer] = {}
    for source in sources:
        unique.setdefault(source.value, source)

    def compare(known: list[str]) -> None:
        for value in known:
            twins = [source.name for source, found in zip(unique.values(), known, strict=True) if found == value]
            if len(twins) > 1:
                raise InvalidInput(
                    where,
                    f"{' and '.join(twins)} are one group, {value}. Name it once; a control plane that shares "
                    "a node group is control_plane_security_group_id=None.",
                )

    if not all(inputs.is_known(value) for value in unique):
        # Beside the rules, not in their way: a rule must not look changed because another group is.
        pulumi.Output.all(*unique).apply(compare)
    return list(unique.values())
