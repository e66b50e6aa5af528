"""The workflows, and what checks a commit, name what is there: Pythons, targets, tests, versions."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from hatchling.metadata.core import ProjectMetadata

from sg_integration.sandbox.toolchain.parts import PULUMI

ROOT = Path(__file__).parents[1]
WORKFLOWS = {path.stem: path for path in sorted((ROOT / ".github" / "workflows").glob("*.yml"))}
# What may be moved by its owner only with a new major version; PyPI's own action calls its line of version 1 so.
VERSIONED = re.compile(r"[\w-]+/[\w-]+@(v\d+|release/v1)")


def workflow(name: str) -> dict[str, Any]:
    """A workflow as it is read."""
    # Texts only: YAML 1.1 would make `true` of the key `on`.
    read: dict[str, Any] = yaml.load(WORKFLOWS[name].read_text(), Loader=yaml.BaseLoader)
    return read


def steps(name: str) -> Iterator[dict[str, Any]]:
    """The steps of all jobs of a workflow."""
    for job in workflow(name)["jobs"].values():
        yield from job["steps"]


def commands(name: str) -> str:
    """All that a workflow runs itself."""
    return "\n".join(step["run"] for step in steps(name) if "run" in step)


def test_every_python_that_we_say_is_tested() -> None:
    """The Pythons of the classifiers are those of the tests' matrix, from the oldest that is allowed; a release tests the ends."""
    metadata = ProjectMetadata(str(ROOT), None).core
    said = [each.rpartition(" ")[2] for each in metadata.classifiers if re.fullmatch(r".*Python :: 3\.\d+", each)]
    assert workflow("ci")["jobs"]["test"]["strategy"]["matrix"]["python"] == said
    assert metadata.requires_python == f">={said[0]}"
    assert workflow("release")["jobs"]["test"]["strategy"]["matrix"]["python"] == [said[0], said[-1]]
    assert f'python_version = "{said[0]}"' in (ROOT / "pyproject.toml").read_text()
    assert f'target-version = "py{said[0].replace(".", "")}"' in (ROOT / "pyproject.toml").read_text()


@pytest.mark.parametrize("name", WORKFLOWS)
def test_what_a_workflow_runs_is_there(name: str) -> None:
    """Each `make` target is in the Makefile, and each folder of tests is one."""
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert set(re.findall(r"\bmake ([a-z]+)", commands(name))) <= targets
    assert all((ROOT / folder).is_dir() for folder in re.findall(r"tests/\w+", commands(name)))


@pytest.mark.parametrize("name", WORKFLOWS)
def test_a_workflow_may_read_and_no_more(name: str) -> None:
    """A workflow reads the repository; only the job that publishes may say who it is; no check-out leaves its token behind."""
    assert workflow(name)["permissions"] == {"contents": "read"}
    more = {job for job, each in workflow(name)["jobs"].items() if "permissions" in each}
    assert more == ({"publish"} if name == "release" else set())
    out = [step for step in steps(name) if step.get("uses", "").startswith("actions/checkout@")]
    assert all(step["with"]["persist-credentials"] == "false" for step in out)


@pytest.mark.parametrize("name", WORKFLOWS)
def test_every_job_ends_and_every_action_has_a_version(name: str) -> None:
    """No job can hang for hours, and no action is taken from a branch."""
    assert all("timeout-minutes" in job for job in workflow(name)["jobs"].values())
    assert [step["uses"] for step in steps(name) if "uses" in step and not VERSIONED.fullmatch(step["uses"])] == []


def test_the_engine_is_the_one_that_the_sandbox_takes() -> None:
    """The official CLI is installed in the version that the sandbox would download."""
    (official,) = [step for step in steps("ci") if step.get("uses", "").startswith("pulumi/actions@")]
    assert official["with"] == {"pulumi-version": PULUMI}


def test_only_what_was_tested_is_published() -> None:
    """A release is built once, by one job; publishing waits for its tests, and for the review of its environment."""
    release = workflow("release")
    assert release["on"] == {"push": {"tags": ["v*"]}}
    assert commands("release").count("make dist") == 1
    assert release["jobs"]["publish"]["needs"] == ["build", "test"]
    assert release["jobs"]["publish"]["environment"] == "pypi"
    # Nothing of ours runs where the right to publish is.
    assert not [step for step in release["jobs"]["publish"]["steps"] if "run" in step or "checkout" in step["uses"]]


def test_a_commit_is_checked_by_what_the_lock_installed() -> None:
    """The hooks run what `make lint` runs, out of the virtual environment, and nothing that is downloaded besides."""
    (repository,) = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())["repos"]
    assert repository["repo"] == "local"
    lint = re.search(r"^lint:.*\n((?:\t.*\n)+)", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert lint
    wanted = {line.split("/", 1)[1].split()[0] for line in lint[1].splitlines()}
    assert {hook["entry"].split()[0] for hook in repository["hooks"]} == {f".venv/bin/{each}" for each in wanted}
    assert {hook["language"] for hook in repository["hooks"]} == {"system"}
