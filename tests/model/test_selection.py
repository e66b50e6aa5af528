"""Which interfaces join, which are passed over, and in which words a preview says why."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from sg_integration.model.errors import InvalidInput
from sg_integration.model.members import Instance, Interface
from sg_integration.model.nodes import Node
from sg_integration.model.reasons import Situation
from sg_integration.model.selection import Selection, not_empty, select_interfaces, select_nodes, selected_ids
from sg_integration.model.selectors import Instances, Nodes

TRUST = frozenset({"sg-trust"})
US = Situation(desired=TRUST, account_id="111", enforced=frozenset({"sg-enforced"}))
WEB = Instance("i-00000001", {"Name": "web-1", "role": "member"})
EVERYTHING = Instances(whole_vpc=True)
MEMBERS = Instances(tags={"role": "member"}, allow_empty=True)


def interface(instance: Instance | None = WEB, **more: Any) -> Interface:
    """An interface that has no reason to be passed over, but for what a test says."""
    owner = {"instance_id": instance.id, "instance_owner_id": "111"} if instance else {}
    return Interface(**{"id": "eni-1", "groups": ("sg-web",), "owner_id": "111", "instance": instance, **owner, **more})


def tagged(**tags: str) -> Instance:
    """The instance with more tags."""
    return replace(WEB, tags={**WEB.tags, **{key.replace("__", "/").replace("_", "-"): tags[key] for key in tags}})


def with_tag(key: str) -> Interface:
    """An interface of an instance with that tag."""
    return interface(replace(WEB, tags={**WEB.tags, key: "x"}))


FIVE = tuple(f"sg-{number}" for number in range(5))
CNI = {"node.k8s.amazonaws.com/instance_id": "i-00000001"}
KARPENTER = "managed by Karpenter: add the group to the EC2NodeClass's securityGroupSelectorTerms"
NODE = "a node of a cluster: nodes join enforced, through ClusterIntegration"
QUOTA = "free one, or raise the quota security groups per network interface (L-2AFB9258)"
COPIES = "managed by the VPC CNI, which copies the groups of the instance's primary interface to it"

REASONS: list[tuple[str, Interface, str]] = [
    ("requester", interface(requester_managed=True, requester_id="amazon-elb"), "managed by amazon-elb: change its groups through that service"),
    ("requester unknown", interface(requester_managed=True), "managed by a service of AWS: change its groups through that service"),
    ("operator", interface(operator="eks.amazonaws.com"), "managed by eks.amazonaws.com: AWS refuses changes by anybody else"),
    ("other account", interface(owner_id="222", instance_owner_id="222"), "owned by account 222: only its owner can change it"),
    ("control plane", interface(None, instance_owner_id="333"), "attached to an instance of account 333, as a control plane's interface is"),
    *((f"type {kind}", interface(interface_type=kind), f"of type {kind}, whose groups are its maker's")
      for kind in ("branch", "trunk", "efa-only", "lambda", "natGateway", "vpc_endpoint", "not_invented_yet")),
    *((f"tag {key}", with_tag(key), KARPENTER)
      for key in ("karpenter.sh/nodepool", "karpenter.sh/nodeclaim", "karpenter.k8s.aws/ec2nodeclass")),
    ("RDS Custom", with_tag("AWSRDSCustom"), "a host of RDS Custom, which keeps its own groups"),
    ("CNI secondary", interface(device_index=1, tags=CNI), COPIES),
    *((f"tag {key}", with_tag(key), NODE)
      for key in ("eks:cluster-name", "eks:nodegroup-name", "aws:eks:cluster-name", "kubernetes.io/cluster/prod")),
    ("carries enforced", interface(groups=("sg-web", "sg-enforced")), NODE),
    ("full", interface(groups=FIVE), f"it has 5 of 5 groups: {QUOTA}"),
    ("unattached", interface(None), "attached to no instance"),
]  # fmt: skip


@pytest.mark.parametrize(("member", "reason"), [row[1:] for row in REASONS], ids=[row[0] for row in REASONS])
def test_who_is_passed_over_is_named_and_explained(member: Interface, reason: str) -> None:
    """With whole_vpc every interface that cannot join is in `skipped`, with its name and exactly this reason."""
    instances = [member.instance] if member.instance else []
    found = select_interfaces([member], instances, EVERYTHING, US)
    assert found == Selection({}, {"eni-1": f"{member}: {reason}"})


@pytest.mark.parametrize(
    "member",
    [
        interface(),
        interface(interface_type="efa"),
        interface(replace(WEB, state="stopped")),
        interface(device_index=1),
        interface(device_index=0, tags=CNI),
        interface(device_index=1, tags={**CNI, "node.k8s.amazonaws.com/no_manage": "true"}),
        interface(groups=FIVE[:4]),
        interface(groups=(*FIVE[:4], "sg-trust")),
        interface(groups=(*FIVE, "sg-trust")),
        interface(owner_id="111", instance_owner_id=""),
    ],
    ids=["usual", "efa", "stopped", "secondary", "primary of a node", "not the CNI's", "4 groups", "5 with ours", "6 with ours", "no owner said"],
)  # fmt: skip
def test_who_has_no_reason_joins(member: Interface) -> None:
    """Nothing in these is against joining."""
    assert member.instance
    assert select_interfaces([member], [member.instance], MEMBERS, US) == Selection({"eni-1": str(member)})


def test_an_account_that_is_not_known_passes_nobody_over() -> None:
    """Without knowing who we are, AWS's own refusal says who the owner is."""
    member = interface(owner_id="222", instance_owner_id="222")
    assert select_interfaces([member], [WEB], MEMBERS, replace(US, account_id="")).members


def test_the_first_reason_is_the_one_that_aws_gives() -> None:
    """A managed interface of a Karpenter node that is full says that it is managed."""
    member = replace(with_tag("karpenter.sh/nodepool"), requester_managed=True, requester_id="amazon-rds", groups=FIVE)
    found = select_interfaces([member], [member.instance] if member.instance else [], EVERYTHING, US)
    assert "managed by amazon-rds" in found.skipped["eni-1"]


def test_a_node_that_a_cluster_selects_is_no_member() -> None:
    """An instance that is selected as a node joins enforced, also when no tag tells that it is one."""
    found = select_interfaces([interface()], [WEB], MEMBERS, replace(US, node_ids=frozenset({WEB.id})))
    assert found.skipped == {"eni-1": f"web-1 (i-00000001): {NODE}"}


def test_nodes_are_what_a_cluster_selects() -> None:
    """For nodes the tags of a node are no reason; Karpenter and the CNI are."""
    node = tagged(eks_cluster_name="prod")
    nodes = replace(US, nodes=True, desired=frozenset({"sg-enforced"}))
    primary, second = interface(node), interface(node, id="eni-2", device_index=1, tags=CNI)
    found = select_interfaces([primary, second], [node], Nodes(tags={"role": "member"}), nodes)
    assert found == Selection({"eni-1": "web-1 (i-00000001)"}, {"eni-2": f"web-1 (i-00000001) eth1: {COPIES}"})
    assert select_interfaces([with_tag("karpenter.sh/nodepool")], [WEB], Nodes(instance_ids=[WEB.id]), nodes).skipped


@pytest.mark.parametrize(
    ("groups", "quota", "desired", "replaced", "fits"),
    [
        (5, 5, {"sg-trust"}, set(), False),
        (5, 6, {"sg-trust"}, set(), True),
        (4, 5, {"sg-trust", "sg-x"}, set(), False),
        (3, 5, {"sg-trust", "sg-x"}, set(), True),
        (5, 5, {"sg-trust"}, {"sg-0"}, True),
        (5, 5, {"sg-trust"}, {"sg-elsewhere"}, False),
        (5, 5, {"sg-trust", "sg-x"}, {"sg-0"}, False),
        (6, 5, {"sg-0"}, set(), True),
    ],
)
def test_the_quota_counts_what_will_be_there(
    groups: int, quota: int, desired: set[str], replaced: set[str], fits: bool
) -> None:
    """What goes in the same write takes no place; who has all of ours needs none; the quota is the account's."""
    member = interface(groups=tuple(f"sg-{number}" for number in range(groups)))
    situation = replace(US, desired=frozenset(desired), replaced=frozenset(replaced), quota=quota)
    found = select_interfaces([member], [WEB], EVERYTHING, situation)
    expected = {} if fits else {"eni-1": f"web-1 (i-00000001): it has {groups} of {quota} groups: {QUOTA}"}
    assert found.skipped == expected


def test_tags_and_ids_explain_only_those_they_select() -> None:
    """Without whole_vpc an interface that no selected instance has is not mentioned."""
    stranger = Instance("i-00000002", {"role": "other"})
    others = [interface(stranger, id="eni-2", requester_managed=True), interface(None, id="eni-3")]
    for select in (MEMBERS, Instances(instance_ids=[WEB.id])):
        found = select_interfaces([interface(), *others], [WEB, stranger], select, US)
        assert found == Selection({"eni-1": "web-1 (i-00000001)"})


A = Instance("i-0000000a", {"role": "member", "env": "prod"})
B = Instance("i-0000000b", {"role": "member", "env": "test"})
C = Instance("i-0000000c", {"role": ""})


@pytest.mark.parametrize(
    ("select", "chosen"),
    [
        (Instances(tags={"role": "member"}), "ab"),
        (Instances(tags={"role": None}), "abc"),
        (Instances(tags={"role": "member", "env": "prod"}), "a"),
        (Instances(tags={"role": "member", "gone": None}), ""),
        (Instances(instance_ids=[C.id]), "c"),
        (Instances(instance_ids=[C.id], tags={"env": "test"}), "bc"),
        (Instances(whole_vpc=True), "abc"),
        (Instances(whole_vpc=True, exclude_tags={"env": "test"}), "ac"),
        (Instances(whole_vpc=True, exclude_tags={"env": None}), "c"),
        (Instances(whole_vpc=True, exclude_tags={"env": "test", "role": ""}), "a"),
        (Instances(whole_vpc=True, exclude_ids=[A.id]), "bc"),
        (Instances(instance_ids=[A.id, B.id], exclude_ids=[A.id]), "b"),
        (Instances(instance_ids=[A.id], exclude_tags={"role": None}), ""),
        (Instances(allow_empty=True), ""),
        (Nodes(tags={"env": None}), "ab"),
        (Nodes(tags={"env": None}, exclude_ids=[B.id]), "a"),
        (Nodes(instance_ids=[C.id]), "c"),
        (Nodes(allow_empty=True), ""),
    ],
)
def test_which_instances_are_selected(select: Instances | Nodes, chosen: str) -> None:
    """Tags are all needed, None is any value, ways to select add up, and an exclusion beats them all."""
    assert selected_ids([A, B, C], select) == {f"i-0000000{letter}" for letter in chosen}


def behind(instance: Instance, name: str = "node", **labels: str) -> Node:
    """The node whose instance that is."""
    return Node(name, f"aws:///eu-central-1a/{instance.id}", labels)


def test_a_clusters_nodes_are_selected_by_the_instances_behind_them() -> None:
    """Of all instances those behind nodes are selected, by id; what else the user selects or excludes counts as well."""
    chosen, skipped = select_nodes([behind(A), behind(B)], [A, B, C], Nodes.from_cluster())
    assert (chosen, skipped) == (Nodes(instance_ids=(A.id, B.id), allow_empty=True), {})
    also = Nodes(cluster=True, instance_ids=[C.id], exclude_ids=[B.id])
    chosen, skipped = select_nodes([behind(A), behind(B)], [A, B, C], also)
    assert selected_ids([A, B, C], chosen) == {A.id, C.id}
    assert not skipped


@pytest.mark.parametrize(
    ("node", "key", "reason"),
    [
        (behind(WEB), WEB.id, "its instance is not in this VPC, or is terminated"),
        (Node("node"), "node", "it has no spec.providerID yet; run again when the cloud controller has found it"),
        (Node("node", "kind://docker/kind/node"), "node", "kind://docker/kind/node is no instance of EC2"),
        (behind(A, **{"karpenter.sh/nodepool": "default"}), A.id, "Karpenter replaces a node whose groups differ from its EC2NodeClass: add the group to its securityGroupSelectorTerms"),
        (behind(WEB, **{"karpenter.sh/nodepool": "default"}), WEB.id, "Karpenter replaces a node whose groups differ from its EC2NodeClass: add the group to its securityGroupSelectorTerms"),
        (Node("node", "aws:///a/b/fargate-ip-10-0-0-1", {"eks.amazonaws.com/compute-type": "fargate"}), "node", "a Fargate node has no instance; give its pods their groups with a SecurityGroupPolicy"),
    ],
    ids=["terminated", "no instance yet", "elsewhere", "karpenter", "karpenter, terminated", "fargate"],
)  # fmt: skip
def test_a_node_that_cannot_join_is_named_and_explained(node: Node, key: str, reason: str) -> None:
    """It is in `skipped`, by its instance or its name, and never an error; the others are selected."""
    chosen, skipped = select_nodes([node, behind(B)], [A, B], Nodes.from_cluster())
    assert chosen.instance_ids == (B.id,)
    assert skipped == {key: f"node node: {reason}"}


@pytest.mark.parametrize("labels", [{}, {"karpenter.sh/nodepool": "default"}], ids=["terminated", "karpenter"])
def test_a_node_that_is_excluded_needs_no_explanation(labels: dict[str, str]) -> None:
    """What the user excludes is not mentioned, whatever else could be said of it."""
    found = select_nodes([behind(WEB, **labels)], [], Nodes.from_cluster(exclude_ids=[WEB.id]))
    assert found == (Nodes(exclude_ids=[WEB.id], allow_empty=True), {})


def test_a_cluster_without_nodes_is_refused_in_words_about_the_cluster() -> None:
    """No node at all would let every one leave, unless the user says that there may be none."""
    with pytest.raises(InvalidInput, match="the cluster has no node, so every one that is in would leave"):
        not_empty(Selection(), Nodes.from_cluster())
    empty = Selection(skipped={"fargate-1": "node fargate-1: …"})
    assert not_empty(empty, Nodes.from_cluster()) is empty
    assert not_empty(Selection(), Nodes.from_cluster(allow_empty=True)) == Selection()
