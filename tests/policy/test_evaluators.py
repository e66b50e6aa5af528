"""The evaluators themselves, on examples that follow from the documentation of AWS and of Calico."""

from __future__ import annotations

from typing import Any

import pytest

from sg_integration.model.policy_inputs import Member, PolicyInputs, SecurityGroup, SecurityGroupRule
from sg_integration.model.rules import Direction, PeerKind
from tests.policy.aws import SecurityGroups
from tests.policy.calico import Calico, Endpoint
from tests.policy.parties import Packet, Party, Shape
from tests.policy.selectors import selector

A, B = "10.0.0.1", "10.0.0.2"
WEB = Packet(A, B, Shape(6, 40000, 443))
PODS = [Endpoint("a", (A,), {"app": "a"}, {"name": "x"}), Endpoint("b", (B,), {"app": "b"}, {"name": "y"})]


@pytest.mark.parametrize(
    ("text", "labels", "expected"),
    [
        ("", {}, True),
        ("all()", {}, True),
        ("has(a)", {"a": ""}, True),
        ("!has(a)", {"a": ""}, False),
        ("a == 'x'", {"a": "x"}, True),
        ("a != 'x'", {}, True),
        ("a in {'x', \"y\"}", {"a": "y"}, True),
        ("a not in {'x', 'y'}", {}, True),
        ("a not in {'x', 'y'}", {"a": "x"}, False),
        ("has(a) || has(b) && has(c)", {"a": ""}, True),
        ("(has(a) || has(b)) && has(c)", {"a": ""}, False),
        ("!(has(a) && has(b))", {"a": ""}, True),
        ("has(sg.aws.tigera.io/sg-0a) && !has(x/y)", {"sg.aws.tigera.io/sg-0a": ""}, True),
    ],
)
def test_selectors_are_read_as_documented(text: str, labels: dict[str, str], expected: bool) -> None:
    """&& binds tighter than ||, ! tighter than both; != and `not in` hold for a label that is missing."""
    assert selector(text)(labels) is expected


@pytest.mark.parametrize("text", ["has(a", "a = 'x'", "has(a) has(b)", "a ==", "global()", "a in {'x'"])
def test_what_is_no_selector_is_refused(text: str) -> None:
    """Nothing is guessed."""
    with pytest.raises(ValueError, match=r".+"):
        selector(text)


def tier(name: str, order: int, action: str | None = None) -> dict[str, Any]:
    """A tier."""
    default = {} if action is None else {"defaultAction": action}
    return {"kind": "Tier", "metadata": {"name": name}, "spec": {"order": order, **default}}


def policy(name: str, order: int = 1, **spec: Any) -> dict[str, Any]:
    """A policy in the tier of its name; for pod b, if nothing else is said."""
    full = {"tier": name.partition(".")[0], "order": order, "selector": "app == 'b'", **spec}
    return {"kind": "GlobalNetworkPolicy", "metadata": {"name": name}, "spec": full}


def allows(*manifests: dict[str, Any], packet: Packet = WEB) -> bool:
    """Whether Calico lets the packet pass."""
    return Calico(manifests, PODS).decide(packet).allowed


PASS, DENY, ALLOW, LOG = ({"action": each} for each in ("Pass", "Deny", "Allow", "Log"))
FIRST, SECOND = tier("one", 1), tier("two", 2)


@pytest.mark.parametrize(
    ("manifests", "expected"),
    [
        ([], True),
        ([FIRST], True),
        ([FIRST, policy("one.p", ingress=[PASS])], True),
        ([FIRST, policy("one.p", ingress=[DENY])], False),
        ([FIRST, policy("one.p", types=["Ingress"])], False),
        ([tier("one", 1, "Pass"), policy("one.p", types=["Ingress"])], True),
        ([FIRST, policy("one.p", types=["Egress"])], True),
        ([FIRST, policy("one.p", egress=[DENY])], True),
        ([FIRST, policy("one.p")], False),
        ([FIRST, policy("one.p", selector="app == 'c'", ingress=[DENY])], True),
        ([FIRST, policy("one.p", namespaceSelector="name == 'x'", ingress=[DENY])], True),
        ([FIRST, policy("one.p", ingress=[LOG, PASS, DENY])], True),
        ([FIRST, policy("one.p", 2, ingress=[DENY]), policy("one.q", 1, ingress=[PASS])], True),
        ([FIRST, policy("one.p", 1, ingress=[DENY]), policy("one.q", 1, ingress=[PASS])], False),
        ([SECOND, FIRST, policy("two.p", ingress=[DENY]), policy("one.p", ingress=[PASS])], False),
        ([SECOND, FIRST, policy("two.p", ingress=[DENY]), policy("one.p", ingress=[ALLOW])], True),
        ([FIRST, {**policy("one.p", ingress=[DENY]), "kind": "StagedGlobalNetworkPolicy"}], True),
        ([FIRST, policy("one.p", selector="app == 'a'", egress=[DENY])], False),
    ],
)
def test_tiers_and_policies_are_read_as_documented(manifests: list[dict[str, Any]], expected: bool) -> None:
    """Order of tiers and policies, Pass, Allow, Deny and Log, types, the end of a tier, and no policy at all."""
    assert allows(*manifests) is expected


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ({"protocol": "TCP", "destination": {"ports": [443]}}, True),
        ({"protocol": "TCP", "destination": {"ports": ["440:450"]}}, True),
        ({"protocol": "TCP", "destination": {"notPorts": [443]}}, False),
        ({"protocol": "TCP", "source": {"ports": [443]}}, False),
        ({"protocol": "UDP"}, False),
        ({"protocol": 6}, True),
        ({"notProtocol": "TCP"}, False),
        ({"ipVersion": 6}, False),
        ({"source": {"nets": ["10.0.0.0/31"]}}, True),
        ({"source": {"nets": ["10.0.0.2/32"]}}, False),
        ({"source": {"nets": ["10.0.0.0/8"], "notNets": ["10.0.0.1/32"]}}, False),
        ({"source": {"selector": "app == 'a'"}}, True),
        ({"source": {"selector": "app == 'a'"}, "destination": {"selector": "app == 'a'"}}, False),
        ({"source": {"notSelector": "app == 'a'"}}, False),
        ({"source": {"selector": "has(set)"}}, True),
        ({"source": {"selector": "has(set) && app == 'a'"}}, False),
    ],
)
def test_rules_are_read_as_documented(rule: dict[str, Any], expected: bool) -> None:
    """All that a rule names must match; selectors stand for endpoints and network sets by the labels of one object."""
    networks = {
        "kind": "GlobalNetworkSet",
        "metadata": {"name": "s", "labels": {"set": ""}},
        "spec": {"nets": ["10.0.0.1/32"]},
    }
    assert allows(FIRST, networks, policy("one.p", ingress=[{"action": "Pass", **rule}])) is expected


def test_icmp_types_and_codes_are_compared() -> None:
    """A rule without a code matches every code."""
    ping = Packet(A, B, Shape(1, 0, 8, 3))
    for icmp, expected in (({"type": 8}, True), ({"type": 8, "code": 3}, True), ({"type": 8, "code": 0}, False)):
        rule = {"action": "Pass", "protocol": "ICMP", "icmp": icmp}
        assert allows(FIRST, policy("one.p", ingress=[rule]), packet=ping) is expected


def groups(*rules: SecurityGroupRule, **changes: Any) -> SecurityGroups:
    """AWS with a pod at A in sg-0a and a member at B in sg-0b; both groups have the rules."""
    inputs = PolicyInputs(
        (SecurityGroup("sg-0a", "a", rules), SecurityGroup("sg-0b", "b", rules)),
        frozenset(),
        "sg-0d",
        prefix_lists={"pl-01": ("10.0.0.0/30",)},
        **{"members": (Member("eni", "b", (B,), frozenset({"sg-0b"})),), **changes},
    )
    return SecurityGroups(inputs, [POD], hosts=True)


POD, MEMBER = Party("pod", "pod", (A,), frozenset({"sg-0a"})), Party("member", "member", (B,))
OUT = SecurityGroupRule("1", Direction.EGRESS, "tcp", 443, 443, PeerKind.CIDR_IPV4, "10.0.0.2/32")
IN = SecurityGroupRule("2", Direction.INGRESS, "6", 440, 450, PeerKind.SECURITY_GROUP, "sg-0a")
LISTED = SecurityGroupRule("3", Direction.EGRESS, "-1", None, None, PeerKind.PREFIX_LIST, "pl-01")


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        ([], False),
        ([OUT], False),
        ([IN], False),
        ([OUT, IN], True),
        ([LISTED, IN], True),
    ],
)
def test_groups_are_read_as_documented(rules: list[SecurityGroupRule], expected: bool) -> None:
    """Both the sender's outbound and the receiver's inbound rules must let it pass; groups stand for addresses."""
    assert groups(*rules).decide(POD, MEMBER, WEB).allowed is expected


def test_all_of_a_delegated_prefix_is_of_its_interface() -> None:
    """Any address inside has the interface's groups and is held with it; an address beside it is nobody's."""
    inside, beside = Packet(A, "10.0.4.15", WEB.shape), Packet(A, "10.0.4.16", WEB.shape)
    prefix = Member("eni", "b", ("10.0.4.0/28",), frozenset({"sg-0b"}))
    egress = SecurityGroupRule("1", Direction.EGRESS, "-1", None, None, PeerKind.SECURITY_GROUP, "sg-0b")
    assert groups(egress, IN, members=(prefix,)).decide(POD, MEMBER, inside).allowed
    assert not groups(egress, members=(prefix,)).decide(POD, MEMBER, inside).allowed
    assert not groups(egress, IN, members=(prefix,)).decide(POD, MEMBER, beside).allowed
    assert groups(egress, members=(prefix,), api_server=("10.0.4.15",)).decide(POD, MEMBER, inside).allowed


def test_one_side_decides_where_the_other_is_not_held() -> None:
    """Of a member that is not policed only the pod's side counts, and what AWS never filters needs no rule."""
    assert groups(OUT, api_server=(B,)).decide(POD, MEMBER, WEB).allowed
    assert not groups(api_server=(B,)).decide(POD, MEMBER, WEB).allowed
    assert groups(vpc_cidrs=("10.0.0.0/16",)).decide(POD, MEMBER, WEB).allowed
    assert not groups(vpc_cidrs=("10.1.0.0/16",)).decide(POD, MEMBER, WEB).allowed
