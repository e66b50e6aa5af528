"""A shop with a cluster: what the tests of reach ask about."""

from __future__ import annotations

from typing import Any

from sg_integration.model import annotation
from sg_integration.model.bindings import Pod
from sg_integration.model.explain import Explanation, explain
from sg_integration.model.landscape import Enforcement, Landscape, RunningPod
from sg_integration.model.policy_inputs import Member, Node, PolicyInputs, SecurityGroup, SecurityGroupRule
from sg_integration.model.reach import Reach
from sg_integration.model.reach_find import Finder
from sg_integration.model.reach_parties import Parties
from sg_integration.model.rules import Direction, PeerKind
from sg_integration.model.traffic import parse_port

API, DB, NODES, POD, TRUST, ENFORCED = (f"sg-0{n}" for n in range(6))
IN, OUT = Direction.INGRESS, Direction.EGRESS


def rule(n: int, way: Direction, peer: str, protocol: str = "-1", port: int | None = None) -> SecurityGroupRule:
    """A rule; a peer is a group or a block."""
    kind = PeerKind.SECURITY_GROUP if peer.startswith(("sg-", "new/")) else PeerKind.CIDR_IPV4
    return SecurityGroupRule(f"sgr-{n}", way, protocol, port, port, kind, peer)


GROUPS = (
    SecurityGroup(API, "orders-api", (rule(1, OUT, DB, "tcp", 5432),)),
    SecurityGroup(DB, "orders-db", (rule(2, IN, API, "tcp", 5432), rule(3, OUT, "0.0.0.0/0"))),
    SecurityGroup(NODES, "nodes", (rule(4, IN, NODES), rule(5, OUT, "0.0.0.0/0"))),
    SecurityGroup(POD, "pod-default", (rule(6, OUT, "0.0.0.0/0"), rule(7, IN, POD), rule(8, IN, NODES))),
    SecurityGroup(TRUST, "trust", (rule(9, IN, ENFORCED), rule(10, OUT, ENFORCED))),
    SecurityGroup(ENFORCED, "enforced", (rule(11, IN, TRUST), rule(12, OUT, TRUST))),
)
MEMBERS = (
    Member("eni-db", "RDSNetworkInterface", ("10.0.2.1",), frozenset({DB, TRUST})),
    Member("eni-batch", "batch (i-0b)", ("10.0.2.2",), frozenset({DB, TRUST})),
    Member("eni-out", "bastion (i-0c)", ("10.0.2.3",), frozenset({DB})),
    Member("eni-lb", "ELB app/x", ("10.0.2.4",), frozenset({DB}), policed=False),
)


def running(name: str, *groups: str, namespace: str = "shop", node: str = "node-1", **more: Any) -> RunningPod:
    """A pod; its address ends with the length of its name."""
    labels = {"app": name.partition("-")[0], **annotation.labels(groups), **more.pop("labels", {})}
    pod = Pod(namespace, name, labels=labels, **more)
    return RunningPod(pod, f"deployment/{name.rpartition('-')[0]}", node, (f"10.0.1.{len(name)}",))


PODS = (
    running("api-1", API),
    running("api-22", API, node="node-2"),
    running("web-333"),
    running("dns-4444", namespace="kube-system"),
    running("agent-55555", host_network=True),
)


def shop(*, groups: Any = GROUPS, members: Any = MEMBERS, pods: Any = PODS, **more: Any) -> Landscape:
    """The shop; whatever is given is otherwise."""
    nodes = tuple(Node(f"node-{n}", (f"10.0.0.{n}",), frozenset({NODES, ENFORCED})) for n in (1, 2))
    inputs = PolicyInputs(
        groups, frozenset({NODES}), POD, frozenset({API}), members, nodes,
        reserved=frozenset({TRUST, ENFORCED}), vpc_cidrs=("10.0.0.0/16",), api_server=("10.0.3.1",),
    )  # fmt: skip
    known = {"i-0a": ("node-1",), "orders": ("eni-db",), "db-AAA": ("eni-db",)}
    what = {"trust": frozenset({TRUST}), "enforced": frozenset({ENFORCED}), "known_as": known, **more}
    return Landscape(inputs, pods, **what)


def asked(source: str, destination: str, port: str, landscape: Landscape | None = None, **how: Any) -> Explanation:
    """The answer to one question; `how` is what enforces."""
    reach = Reach(landscape or shop(enforcement=Enforcement(**how)))
    finder = Finder(Parties(reach))
    return explain(
        reach, finder.find(source, "source"), finder.find(destination, "destination"), parse_port(port, "port")
    )


def judges(found: Explanation) -> list[str]:
    """Who judged, in order: `Calico out`, `AWS in`."""
    (chain,) = found.chains
    return [f"{each.layer.judge} {'in' if each.layer.direction is IN else 'out'}" for each in chain.links]


def notes(found: Explanation) -> str:
    """All that is noted."""
    return " ".join([*found.notes, *(note for chain in found.chains for note in chain.notes)])
