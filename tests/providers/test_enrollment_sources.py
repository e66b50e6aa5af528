"""A preview refuses groups of nodes and control plane that do not exist; AWS would do so half-way in the update."""

from __future__ import annotations

from typing import Any

import pytest

from sg_integration.aws import security_groups
from sg_integration.model.errors import InvalidInput
from sg_integration.providers.settings import decode
from sg_integration.providers.sources import check_sources

VPC, NODES, CONTROL_PLANE = "vpc-0123456789abcdef0", "sg-0123456789abcdef0", "sg-0fedcba9876543210"
GONE = "sg-00000000000000000"
SOURCES = "source_security_group_ids"


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The groups that AWS is asked for; the control plane's is of another VPC, and a third one does not exist."""
    found: list[list[str]] = []

    def homes(_connection: object, groups: list[str]) -> dict[str, str]:
        found.append(groups)
        return {group: home for group, home in ((NODES, VPC), (CONTROL_PLANE, "vpc-2")) if group in groups}

    monkeypatch.setattr(security_groups, "homes", homes)
    return found


def check(olds: dict[str, Any], news: dict[str, Any]) -> None:
    """What a preview does."""
    check_sources(decode({"vpc_id": VPC}), olds, news)


def test_a_group_that_does_not_exist_is_refused_by_its_id(asked: list[list[str]]) -> None:
    """The preview fails, and names it; the one that is there is not named."""
    with pytest.raises(
        InvalidInput, match=f"^{SOURCES}: {GONE} of node_security_group_ids or .*: no such group in this"
    ):
        check({SOURCES: [NODES]}, {SOURCES: [NODES, GONE]})
    assert asked == [[NODES, GONE]]


def test_a_group_of_another_vpc_is_said(asked: list[list[str]], capsys: pytest.CaptureFixture[str]) -> None:
    """AWS takes a group of a VPC that is a peer: it is no error, and may be one."""
    check({}, {SOURCES: [NODES, CONTROL_PLANE]})
    said = f"{CONTROL_PLANE} of node_security_group_ids or control_plane_security_group_id is a group of vpc-2\n"
    assert capsys.readouterr().out == said
    assert asked == [[NODES, CONTROL_PLANE]]


@pytest.mark.parametrize(
    ("olds", "news"),
    [
        ({SOURCES: [CONTROL_PLANE]}, {SOURCES: [CONTROL_PLANE]}),  # the last update had it
        ({}, {SOURCES: []}),
        ({}, {}),  # members, which have no such groups
        ({}, {SOURCES: ["04da6b54-80e4-46f7-96ec-b56ff0331ba9"]}),  # not known yet
        ({}, {SOURCES: "04da6b54-80e4-46f7-96ec-b56ff0331ba9"}),
    ],
)
def test_nobody_asks_for_what_is_not_new_or_not_known(
    olds: dict[str, Any], news: dict[str, Any], asked: list[list[str]]
) -> None:
    """A preview without a change pays no call for it."""
    check(olds, news)
    assert asked == []
