"""The worked example of the original documentation, and what must never be cut off or got by a label."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sg_integration.model import calico
from sg_integration.model.policy_compile import compile_policy
from sg_integration.model.policy_inputs import Member, Node, PolicyInputs, SecurityGroup, SecurityGroupRule
from sg_integration.model.rules import Direction, PeerKind
from tests.policy.calico import Calico, Endpoint
from tests.policy.parties import Packet, Party, Shape, within
from tests.policy.trial import allowed, disagreement, manifests
from tests.policy.world import HOST_LABELS, World
from tests.policy.worlds import worlds

SOME = settings(max_examples=20, deadline=None, database=None, suppress_health_check=list(HealthCheck))
POSTGRES = Shape(6, 40000, 5432)


def grant(group: str, way: Direction, peer: str, port: int | None = 5432) -> SecurityGroupRule:
    """A rule for TCP on one port, or for everything."""
    protocol = "-1" if port is None else "tcp"
    return SecurityGroupRule(f"sgr-{group}-{peer}", way, protocol, port, port, PeerKind.SECURITY_GROUP, peer)


ANYWHERE = SecurityGroupRule("sgr-out", Direction.EGRESS, "-1", None, None, PeerKind.CIDR_IPV4, "0.0.0.0/0")
GROUPS = (
    SecurityGroup("sg-0db", "db-sg", (grant("sg-0db", Direction.INGRESS, "sg-0acc"),)),
    SecurityGroup("sg-0acc", "access-db", (grant("sg-0acc", Direction.EGRESS, "sg-0db"),)),
    SecurityGroup("sg-0in", "instance-sg", (grant("sg-0in", Direction.EGRESS, "sg-0b0d", 8080),)),
    SecurityGroup("sg-0b0d", "pod-sg", (grant("sg-0b0d", Direction.INGRESS, "sg-0in", 8080),)),
    SecurityGroup("sg-0e", "nodes", (ANYWHERE,)),
    SecurityGroup("sg-0d", "pod default", (ANYWHERE, grant("sg-0d", Direction.INGRESS, "sg-0d", None))),
)
ALLOWED = Party("allowed", "pod", ("10.0.1.1",), frozenset({"sg-0acc"}))
OTHER = Party("other", "pod", ("10.0.1.2",))
SERVING = Party("serving", "pod", ("10.0.1.3",), frozenset({"sg-0b0d"}))
DB, INSTANCE, NODE, API_SERVER = "10.0.2.20", "10.0.2.30", "10.0.0.10", "10.0.3.1"
WORLD = World(
    PolicyInputs(
        GROUPS,
        frozenset({"sg-0e"}),
        "sg-0d",
        frozenset({"sg-0acc", "sg-0b0d"}),
        (
            Member("eni-db", "db", (DB,), frozenset({"sg-0db"})),
            Member("eni-instance", "instance", (INSTANCE,), frozenset({"sg-0in"})),
            Member("eni-api", "control plane", (API_SERVER,), frozenset({"sg-0db"})),
        ),
        (Node("node", (NODE,)),),
        api_server=(API_SERVER,),
    ),
    (ALLOWED, OTHER, SERVING),
    (POSTGRES, Shape(6, 40000, 8080), Shape(6, 40000, 443)),
    "members",
)


@pytest.fixture(scope="module")
def example() -> Calico:
    """Calico with the objects of the example."""
    return Calico(manifests(WORLD), WORLD.endpoints())


@pytest.mark.parametrize(
    ("source", "destination", "port", "passes"),
    [
        ("10.0.1.1", DB, 5432, True),
        ("10.0.1.1", DB, 5433, False),
        ("10.0.1.2", DB, 5432, False),
        (NODE, DB, 5432, False),
        (INSTANCE, "10.0.1.3", 8080, True),
        (INSTANCE, "10.0.1.3", 8081, False),
        (INSTANCE, "10.0.1.2", 8080, False),
        (DB, "10.0.1.3", 8080, False),
        ("10.0.1.1", "10.0.1.2", 80, True),
        ("10.0.1.2", "8.8.8.8", 443, True),
        ("8.8.8.8", "10.0.1.2", 443, False),
    ],
)
def test_the_worked_example(example: Calico, source: str, destination: str, port: int, passes: bool) -> None:
    """db-sg admits access-db only: the annotated pod passes, others and the node do not; pod-sg admits the instance."""
    verdict = example.decide(Packet(source, destination, Shape(6, 40000, port)))
    assert verdict.allowed is passes, verdict.reason


def test_the_example_is_as_the_security_groups_say() -> None:
    """Every packet of the example is decided as the groups decide it."""
    assert not disagreement(WORLD, manifests(WORLD))


@pytest.mark.parametrize("port", [443, 6443, 10250, 53])
def test_a_node_is_never_cut_off_from_its_api_server(example: Calico, port: int) -> None:
    """Even if the control plane's interface is taken for a member whose group admits nobody, both ways stay open."""
    for shape in (Shape(6, 40000, port), Shape(17, 40000, port)):
        assert example.decide(Packet(NODE, API_SERVER, shape)).allowed
        assert example.decide(Packet(API_SERVER, NODE, shape)).allowed
        assert example.decide(Packet("10.0.1.2", API_SERVER, shape)).allowed


@SOME
@given(worlds())
def test_all_of_a_node_but_members_stays_open(world: World) -> None:
    """Whatever the groups say, what a node exchanges with anybody but a policed member and pods passes."""
    policed = compile_policy(world.inputs).policed
    held = {each for party in world.parties() for each in party.addresses if any(within(each, net) for net in policed)}
    decided = Calico(manifests(world), world.endpoints())
    for source, destination, packet in world.flows:
        if "pod" not in (source.kind, destination.kind) and not held & {packet.source, packet.destination}:
            verdict = decided.decide(packet)
            assert verdict.allowed, verdict.reason


NODES_OF_MEMBERS: dict[str, tuple[tuple[Node, ...], tuple[Member, ...]]] = {
    "the node's own, that no pod's rule names": ((Node("node", (NODE,), frozenset({"sg-0x"})),), ()),
    "of a member that has its address": (
        (Node("node", (NODE,)),),
        (Member("eni-n", "node", (NODE,), frozenset({"sg-0x"}), policed=False),),
    ),
    "of a member in whose prefix it is": (
        (Node("node", (NODE,)),),
        (Member("eni-n", "node", ("10.0.0.0/28",), frozenset({"sg-0x"})),),
    ),
}


@pytest.mark.parametrize(("nodes", "members"), NODES_OF_MEMBERS.values(), ids=NODES_OF_MEMBERS)
def test_a_node_is_in_every_group_of_its_address(nodes: tuple[Node, ...], members: tuple[Member, ...]) -> None:
    """What a member grants to a group passes from each node in it, by whichever way it is in it, and from no other."""
    groups = (
        SecurityGroup("sg-0db", "db-sg", (grant("sg-0db", Direction.INGRESS, "sg-0x"),)),
        SecurityGroup("sg-0x", "extra", (grant("sg-0x", Direction.EGRESS, "sg-0db"),)),
        SecurityGroup("sg-0e", "nodes"),
        SecurityGroup("sg-0d", "pod default"),
    )
    db = Member("eni-db", "db", (DB,), frozenset({"sg-0db"}))
    others = (*nodes, Node("node-2", ("10.0.0.20",)))
    inputs = PolicyInputs(groups, frozenset({"sg-0e"}), "sg-0d", members=(db, *members), nodes=others)
    world = World(inputs, (OTHER,), (POSTGRES,), "members")
    written = manifests(world)
    assert not disagreement(world, written)
    passing = {each for each in allowed(world, written) if DB in each and "10.0.0." in each.split(" -> ")[0]}
    assert any(each.startswith(f"{NODE} ->") for each in passing)
    assert not any(each.startswith("10.0.0.20 ->") for each in passing)


SPOOFS: dict[str, dict[str, str]] = {
    "a node": HOST_LABELS,
    "an entry of a prefix list": {"sg-integration/pl-01": "", "sg-integration/pl-02": ""},
    "a member": {"sg-integration/member": ""},
    "of another orchestrator": {"projectcalico.org/orchestrator": "other"},
    "in kube-system": {"projectcalico.org/namespace": "kube-system"},
}


@pytest.mark.parametrize("labels", SPOOFS.values(), ids=SPOOFS)
def test_a_pod_that_says_it_is_something_else_gains_nothing(labels: dict[str, str]) -> None:
    """No label that the guard leaves to a pod's owner lets anything pass that did not pass without it."""

    @SOME
    @given(worlds(), st.integers(0, 1))
    def gains_nothing(world: World, which: int) -> None:
        pods = tuple(replace(pod, labels=labels) if n == which else pod for n, pod in enumerate(world.pods))
        written = manifests(world)
        assert allowed(replace(world, pods=pods), written) <= allowed(world, written)

    gains_nothing()


def test_a_label_makes_nobody_a_node_or_a_member() -> None:
    """A bound pod does not enter the node groups by a node's label, and who says it is a member is cut off from nobody."""
    serving = SecurityGroup("sg-0b0d", "pod-sg", (grant("sg-0b0d", Direction.INGRESS, "sg-0e", 8080),))
    asking = SecurityGroup("sg-0acc", "access-db", (grant("sg-0acc", Direction.EGRESS, "sg-0b0d", 8080),))
    groups = (serving, asking, SecurityGroup("sg-0e", "nodes", (ANYWHERE,)), SecurityGroup("sg-0d", "pod default"))
    world = replace(WORLD, inputs=replace(WORLD.inputs, groups=groups), pods=(ALLOWED, OTHER, SERVING))
    written, member = manifests(world), {"sg-integration/member": ""}
    plain = allowed(world, written)
    node, *others = (replace(ALLOWED, labels=HOST_LABELS), OTHER, SERVING)
    assert allowed(replace(world, pods=(node, *others)), written) == plain
    assert allowed(replace(world, pods=tuple(replace(pod, labels=member) for pod in world.pods)), written) == plain
    assert allowed(replace(world, node_labels=member), written) == plain


@SOME
@given(worlds())
def test_a_node_that_labels_itself_gains_nothing(world: World) -> None:
    """A kubelet may label its node; no group and no prefix list is reached so."""
    names = [*(f"sg.aws.tigera.io/{group.id}" for group in world.inputs.groups), "sg-integration/pl-01"]
    labels: dict[str, Any] = dict.fromkeys(names, "")
    written = manifests(world)
    assert allowed(replace(world, node_labels=labels), written) <= allowed(world, written)


def test_a_counter_example_can_be_read() -> None:
    """It shows groups, rules, the two ends, the packet, and what both said and why."""
    wrong = [each for each in manifests(WORLD) if each["metadata"]["name"] != "sg-remote.members"]
    found = disagreement(WORLD, wrong)
    assert "sgr-sg-0db-sg-0acc: ingress tcp 5432..5432 from sg-0acc" in found
    assert "allowed to db: 10.0.1.1 -> 10.0.2.20: tcp 40000 -> 8080" in found
    assert "groups: False, db: no ingress rule of ['sg-0db'] lets it pass" in found
    assert "Calico: True, passed at both ends" in found


def test_objects_of_a_single_pod_are_judged_as_read_back() -> None:
    """The evaluator takes what an API server adds, and refuses a field that it does not know."""
    found = manifests(WORLD)
    pod = Endpoint("pod", ("10.0.1.1",), {"projectcalico.org/orchestrator": "k8s"}, {})
    more = [{**each, "metadata": {**each["metadata"], "uid": "1"}, "status": {}} for each in found]
    assert not Calico(more, [pod]).decide(Packet("10.0.1.1", DB, POSTGRES)).allowed
    odd = [
        {**each, "spec": {**each["spec"], "doNotTrack": True}} if "Policy" in each["kind"] else each for each in found
    ]
    with pytest.raises(ValueError, match="doNotTrack"):
        Calico(odd, [pod]).decide(Packet("10.0.1.1", DB, POSTGRES))


def test_failsafe_ports_are_said() -> None:
    """The docs name what no policy closes on a node; the API server and DHCP are among it."""
    assert {"tcp/6443", "udp/67", "udp/53"} <= set(calico.FAILSAFE_OUTBOUND)
    assert {"tcp/22", "udp/68"} <= set(calico.FAILSAFE_INBOUND)
