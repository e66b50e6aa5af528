"""The page on permissions is what the code says."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from sg_integration.aws.permissions import ACTIONS, FEATURES, ROLE
from sg_integration.cli import main
from sg_integration.model import rbac

PAGE = (Path(__file__).parents[1] / "docs" / "permissions.md").read_text()


def shown(command: str) -> list[tuple[list[str], str]]:
    """The arguments of each use of a command on the page, and what it printed."""
    found = re.findall(rf"```console\n\$ sg-integration ({command} [^\n]*)\n(.*?)```", PAGE, re.DOTALL)
    assert found
    return [(shlex.split(arguments), printed) for arguments, printed in found]


def test_the_policies_on_the_page_are_what_the_command_prints(capsys: pytest.CaptureFixture[str]) -> None:
    """To the last line."""
    for arguments, printed in shown("iam-policy"):
        assert main(arguments) == 0
        assert capsys.readouterr().out == printed


def test_the_roles_on_the_page_are_what_the_command_prints(capsys: pytest.CaptureFixture[str]) -> None:
    """To the last line."""
    for arguments, printed in shown("rbac"):
        assert main(arguments) == 0
        assert capsys.readouterr().out == printed


def test_every_action_is_on_the_page() -> None:
    """With what it is for, who calls it, and by which statements it is granted; and no other is."""
    rows = []
    for each in ACTIONS:
        used = ", ".join(name for name in (*FEATURES, ROLE) if name in each.features)
        where = ", ".join(place.sid for place in each.places) or "needs no grant"
        rows.append(f"| `{each.name}` | {each.why} | {used} | {where} |")
    assert re.findall(r"^\| `[a-z0-9]+:[A-Z].*$", PAGE, re.MULTILINE) == rows


def test_every_feature_is_on_the_page() -> None:
    """Of the policy and of the roles."""
    for name, what in (*FEATURES.items(), *rbac.FEATURES.items()):
        assert f"| `{name}` | {what} |" in PAGE


def test_the_lengths_on_the_page_are_those_of_the_policies(capsys: pytest.CaptureFixture[str]) -> None:
    """All features, and the same narrowed."""
    narrowed = ["--vpc-id=vpc-0123456789abcdef0", "--region=eu-central-1", "--account-id=123456789012"]
    lengths = []
    for options in ([], narrowed):
        assert main(["iam-policy", *options]) == 0
        (length,) = re.findall(r"note: (\d+) of the 6144", capsys.readouterr().err)
        lengths.append(f"{int(length):,}")
    assert f"all features take {lengths[0]}, and narrowed to a VPC, a region and an account {lengths[1]}" in PAGE
