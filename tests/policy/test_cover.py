"""What is taken for narrower is narrower: the order of writing rests on it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sg_integration.model.calico_cover import covers
from sg_integration.model.calico_selectors import in_group, narrower, pods_in
from tests.policy.calico import Calico, Endpoint
from tests.policy.parties import Packet, Shape
from tests.policy.selectors import selector

KEYS = ("a", "b", "c")
term = st.builds(lambda no, key: f"{no}has({key})", st.sampled_from(("", "!")), st.sampled_from(KEYS))
clause = st.lists(term, min_size=1, max_size=3).map(" && ".join)
selectors = st.lists(clause, min_size=1, max_size=3).map(" || ".join)
ends = st.fixed_dictionaries(
    {},
    optional={
        "selector": st.sampled_from(("has(a)", "has(a) && has(b)", "has(a) || has(c)")),
        "nets": st.lists(st.sampled_from(("10.0.0.0/30", "10.0.0.0/31", "10.0.0.2/32")), min_size=1, max_size=2),
        "ports": st.lists(st.sampled_from((1, 2, "1:2", "1:3")), min_size=1, max_size=2),
    },
)
heads = st.sampled_from(
    [
        {},
        {"protocol": "TCP"},
        {"protocol": "UDP"},
        {"protocol": "ICMP", "ipVersion": 4},
        {"protocol": "ICMP", "ipVersion": 4, "icmp": {"type": 1}},
        {"protocol": "ICMP", "ipVersion": 4, "icmp": {"type": 1, "code": 2}},
    ]
)
rules = st.builds(lambda head, source, destination: {"action": "Pass", **head, "source": source, "destination": destination},
                  heads, ends, ends)  # fmt: skip
POINTS = [
    Endpoint(str(n), (f"10.0.0.{n}",), {key: "" for k, key in enumerate(KEYS) if n >> k & 1}, {}) for n in range(4)
]
PACKETS = [
    Packet(one.addresses[0], other.addresses[0], shape)
    for one in POINTS
    for other in POINTS
    for shape in (Shape(6, 1, 2), Shape(6, 3, 1), Shape(17, 2, 2), Shape(1, 0, 1, 2), Shape(1, 0, 1, 0))
]


@settings(max_examples=200, deadline=None, database=None)
@given(selectors, selectors)
def test_a_narrower_selector_selects_nothing_else(one: str, other: str) -> None:
    """Whenever the one is said to be narrower, every label set that it selects the other selects too."""
    if narrower(one, other):
        for chosen in range(8):
            labels = {key: "" for n, key in enumerate(KEYS) if chosen >> n & 1}
            assert selector(other)(labels) or not selector(one)(labels)


@settings(max_examples=300, deadline=None, database=None)
@given(rules, rules)
def test_a_covering_rule_matches_all_that_the_other_matches(wide: dict[str, Any], narrow: dict[str, Any]) -> None:
    """Whenever a rule is said to cover another, no packet passes by the other alone."""
    if covers(wide, narrow):
        assert passed(narrow) <= passed(wide)


def passed(rule: dict[str, Any]) -> set[str]:
    """The packets that pass by a rule."""
    spec = {"tier": "t", "selector": "all()", "types": ["Ingress"], "ingress": [rule]}
    tier = {"kind": "Tier", "metadata": {"name": "t"}, "spec": {"order": 1}}
    decided = Calico([tier, {"kind": "GlobalNetworkPolicy", "metadata": {"name": "t.p"}, "spec": spec}], POINTS)
    return {str(packet) for packet in PACKETS if decided.decide(packet).allowed}


@pytest.mark.parametrize(
    ("wide", "narrow"),
    [
        ({}, {"protocol": "TCP", "destination": {"ports": [1]}}),
        ({"protocol": "TCP"}, {"protocol": "TCP", "destination": {"ports": [1]}}),
        ({"source": {"nets": ["10.0.0.0/8"]}}, {"source": {"nets": ["10.0.0.0/16", "10.1.0.0/16"]}}),
        ({"destination": {"ports": ["1:9"]}}, {"destination": {"ports": [1, "3:9"]}}),
        ({"source": {"selector": "has(a) || has(b)"}}, {"source": {"selector": "has(a)"}}),
        ({"protocol": "ICMP", "icmp": {"type": 8}}, {"protocol": "ICMP", "icmp": {"type": 8, "code": 0}}),
    ],
)
def test_what_is_plainly_wider_is_seen(wide: dict[str, Any], narrow: dict[str, Any]) -> None:
    """In one direction only."""
    one, other = {"action": "Pass", **wide}, {"action": "Pass", **narrow}
    assert covers(one, other)
    assert not covers(other, one)


@pytest.mark.parametrize(
    "odd", [{"action": "Deny"}, {"source": {"notNets": ["10.0.0.0/8"]}}, {"http": {}}, {"ipVersion": 4}]
)
def test_what_is_not_understood_covers_nothing(odd: dict[str, Any]) -> None:
    """A rule that denies, or has fields of others, is taken for nothing."""
    assert not covers({"action": "Pass", **odd}, {"action": "Pass", "source": {"nets": ["10.0.0.0/8"]}})


def test_what_is_only_alike_covers_nothing() -> None:
    """Fields of others are not compared, and a block of one family is in none of the other, whatever its numbers are."""
    either: list[dict[str, Any]] = [{"nets": ["10.0.0.0/8"], "notNets": [f"10.{n}.0.0/16"]} for n in range(2)]
    assert not covers({"action": "Pass", "source": either[0]}, {"action": "Pass", "source": either[1]})
    four, six = ({"action": "Pass", "source": {"nets": [net]}} for net in ("0.0.0.0/0", "::1/128"))
    assert not covers(four, six)


def test_a_group_that_becomes_a_node_group_becomes_wider() -> None:
    """Who has the label stays in it, which the order of writing sees."""
    plain: dict[str, Any] = {"default_groups": frozenset(), "pod_default": "sg-0d"}
    node: dict[str, Any] = {"default_groups": frozenset({"sg-0a"}), "pod_default": "sg-0d"}
    for find in (in_group, pods_in):
        assert narrower(find("sg-0a", **plain), find("sg-0a", **node))
        assert not narrower(find("sg-0a", **node), find("sg-0a", **plain))
    assert narrower(pods_in("sg-0a", **node), pods_in("sg-0d", **node))
