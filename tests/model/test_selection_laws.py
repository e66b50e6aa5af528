"""Laws of selecting, on random fleets: everybody is in one place only, and order does not matter."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from sg_integration.model.members import Database, Instance, Interface
from sg_integration.model.reasons import Situation
from sg_integration.model.selection import Selection, select_databases, select_interfaces
from sg_integration.model.selectors import Databases, Instances

VPC = "vpc-00000001"
KEYS = ("role", "env", "karpenter.sh/nodepool", "eks:cluster-name")
tags = st.dictionaries(st.sampled_from(KEYS), st.sampled_from(["a", "b"]), max_size=3)
wanted = st.dictionaries(st.sampled_from(KEYS[:2]), st.sampled_from(["a", "b", None]), max_size=2)
groups = st.lists(st.sampled_from([f"sg-{n}" for n in range(7)] + ["sg-trust"]), unique=True, min_size=1).map(tuple)
HERE = Situation(desired=frozenset({"sg-trust"}), account_id="1", enforced=frozenset({"sg-6"}))


@st.composite
def vpcs(draw: st.DrawFn) -> tuple[list[Interface], list[Instance]]:
    """Instances, and interfaces of them and of nobody."""
    count = draw(st.integers(1, 5))
    instances = [Instance(f"i-0000000{number}", draw(tags)) for number in range(count)]
    interfaces = []
    for number in range(draw(st.integers(0, 8))):
        instance = draw(st.sampled_from([*instances, None]))
        more: dict[str, Any] = draw(
            st.fixed_dictionaries(
                {
                    "requester_managed": st.booleans(),
                    "owner_id": st.sampled_from("112"),
                    "device_index": st.integers(0, 1),
                }
            )
        )
        interfaces.append(
            Interface(f"eni-0000000{number}", draw(groups), instance=instance, instance_id=instance.id if instance else "", **more)
        )  # fmt: skip
    return interfaces, instances


@st.composite
def selectors(draw: st.DrawFn) -> Instances:
    """Any way to select instances."""
    ids = st.lists(st.sampled_from(["i-00000000", "eni-00000001", "i-00000001"]), max_size=2)
    return Instances(
        tags=draw(wanted),
        exclude_tags=draw(wanted),
        exclude_ids=draw(ids),
        whole_vpc=draw(st.booleans()),
        allow_empty=True,
    )


def placed_once(found: Selection) -> None:
    """Nobody is in two of the three."""
    places = [set(found.members), set(found.skipped), set(found.deferred)]
    assert sum(map(len, places)) == len(set().union(*places))
    assert all(reason.strip() for reason in (*found.members.values(), *found.skipped.values()))


@settings(max_examples=60)
@given(vpcs(), selectors(), st.randoms(use_true_random=False))
def test_interfaces(vpc: tuple[list[Interface], list[Instance]], select: Instances, random: Any) -> None:
    """Nobody is in two places, order does not matter, the excluded are nowhere, and members can be written."""
    interfaces, instances = vpc
    found = select_interfaces(interfaces, instances, select, HERE)
    placed_once(found)
    assert not {*found.members, *found.skipped} & set(map(str, select.exclude_ids))  # type: ignore[arg-type]
    by_id = {interface.id: interface for interface in interfaces}
    for member in found.members:
        interface = by_id[member]
        assert interface.instance
        assert not interface.requester_managed
        assert interface.owner_id == "1"
        assert len({*interface.groups, "sg-trust"}) <= 5 or "sg-trust" in interface.groups
    shuffled = random.sample(interfaces, len(interfaces)), random.sample(instances, len(instances))
    assert select_interfaces(*shuffled, select, HERE) == found
    if select.whole_vpc and not select.exclude_tags and not select.exclude_ids:
        assert {*found.members, *found.skipped} == by_id.keys(), "whole_vpc explains every interface"


@settings(max_examples=60)
@given(vpcs(), selectors())
def test_joining_changes_no_decision(vpc: tuple[list[Interface], list[Instance]], select: Instances) -> None:
    """Who is a member is one still when it has our group: a second run finds the same."""
    interfaces, instances = vpc
    found = select_interfaces(interfaces, instances, select, HERE)
    joined = [
        Interface(**{name: getattr(one, name) for name in one.__slots__ if name != "groups"}, groups=(*one.groups, "sg-trust"))
        if one.id in found.members and "sg-trust" not in one.groups
        else one
        for one in interfaces
    ]  # fmt: skip
    assert select_interfaces(joined, instances, select, HERE) == found


databases = st.builds(
    Database,
    id=st.integers(0, 10**6).map("db-{}".format),
    identifier=st.sampled_from(["orders", "ledger", "x"]),
    groups=groups,
    is_cluster=st.booleans(),
    cluster=st.sampled_from(["", "", "ledger"]),
    engine=st.sampled_from(["postgres", "neptune", "custom-x", "aurora-mysql"]),
    status=st.sampled_from(["available", "stopped", "creating"]),
    vpc_id=st.sampled_from([VPC, "vpc-00000002"]),
    tags=tags,
)


@settings(max_examples=60)
@given(
    st.lists(databases, unique_by=lambda one: one.id), wanted, wanted, st.booleans(), st.randoms(use_true_random=False)
)
def test_databases(found: list[Database], select: Any, exclude: Any, everything: bool, random: Any) -> None:
    """Nobody is in two places, and order does not matter."""
    selector = Databases(tags=select, exclude_tags=exclude, whole_vpc=everything, allow_empty=True)

    def decide(some: list[Database]) -> Selection:
        return select_databases(some, selector, vpc_id=VPC, desired=HERE.desired)

    placed_once(decide(found))
    assert decide(random.sample(found, len(found))) == decide(found)
