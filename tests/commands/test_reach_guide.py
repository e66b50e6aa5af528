"""The guide of reach shows what its commands print."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from sg_integration.cli import main

ROOT = Path(__file__).parents[2]
FENCE = re.compile(r"```console\n\$ sg-integration ([^\n]*)\n(.*?)```", re.DOTALL)
SHOWN = FENCE.findall((ROOT / "docs" / "reach.md").read_text())


@pytest.mark.parametrize(("command", "output"), SHOWN, ids=[command[:60] for command, _ in SHOWN])
def test_the_guide_shows_what_is_printed(
    command: str, output: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Each command of the guide prints what the guide says; a picture is drawn elsewhere."""
    monkeypatch.chdir(ROOT)
    drawn = str(tmp_path / "reach.svg")
    words = [drawn if word.endswith(".svg") else word for word in shlex.split(command)]
    assert main(words) in (0, 3)
    assert capsys.readouterr().out.replace(drawn, "docs/images/reach.svg") == output


def test_the_guide_shows_something() -> None:
    """The commands of the guide are found."""
    assert {command.split()[0] for command, _ in SHOWN} == {"explain", "reach"}
    assert len(SHOWN) == 4
