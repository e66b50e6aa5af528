"""Who joins, who is passed over and why, and who must wait: decided on facts, without a call."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace

from sg_integration.model.errors import InvalidInput
from sg_integration.model.groups import Groups
from sg_integration.model.members import Database, Instance, Interface
from sg_integration.model.nodes import Node
from sg_integration.model.reasons import Situation, what_to_wait_for, why_not, why_not_database
from sg_integration.model.selectors import Databases, Ids, Instances, Later, Nodes, has_any_tag, has_tags


@dataclass(frozen=True, slots=True)
class Selection:
    """What an enrollment found, each keyed by the member's id.

    Args:
        members: who is in, by name.
        skipped: who was selected but is passed over, and why.
        deferred: who will join later, and when.
    """

    members: Mapping[str, str] = field(default_factory=dict)
    skipped: Mapping[str, str] = field(default_factory=dict)
    deferred: Mapping[str, str] = field(default_factory=dict)


def select_interfaces(
    interfaces: Iterable[Interface], instances: Collection[Instance], selector: Instances | Nodes, situation: Situation
) -> Selection:
    """Decide about every interface of a VPC.

    With `whole_vpc` every interface is a candidate and so is explained; otherwise those of selected instances are.

    Raises:
        InvalidInput: an instance that was named is not in the VPC, or nobody is selected.
    """
    chosen = selected_ids(instances, selector)
    missing = sorted(_ids(selector.instance_ids) - {instance.id for instance in instances})
    if missing:
        raise InvalidInput(
            f"{type(selector).__name__}: instance_ids",
            f"{', '.join(missing)}: no such instance in this VPC that is running or stopped. "
            "Correct the id, or leave out what is terminated.",
        )
    members, skipped, excluded = dict[str, str](), dict[str, str](), _ids(selector.exclude_ids)
    everything = isinstance(selector, Instances) and selector.whole_vpc
    for interface in interfaces:
        candidate = interface.instance_id in chosen or (everything and not interface.instance)
        if not candidate or excluded & {interface.id, interface.instance_id}:
            continue
        if reason := why_not(interface, selector, situation):
            skipped[interface.id] = f"{interface}: {reason}"
        else:
            members[interface.id] = str(interface)
    return not_empty(Selection(members, skipped), selector)


def select_nodes(
    nodes: Iterable[Node], instances: Iterable[Instance], selector: Nodes, inside: Collection[str] = ()
) -> tuple[Nodes, dict[str, str]]:
    """The selection of the instances behind a cluster's nodes.

    Args:
        nodes: the cluster's Node objects.
        instances: the instances of the VPC.
        selector: what else is selected and excluded.
        inside: the instances that have the groups already.

    Returns:
        The selection by ids, and the nodes that are passed over: by instance, or by name if there is none.
    """
    there, excluded = {instance.id for instance in instances}, _ids(selector.exclude_ids)
    ids, skipped = set[str](), {}
    for node in nodes:
        if node.instance_id in excluded:
            continue
        gone = node.instance_id is not None and node.instance_id not in there
        reason = node.skip_reason or ("its instance is not in this VPC, or is terminated" if gone else "")
        if node.skip_reason and node.instance_id in inside:
            skipped[node.instance_id or node.name] = f"node {node.name}: it has the group, by what makes it"
        elif reason:
            skipped[node.instance_id or node.name] = f"node {node.name}: {reason}"
        elif node.instance_id:
            ids.add(node.instance_id)
    named = tuple(sorted(ids | _ids(selector.instance_ids)))
    return replace(selector, cluster=False, instance_ids=named, allow_empty=True), skipped


def selected_ids(instances: Iterable[Instance], selector: Instances | Nodes) -> frozenset[str]:
    """The instances that are selected, whatever may then be said of their interfaces."""
    named, excluded = _ids(selector.instance_ids), _ids(selector.exclude_ids)
    return frozenset(
        instance.id for instance in instances if instance.id not in excluded and _selected(instance, selector, named)
    )


def select_databases(
    databases: Collection[Database],
    selector: Databases,
    *,
    vpc_id: str,
    desired: Groups,
    replaced: Groups = frozenset(),
) -> Selection:
    """Decide about every database of an account, of which only those in the VPC are candidates.

    Args:
        databases: all of them.
        selector: who is selected.
        vpc_id: the VPC.
        desired: the groups to attach.
        replaced: groups of ours that go in the write that attaches; they take no place.

    Raises:
        InvalidInput: a database that was named does not exist, or is in another VPC, or nobody is selected.
    """
    vpcs = defaultdict[str, set[str]](set)  # an instance and a cluster may share an identifier
    for database in databases:
        vpcs[database.identifier].add(database.vpc_id)
    named = _ids(selector.identifiers)
    for identifier in sorted(named):
        where = "Databases: identifiers"
        if identifier not in vpcs:
            raise InvalidInput(where, f'"{identifier}": no such database in this account and region.')
        if vpc_id not in vpcs[identifier]:
            known = ", ".join(sorted(filter(None, vpcs[identifier]))) or "a VPC that AWS does not tell"
            raise InvalidInput(where, f'"{identifier}" is in {known}, not in {vpc_id}.')
    members, skipped, deferred = {}, {}, {}
    for database in databases:
        if database.vpc_id != vpc_id or not _database_selected(database, selector):
            continue
        if database.cluster and database.identifier not in named:
            continue  # its cluster stands for it
        if reason := why_not_database(database, desired, replaced):
            skipped[database.id] = f"{database}: {reason}"
        elif not desired <= frozenset(database.groups) and (wait := what_to_wait_for(database)):
            deferred[database.id] = f"{database}: {database.status}; {wait}"
        else:
            members[database.id] = str(database)
    return not_empty(Selection(members, skipped, deferred), selector)


def not_empty(selection: Selection, selector: Instances | Databases | Nodes) -> Selection:
    """Refuse a selection that finds nobody: a mistyped tag would let every member leave."""
    if selector.allow_empty or selection.members or selection.skipped or selection.deferred:
        return selection
    if isinstance(selector, Nodes) and selector.cluster:
        raise InvalidInput(
            "Nodes",
            "the cluster has no node, so every one that is in would leave. Correct how the cluster is reached, or write "
            "Nodes.from_cluster(allow_empty=True) if it may have none.",
        )
    raise InvalidInput(
        type(selector).__name__,
        "nobody in this VPC is selected, so everybody who is in would leave. Correct the tags or ids, or write "
        "allow_empty=True if there may be nobody.",
    )


def _ids(values: Ids) -> frozenset[str]:
    """The ids that are known; when a decision is made in earnest, all are."""
    return frozenset() if isinstance(values, Later) else frozenset(value for value in values if isinstance(value, str))


def _selected(instance: Instance, selector: Instances | Nodes, named: frozenset[str]) -> bool:
    if isinstance(selector, Instances) and has_any_tag(instance.tags, selector.exclude_tags):
        return False
    by_tags = bool(selector.tags) and has_tags(instance.tags, selector.tags)
    everything = isinstance(selector, Instances) and selector.whole_vpc
    return by_tags or everything or instance.id in named


def _database_selected(database: Database, selector: Databases) -> bool:
    if database.identifier in _ids(selector.exclude_ids) or has_any_tag(database.tags, selector.exclude_tags):
        return False
    if selector.engines and database.engine not in _ids(selector.engines):
        return False
    by_tags = bool(selector.tags) and has_tags(database.tags, selector.tags)
    return by_tags or selector.whole_vpc or database.identifier in _ids(selector.identifiers)
