"""What happens to a member that another stack declares, with a list of groups of its own: each claim of docs/owned-lists.md."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pulumi
import pytest
from pulumi_aws import ec2

from sg_integration import Ec2Enrollment, Instances, VpcIntegration

from .cloud import Cloud
from .fleet import Fleet
from .stacks import EngineStack, Program
from .test_ec2_enrollment import NO_PACE

KINDS = ("listed", "ignoring", "silent")
OWN = {"web"}
BOTH = {"web", "prod-trust"}


class Owner:
    """Another stack, which owns three instances: one with a list, one that ignores changes of it, one that has none.

    Args:
        stack: its stack.
        fleet: the VPC.
    """

    def __init__(self, stack: EngineStack, fleet: Fleet) -> None:
        self._stack, self.fleet = stack, fleet
        self.lists: dict[str, list[str]] = {kind: [fleet.web] for kind in ("listed", "ignoring")}
        self.version = "1"
        self.up()
        outputs = {each["urn"].rpartition("::")[2]: each.get("outputs", {}) for each in stack.resources()}
        fleet.interfaces.update({kind: outputs[kind]["primaryNetworkInterfaceId"] for kind in KINDS})
        fleet.set_groups("silent", "web")

    def up(self) -> set[str]:
        """Its owner deploys; what is changed."""
        return self._stack.up(self._program).succeeded().names("update")

    def refresh(self) -> set[str]:
        """Its owner takes over what AWS says; what is found to have drifted."""
        return self._stack.refresh().succeeded().names("update")

    def groups(self) -> Mapping[str, set[str]]:
        """The groups of each instance."""
        return {kind: self.fleet.groups(kind) for kind in KINDS}

    def _program(self) -> None:
        for kind in KINDS:
            ignored = ["vpcSecurityGroupIds"] if kind == "ignoring" else []
            ec2.Instance(
                kind, ami="ami-12c6146b", instance_type="t3.micro", subnet_id=self.fleet.subnet_id,
                vpc_security_group_ids=self.lists.get(kind),
                tags={"Name": kind, "role": "member", "version": self.version},
                opts=pulumi.ResourceOptions(ignore_changes=ignored),
            )  # fmt: skip


def ours(cloud: Cloud) -> Program:
    """Our program: it enrolls whom the other stack has marked."""

    def program() -> None:
        vpc = VpcIntegration("prod", vpc_id=cloud.vpc_id)
        select = Instances(tags={"role": "member"})
        Ec2Enrollment("members", integration=vpc, select=select, unenforced_ok=True, pace=NO_PACE)

    return program


@pytest.fixture
def owner(new_stack: Callable[..., EngineStack], cloud: Cloud) -> Owner:
    """The other stack, which is up."""
    return Owner(new_stack("owner"), Fleet.make(cloud))


def test_what_owners_of_lists_do(owner: Owner, new_stack: Callable[..., EngineStack], cloud: Cloud) -> None:
    """What takes `trust` away is an edit of the list, and a refresh that is followed by an update; the next update of ours attaches it."""
    stack = new_stack("ours")
    stack.up(ours(cloud)).succeeded()
    assert owner.groups() == dict.fromkeys(KINDS, BOTH)

    # An update that changes nothing leaves it, and so does one that changes something else; but from that one the state of
    # the owner learns what AWS says, and the next one makes the list as the program has it.
    assert owner.up() == set()
    owner.version = "2"
    assert owner.up() == set(KINDS)
    assert owner.groups() == dict.fromkeys(KINDS, BOTH)
    assert owner.up() == {"listed"}
    assert owner.groups() == {"listed": OWN, "ignoring": BOTH, "silent": BOTH}

    # Ours says so in the next preview, and a plain update attaches it again, and is quiet then.
    assert "listed (i-" in (said := stack.preview(ours(cloud), diff=True).output)
    assert "lost sg-" in said
    stack.up(ours(cloud)).succeeded()
    assert owner.groups() == dict.fromkeys(KINDS, BOTH)
    assert stack.up(ours(cloud)).succeeded().counts == {}

    # A refresh writes nothing; but then, too, the next update of a list that is not ignored takes it away.
    owner.refresh()
    assert owner.groups() == dict.fromkeys(KINDS, BOTH)
    assert owner.up() == {"listed"}
    assert owner.groups() == {"listed": OWN, "ignoring": BOTH, "silent": BOTH}
    stack.up(ours(cloud)).succeeded()

    # An edit of the list is written as a whole; where changes are ignored, the owner's own edit is, too.
    for each in owner.lists.values():
        each.append(cloud.others["nodes"])
    assert owner.up() == {"listed"}
    assert owner.groups() == {"listed": {"web", "nodes"}, "ignoring": BOTH, "silent": BOTH}

    # When we go, everybody keeps what he had of his own; and where the list is not ignored, its owner sees no change.
    stack.up(ours(cloud)).succeeded()
    stack.destroy().succeeded()
    assert owner.groups() == {"listed": {"web", "nodes"}, "ignoring": OWN, "silent": OWN}
    owner.refresh()
    assert owner.up() == set()


def test_an_owner_in_another_stack_may_list_trust_himself(
    owner: Owner, new_stack: Callable[..., EngineStack], cloud: Cloud
) -> None:
    """No refresh takes it away then; but our stack relieves him of it when it goes, so his list must be rid of it before."""
    stack = new_stack("ours")

    def program() -> None:
        VpcIntegration("prod", vpc_id=cloud.vpc_id)

    stack.up(program).succeeded()
    trust = cloud.groups()["prod-trust"]
    owner.lists["listed"].append(trust)
    assert owner.up() == {"listed"}
    owner.refresh()
    assert owner.up() == set()
    assert owner.groups()["listed"] == BOTH
    stack.destroy().succeeded()
    assert owner.groups()["listed"] == OWN
    owner.refresh()
    refused = owner._stack.up(owner._program)
    assert refused.failed
    assert "InvalidGroup.NotFound" in refused.output
    owner.lists["listed"].remove(trust)
    assert owner.up() == set()


def test_an_attachment_of_somebody_else_stays(
    owner: Owner, new_stack: Callable[..., EngineStack], cloud: Cloud
) -> None:
    """A group that anybody else attaches, by whatever means, stays when our members leave."""
    stack = new_stack("ours")
    owner.fleet.set_groups("silent", "web", "nodes")
    stack.up(ours(cloud)).succeeded()
    stack.destroy().succeeded()
    assert owner.groups()["silent"] == {"web", "nodes"}
