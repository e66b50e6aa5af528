"""Every example is a whole project, told in its README, which the type checker accepts as a user writes it."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from mypy import api

ROOT = Path(__file__).parents[1]
PROGRAMS = sorted((ROOT / "examples").rglob("__main__.py"))
NAMES = [str(path.parent.relative_to(ROOT / "examples")) for path in PROGRAMS]
READ = re.compile(r"""onfig(?:\(\))?\.(?:require|get)(?:_\w+)?\(["'](\w+)""")


def project(program: Path) -> Path:
    """The project file of a program; the quickstart's is the repository's own."""
    here = program.with_name("Pulumi.yaml")
    return here if here.exists() else ROOT / "Pulumi.yaml"


@pytest.fixture(scope="module")
def reported(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What mypy says of all programs, as modules with names of their own."""
    directory = tmp_path_factory.mktemp("programs")
    copies = [directory / f"{re.sub('[/-]', '_', name)}.py" for name in NAMES]
    for program, copy in zip(PROGRAMS, copies, strict=True):
        copy.write_text(program.read_text())
    out, err, _ = api.run(["--strict", "--no-error-summary", *map(str, copies)])
    assert not err
    return out


def test_the_type_checker_accepts_every_example(reported: str) -> None:
    """The checker has nothing to say of any example, at its strictest."""
    assert not reported


@pytest.mark.parametrize("program", PROGRAMS, ids=NAMES)
def test_an_example_is_a_whole_project(program: Path) -> None:
    """An example declares exactly the configuration that it reads, and its README names each key of it."""
    document = yaml.safe_load(project(program).read_text())
    declared = set(document.get("config", {}))
    assert declared == set(READ.findall(program.read_text()))
    home = program.parent if program.with_name("README.md").exists() else program.parent.parent
    told = (home / "README.md").read_text()
    assert not [key for key in declared if f"`{key}`" not in told]


@pytest.mark.parametrize("program", PROGRAMS, ids=NAMES)
def test_an_example_is_run_on_the_engine(program: Path) -> None:
    """Each example is named by a test that runs it on the real engine."""
    top = program.relative_to(ROOT / "examples").parts[0]
    tests = [path.read_text() for path in (ROOT / "tests" / "engine").glob("test_*.py")]
    assert any(f'"{top}"' in text for text in tests)


def test_the_comment_of_a_plan_says_how_it_is_called() -> None:
    """Without a plan, as every command does: its usage, and exit code 2."""
    script = ROOT / "examples" / "update-plan" / "comment.py"
    done = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "usage: python comment.py plan.json > comment.md\n"
