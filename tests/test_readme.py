"""The README says what is true."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from sg_integration.aws.permissions import EC2_ACTIONS, RDS_ACTIONS, STS_ACTIONS

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()


@pytest.mark.parametrize("action", [*EC2_ACTIONS, *RDS_ACTIONS, *STS_ACTIONS])
def test_every_permission_is_in_the_readme(action: str) -> None:
    """The README has a row for each IAM action, with the words of the code."""
    what = {**EC2_ACTIONS, **RDS_ACTIONS, **STS_ACTIONS}[action]
    assert f"| `{action}` | {what} |" in README


def test_every_program_in_the_readme_is_python() -> None:
    """What the README shows as Python parses."""
    blocks = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    assert blocks
    for block in blocks:
        ast.parse(block)


def test_every_command_in_the_readme_exists() -> None:
    """Each `make` target that the README names is in the Makefile."""
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert set(re.findall(r"`?make ([a-z]+)", README)) <= targets


def test_every_link_in_the_readme_leads_somewhere() -> None:
    """Links into the repository name files that are there."""
    for link in re.findall(r"\]\((?!http)([^)#]+)\)", README):
        assert (ROOT / link).exists(), link
