"""Looks once at everything that could be a member, and decides any selection on what it saw."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast

from sg_integration.aws import security_groups
from sg_integration.aws.databases import RdsDatabases
from sg_integration.aws.interfaces import NetworkInterfaces
from sg_integration.model.errors import IntegrationError, InvalidInput
from sg_integration.model.groups import Groups
from sg_integration.model.nodes import UNHELD, UNREADY, WINDOWS, Node
from sg_integration.model.reasons import Situation
from sg_integration.model.selection import (
    Selection,
    not_empty,
    select_databases,
    select_interfaces,
    select_nodes,
    selected_ids,
)
from sg_integration.model.selectors import Databases, Instances, Nodes, from_document
from sg_integration.providers import claims
from sg_integration.providers.settings import Settings, is_unknown, without_unknowns
from sg_integration.providers.state import Props

if TYPE_CHECKING:
    from sg_integration.kubernetes.cluster import Cluster

Select = TypeVar("Select")


class ClusterSilent(IntegrationError):
    """The cluster did not say who its nodes are.

    Args:
        cause: why not.
    """

    def __init__(self, cause: IntegrationError) -> None:
        super().__init__(str(cause))
        self.cause = cause


@dataclass(frozen=True)
class Enforcing:
    """On which nodes Calico enforces.

    Args:
        ready: where its pod is ready.
        hosts: where it polices the node's own network; None if that does not matter.
    """

    ready: Groups
    hosts: Groups | None

    def why_not(self, node: Node) -> str:
        """Why it does not on a node; empty if it does."""
        if self.hosts is not None and node.labels.get("kubernetes.io/os") == "windows":
            return WINDOWS
        if node.name not in self.ready:
            return UNREADY
        return UNHELD if self.hosts is not None and node.name not in self.hosts else ""


@dataclass(frozen=True)
class Discovery(Generic[Select]):
    """What was seen.

    Args:
        decide: who is in, passed over or deferred by a selection; raises `InvalidInput` as the model does.
        groups: the groups that each candidate has.
        node_instance_ids: the instances behind the cluster's nodes, when the selection asks the cluster; without those that
            are left alone, since their tags tell what they are.
    """

    decide: Callable[[Select], Selection]
    groups: Mapping[str, tuple[str, ...]]
    node_instance_ids: tuple[str, ...] | None = None


def selector(kind: Any, props: Props) -> Any:
    """What the user selects, checked; what is not known yet is left out, and then it may select nothing."""
    document = props.get("select") or {}
    known = without_unknowns(document)
    if known == document:
        return from_document(kind, document)
    if known.get("tags") != document.get("tags"):  # half of the tags, or a tag without its value, would select more
        known.pop("tags", None)
    return from_document(kind, {**known, "allow_empty": True})


def selection_name(props: Props) -> str:
    """What tells one enrollment of a program from another: what it selects."""
    return repr(sorted((props.get("select") or {}).items()))


def among_interfaces(settings: Settings, props: Props, replaced: Groups) -> Discovery[Instances | Nodes]:
    """Look at the interfaces and instances of the VPC; groups of ours that are replaced take no place."""
    carrier = NetworkInterfaces(settings.connection, settings.vpc_id, settings.previewing)
    interfaces, instances = carrier.discover()
    enforced = props.get("enforced_security_group_id")
    behind, enforcing = _nodes(props) if asks_cluster(props) else (None, None)
    nodes = [from_document(Nodes, {"allow_empty": True, **document}) for document in _beside(props, "nodes")]
    situation = Situation(
        desired=settings.desired,
        account_id=_account(settings, carrier),
        enforced=frozenset([enforced]) if isinstance(enforced, str) else frozenset(),
        node_ids=frozenset[str]().union(*(selected_ids(instances, select) for select in nodes)),
        replaced=replaced,
        quota=carrier.quota() if _some_are_full(interfaces, settings.desired) else 5,
        nodes=bool(props.get("nodes")),
        unenforced=_unenforced(behind, enforcing),
        unenforced_stays=bool(props.get("enforced_before")),
    )
    groups = {interface.id: interface.groups for interface in interfaces}

    def decide(select: Instances | Nodes) -> Selection:
        if not isinstance(select, Nodes) or not select.cluster or behind is None:
            return select_interfaces(interfaces, instances, select, situation)
        inside = {each.instance_id for each in interfaces if settings.desired <= set(each.groups)}
        by_ids, passed_over = select_nodes(behind, instances, select, inside)
        chosen = select_interfaces(interfaces, instances, by_ids, situation)
        return not_empty(replace(chosen, skipped={**passed_over, **chosen.skipped}), select)

    return Discovery(decide, groups, None if behind is None else tuple(sorted(_instance_ids(behind))))


def among_databases(settings: Settings, replaced: Groups) -> Discovery[Databases]:
    """Look at the databases of the account; groups of ours that are replaced take no place."""
    databases = RdsDatabases(settings.connection, settings.vpc_id).discover()
    vpc_id, desired = settings.vpc_id, settings.desired
    _owner(settings)
    return Discovery(
        lambda select: select_databases(databases, select, vpc_id=vpc_id, desired=desired, replaced=replaced),
        {database.id: database.groups for database in databases},
    )


def claim_for_others(seen: Discovery[Any], kind: Any, props: Props) -> None:
    """Say what the other enrollments of the program want on whom: they may be checked only after this one is updated."""
    groups = props["security_group_ids"]
    for other in _beside(props, "members"):
        try:
            chosen = seen.decide(from_document(kind, {"allow_empty": True, **other["select"]}))
        except InvalidInput:
            continue  # that enrollment is refused by its own check
        wanted = frozenset(groups[int(at)] for at in other["shares"])
        claims.claim([*chosen.members, *chosen.deferred], wanted, by=selection_name(other))


def asks_cluster(props: Props) -> bool:
    """Whether the selection is that of the cluster's own nodes, or those must be known that Calico enforces on."""
    return bool((props.get("select") or {}).get("cluster") or props.get("calico"))


def _nodes(props: Props) -> tuple[Sequence[Node], Enforcing | None]:
    """The Node objects of the cluster, and on which Calico enforces, if that matters."""
    from sg_integration.providers.cluster_access import cluster  # noqa: PLC0415  who asks no cluster needs no client

    try:
        there = cluster(props)
        return there.nodes(), _enforcing(there, str(props["calico"])) if props.get("calico") else None
    except InvalidInput:
        raise  # an argument is wrong, and says which
    except IntegrationError as error:
        raise ClusterSilent(error) from error


def _enforcing(there: Cluster, what: str) -> Enforcing:
    return Enforcing(there.ready_for_calico(), there.calico.hosts() if what == "nodes" else None)


def _unenforced(nodes: Sequence[Node] | None, enforcing: Enforcing | None) -> dict[str, str] | None:
    """Why nothing enforces on the instances behind nodes; empty where Calico does."""
    if nodes is None or enforcing is None:
        return None
    return {node.instance_id: enforcing.why_not(node) for node in nodes if node.instance_id}


def _instance_ids(nodes: Iterable[Node]) -> set[str]:
    return {node.instance_id for node in nodes if node.instance_id and not node.skip_reason}


def _beside(props: Props, name: str) -> list[Props]:
    beside = props.get("beside")
    return [] if is_unknown(beside) else cast("list[Props]", (beside or {}).get(name) or [])


def _account(settings: Settings, carrier: NetworkInterfaces) -> str:
    """The account that we are: the owner of our groups, or, while they do not exist, as STS says."""
    owner = _owner(settings)
    return owner if settings.known else carrier.account_id()


def _owner(settings: Settings) -> str:
    """The owner of our groups, having seen that all groups that exist, also the one for the last case, are of the VPC."""
    groups = settings.existing | ({settings.fallback} if settings.fallback else set())
    if not groups:
        return ""
    return security_groups.owner_in_vpc(settings.connection, groups, settings.vpc_id, ours=settings.reserved)


def _some_are_full(interfaces: Iterable[Any], desired: Groups) -> bool:
    return any(len(set(interface.groups) | desired) > 5 for interface in interfaces)  # noqa: PLR2004  AWS's default
