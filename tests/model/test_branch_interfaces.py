"""What SecurityGroupPolicies come to for a pod, what is too much, and what keeps a cluster from making branch interfaces."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sg_integration.model.bindings import MIRROR, Pod
from sg_integration.model.branch_interfaces import Policy, Sight, listed, policy, said, spec
from sg_integration.model.branch_nodes import warnings
from sg_integration.model.label_selectors import LabelSelector, label_selector
from sg_integration.model.nodes import Node

ON = {"ENABLE_POD_ENI": "true", "DISABLE_TCP_EARLY_DEMUX": "true"}
TYPE, OS, COMPUTE = "node.kubernetes.io/instance-type", "kubernetes.io/os", "eks.amazonaws.com/compute-type"
labels = st.dictionaries(st.sampled_from("ab"), st.sampled_from("xy"), max_size=2)


def chosen(name: str, selector: dict[str, str], *groups: str, accounts: dict[str, str] | None = None) -> Policy:
    """A policy."""
    running = None if accounts is None else label_selector(accounts, "accounts")
    return Policy(name, label_selector(selector, "pods"), frozenset(groups), running)


def pod(name: str = "web-1", *, host: bool = False, **found: str) -> Pod:
    """A pod in namespace shop."""
    return Pod("shop", name, labels=found, host_network=host)


@given(selector=labels, groups=st.lists(st.sampled_from(["sg-1", "sg-2"]), min_size=1))
def test_a_policy_of_ours_is_read_as_it_was_made(selector: dict[str, str], groups: list[str]) -> None:
    """Selector and groups survive; the groups are sorted, each once."""
    made = spec(label_selector(selector, "pods"), listed(groups))
    assert made["securityGroups"]["groupIds"] == sorted(set(groups))
    assert policy({"metadata": {"name": "web"}, "spec": made}) == chosen("web", selector, *groups)


@pytest.mark.parametrize(
    "malformed",
    [
        {},
        {"podSelector": {}},
        {"podSelector": {}, "securityGroups": {"groupIds": []}},
        {"securityGroups": {"groupIds": ["sg-1"]}},
        {
            "podSelector": {"matchExpressions": [{"key": "a", "operator": "Near"}]},
            "securityGroups": {"groupIds": ["sg-1"]},
        },
    ],
)
def test_what_the_controller_passes_over_counts_for_nothing(malformed: dict[str, Any]) -> None:
    """A policy without a selector, without groups, or with a condition that nobody knows gives nothing."""
    assert policy({"metadata": {"name": "bad"}, "spec": malformed}) is None


def test_a_policy_by_service_account_alone() -> None:
    """Without a pod selector it is for the pods of any labels that run as such an account; with both, both must match."""
    groups = {"groupIds": ["sg-1"]}
    made = policy({"metadata": {"name": "x"}, "spec": {"serviceAccountSelector": {}, "securityGroups": groups}})
    assert made == Policy("x", LabelSelector(), frozenset(["sg-1"]), LabelSelector())
    both = chosen("both", {"app": "web"}, "sg-1", accounts={"team": "a"})
    assert both.matches(pod(app="web"), {"team": "a"})
    assert not both.matches(pod(app="api"), {"team": "a"})
    assert not both.matches(pod(app="web"), {"team": "b"})
    assert not both.matches(pod(app="web"), None)


def test_a_pod_gets_the_groups_of_all_policies_that_match_it() -> None:
    """Ours and others', by its labels and by its service account; without ours, what is left."""
    mine, all_, sa = (
        chosen("m", {"app": "web"}, "sg-1"),
        chosen("all", {}, "sg-2"),
        chosen("sa", {}, "sg-3", accounts={}),
    )
    sight = Sight([pod(app="web")], [all_, sa, chosen("api", {"app": "api"}, "sg-4")], accounts={"web-1": {}})
    assert sight.groups(pod(app="web"), mine) == {"sg-1", "sg-2", "sg-3"}
    assert sight.groups(pod("other", app="web"), mine) == {"sg-1", "sg-2"}
    assert sight.groups(pod(app="web"), None) == {"sg-2", "sg-3"}
    assert Sight().groups(pod(app="api"), mine) == frozenset()


@settings(max_examples=60)
@given(ours=labels, theirs=labels, found=labels)
def test_who_covers_a_policy_matches_all_its_pods(
    ours: dict[str, str], theirs: dict[str, str], found: dict[str, str]
) -> None:
    """Whatever pod ours matches, one that covers it matches, too; one by service account never surely does."""
    mine, other = chosen("mine", ours, "sg-1"), chosen("other", theirs, "sg-2")
    live = Pod("shop", "web-1", labels=found)
    if other.covers(mine) and mine.matches(live):
        assert other.matches(live)
    assert mine.covers(mine)
    assert not chosen("sa", {}, "sg-1", accounts={}).covers(mine)


def test_more_groups_than_an_interface_takes() -> None:
    """Counted each once, for pods that live and for those that must come; hostNetwork and static pods have no such interface."""
    mine, twin = chosen("mine", {"app": "web"}, "sg-1", "sg-2"), chosen("twin", {"app": "web"}, "sg-2", "sg-3")
    assert Sight([], [twin]).crowded(mine, 3) == ""
    assert Sight([], [twin]).crowded(mine, 2) == (
        "every pod that app=web matches would have 3 groups (this binding and SecurityGroupPolicy twin (sg-2, sg-3)), "
        "and its network interface takes 2"
    )
    tier = chosen("tier", {"tier": "shop"}, "sg-4", "sg-5")
    live = pod(app="web", tier="shop")
    assert Sight([], [tier]).crowded(mine, 3) == ""
    assert Sight([live], [tier]).crowded(mine, 3).startswith("pod shop/web-1 would have 4 groups")
    host, static = pod(host=True, **live.labels), Pod("shop", "s", labels=live.labels, annotations={MIRROR: "x"})
    assert Sight([host, static, pod(app="api", tier="shop")], [tier]).crowded(mine, 3) == ""
    account = chosen("sa", {}, "sg-6", "sg-7", accounts={"team": "a"})
    assert Sight([live], [account], accounts={"web-1": {"team": "a"}}).crowded(mine, 3)
    assert not Sight([live], [account], accounts={"web-1": {"team": "b"}}).crowded(mine, 3)


def test_groups_in_words() -> None:
    """Sorted; those that are not known yet are counted."""
    assert said(frozenset(["sg-2", "sg-1"])) == "sg-1, sg-2"
    assert said(frozenset(["not known yet 0", "sg-1", "not known yet 1"])) == "sg-1, 2 not known yet"


def test_a_cluster_that_makes_branch_interfaces_has_nothing_in_the_way() -> None:
    """Only the mode is said, which always matters."""
    nodes = [
        Node("big", labels={TYPE: "m5.large"}, branch_interfaces=9),
        Node("old", labels={TYPE: "m5.large", "vpc.amazonaws.com/has-trunk-attached": "true"}),
        Node("fargate", labels={COMPUTE: "fargate"}),
        Node("auto", labels={COMPUTE: "auto"}, version="v1.36.2"),
    ]
    assert list(warnings(ON, nodes, besides=True)) == ["POD_SECURITY_GROUP_ENFORCING_MODE=strict"]
    assert warnings(None, nodes[2:], besides=True) == {}
    assert warnings(None, [], besides=True) == {}


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"ENABLE_POD_ENI": "false"}, {"ENABLE_POD_ENI": "no branch interfaces are made"}),
        ({"ENABLE_POD_ENI": ""}, {"ENABLE_POD_ENI": "new pods stay Pending"}),
        ({"DISABLE_TCP_EARLY_DEMUX": "false"}, {"DISABLE_TCP_EARLY_DEMUX": "TCP and HTTP probes by kubelets fail"}),
        (
            {"POD_SECURITY_GROUP_ENFORCING_MODE": "standard", "DISABLE_TCP_EARLY_DEMUX": "false"},
            {"POD_SECURITY_GROUP_ENFORCING_MODE=standard": "traffic within a node, its kubelet's too, is not held"},
        ),
    ],
)
def test_how_the_plugin_is_set(changed: dict[str, str], expected: dict[str, str]) -> None:
    """What switches branch interfaces off, what weakens them, and what breaks probes."""
    found = warnings({**ON, **changed}, [], besides=True)
    for about, words in expected.items():
        assert words in found.pop(about)
    assert set(found) <= {"POD_SECURITY_GROUP_ENFORCING_MODE=strict"}


@pytest.mark.parametrize(
    ("node", "about", "words"),
    [
        ({"labels": {TYPE: "t3a.medium"}, "branch_interfaces": 3}, "nodes t3a.medium", "the t family has no trunk"),
        ({"labels": {TYPE: "m5.large"}}, "nodes m5.large", "no vpc.amazonaws.com/pod-eni"),
        ({"labels": {}}, "nodes of no known type", "no vpc.amazonaws.com/pod-eni"),
        ({"labels": {OS: "windows", TYPE: "m5.large"}}, "nodes with Windows", "keep the groups of their node"),
        ({"labels": {COMPUTE: "hybrid"}}, "nodes that are hybrid", "do not reach them"),
        ({"labels": {COMPUTE: "auto"}, "version": "v1.35.9"}, "nodes of EKS Auto Mode", "since Kubernetes 1.36 only"),
    ],
)
def test_nodes_that_are_in_the_way(node: dict[str, Any], about: str, words: str) -> None:
    """One line for all nodes that are alike, which names some of them and fits into what the engine shows."""
    nodes = [Node(f"ip-10-0-0-{at}", **node) for at in range(5)]
    lines = {key: text for key, text in warnings(ON, nodes, besides=True).items() if key.startswith("nodes")}
    assert list(lines) == [about]
    assert words in lines[about]
    assert lines[about].startswith("5: ")
    assert lines[about].endswith("(ip-10-0-0-0, ip-10-0-0-1, ip-10-0-0-2, …)")


def test_no_plugin_and_no_groups_besides() -> None:
    """Nodes of EC2 need the plugin; a pod with no other groups than its bindings' may be cut off from probes and DNS."""
    found = warnings(None, [Node("n", branch_interfaces=1)], besides=False)
    assert set(found) == {"aws-node", "security_groups"}
    assert "AWS advises the cluster security group" in found["security_groups"]
    assert all(len(text) <= 150 for text in found.values())
    assert all(len(text) <= 150 for text in warnings({}, [], besides=False).values())
    assert all(len(text) <= 150 for text in warnings({"ENABLE_POD_ENI": "true"}, [], besides=False).values())
