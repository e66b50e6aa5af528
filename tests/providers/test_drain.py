"""Before a reserved group goes, everybody in the VPC is relieved of it, also those that no state knows."""

from __future__ import annotations

from typing import Any

import pytest
from pulumi import output
from pulumi.dynamic import CheckFailure

from sg_integration.model.errors import AccessDenied, IntegrationError, Refused
from sg_integration.model.groups import Groups
from sg_integration.providers import drain
from sg_integration.providers.drain import DrainProvider
from sg_integration.providers.settings import PREVIEWING
from tests.aws.script import Script

from .carrier import Fleet

VPC, TRUST, ENFORCED, WEB = "vpc-00000001", "sg-0000000a", "sg-0000000b", "sg-00000001"
PROPS: dict[str, Any] = {"vpc_id": VPC, "security_group_ids": [TRUST, ENFORCED], "region": "eu-west-1"}


class Place(Fleet):
    """A fleet that can be asked who carries a group, and who is giving one up."""

    denied: IntegrationError | None = None
    slow: int = 0

    def carrying(self, groups: Groups) -> dict[str, str]:
        """Who has one of the groups."""
        if self.denied:
            raise self.denied
        return {member: member.upper() for member, held in self.groups.items() if groups & set(held)}

    def leaving(self, groups: Groups) -> dict[str, str]:
        """Somebody, for a while."""
        assert groups == {TRUST, ENFORCED}
        self.slow -= 1
        return {"slow": "SLOW"} if self.slow >= 0 else {}


@pytest.fixture
def places(monkeypatch: pytest.MonkeyPatch) -> dict[str, Place]:
    """What has groups in the VPC: interfaces and databases."""
    found = {"interfaces": Place({}), "databases": Place({}, kind="database")}
    monkeypatch.setattr(drain, "NetworkInterfaces", lambda _connection, _vpc: found["interfaces"])
    monkeypatch.setattr(drain, "RdsDatabases", lambda _connection, _vpc: found["databases"])
    monkeypatch.setattr("sg_integration.aws.security_groups.existing", lambda _connection, groups: frozenset(groups))
    monkeypatch.setattr("time.sleep", lambda _: None)
    return found


def test_everybody_is_relieved_and_nobody_else_is_touched(places: dict[str, Place]) -> None:
    """Interfaces and databases give up either group and keep their others; who has none is not written."""
    places["interfaces"].groups = {"a": (WEB, TRUST), "b": (ENFORCED, WEB, TRUST), "c": (WEB,)}
    places["databases"].groups = {"db": (TRUST, WEB)}
    DrainProvider().delete("drain/1", PROPS)
    assert places["interfaces"].groups == {"a": (WEB,), "b": (WEB,), "c": (WEB,)}
    assert places["databases"].groups == {"db": (WEB,)}
    assert set(places["interfaces"].writes_each) == {"a", "b"}


def test_who_has_no_other_group_gets_the_fallback_or_stops_the_deletion(places: dict[str, Place]) -> None:
    """The list names who cannot be relieved; the others are, databases too."""
    places["interfaces"].groups = {"a": (TRUST,), "b": (WEB, TRUST)}
    places["databases"].groups = {"db": (TRUST, WEB)}
    with pytest.raises(
        IntegrationError, match="^1 member could not be relieved of the integration's groups:\n  a: A: "
    ):
        DrainProvider().delete("drain/1", PROPS)
    assert places["interfaces"].groups == {"a": (TRUST,), "b": (WEB,)}
    assert places["databases"].groups == {"db": (WEB,)}
    DrainProvider().delete("drain/1", {**PROPS, "fallback_security_group_id": WEB})
    assert places["interfaces"].groups["a"] == (WEB,)


def test_failures_of_both_kinds_are_in_one_list(places: dict[str, Place]) -> None:
    """A refused interface does not hide a refused database."""
    for name, place in places.items():
        place.groups = {name: (WEB, TRUST)}
        place.refusals = {name: Refused("taking", "AuthFailure", "no")}
    with pytest.raises(IntegrationError, match="(?s)^2 members could not be.*databases: .*interfaces: "):
        DrainProvider().delete("drain/1", PROPS)


def test_whoever_is_still_giving_up_a_group_is_waited_for(places: dict[str, Place]) -> None:
    """Also who left just before: a group that is being removed cannot be deleted yet."""
    places["databases"].slow = 1
    DrainProvider().delete("drain/1", PROPS)
    assert places["databases"].slow < 0


def test_without_the_right_to_see_databases_only_interfaces_are_drained(
    places: dict[str, Place], capsys: pytest.CaptureFixture[str]
) -> None:
    """Who enrolls no database need not grant RDS: it is said, and is no failure; what failed before is one."""
    places["interfaces"].groups = {"a": (WEB, TRUST)}
    places["databases"].denied = AccessDenied("listing databases", "AccessDenied", "no")
    DrainProvider().delete("drain/1", PROPS)
    assert places["interfaces"].groups == {"a": (WEB,)}
    assert capsys.readouterr().out == "databases were not looked at: listing databases: AccessDenied: no\n"
    places["interfaces"].groups = {"a": (TRUST,)}
    with pytest.raises(IntegrationError, match="1 member could not be relieved"):
        DrainProvider().delete("drain/1", PROPS)


def test_without_the_right_to_see_interfaces_it_stops(places: dict[str, Place]) -> None:
    """Interfaces can always have a reserved group."""
    places["interfaces"].denied = AccessDenied("listing", "UnauthorizedOperation", "no")
    with pytest.raises(AccessDenied):
        DrainProvider().delete("drain/1", PROPS)


def test_creating_and_updating_only_remember(places: dict[str, Place]) -> None:
    """Neither asks AWS anything; the inputs are the outputs."""
    places["interfaces"].denied = AccessDenied("listing", "UnauthorizedOperation", "no")
    made = DrainProvider().create(PROPS)
    assert str(made.id).startswith("drain/")
    assert made.outs == PROPS
    assert DrainProvider().update("drain/1", PROPS, {**PROPS, "region": "r"}).outs == {**PROPS, "region": "r"}


UNKNOWN: Any = output.Unknown()  # type: ignore[no-untyped-call]


@pytest.mark.parametrize(
    ("news", "changes", "replaces"),
    [
        (PROPS, False, None),
        ({**PROPS, "__provider": "as another Python writes it"}, False, None),
        ({**PROPS, "security_group_ids": [ENFORCED, TRUST]}, True, None),
        ({**PROPS, "security_group_ids": [TRUST]}, True, ["security_group_ids"]),
        ({**PROPS, "security_group_ids": [TRUST, UNKNOWN]}, True, ["security_group_ids"]),
        ({**PROPS, "region": "eu-west-2"}, True, None),
        ({**PROPS, "profile": "p"}, True, None),
        ({name: value for name, value in PROPS.items() if name != "region"}, True, None),
    ],
    ids=["same", "same code", "order", "other groups", "unknown group", "region", "profile", "no region"],
)
def test_other_groups_are_another_drain_and_another_way_is_not(
    news: dict[str, Any], changes: bool, replaces: list[str] | None
) -> None:
    """The new drain comes before the old one goes, so that members have the new groups before the old ones are taken."""
    verdict = DrainProvider().diff("drain/1", PROPS, news)
    assert verdict.changes is changes
    assert verdict.replaces == replaces
    assert not verdict.delete_before_replace


def checked(olds: dict[str, Any] | None = None, **more: Any) -> list[CheckFailure]:
    """What a preview refuses; that it is a preview is forgotten at once."""
    result = DrainProvider().check(olds or {}, {**PROPS, PREVIEWING: True, **more})
    assert result.inputs == {**PROPS, **more}
    return list(result.failures)


def test_a_preview_looks_whether_a_new_vpc_is_there(script: Script) -> None:
    """One that does not exist is refused before anything is made, with the region that was asked."""
    script.refuse("ec2", "describe_vpcs", "InvalidVpcID.NotFound", f"The vpc ID '{VPC}' does not exist")
    [failure] = checked()
    assert failure.property == "vpc_id"
    assert failure.reason.startswith(
        f"looking up {VPC} (credentials of the environment, region eu-west-1): InvalidVpcID."
    )
    assert failure.reason.endswith("Correct vpc_id, or the region and the account that are asked.")
    script.expect("ec2", "describe_vpcs", {"VpcIds": [VPC]}, {"Vpcs": [{"VpcId": VPC, "CidrBlock": "10.0.0.0/16"}]})
    assert checked(olds={**PROPS, "vpc_id": "vpc-00000002"}) == []


def test_only_a_preview_looks_and_only_at_what_is_new_and_known(script: Script) -> None:
    """An update asks nothing, as AWS may not show what was just made; nor is a VPC looked up again that is integrated."""
    assert checked(olds=PROPS) == []
    assert checked(vpc_id=UNKNOWN) == []
    assert DrainProvider().check({}, PROPS).inputs == PROPS
    assert script.asked == []


def test_a_preview_goes_on_without_the_right_to_look(script: Script, capsys: pytest.CaptureFixture[str]) -> None:
    """Who may not describe VPCs is told so, and AWS refuses the groups if there is no such VPC."""
    script.refuse("ec2", "describe_vpcs", "UnauthorizedOperation")
    assert checked() == []
    said = capsys.readouterr().out
    assert said.startswith("whether the VPC exists was not looked at: ")
    assert "ec2:DescribeVpcs" in said
