"""Memberships: what they refuse, whom their transforms mean, and what their hooks do."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, cast
from unittest import mock

import pulumi
import pytest

from sg_integration import IntegrationError, InvalidInput, Membership, SecurityGroup, Unenforced, VpcIntegration
from sg_integration.components import enforcement_now
from sg_integration.components import program as program_module
from sg_integration.components.enforcement_now import EnforcementNow
from sg_integration.model.declared import TAG

from .conftest import Declared, Program

VPC, OWN, TRUST = "vpc-0a1b2c3d", "sg-0000000f", "sg-0000000a"
Declare = Callable[[Program], Declared]
INSTANCE, INTERFACE = "aws:ec2/instance:Instance", "aws:ec2/networkInterface:NetworkInterface"


def args(
    kind: str = INSTANCE, *, ignore_changes: list[str] | None = None, **props: Any
) -> pulumi.ResourceTransformArgs:
    """A resource that a transform is asked about."""
    options = pulumi.ResourceOptions(ignore_changes=ignore_changes)
    return pulumi.ResourceTransformArgs(True, kind, "one", {"vpcSecurityGroupIds": [OWN], **props}, options)


def _later(coroutine: Any) -> Any:
    """What a coroutine will return."""
    return asyncio.ensure_future(coroutine)


def wrong(why: str) -> Callable[[Membership, VpcIntegration], object]:
    """Something that a membership refuses."""
    return {
        "text": lambda members, _: members.security_group_ids("sg-0000000f"),
        "nothing": lambda members, _: members.security_group_ids([]),
        "no id": lambda members, _: members.security_group_ids(["web"]),
    }[why]


@pytest.mark.parametrize("why", ["text", "nothing", "no id"])
def test_a_list_has_groups_of_its_own(declare: Declare, why: str) -> None:
    """A member keeps its own groups, so a list without any, or of something else, is refused."""

    def program() -> None:
        vpc = VpcIntegration("prod", vpc_id=VPC)
        members = Membership("servers", integration=vpc, unenforced_ok=True)
        with pytest.raises(InvalidInput, match='Membership "servers": security_group_ids'):
            wrong(why)(members, vpc)

    declare(program)


def test_a_list_takes_no_reserved_group(declare: Declare) -> None:
    """Trust comes by the membership, after enforcement, and by no other door."""

    def program() -> None:
        vpc = VpcIntegration("prod", vpc_id=VPC)
        members = Membership("servers", integration=vpc, unenforced_ok=True)
        with pytest.raises(TypeError, match="kept by the integration"):
            members.security_group_ids([OWN, vpc.trust.id])

    declare(program)


def test_a_list_has_ours_after_the_owners(declare: Declare) -> None:
    """The owner's groups keep their order, and no group is in it twice."""
    seen: list[Any] = []

    def program() -> None:
        vpc = VpcIntegration("prod", vpc_id=VPC)
        app = SecurityGroup.existing("app", "sg-0000000b")
        members = Membership("servers", integration=vpc, unenforced_ok=True, security_groups=[app])
        members.security_group_ids([OWN, app]).apply(seen.append)
        vpc.trust.id.apply(seen.append)

    declare(program)
    trust = next(each for each in seen if isinstance(each, str))
    assert [OWN, "sg-0000000b", trust] in seen


@pytest.mark.parametrize("given", [{}, {"enforced_by": []}])
def test_nobody_joins_where_nothing_enforces(declare: Declare, given: Any) -> None:
    """A membership says who enforces, as an enrollment does."""

    def program() -> None:
        vpc = VpcIntegration("prod", vpc_id=VPC)
        with pytest.raises(Unenforced, match='Membership "servers": enforced_by'):
            Membership("servers", integration=vpc, **given)

    declare(program)


def test_a_transform_means_only_whom_it_is_told(declare: Declare) -> None:
    """Other types, other tags and what `where` denies are left as they are."""
    seen: list[Any] = []

    def program() -> None:
        members = Membership("servers", integration=VpcIntegration("prod", vpc_id=VPC), unenforced_ok=True)
        for transform, one in (
            (members.transform(), args("aws:ec2/subnet:Subnet")),
            (members.transform(tags={"role": "member"}), args(tags={"role": "other"})),
            (members.transform(tags={"role": "member"}), args()),
            (members.transform(where=lambda each: each.name != "one"), args()),
        ):
            asked: Any = transform(one)
            pulumi.Output.from_input(_later(asked)).apply(seen.append)

    declare(program)
    assert seen == [None] * 4


@pytest.mark.parametrize("later", [False, True])
def test_the_tag_names_the_groups_of_every_membership(declare: Declare, later: bool) -> None:
    """Two transforms on one resource: the second adds its groups to what the first has said."""
    seen: list[Any] = []

    def program() -> None:
        tags = pulumi.Output.from_input({"role": "web"}) if later else {"role": "web"}
        vpc = VpcIntegration("prod", vpc_id=VPC)
        first, second = (
            Membership(
                name,
                integration=vpc,
                unenforced_ok=True,
                security_groups=[SecurityGroup.existing(name, f"sg-0000000{name}")],
            )
            for name in ("b", "c")
        )

        async def both() -> Any:
            once: Any = await cast("Any", first.transform()(args(tags=tags)))
            twice: Any = await cast("Any", second.transform(tags={"role": "web"})(args(**once.props)))
            known: Any = pulumi.Output.from_input(twice.props["tags"])
            return await known.future(), await vpc.trust.id.future()

        pulumi.Output.from_input(_later(both())).apply(seen.append)

    declare(program)
    [(tags, trust)] = seen
    assert tags["role"] == "web"
    assert set(tags[TAG].split()) == {trust, "sg-0000000b", "sg-0000000c"}


def test_one_name_is_one_membership(declare: Declare, monkeypatch: pytest.MonkeyPatch) -> None:
    """A second one of the name is refused, with hooks or without; one that was refused itself takes no name."""
    known = program_module.Declared()
    monkeypatch.setattr(program_module, "declared", lambda: known)

    def program() -> None:
        vpc = VpcIntegration("prod", vpc_id=VPC)
        with pytest.raises(Unenforced):
            Membership("servers", integration=vpc, enforced_by=[])
        Membership("servers", integration=vpc, unenforced_ok=True)
        Membership("others", integration=vpc, unenforced_ok=True)
        with pytest.raises(InvalidInput, match='^Membership "servers": another Membership .* one name, one membership'):
            Membership("servers", integration=vpc, unenforced_ok=True)

    declare(program)


@pytest.mark.parametrize(
    ("kind", "ignored"),
    [
        (INSTANCE, "vpcSecurityGroupIds"),
        (INSTANCE, "vpc_security_group_ids"),
        (INSTANCE, "vpcSecurityGroupIds[0]"),
        (INSTANCE, "*"),
        (INTERFACE, "securityGroups"),
        (INTERFACE, "security_groups"),
    ],
)
def test_a_list_that_is_not_updated_is_refused(declare: Declare, kind: str, ignored: str) -> None:
    """Who ignores changes of his list would not join, and nobody would say so."""

    def program() -> None:
        members = Membership("servers", integration=VpcIntegration("prod", vpc_id=VPC), unenforced_ok=True)
        answer: Any = members.transform()(args(kind, ignore_changes=["ami", ignored], securityGroups=[OWN]))
        with pytest.raises(InvalidInput, match='"one": its ignore_changes has .* or use an enrollment'):
            answer.send(None)

    declare(program)


def test_other_changes_may_be_ignored(declare: Declare) -> None:
    """An input that we do not write, and the list of another type, are the owner's own affair."""
    seen: list[Any] = []

    def program() -> None:
        members = Membership("servers", integration=VpcIntegration("prod", vpc_id=VPC), unenforced_ok=True)
        asked: Any = members.transform()(args(ignore_changes=["ami", "securityGroups"]))
        pulumi.Output.from_input(_later(asked)).apply(lambda result: seen.append(result.opts.ignore_changes))

    declare(program)
    assert seen == [["ami", "securityGroups"]]


@pytest.mark.filterwarnings("ignore:coroutine .* was never awaited:RuntimeWarning")
def test_where_answers_true_or_false(declare: Declare) -> None:
    """A function that answers anything else, as a coroutine, is refused: it would take everybody in."""

    async def where(_: object) -> bool:
        return False

    def program() -> None:
        members = Membership("servers", integration=VpcIntegration("prod", vpc_id=VPC), unenforced_ok=True)
        for wrong_one in (where, lambda _: None):
            answer: Any = members.transform(where=wrong_one)(args())  # type: ignore[arg-type]
            with pytest.raises(InvalidInput, match='it answered .* for Instance "one"; True or False is meant'):
                answer.send(None)

    declare(program)


class Hooked(EnforcementNow):
    """Hooks without an engine."""

    def __init__(self, integration: Any, trust: str) -> None:
        self._integration, self._told = integration, False
        self._groups = pulumi.Output.from_input([trust])


def hook(**given: Any) -> pulumi.ResourceHookArgs:
    """What the engine tells a hook."""
    return pulumi.ResourceHookArgs("urn", "i-1", "one", given.pop("type", INSTANCE), **given)


class Later(list[str]):
    """A list that is a secret, which a hook gets as an output."""


LISTED, UNLISTED = {"vpcSecurityGroupIds": [OWN, TRUST]}, {"vpcSecurityGroupIds": [OWN]}
JOINS = [
    (hook(new_inputs=LISTED), True),
    (hook(old_inputs=UNLISTED, new_inputs=LISTED), True),
    (hook(old_inputs=LISTED, new_inputs=LISTED), False),
    (hook(old_inputs=LISTED, new_inputs=UNLISTED), False),
    (hook(new_inputs={"securityGroups": [TRUST]}), True),
    (hook(new_inputs={"securityGroups": Later([TRUST])}), True),
    (hook(new_inputs={}, type="aws:rds/clusterInstance:ClusterInstance"), True),
    (hook(old_inputs={"engine": "x"}, new_inputs={}, type="aws:rds/clusterInstance:ClusterInstance"), False),
]


@pytest.mark.parametrize(("step", "holds"), JOINS)
def test_enforcement_is_demanded_before_somebody_joins(
    declare: Declare, monkeypatch: pytest.MonkeyPatch, step: pulumi.ResourceHookArgs, holds: bool
) -> None:
    """Who is created, or gets `trust` into his list, waits for the nodes; who is in already, or leaves, does not."""
    held: list[Any] = []
    monkeypatch.setattr(enforcement_now, "_hold_all", held.append)

    def program() -> None:
        hooks = Hooked(VpcIntegration("prod", vpc_id=VPC), TRUST)
        step.new_inputs = {
            name: pulumi.Output.secret(value) if isinstance(value, Later) else value
            for name, value in (step.new_inputs or {}).items()
        }
        pulumi.Output.from_input(_later(hooks._let_join(step))).apply(lambda _: held.append("done"))

    declare(program)
    assert held == [*([[]] if holds else []), "done"]


def test_nodes_that_cannot_be_told_fail_the_update(declare: Declare, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever is there already is named, with what is open; and at the end of the program they are told once more."""
    held: list[Any] = []

    def refuse(holding: Any) -> None:
        held.append(holding)
        raise IntegrationError("the cluster does not answer")

    monkeypatch.setattr(enforcement_now, "_hold_all", refuse)

    def program() -> None:
        vpc = VpcIntegration("prod", vpc_id=VPC)
        vpc.settled.append(pulumi.Output.from_input("settled"))
        hooks = Hooked(vpc, TRUST)

        async def told() -> str:
            with pytest.raises(
                IntegrationError, match="(?s)one .i-1. is there, .* Run up again. the cluster does not answer"
            ):
                await hooks._tell(hook(new_inputs=LISTED))
            monkeypatch.setattr(enforcement_now, "_hold_all", held.append)
            await hooks._tell_again().future()
            return "done"

        pulumi.Output.from_input(_later(told())).apply(held.append)

    declare(program)
    assert held == [[], [], "done"]


def test_an_engine_that_only_warns_is_refused(declare: Declare, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that would go on after a hook has failed runs no membership with hooks; without enforcement there are none."""
    asked = mock.Mock(side_effect=Exception("Pulumi CLI version 3.237.0 does not"))
    monkeypatch.setattr(pulumi, "require_pulumi_version", asked)

    def program() -> None:
        vpc = VpcIntegration("prod", vpc_id=VPC)
        with pytest.raises(InvalidInput, match=r'^Membership "servers": .*3.237.0 .*Upgrade the Pulumi CLI'):
            EnforcementNow("servers", vpc, pulumi.Output.from_input([TRUST]))
        Membership("others", integration=vpc, unenforced_ok=True)

    declare(program)
    asked.assert_called_once_with(">=3.238.0")
