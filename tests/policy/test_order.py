"""The laws of writing: whatever becomes of the groups, no moment between the first and the last write opens anything."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from sg_integration.model import calico_objects
from sg_integration.model.calico import Manifest, write_order
from sg_integration.model.policy_inputs import Member, PolicyInputs, SecurityGroup, SecurityGroupRule
from sg_integration.model.rules import Direction, PeerKind
from tests.policy.changes import Change, changes, made, opened, states
from tests.policy.parties import Party, Shape
from tests.policy.trial import allowed
from tests.policy.world import World
from tests.policy.worlds import worlds

LAWFUL = settings(
    max_examples=40,
    deadline=None,
    database=None,
    phases=(Phase.generate, Phase.shrink),
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture(autouse=True, scope="module")
def small_objects() -> Iterator[None]:
    """Policies and sets hold two rules and two networks, so that parts of them come, go and change."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(calico_objects, "RULES_OF_A_POLICY", 2)
        patch.setattr(calico_objects, "NETS_OF_A_SET", 2)
        yield


@settings(LAWFUL, max_examples=100)
@given(changes())
def test_nothing_is_open_in_between_that_is_not_open_before_or_after(change: Change) -> None:
    """Until the turn each write can only narrow what passed before; from then on each can only widen, up to what passes after."""
    broken = opened(change)
    assert not broken, broken


@LAWFUL
@given(changes())
def test_in_the_end_there_is_what_was_wanted_and_nothing_else(change: Change) -> None:
    """The last state is the new objects, each exactly, and going on from there writes nothing."""
    old, new = change.old, change.new
    last = [list(old.values()), *(state for _, state in states(old, new))][-1]
    assert {each["metadata"]["name"]: each for each in last} == new
    assert not write_order(new, new)


@LAWFUL
@given(changes())
def test_removals_come_last(change: Change) -> None:
    """Behind the first removal nothing is applied but a tier's own default; and nothing is removed before its users."""
    old, new = change.old, change.new
    verbs = [write for write in write_order(old, new) if write.step != "finish"]
    first = next((place for place, write in enumerate(verbs) if write.verb == "delete"), len(verbs))
    assert all(write.verb == "delete" for write in verbs[first:])
    kinds = [write.manifest["kind"] for write in verbs[first:]]
    assert kinds == sorted(kinds, key=lambda kind: ("Policy" not in kind, kind == "Tier"))


@settings(LAWFUL, max_examples=12)
@given(worlds(), st.sampled_from([{}, {}, {"hosts": "off"}, {"metadata": True}]))
def test_installing_and_removing_cut_nobody_off(world: World, options: dict[str, Any]) -> None:
    """From nothing, or from staged policies, to enforcement and back, whatever the finished one lets pass keeps passing."""
    here = replace(world, hosts="members", shapes=world.shapes[:2])
    enforced, staged = made(world.inputs, options), made(world.inputs, {**options, "staged": True})
    passing = allowed(here, enforced.values())
    pods_only = made(world.inputs, {**options, "hosts": "off"})
    ways = [({}, enforced), (staged, enforced), (pods_only, enforced)]
    for old, new in [*ways, *((new, old) for old, new in ways)]:
        for write, state in states(old, new):
            assert passing <= allowed(here, state), write


@LAWFUL
@given(worlds(), st.data())
def test_more_and_fewer_rules_cut_nothing_else(world: World, data: st.DataObject) -> None:
    """A change that only adds rules keeps all that passed; one that only takes rules away keeps all that will pass."""
    here = replace(world, hosts="members", shapes=world.shapes[:2])
    few = tuple(
        replace(group, rules=tuple(rule for rule in group.rules if data.draw(st.booleans(), rule.id)))
        for group in world.inputs.groups
    )
    less, more = made(replace(world.inputs, groups=few), {}), made(world.inputs, {})
    passing = allowed(here, less.values())
    for old, new in ((less, more), (more, less)):
        for write, state in states(old, new):
            assert passing <= allowed(here, state), f"{world!r}\n{few}\n{write}"


WIDER = {
    "a wider block": ({"peer": "10.0.2.20/32"}, {"peer": "10.0.2.0/24"}),
    "a wider range": ({"from_port": 443, "to_port": 443}, {"from_port": 440, "to_port": 8080}),
    "every protocol": ({}, {"protocol": "-1", "from_port": None, "to_port": None}),
    "a rule with another id": ({"id": "sgr-1"}, {"id": "sgr-2"}),
}


@pytest.mark.parametrize(("one", "other"), WIDER.values(), ids=WIDER)
def test_a_rule_that_becomes_wider_or_narrower_cuts_nothing_that_stays(
    one: dict[str, Any], other: dict[str, Any]
) -> None:
    """What the narrower form lets pass keeps passing while the one becomes the other, in both directions."""
    rule = SecurityGroupRule("sgr-0", Direction.EGRESS, "tcp", 443, 443, PeerKind.CIDR_IPV4, "10.0.2.0/24")
    world = here(SecurityGroup("sg-0a", "a", (replace(rule, **one),)))
    wide = replace(
        world.inputs, groups=(SecurityGroup("sg-0a", "a", (replace(rule, **other),)), world.inputs.groups[1])
    )
    less, more = made(world.inputs, {}), made(wide, {})
    passing = allowed(world, less.values())
    assert any("10.0.2.20" in each for each in passing)
    for old, new in ((less, more), (more, less)):
        assert all(passing <= allowed(world, state) for _, state in states(old, new))


def here(group: SecurityGroup) -> World:
    """A pod with one group, a member at 10.0.2.20 that is not policed."""
    found = example()
    inputs = replace(found.inputs, groups=(group, SecurityGroup("sg-0d", "pod default")))
    return replace(found, inputs=inputs, shapes=(Shape(6, 40000, 443), Shape(6, 40000, 442)))


def example() -> World:
    """The simplest world there is."""
    inputs = PolicyInputs(
        groups=(),
        default_groups=frozenset({"sg-0e"}),
        pod_default="sg-0d",
        in_use=frozenset({"sg-0a"}),
        members=(Member("eni-0", "db", ("10.0.2.20",), frozenset({"sg-0b"}), policed=False),),
    )
    return World(inputs, (Party("pod", "pod", ("10.0.1.10",), frozenset({"sg-0a"})),), (), "members")


def test_what_an_api_server_adds_is_no_difference() -> None:
    """Objects as they are read back, with fields, labels and annotations of others, need no write."""
    new = made(example().inputs, {})
    old = {name: read_back(manifest) for name, manifest in new.items()}
    assert write_order(old, new) == ()


def read_back(manifest: Manifest) -> Manifest:
    """A manifest as an API server gives it."""
    metadata = manifest["metadata"]
    more = {"uid": "1", "resourceVersion": "7", "labels": {**metadata["labels"], "theirs": "x"}, "managedFields": []}
    return {**manifest, "apiVersion": "crd.projectcalico.org/v1", "metadata": {**metadata, **more}}


def asking(ports: list[Any], net: str) -> dict[str, Any]:
    """A rule much like one of ours."""
    return {"action": "Pass", "protocol": "UDP", "destination": {"ports": ports, "nets": [net]}}


def test_a_group_that_has_another_name_is_written_again() -> None:
    """What an object means is part of it."""
    rule = SecurityGroupRule("sgr-0", Direction.EGRESS, "tcp", 443, 443, PeerKind.CIDR_IPV4, "10.0.2.0/24")
    one, other = (made(here(SecurityGroup("sg-0a", name, (rule,))).inputs, {}) for name in ("a", "b"))
    assert [write.manifest for write in write_order(one, other)] == [other["sg-local.sg-0a"]]


EDITS: dict[str, Callable[[Manifest], object]] = {
    "a rule more": lambda each: each["spec"]["ingress"].append({"action": "Allow"}),
    "another selector": lambda each: each["spec"].update(selector="all()"),
    "no types": lambda each: each["spec"].pop("types"),
    "another order": lambda each: each["spec"].update(order=99),
    "a port with a name": lambda each: each["spec"]["egress"].append(asking(["bootps"], "255.255.255.255/32")),
    "a network that is none": lambda each: each["spec"]["egress"].append(asking([67], "somewhere")),
    "a label less": lambda each: each["metadata"]["labels"].clear(),
}


@pytest.mark.parametrize("edit", EDITS.values(), ids=EDITS)
def test_what_somebody_edits_is_written_again(edit: Callable[[Manifest], object]) -> None:
    """An edited policy is applied as it should be, and nothing else is written."""
    new = made(example().inputs, {})
    old = copy.deepcopy(new)
    edit(old["sg-local.pods"])
    writes = write_order(old, new)
    assert [write.manifest for write in writes][-1:] == [new["sg-local.pods"]]
    assert {write.manifest["metadata"]["name"] for write in writes} == {"sg-local.pods"}
