"""Random VPCs with a cluster in them, small and dense, so that rules of all kinds meet."""

from __future__ import annotations

from hypothesis import strategies as st

from sg_integration.model.policy_inputs import Member, Node, PolicyInputs, SecurityGroup, SecurityGroupRule
from sg_integration.model.rules import Direction, PeerKind
from tests.policy.parties import Party, Shape
from tests.policy.world import World

GROUPS = ("sg-0a", "sg-0b", "sg-0c", "sg-0e")
POD_DEFAULT, TRUST, ENFORCED = "sg-0d", "sg-07", "sg-08"
API_SERVER = "10.0.2.99"
PREFIX_LISTS = {"pl-01": ("10.0.2.0/24", "2001:db8:0:2::/64", "8.8.8.0/24"), "pl-02": ("0.0.0.0/0",), "pl-03": ()}
CIDRS_V4 = ("0.0.0.0/0", "10.0.0.0/16", "10.0.1.0/24", "10.0.2.0/24", "10.0.2.20/32", "10.0.0.10/31", "8.8.8.8/32")
CIDRS_V6 = ("::/0", "2001:db8::/32", "2001:db8:0:1::/64", "2001:db8:0:2::20/128")
PORTS = ((443, 443), (0, 65535), (440, 443), (443, 8080), (53, 53), (1, 65535), (None, None))
ICMP = ((-1, -1), (8, 0), (8, -1), (3, 4), (128, -1), (255, -1))
NUMBERED = ("-1", "47", "50", "132", "0")
SHAPES = (
    *(Shape(6, 40000, port) for port in (0, 442, 443, 444, 8080, 65535)),
    *(Shape(6, 443, port) for port in (53, 40000)),
    *(Shape(17, 40000, port) for port in (53, 443, 67)),
    *(Shape(1, 0, kind, code) for kind, code in ((8, 0), (8, 1), (3, 4), (0, 0))),
    *(Shape(58, 0, kind, code) for kind, code in ((128, 0), (129, 0), (3, 4))),
    *(Shape(number) for number in (47, 50, 132)),
)


Peer = tuple[PeerKind, str, str, bool]
PEERS: st.SearchStrategy[Peer] = st.sampled_from(
    [
        *((PeerKind.SECURITY_GROUP, each, "", False) for each in 4 * (*GROUPS, "sg-0a", POD_DEFAULT)),
        *((PeerKind.CIDR_IPV4, each, "", False) for each in 2 * CIDRS_V4),
        *((PeerKind.CIDR_IPV6, each, "", False) for each in CIDRS_V6),
        *((PeerKind.PREFIX_LIST, each, "", False) for each in ("pl-01", "pl-02", "pl-03", "pl-09")),
        *((PeerKind.SECURITY_GROUP, each, "", False) for each in (TRUST, "sg-09")),
        (PeerKind.SECURITY_GROUP, "sg-0a", "vpc-0f", False),
        (PeerKind.SECURITY_GROUP, "sg-0b", "", True),
    ]
)
"""Peers of all kinds; groups and IPv4 blocks are the most frequent, and stale, foreign and unknown ones are there."""
TRAFFIC: st.SearchStrategy[tuple[str, int | None, int | None]] = st.sampled_from(
    [
        *((name, *ports) for name in ("tcp", "tcp", "udp", "6", "17") for ports in PORTS),
        *((name, *kind) for name in ("icmp", "icmpv6", "1", "58") for kind in ICMP),
        *((name, None, None) for name in 4 * NUMBERED),
    ]
)
DRAWN = st.tuples(st.sampled_from(Direction), TRAFFIC, PEERS)
"""Any rule."""
SEVERAL = st.lists(DRAWN, max_size=4)
USUAL = st.booleans()


OPEN = (
    SecurityGroupRule("sgr-out", Direction.EGRESS, "-1", None, None, PeerKind.CIDR_IPV4, "0.0.0.0/0"),
    SecurityGroupRule("sgr-self", Direction.INGRESS, "-1", None, None, PeerKind.SECURITY_GROUP, POD_DEFAULT),
    SecurityGroupRule("sgr-node", Direction.INGRESS, "-1", None, None, PeerKind.SECURITY_GROUP, "sg-0a"),
)
RESERVED = tuple(
    SecurityGroup(
        each,
        "reserved",
        tuple(
            SecurityGroupRule(f"sgr-{each}-{way.value}", way, "-1", None, None, PeerKind.SECURITY_GROUP, other)
            for way in Direction
        ),
    )
    for each, other in ((TRUST, ENFORCED), (ENFORCED, TRUST))
)


@st.composite
def security_groups(draw: st.DrawFn) -> tuple[SecurityGroup, ...]:
    """The groups of a VPC; pod default has often the rules that the integration gives it."""
    found = []
    for place, group in enumerate((*GROUPS, POD_DEFAULT)):
        some = [
            SecurityGroupRule(f"sgr-{place}{n}", direction, *traffic, peer[0], peer[1], peer[2], peer[3])
            for n, (direction, traffic, peer) in enumerate(draw(SEVERAL))
        ]
        usual = OPEN if group == POD_DEFAULT and draw(USUAL) else ()
        found.append(SecurityGroup(group, f"group-{group[-1]}", (*usual, *some)))
    return (*found, *RESERVED)


def _some(least: int, most: int) -> st.SearchStrategy[frozenset[str]]:
    return st.frozensets(st.sampled_from(GROUPS), min_size=least, max_size=most)


EXTRA, ONE_OR_TWO, ANY = _some(0, 1), _some(1, 2), _some(0, 2)
COUNT = st.integers(1, 2)
POLICED = st.sampled_from((True, True, True, False))
TRUSTED = st.sampled_from((frozenset[str](), frozenset({TRUST})))
DEFAULTS = st.sampled_from((frozenset({"sg-0a"}), frozenset({"sg-0a", "sg-0b"})))
IN_USE = st.sampled_from((frozenset(GROUPS), frozenset({*GROUPS, TRUST, "sg-09"})))
NAMESPACE = st.sampled_from(("shop", "shop", "shop", "shop", "kube-system"))
SENT = st.lists(st.sampled_from(SHAPES), min_size=6, max_size=6, unique=True)
HOSTS = st.sampled_from(("members", "members", "off"))
GROUPS_OF_A_VPC = security_groups()


@st.composite
def members(draw: st.DrawFn, nodes: list[Node]) -> tuple[Member, ...]:
    """Members; the first may have the address of a node or of the API server, or prefixes with these inside."""
    found = []
    for n in range(draw(COUNT) + 1):
        own = f"10.0.2.2{n}", f"2001:db8:0:2::2{n}"
        addresses = draw(st.sampled_from((own, own, own, *(_odd(nodes[0], own) if n == 0 else [_delegated(n)]))))
        groups = draw(ONE_OR_TWO) | draw(TRUSTED)
        found.append(Member(f"eni-{n}", f"member-{n}", addresses, groups, draw(POLICED)))
    return tuple(found)


def _delegated(n: int) -> tuple[str, str]:
    return f"10.0.2.{32 + 16 * n}/28", f"2001:db8:0:2:{n}::/80"


def _odd(node: Node, own: tuple[str, str]) -> list[tuple[str, str]]:
    return [
        (node.addresses[0], own[1]),
        (API_SERVER, own[1]),
        ("10.0.0.0/28", "2001:db8::/80"),
        ("10.0.2.96/28", own[1]),
    ]


@st.composite
def worlds(draw: st.DrawFn) -> World:
    """A VPC with a cluster."""
    nodes = [Node(f"node-{n}", (f"10.0.0.1{n}", f"2001:db8::1{n}"), draw(EXTRA)) for n in range(draw(COUNT))]
    inputs = PolicyInputs(
        groups=draw(GROUPS_OF_A_VPC),
        default_groups=draw(DEFAULTS),
        pod_default=POD_DEFAULT,
        in_use=draw(IN_USE),
        members=draw(members(nodes)),
        nodes=tuple(nodes),
        prefix_lists=PREFIX_LISTS,
        reserved=frozenset({TRUST, ENFORCED}),
        vpc_cidrs=("10.0.0.0/16",),
        api_server=(API_SERVER,),
    )
    pods = [
        Party(f"pod-{n}", "pod", (f"10.0.1.1{n}", f"2001:db8:0:1::1{n}"), draw(ANY), draw(NAMESPACE))
        for n in range(draw(COUNT) + 1)
    ]
    return World(inputs, tuple(pods), tuple(draw(SENT)), draw(HOSTS))
