"""What no selection may be: of an instance that is not there, of nobody by mistake; and what is left out stays unsaid."""

from __future__ import annotations

import pytest

from sg_integration.model.errors import InvalidInput
from sg_integration.model.members import Database, Instance, Interface
from sg_integration.model.reasons import Situation
from sg_integration.model.selection import Selection, select_databases, select_interfaces
from sg_integration.model.selectors import Databases, Instances, Nodes

HERE = Situation(desired=frozenset({"sg-trust"}))
WEB = Instance("i-00000001", {"Name": "web-1", "role": "member"})
ENI = Interface("eni-00000001", ("sg-web",), "111", instance=WEB, instance_id=WEB.id)
MANAGED = Interface("eni-00000002", ("sg-web",), "111", requester_managed=True, instance=WEB, instance_id=WEB.id)
VPC = "vpc-00000001"


def test_an_instance_that_is_not_there_is_an_error_that_names_it() -> None:
    """All missing ids are in one error, with what to do."""
    select = Instances(instance_ids=["i-0000000b", WEB.id, "i-0000000a"])
    with pytest.raises(InvalidInput) as caught:
        select_interfaces([ENI], [WEB], select, HERE)
    assert str(caught.value) == (
        "Instances: instance_ids: i-0000000a, i-0000000b: no such instance in this VPC that is running or stopped. "
        "Correct the id, or leave out what is terminated."
    )
    with pytest.raises(InvalidInput, match="^Nodes: instance_ids: i-0000000a"):
        select_interfaces([ENI], [WEB], Nodes(instance_ids=["i-0000000a"]), HERE)


NOBODY = (
    "nobody in this VPC is selected, so everybody who is in would leave. Correct the tags or ids, or write "
    "allow_empty=True if there may be nobody."
)


@pytest.mark.parametrize("kind", [Instances, Nodes, Databases])
def test_selecting_nobody_is_refused_unless_it_is_meant(kind: type[Instances | Nodes | Databases]) -> None:
    """A mistyped tag would let everybody leave; allow_empty says that there may be nobody."""
    for allowed in (False, True):
        select = kind(tags={"typo": None}, allow_empty=allowed)

        def decide(select: Instances | Nodes | Databases = select) -> Selection:
            if isinstance(select, Databases):
                return select_databases([], select, vpc_id=VPC, desired=HERE.desired)
            return select_interfaces([ENI], [WEB], select, HERE)

        if allowed:
            assert decide() == Selection()
            continue
        with pytest.raises(InvalidInput) as caught:
            decide()
        assert str(caught.value) == f"{kind.__name__}: {NOBODY}"


def test_somebody_who_is_passed_over_is_somebody() -> None:
    """A selection whose only member is skipped or deferred is no mistake."""
    assert select_interfaces([MANAGED], [WEB], Instances(tags={"role": "member"}), HERE).skipped
    stopped = Database("db-1", "orders", ("sg-app",), status="stopped", vpc_id=VPC)
    assert select_databases([stopped], Databases(whole_vpc=True), vpc_id=VPC, desired=HERE.desired).deferred


@pytest.mark.parametrize(
    "select",
    [
        Instances(whole_vpc=True, exclude_ids=[WEB.id], allow_empty=True),
        Instances(whole_vpc=True, exclude_ids=[ENI.id, MANAGED.id], allow_empty=True),
        Instances(whole_vpc=True, exclude_tags={"role": None}, allow_empty=True),
    ],
    ids=["instance", "interfaces", "tags"],
)
def test_what_is_excluded_is_not_mentioned(select: Instances) -> None:
    """Neither an interface that could join nor one that could not is listed once it is excluded."""
    assert select_interfaces([ENI, MANAGED], [WEB], select, HERE) == Selection()


def test_an_interface_of_an_excluded_instance_that_ends_is_not_mentioned() -> None:
    """An instance that is excluded stays so while it shuts down and is listed no more."""
    ending = Interface("eni-00000003", ("sg-web",), "111", instance_id=WEB.id)
    select = Instances(whole_vpc=True, exclude_ids=[WEB.id], allow_empty=True)
    assert select_interfaces([ending], [], select, HERE) == Selection()


def test_one_interface_of_an_instance_can_be_excluded() -> None:
    """The other one is a member."""
    second = Interface("eni-00000003", ("sg-web",), "111", instance=WEB, instance_id=WEB.id, device_index=1)
    select = Instances(tags={"role": None}, exclude_ids=[ENI.id])
    assert select_interfaces([ENI, second], [WEB], select, HERE).members == {second.id: "web-1 (i-00000001) eth1"}


@pytest.mark.parametrize(
    ("interface", "name"),
    [
        (ENI, "web-1 (i-00000001)"),
        (Interface("eni-1", (), "1", instance=Instance("i-1")), "i-1"),
        (Interface("eni-1", (), "1", instance=WEB, device_index=2), "web-1 (i-00000001) eth2"),
        (Interface("eni-1", (), "1", tags={"Name": "mine"}, description="d"), "mine"),
        (Interface("eni-1", (), "1", description="ELB app/x"), "ELB app/x"),
        (Interface("eni-1", (), "1"), "no name"),
    ],
)
def test_an_interface_is_called_as_a_person_knows_it(interface: Interface, name: str) -> None:
    """By its instance's name and id, else by its own name or description."""
    assert str(interface) == name
