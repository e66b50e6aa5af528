"""Why somebody reaches somebody: what each judge says, and who does not look at all."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sg_integration.model.errors import InvalidInput
from sg_integration.model.explain_words import as_json, as_text
from sg_integration.model.landscape import Enforcement, RunningPod
from sg_integration.model.policy_inputs import Member, SecurityGroup
from sg_integration.model.reach import Reach
from tests.model.reach_scene import API, DB, GROUPS, IN, OUT, PODS, TRUST, asked, judges, notes, rule, running, shop


def text(source: str, destination: str, port: str, **how: object) -> str:
    """The answer as a person reads it."""
    landscape = shop(enforcement=Enforcement(**how))  # type: ignore[arg-type]
    return as_text(Reach(landscape), asked(source, destination, port, landscape))


def test_a_pod_that_is_admitted() -> None:
    """All four judges are named with the rules by which they let it pass, and the objects that hold them."""
    found = asked("shop/api-22", "orders", "tcp/5432")
    assert found.verdict == "allowed"
    assert judges(found) == ["Calico out", "AWS out", "AWS in", "Calico in"]
    said = text("shop/api-22", "orders", "5432")
    assert said.startswith("ALLOWED: shop/api-22 (pod) to orders (member) on tcp/5432")
    for words in (
        "its own: orders-api (sg-00)",
        "of every pod: pod-default (sg-03)",
        "orders-db: tcp/5432 from orders-api (sgr-2)",
    ):
        assert words in said
    assert "decided by sg-remote.sg-00 in tier sg-remote, set sg-integration-members" in said
    assert "sg-local.sg-00 in tier sg-local, set sg-integration-sg-01" in said


def test_a_pod_that_is_refused_by_the_other_end() -> None:
    """The side that grants nothing is named, with the groups that were looked at, whom they admit, and the policy that denies."""
    said = text("shop/web-333", "orders", "5432")
    assert said.startswith("DENIED")
    assert "of the node groups, since it has none of its own: nodes (sg-02)" in said
    assert "4. Calico on the node of the source, the destination's ingress: denies tcp/5432" in said
    assert "no rule grants it; looked at orders-db (sg-01)\n" in said
    assert "near: orders-db: tcp/5432 from orders-api (sgr-2)" in said
    assert "decided by sg-remote.members in tier sg-remote, set sg-integration-members" in said


def test_a_pod_whose_own_groups_grant_nothing() -> None:
    """What ends with the tier is denied by the tier, and the grant of another port that is there is shown."""
    quiet = tuple(SecurityGroup(g.id, g.name, () if g.name == "pod-default" else g.rules) for g in GROUPS)
    landscape = shop(groups=quiet)
    found = asked("shop/api-1", "orders", "tcp/9", landscape)
    said = as_text(Reach(landscape), found)
    assert "the end of tier sg-local, which denies what none of its policies passes" in said
    assert "near: orders-api: tcp/5432 to orders-db (sgr-1)" in said


def test_between_members_aws_alone_decides() -> None:
    """No node holds rules between two members, whether AWS lets it pass or not."""
    found = asked("batch", "orders", "5432")
    assert (found.verdict, judges(found)) == ("denied", ["AWS out", "AWS in"])
    assert "AWS alone decides this" in notes(found)


def test_on_one_node_aws_is_not_asked() -> None:
    """Two pods of one node never meet AWS; two on different nodes do."""
    assert judges(asked("shop/api-1", "shop/web-333", "80")) == ["Calico out", "Calico in"]
    assert "Calico in" in judges(asked("shop/api-22", "shop/web-333", "80"))
    assert "AWS in" in judges(asked("shop/api-22", "shop/web-333", "80"))


def test_a_node_reaches_its_own_pods_whatever_they_admit() -> None:
    """What a node sends to a pod that runs on it is judged by nobody; to a pod elsewhere it is."""
    assert judges(asked("node-1", "shop/api-1", "80")) == []
    assert "nothing judges it" in notes(asked("node-1", "shop/api-1", "80"))
    assert "Calico in" in judges(asked("node-1", "shop/api-22", "80"))


@pytest.mark.parametrize("address", ["10.0.0.2", "169.254.169.253", "169.254.169.254"])
def test_what_aws_never_filters(address: str) -> None:
    """The resolver and the link-local services are open to every pod, and it is said why."""
    found = asked("shop/web-333", address, "udp/53")
    assert found.verdict == "allowed"
    if address != "10.0.0.2":  # which in this shop is also a node
        assert "AWS filters nothing that is sent there" in notes(found)


def test_metadata_is_kept_from_pods_where_that_is_asked_for() -> None:
    """With the tier metadata a pod is refused there, unless it is labelled."""
    assert asked("shop/web-333", "169.254.169.254", "80", metadata=True).verdict == "denied"
    assert "metadata.addresses in tier metadata" in text("shop/web-333", "169.254.169.254", "80", metadata=True)
    labelled = running("ok-1", labels={"aws.tigera.io/allow-metadata-access": "true"})
    landscape = shop(pods=(labelled,), enforcement=Enforcement(metadata=True))
    assert asked("shop/ok-1", "169.254.169.254", "80", landscape).verdict == "allowed"


def test_nodes_themselves() -> None:
    """A node is held to members' rules, but for Calico's failsafe ports; with hosts off it is not."""
    assert asked("node-1", "orders", "5432").verdict == "denied"
    assert "sg-remote.hosts-members in tier sg-remote" in text("node-1", "orders", "5432")
    assert asked("node-1", "orders", "6443").verdict == "allowed"
    assert "decided by Calico's failsafe ports" in text("node-1", "orders", "6443")
    off = asked("node-1", "orders", "5432", hosts="off")
    assert off.verdict == "allowed"
    assert 'hosts="off"' in notes(off)
    assert asked("shop/agent-55555", "orders", "5432").verdict == "denied"


def test_staged_policies_deny_nothing() -> None:
    """What is staged would deny, and does not; without any enforcement a pod is whatever its node is."""
    staged = asked("shop/web-333", "orders", "5432", standing="staged")
    assert staged.verdict == "allowed"
    assert "Calico logs what it would decide" in notes(staged)
    assert "would deny tcp/5432" in text("shop/web-333", "orders", "5432", standing="staged")
    none = asked("shop/web-333", "orders", "5432", standing="none")
    assert (none.verdict, judges(none)) == ("allowed", ["AWS out", "AWS in"])
    assert "nothing enforces" in notes(none)


def test_who_is_not_in_trust() -> None:
    """A member that has not joined is judged by AWS by the node's groups, too, and that is said; so is who never joins."""
    found = asked("shop/api-22", "bastion", "5432")
    assert found.verdict == "denied"
    assert [each.passes for each in found.chains[0].links] == [True, True, False, True]
    assert "10.0.2.3 is not in trust" in notes(found)
    assert "never joins trust" in notes(asked("shop/api-22", "eni-lb", "5432"))


def test_namespaces_of_the_cluster() -> None:
    """Their pods are never selected: what they send to members is held to nothing."""
    found = asked("kube-system/dns-4444", "orders", "5432")
    assert found.verdict == "allowed"
    assert "policy never selects pods of the cluster's own namespaces" in notes(found)


def test_an_answer_that_depends_on_the_address() -> None:
    """Where one pod is admitted by its address and another is not, both answers are given, the refusal first."""
    admits = SecurityGroup(DB, "orders-db", (rule(2, IN, "10.0.1.5/32", "tcp", 5432),))
    landscape = shop(groups=(admits, *(each for each in GROUPS if each.id != DB)))
    found = asked("shop/deployment/api", "orders", "5432", landscape)
    assert found.verdict == "depends"
    assert [each.allowed for each in found.chains] == [False, True]
    said = as_text(Reach(landscape), found)
    assert "IT DEPENDS" in said
    assert "ALLOWED from 10.0.1.5 to 10.0.2.1" in said
    assert "set sg-integration-members" in said


def test_a_pod_without_an_address_is_tried_at_any() -> None:
    """Where a rule names a block, the answer for a pod that has no address yet depends on the one that it gets."""
    admits = SecurityGroup(DB, "orders-db", (rule(2, IN, "10.0.1.0/24", "tcp", 5432),))
    groups = (admits, *(each for each in GROUPS if each.id != DB))
    pending = RunningPod(running("api-1", API).pod, "deployment/api")
    found = asked("shop/api-1", "orders", "5432", shop(groups=groups, pods=(pending,)))
    assert found.verdict == "depends"
    assert "has no address yet" in notes(found)
    assert asked("shop/api-1", "orders", "5432", shop(pods=(pending,))).verdict == "allowed"


def test_objects_that_are_not_in_the_cluster_yet() -> None:
    """What would decide, but does not stand, is named."""
    found = asked("shop/api-1", "orders", "5432", shop(objects=frozenset({"sg-remote.members"})))
    assert "not in the cluster yet, so it does not decide: sg-local.sg-03, sg-local.sg-00, " in notes(found)


def test_a_pod_without_an_address_has_the_family_of_the_others() -> None:
    """Where pods have IPv6, one that has no address yet is sought there, and a rule for IPv4 does not admit it."""
    later = replace(running("late-1", API), addresses=())
    one = replace(running("six-1", API), addresses=("2001:db8::5",))
    there = (Member("eni-six", "six (i-0d)", ("2001:db8:1::1",), frozenset({TRUST})),)
    landscape = shop(pods=(later, one), members=there)
    landscape = replace(landscape, inputs=replace(landscape.inputs, vpc_cidrs=("10.0.0.0/16", "2001:db8::/56")))
    assert "no addresses of one family" not in notes(asked("shop/late-1", "eni-six", "443", landscape))
    of_four = replace(landscape, pods=(later, running("api-1", API)))
    assert "no addresses of one family" in notes(asked("shop/late-1", "eni-six", "443", of_four))


def test_two_families() -> None:
    """Who has no address of one family in common reaches nobody, and that is the reason."""
    found = asked("shop/api-1", "2001:db8::1", "443")
    assert found.verdict == "denied"
    assert "no addresses of one family" in notes(found)


def test_the_answer_as_json() -> None:
    """A program reads the verdict, each judge with the rules, and the objects."""
    landscape = shop()
    document = as_json(Reach(landscape), asked("shop/web-333", "orders", "5432", landscape))
    assert document["verdict"] == "denied"
    (chain,) = document["chains"]
    last = chain["links"][-1]
    assert (last["judge"], last["direction"], last["passes"], last["decides"]) == ("Calico", "ingress", False, True)
    assert last["near"][0]["rule"] == "sgr-2"
    assert "sg-remote.members in tier sg-remote" in last["objects"]


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("shop/api-1", "shop/api-1 (pod)"),
        ("shop/deployment/api", "shop/deployment/api (workload of 2 pods)"),
        ("shop/deploy/web", "shop/deployment/web (workload of 1 pod)"),
        ("shop/web", "shop/deployment/web (workload of 1 pod)"),
        ("shop/app=api", "shop/app=api (workload of 2 pods)"),
        ("node-2", "node-2 (node)"),
        ("i-0a", "node-1 (node)"),
        ("eni-batch", "eni-batch (member)"),
        ("batch", "batch (member)"),
        ("i-0b", "i-0b (member)"),
        ("orders", "orders (member)"),
        ("orders-db", "orders-db (group of 4)"),
        (API, f"{API} (group of 2)"),
        ("10.0.2.1", "10.0.2.1 of RDSNetworkInterface (address)"),
        ("10.0.1.5", "shop/api-1 (pod)"),
        ("8.8.8.8", "8.8.8.8 (address)"),
    ],
)
def test_everybody_by_name(name: str, found: str) -> None:
    """Whatever a person calls a party is found."""
    assert str(asked(name, "10.0.3.3", "443").source) == found


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("shop/depoyment/api", "Did you mean shop/deployment/api"),
        ("zzz", "Write namespace/pod"),
        ("trusty", "Did you mean trust"),
        ("depl", "Did you mean kube-system/deployment/dns, shop/deployment/agent"),
        ("enforced-nobody", "nothing here is called"),
    ],
)
def test_nobody_of_that_name(name: str, words: str) -> None:
    """A name that nobody has is refused, with those that are near."""
    with pytest.raises(InvalidInput) as refused:
        asked(name, "orders", "443")
    assert words in str(refused.value)


def test_a_group_that_nobody_has() -> None:
    """A group without members and pods sends nothing, and is refused as a party."""
    with pytest.raises(InvalidInput, match="nobody is in this group"):
        asked("lonely", "orders", "443", shop(groups=(*GROUPS, SecurityGroup("sg-0f", "lonely", (rule(1, OUT, API),)))))


def test_pods_of_one_workload_on_two_nodes() -> None:
    """Whether two pods share a node matters pair by pair: with AWS between, and without."""
    found = asked("shop/deployment/api", "shop/web-333", "80")
    assert found.verdict == "allowed"
    assert sorted(len(each.links) for each in found.chains) == [2, 4]
    assert len(PODS) == 5


def test_a_part_of_what_is_asked() -> None:
    """A range of which some ports pass is neither allowed nor denied, and what passes is named, for programs, too."""
    found = asked("shop/api-1", "orders", "tcp/5431-5433")
    assert found.verdict == "depends"
    said = as_text(Reach(shop()), found)
    assert said.startswith("IN PART (tcp/5432 passes): shop/api-1 (pod) to orders (member) on tcp/5431-5433")
    assert "denies tcp/5431-5433, but tcp/5432" in said
    assert "no rule grants all of it" in said
    (chain,) = as_json(Reach(shop()), found)["chains"]
    assert (chain["allowed"], chain["passes"]) == (False, "tcp/5432")
    assert asked("shop/web-333", "orders", "tcp/5431-5433").verdict == "denied"
    assert asked("shop/api-1", "orders", "all").verdict == "depends"


@pytest.mark.parametrize(
    ("source", "destination", "settled"),
    [("shop/api-1", "orders", False), ("shop/web-333", "orders", False), ("orders", "batch", True)],
)
def test_what_the_cluster_does_not_hold_yet(source: str, destination: str, settled: bool) -> None:
    """As long as the cluster holds something else the answer is about later; where AWS alone decides it is about now."""
    now = asked(source, destination, "5432")
    landscape = replace(shop(), differing={"sg-remote.members": "no longer needed"})
    later = asked(source, destination, "5432", landscape)
    assert later.compiled == now.verdict
    assert later.verdict == (now.verdict if settled else "unsettled")
    assert as_text(Reach(landscape), later).startswith("NOT SETTLED") is not settled


def test_what_aws_denies_is_denied_whatever_the_cluster_holds() -> None:
    """A member that is not in trust is judged by AWS besides, and its no is one at once."""
    landscape = replace(shop(), differing={"sg-remote.members": "no longer needed"})
    assert asked("shop/web-333", "bastion", "5432", landscape).verdict == "denied"


def test_somebody_and_himself() -> None:
    """The one address that both have is said, and not that they have none in common; and nobody has an empty name."""
    assert "both have the one address that there is" in notes(asked("orders", "orders", "5432"))
    with pytest.raises(InvalidInput, match="nothing here is called ''"):
        asked("", "orders", "5432")
