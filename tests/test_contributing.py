"""What CONTRIBUTING.md and SECURITY.md name is there: files, classes, targets."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGES = {name: (ROOT / name).read_text() for name in ("CONTRIBUTING.md", "SECURITY.md")}
SOURCE = "\n".join(path.read_text() for path in sorted((ROOT / "sg_integration").rglob("*.py")))
# A path from the top, or, in the steps, one within the package.
PLACES = (ROOT, ROOT / "sg_integration", ROOT / "tests" / "engine")


@pytest.mark.parametrize("page", PAGES)
def test_every_file_that_is_named_is_there(page: str) -> None:
    """Paths in the text, and the ends of links."""
    named = set(re.findall(r"`([\w/.-]+(?:\.(?:py|md|json|lock|yml|toml)|/))`", PAGES[page]))
    linked = set(re.findall(r"\]\((?!http)([^)#]+)\)", PAGES[page]))
    assert named | linked
    assert [name for name in sorted(named) if not any((place / name).exists() for place in PLACES)] == []
    assert [name for name in sorted(linked) if not (ROOT / name).exists()] == []


def test_every_name_of_the_steps_is_in_the_code() -> None:
    """Classes, functions and attributes that whoever adds something is told of."""
    steps = PAGES["CONTRIBUTING.md"].partition("## Adding a carrier")[2]
    names = set(re.findall(r"`(_?[A-Za-z]\w+)(?:\(…\))?`", steps))
    assert len(names) > 20
    tests = (ROOT / "tests" / "providers" / "test_contract.py").read_text()
    assert [name for name in sorted(names - {"model"}) if not re.search(rf"\b{name}\b", SOURCE + tests)] == []


def test_every_target_exists() -> None:
    """Each `make` target that contributors are told of."""
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert set(re.findall(r"^make ([a-z]+)|`make ([a-z]+)", PAGES["CONTRIBUTING.md"], re.MULTILINE)) > {("test", "")}
    told = {a or b for a, b in re.findall(r"^make ([a-z]+)|`make ([a-z]+)", PAGES["CONTRIBUTING.md"], re.MULTILINE)}
    assert told <= targets
