"""Sets of traffic, checked against single ports."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sg_integration.model.errors import InvalidInput
from sg_integration.model.ports import ALL, Port, icmp, protocol, tcp, udp
from sg_integration.model.traffic import common, includes, parse_port, said, traffic_of, without

RANGES = st.tuples(st.integers(0, 9), st.integers(0, 9)).map(sorted)
PORTS: st.SearchStrategy[Port] = st.one_of(
    RANGES.map(lambda ends: tcp(*ends)),
    RANGES.map(lambda ends: udp(*ends)),
    st.sampled_from([ALL, icmp(8), icmp(8, 0), icmp(3, 4), Port("icmp", -1, -1), protocol(50), protocol(47)]),
)
SETS = st.frozensets(PORTS, max_size=4)
SINGLE = [
    *(tcp(n) for n in range(10)),
    *(udp(n) for n in range(10)),
    icmp(8, 0),
    icmp(8, 1),
    icmp(3, 4),
    protocol(50),
    protocol(47),
]
QUICK = settings(max_examples=80, deadline=None, database=None)


def single(some: frozenset[Port]) -> set[Port]:
    """The single ports in a set, one by one."""
    return {each for each in SINGLE for one in some if common((one,), (each,)) == (each,)}


@QUICK
@given(SETS, SETS)
def test_sets_are_as_their_single_ports(one: frozenset[Port], other: frozenset[Port]) -> None:
    """What is in a set, in two sets, and in the one but not in the other is decided port by port."""
    first, second = traffic_of(one), traffic_of(other)
    assert {each for each in SINGLE if includes(first, each)} == single(one)
    assert {each for each in SINGLE if includes(common(first, second), each)} == single(one) & single(other)
    ranged = {each for each in SINGLE if each.protocol in ("tcp", "udp")}
    if ALL not in one:
        left = {each for each in ranged if includes(without(first, second), each)}
        assert left == (single(one) - single(other)) & ranged


@QUICK
@given(SETS)
def test_a_set_has_one_form(some: frozenset[Port]) -> None:
    """Equal sets are equal tuples, however they were put together."""
    assert traffic_of(traffic_of(some)) == traffic_of(some)
    assert traffic_of(sorted(some, key=str, reverse=True)) == traffic_of(some)


@QUICK
@given(PORTS)
def test_a_port_is_read_as_it_says_itself(port: Port) -> None:
    """What a port says of itself is read as that port."""
    assert parse_port(str(port), "port") == port


@pytest.mark.parametrize(
    ("text", "port"),
    [
        ("5432", tcp(5432)),
        ("all", ALL),
        ("tcp", tcp(0, 65535)),
        ("udp/all", udp(0, 65535)),
        ("TCP/5432", tcp(5432)),
        ("Udp/ALL", udp(0, 65535)),
        ("ALL", ALL),
    ],
)
def test_short_forms(text: str, port: Port) -> None:
    """A number alone is tcp, a protocol alone is all of its ports; capitals are as small letters."""
    assert parse_port(text, "port") == port


@pytest.mark.parametrize(
    "text", ["http", "tcp/", "tcp/99999", "tcp/9-1", "-1", "icmp/900", "", "tcp/\u0665", "tcp/1-\u0665", "\u0665"]
)
def test_what_is_no_port(text: str) -> None:
    """What cannot be a port is refused."""
    with pytest.raises(InvalidInput):
        parse_port(text, "port")


def test_said() -> None:
    """A set is said in one order, nothing as a dash."""
    assert said(traffic_of([udp(53), tcp(443), tcp(80, 81)])) == "tcp/80-81 tcp/443 udp/53"
    assert said(()) == "-"
