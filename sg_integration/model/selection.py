"""Who joins, who is passed over and why, and who must wait: decided on facts, without a call."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from sg_integration.model.errors import InvalidInput
from sg_integration.model.groups import Groups
from sg_integration.model.members import Database, Instance, Interface
from sg_integration.model.selectors import Databases, Ids, Instances, Later, Nodes, has_any_tag, has_tags

# The groups that RDS allows on a database, a quota that AWS does not raise.
GROUPS_PER_DATABASE: Final = 5
_WRITABLE_TYPES: Final = ("interface", "efa")
_KARPENTER_TAGS: Final = ("karpenter.sh/nodepool", "karpenter.sh/nodeclaim", "karpenter.k8s.aws/ec2nodeclass")
_NODE_TAGS: Final = ("eks:cluster-name", "eks:nodegroup-name", "aws:eks:cluster-name")
_CLUSTER_TAG: Final = "kubernetes.io/cluster/"
_CNI_TAG: Final = "node.k8s.amazonaws.com/instance_id"
_CNI_UNMANAGED: Final = "node.k8s.amazonaws.com/no_manage"
_OTHER_ENGINES: Final = {"neptune": "Neptune", "docdb": "DocumentDB"}
# In these RDS takes a change of groups: terraform-provider-aws#3708 for storage-*, the user guide's "Viewing DB instance
# status" for the others, which are all stages of a database that works.
_CHANGEABLE: Final = ("available", "backing-up", "configuring-", "storage-")
_STOPPED: Final = ("stopped", "stopping", "starting")


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


@dataclass(frozen=True, slots=True)
class Situation:
    """What a decision about interfaces needs to know besides the interface.

    Args:
        desired: the groups to attach.
        account_id: the account that we are; empty if not known.
        enforced: groups of nodes: what carries one is a node of a cluster.
        node_ids: instances that are selected as nodes of a cluster.
        replaced: groups of ours that go in the write that attaches; they take no place.
        quota: how many groups an interface may have.
        nodes: whether nodes are what is wanted.
    """

    desired: Groups
    account_id: str = ""
    enforced: Groups = frozenset()
    node_ids: frozenset[str] = frozenset()
    replaced: Groups = frozenset()
    quota: int = 5
    nodes: bool = False


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
        if reason := _why_not(interface, selector, situation):
            skipped[interface.id] = f"{interface}: {reason}"
        else:
            members[interface.id] = str(interface)
    return _not_empty(Selection(members, skipped), selector)


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
            raise InvalidInput(where, f'"{identifier}" is in {", ".join(sorted(vpcs[identifier]))}, not in {vpc_id}.')
    members, skipped, deferred = {}, {}, {}
    for database in databases:
        if database.vpc_id != vpc_id or not _database_selected(database, selector):
            continue
        if database.cluster and database.identifier not in named:
            continue  # its cluster stands for it
        if reason := _why_not_database(database, desired, replaced):
            skipped[database.id] = f"{database}: {reason}"
        elif not database.status.startswith(_CHANGEABLE) and not desired <= frozenset(database.groups):
            deferred[database.id] = f"{database}: {database.status}; {_what_to_wait_for(database)}"
        else:
            members[database.id] = str(database)
    return _not_empty(Selection(members, skipped, deferred), selector)


def _what_to_wait_for(database: Database) -> str:
    if database.status in _STOPPED:
        return "RDS changes no database that is not running. Start it and run up again."
    return "RDS changes it when it is available. Run up again then."


def _not_empty(selection: Selection, selector: Instances | Databases | Nodes) -> Selection:
    """Refuse a selection that finds nobody: a mistyped tag would let every member leave."""
    if selector.allow_empty or selection.members or selection.skipped or selection.deferred:
        return selection
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


def _why_not(interface: Interface, selector: Instances | Nodes, situation: Situation) -> str:
    """The reason to pass over an interface; empty when there is none."""
    return (
        _why_aws_refuses(interface, situation)
        or _why_somebody_fights(interface, situation)
        or _why_full(interface, situation)
        or ("" if interface.instance or not isinstance(selector, Instances) else "attached to no instance")
    )


def _why_aws_refuses(interface: Interface, situation: Situation) -> str:
    if interface.requester_managed:
        return f"managed by {interface.requester_id or 'a service of AWS'}: change its groups through that service"
    if interface.operator:
        return f"managed by {interface.operator}: AWS refuses changes by anybody else"
    if situation.account_id and interface.owner_id != situation.account_id:
        return f"owned by account {interface.owner_id}: only its owner can change it"
    if interface.instance_owner_id and interface.instance_owner_id != interface.owner_id:
        return f"attached to an instance of account {interface.instance_owner_id}, as a control plane's interface is"
    if interface.interface_type not in _WRITABLE_TYPES:
        return f"of type {interface.interface_type}, whose groups are its maker's"
    return ""


def _why_somebody_fights(interface: Interface, situation: Situation) -> str:
    tags = interface.instance.tags if interface.instance else {}
    if any(key in tags for key in _KARPENTER_TAGS):
        return "managed by Karpenter: add the group to the EC2NodeClass's securityGroupSelectorTerms"
    if "AWSRDSCustom" in tags:
        return "a host of RDS Custom, which keeps its own groups"
    if interface.device_index and _CNI_TAG in interface.tags and _CNI_UNMANAGED not in interface.tags:
        return "managed by the VPC CNI, which copies the groups of the instance's primary interface to it"
    if not situation.nodes and _is_node(interface, tags, situation):
        return "a node of a cluster: nodes join enforced, through ClusterIntegration"
    return ""


def _is_node(interface: Interface, tags: Mapping[str, str], situation: Situation) -> bool:
    tagged = any(key in _NODE_TAGS or key.startswith(_CLUSTER_TAG) for key in tags)
    selected = interface.instance_id in situation.node_ids
    return tagged or selected or bool(situation.enforced & set(interface.groups))


def _why_full(interface: Interface, situation: Situation) -> str:
    after = len((set(interface.groups) - situation.replaced) | situation.desired)
    if after <= situation.quota or situation.desired <= set(interface.groups):
        return ""
    return (
        f"it has {len(interface.groups)} of {situation.quota} groups: free one, or raise the quota "
        "security groups per network interface (L-2AFB9258)"
    )


def _database_selected(database: Database, selector: Databases) -> bool:
    if database.identifier in _ids(selector.exclude_ids) or has_any_tag(database.tags, selector.exclude_tags):
        return False
    if selector.engines and database.engine not in _ids(selector.engines):
        return False
    by_tags = bool(selector.tags) and has_tags(database.tags, selector.tags)
    return by_tags or selector.whole_vpc or database.identifier in _ids(selector.identifiers)


def _why_not_database(database: Database, desired: Groups, replaced: Groups) -> str:
    for prefix, name in _OTHER_ENGINES.items():
        if database.engine.startswith(prefix):
            return f"a {name} database, which has an API of its own"
    if database.engine.startswith("custom-"):
        return "RDS Custom, whose groups RDS does not change"
    if database.cluster:
        return f"in cluster {database.cluster}, which has the groups: select the cluster"
    after = len((set(database.groups) - replaced) | desired)
    if after > GROUPS_PER_DATABASE and not desired <= set(database.groups):
        return f"it has {len(database.groups)} of the {GROUPS_PER_DATABASE} groups that RDS allows: free one"
    return ""
