"""Why a member is passed over, or must wait: in words that a person can act on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from sg_integration.model.groups import Groups
from sg_integration.model.members import Database, Interface
from sg_integration.model.selectors import Instances, Nodes

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
        unenforced: of each instance that is a node of the cluster, why nothing enforces on it, empty if something does; None
            where that does not matter.
        unenforced_stays: whether a node that is in stays when Calico is not ready on it, as it was when the node joined: the
            rules of its pods are in its kernel.
    """

    desired: Groups
    account_id: str = ""
    enforced: Groups = frozenset()
    node_ids: frozenset[str] = frozenset()
    replaced: Groups = frozenset()
    quota: int = 5
    nodes: bool = False
    unenforced: Mapping[str, str] | None = None
    unenforced_stays: bool = True


def why_not(interface: Interface, selector: Instances | Nodes, situation: Situation) -> str:
    """The reason to pass over an interface; empty when there is none."""
    return (
        _why_aws_refuses(interface, situation)
        or _why_somebody_fights(interface, situation)
        or _why_unenforced(interface, situation)
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


def _why_unenforced(interface: Interface, situation: Situation) -> str:
    """Why nothing on it would keep pods from members."""
    if situation.unenforced is None:
        return ""
    why = situation.unenforced.get(interface.instance_id)
    if why is None:
        return "no node of the cluster, so nothing enforces there"
    stays = situation.unenforced_stays and situation.desired <= set(interface.groups)
    return "" if stays else why


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


def why_not_database(database: Database, desired: Groups, replaced: Groups) -> str:
    """The reason to pass over a database; empty when there is none."""
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


def what_to_wait_for(database: Database) -> str:
    """What must happen before RDS takes a change of groups; empty when it takes one now."""
    if database.status.startswith(_CHANGEABLE):
        return ""
    if database.status in _STOPPED:
        return "RDS changes no database that is not running. Start it and run up again."
    return "RDS changes it when it is available. Run up again then."
