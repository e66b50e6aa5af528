"""The laws of writing on small changes, each of which rests on one part of the order."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from sg_integration.model import calico_objects
from sg_integration.model.policy_inputs import Member, Node, PolicyInputs, SecurityGroup, SecurityGroupRule
from sg_integration.model.rules import Direction, PeerKind
from tests.policy.changes import Change, made, opened, states
from tests.policy.parties import Party, Shape
from tests.policy.trial import allowed
from tests.policy.world import World

ALL = SecurityGroupRule("sgr-all", Direction.EGRESS, "-1", None, None, PeerKind.SECURITY_GROUP, "sg-0a")
BOUND, UNBOUND = Party("bound", "pod", ("10.0.1.1",), frozenset({"sg-0a"})), Party("unbound", "pod", ("10.0.1.2",))
WEB = Shape(6, 40000, 443)


def to(block: str, n: int = 0) -> SecurityGroupRule:
    """A rule that lets everything out to a block."""
    return replace(ALL, id=f"sgr-{n}", peer_kind=PeerKind.CIDR_IPV4, peer=block)


def world(*rules: SecurityGroupRule, members: tuple[Member, ...] = (), **more: Any) -> World:
    """Pods with and without sg-0a, which has the rules; nodes are in sg-0e."""
    groups = (SecurityGroup("sg-0a", "a", rules), SecurityGroup("sg-0b", "b"), SecurityGroup("sg-0d", "pods"))
    named = {"default_groups": frozenset({"sg-0e"}), "pod_default": "sg-0d", "in_use": frozenset({"sg-0a"}), **more}
    return World(PolicyInputs(groups, members=members, **named), (BOUND, UNBOUND), (WEB,), "members")


@pytest.fixture(autouse=True)
def small_objects(monkeypatch: pytest.MonkeyPatch) -> None:
    """Policies hold two rules, sets two networks."""
    monkeypatch.setattr(calico_objects, "RULES_OF_A_POLICY", 2)
    monkeypatch.setattr(calico_objects, "NETS_OF_A_SET", 2)


def member(n: int, group: str, *addresses: str, policed: bool = True) -> Member:
    """A member."""
    return Member(f"eni-{n}", f"member-{n}", addresses or (f"10.0.2.2{n}",), frozenset({group}), policed)


def test_what_denies_is_empty_before_anything_is_tidied_away() -> None:
    """Enforcement is staged while a member leaves a group: its network goes only when nothing denies what it passed."""
    ingress = replace(ALL, direction=Direction.INGRESS)
    first = world(ALL, ingress, members=(member(0, "sg-0a"), member(1, "sg-0a"), member(2, "sg-0a")))
    later = replace(first.inputs, members=(member(0, "sg-0a"), member(1, "sg-0b"), member(2, "sg-0a")))
    assert not opened(Change(first, made(first.inputs, {}), made(later, {"staged": True})))


@pytest.mark.parametrize("swap", [False, True])
def test_a_part_of_a_policy_that_selects_others_says_nothing_of_it(swap: bool) -> None:
    """sg-0a becomes a node group and gets a rule more, so another part: what passes for bound pods does not yet for all."""
    few, many = world(to("8.8.8.8/32"), to("10.0.9.9/32", 1)), [to("8.8.8.8/32"), to("10.0.9.9/32", 1)]
    more = world(*many, to("10.0.9.9/32", 2), default_groups=frozenset({"sg-0a"})).inputs
    sides = made(few.inputs, {}), made(more, {})
    old, new = reversed(sides) if swap else sides
    assert not opened(Change(few, old, new))


def test_a_rule_of_a_policy_for_others_is_no_reason_to_begin() -> None:
    """As before, with the rule in the old part: the new part, for every pod, does not begin with it."""
    few = world(to("8.8.8.8/32"), to("10.0.9.9/32", 1))
    more = world(to("10.0.0.0/32"), to("10.0.0.1/32"), to("8.8.8.8/32", 1), default_groups=frozenset({"sg-0a"}))
    assert not opened(Change(few, made(few.inputs, {}), made(more.inputs, {})))
    assert not opened(Change(few, made(more.inputs, {}), made(few.inputs, {})))


IN = replace(ALL, direction=Direction.INGRESS)
FROM_NODES = replace(IN, id="sgr-n", peer="sg-0e")
DB = member(0, "sg-0a")
CHANGES: dict[str, tuple[World, World]] = {
    "a member admits more": (world(ALL, members=(DB,)), world(ALL, IN, members=(DB,))),
    "a member admits nodes": (world(ALL, IN, members=(DB,)), world(ALL, IN, FROM_NODES, members=(DB,))),
    "a member admits another block": (
        world(replace(to("10.0.1.1/32"), direction=Direction.INGRESS), ALL, members=(DB,)),
        world(replace(to("10.0.1.0/31"), direction=Direction.INGRESS), ALL, members=(DB,)),
    ),
    "a member has another address": (world(ALL, members=(DB,)), world(ALL, members=(member(0, "sg-0a", "10.0.2.29"),))),
    "a member is no longer held": (world(ALL, members=(DB,)), world(ALL, members=(replace(DB, policed=False),))),
    "a pod's group lets out more": (world(to("8.8.8.8/32")), world(to("8.8.8.8/32"), to("10.0.9.9/32", 1))),
    "a pod's group lets others out": (world(to("8.8.8.8/32")), world(to("10.0.9.9/32"))),
}


@pytest.mark.parametrize(("one", "other"), CHANGES.values(), ids=CHANGES)
def test_small_changes_open_nothing_in_between(one: World, other: World) -> None:
    """Each of them is written by the law, in both directions, and so is the rest of it when it was stopped anywhere."""
    nodes = (Node("node", ("10.0.0.1",)),)
    here = replace(one, inputs=replace(one.inputs, nodes=nodes))
    first, last = made(here.inputs, {}), made(replace(other.inputs, nodes=nodes), {})
    for old, new in ((first, last), (last, first)):
        assert not opened(Change(here, old, new))
        for _, state in states(old, new):
            assert not opened(Change(here, {str(n): each for n, each in enumerate(state)}, new))


@pytest.mark.parametrize("staged", [False, True])
def test_an_installation_and_a_removal_that_were_stopped_cut_nobody_off(staged: bool) -> None:
    """Wherever it was stopped: going on keeps what passes in the end, and going back what passed in the beginning."""
    here = world(ALL, IN, members=(DB, member(1, "sg-0b")), nodes=(Node("node", ("10.0.0.1",)),))
    none, some = made(here.inputs, {"staged": True}) if staged else {}, made(here.inputs, {})
    passing = allowed(here, some.values())
    for old, new in ((none, some), (some, none)):
        for _, state in states(old, new):
            stopped = {str(n): each for n, each in enumerate(state)}
            for goal in (none, some):
                assert all(passing <= allowed(here, each) for _, each in states(stopped, goal))
                assert not opened(Change(here, stopped, goal))


def test_who_stays_in_a_group_that_begins_or_ceases_to_be_the_nodes_keeps_what_passes() -> None:
    """A bound pod keeps what its group grants, whether or not unbound pods are in it too."""
    few, many = (world(to("8.8.8.8/32"), default_groups=frozenset({each})) for each in ("sg-0e", "sg-0a"))
    less, more = made(few.inputs, {}), made(many.inputs, {})
    passing = {each for each in allowed(few, less.values()) & allowed(few, more.values()) if "10.0.1.1 ->" in each}
    assert any("8.8.8.8" in each for each in passing)
    for old, new in ((less, more), (more, less)):
        assert all(passing <= allowed(few, state) for _, state in states(old, new))


PREFIXES: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "one of its addresses": (("10.0.2.19",), ("10.0.2.16/28",)),
    "all of its addresses": (tuple(f"10.0.2.{n}" for n in range(16, 32)), ("10.0.2.16/28",)),
    "a wider one": (("10.0.2.16/29",), ("10.0.2.16/28",)),
}


@pytest.mark.parametrize(("few", "many"), PREFIXES.values(), ids=PREFIXES)
def test_a_prefix_that_takes_the_place_of_addresses_cuts_none_of_them(
    few: tuple[str, ...], many: tuple[str, ...]
) -> None:
    """What passes to an address passes to the prefix around it, in each moment of the change, and back."""
    narrow = world(ALL, members=(member(0, "sg-0a", *few, policed=False),))
    wide = replace(narrow, inputs=replace(narrow.inputs, members=(member(0, "sg-0a", *many, policed=False),)))
    less, more = made(narrow.inputs, {}), made(wide.inputs, {})
    passing = allowed(narrow, less.values())
    assert any("10.0.2.19" in each for each in passing) or few == ("10.0.2.16/29",)
    for old, new in ((less, more), (more, less)):
        assert all(passing <= allowed(narrow, state) for _, state in states(old, new))
        assert not opened(Change(wide, old, new))


JUNK: dict[str, Callable[[list[str]], object]] = {
    "no network": lambda nets: nets.append("somewhere"),
    "no length": lambda nets: nets.append("10.0.2.0"),
    "an odd length": lambda nets: nets.append("10.0.2.0/banana"),
    "bits behind the length": lambda nets: nets.append("10.0.2.1/24"),
    "another spelling": lambda nets: nets.append("2001:DB8::/32"),
}


@pytest.mark.parametrize("edit", JUNK.values(), ids=JUNK)
def test_what_somebody_wrote_into_a_set_goes(edit: Callable[[list[str]], object]) -> None:
    """Whatever it is, the set is written as it should be, and nothing else is."""
    inputs = world(ALL, members=(member(0, "sg-0a"),)).inputs
    old, new = made(inputs, {}), made(inputs, {})
    edit(old["sg-integration-sg-0a"]["spec"]["nets"])
    writes = [write for write, _ in states(old, new)]
    assert writes[-1].manifest == new["sg-integration-sg-0a"]
    assert {write.manifest["metadata"]["name"] for write in writes} == {"sg-integration-sg-0a"}


SOME = ALL, to("10.0.9.3/32", 3), to("10.0.9.9/32", 9)
MORE = *SOME, to("10.0.9.4/32", 4), to("10.0.9.5/32", 5), FROM_NODES
TAMPERED: dict[str, tuple[str, Callable[[dict[str, Any]], object]]] = {
    "the end of the local tier passes something": (
        "sg-local.pods",
        lambda spec: spec["egress"].append({"action": "Pass", "protocol": "UDP"}),
    ),
    "the end of the remote tier passes something": (
        "sg-remote.members",
        lambda spec: spec["egress"].insert(0, {"action": "Pass", "protocol": "UDP"}),
    ),
    "nobody is denied members": ("sg-remote.members", lambda spec: spec.update(ingress=[], egress=[])),
    "pods are denied more": (
        "sg-remote.members",
        lambda spec: spec["egress"].append({"action": "Deny", "destination": {"nets": ["10.0.9.9/32"]}}),
    ),
    "the policy of nodes selects pods": ("sg-remote.hosts-members", lambda spec: spec.update(selector="all()")),
    "the policy of nodes selects fewer": ("sg-remote.hosts-members", lambda spec: spec.update(selector="has(none)")),
    "a group is for another namespace": (
        "sg-local.sg-0a",
        lambda spec: spec.update(namespaceSelector="kubernetes.io/metadata.name == 'other'"),
    ),
    "the local tier passes": ("sg-local", lambda spec: spec.update(defaultAction="Pass")),
}


@pytest.mark.parametrize(("name", "edit"), TAMPERED.values(), ids=TAMPERED)
def test_repairing_what_somebody_edited_opens_nothing(name: str, edit: Callable[[dict[str, Any]], object]) -> None:
    """Whatever was done to an object, it is repaired by the law, together with a change of rules, and nothing is left."""
    nodes = (Node("node", ("10.0.0.1",)),)
    here = world(*SOME, members=(member(0, "sg-0b"), member(1, "sg-0a")), nodes=nodes)
    more = world(*MORE, members=(member(0, "sg-0b"), member(1, "sg-0a")), nodes=nodes)
    old, new = made(here.inputs, {}), made(more.inputs, {})
    old[name] = {**old[name], "spec": json.loads(json.dumps(old[name]["spec"]))}
    edit(old[name]["spec"])
    assert not opened(Change(here, old, new))
    assert {each["metadata"]["name"]: each for each in list(states(old, new))[-1][1]} == new
