"""What is built and published: the wheel, the source distribution, and how they install."""

from __future__ import annotations

import email
import os
import subprocess
import sys
import sysconfig
import tarfile
import zipfile
from dataclasses import dataclass
from email.message import Message
from pathlib import Path

import pytest

import sg_integration

ROOT = Path(__file__).parents[1]
VERSION = sg_integration.__version__
INFO = f"sg_integration-{VERSION}.dist-info"
FOLDERS = ("sg_integration", "tests", "examples", "benchmarks", "docs", ".ci", ".github")
TOP = {
    "pyproject.toml", "requirements.lock", "Makefile", "Pulumi.yaml", "mkdocs.yml", "README.md", "CHANGELOG.md", "CONTRIBUTING.md",
    "SECURITY.md", "LICENSE", ".editorconfig", ".gitignore", ".pre-commit-config.yaml",
}  # fmt: skip
JUNK = ("__pycache__", ".sandbox")  # and a stack's settings; see .gitignore


@dataclass(frozen=True)
class Built:
    """A wheel and a source distribution."""

    wheel: Path
    source: Path

    def wheel_text(self, name: str) -> str:
        """A file of the wheel."""
        with zipfile.ZipFile(self.wheel) as wheel:
            return wheel.read(name).decode()

    def in_wheel(self) -> set[str]:
        """The files of the wheel."""
        return set(zipfile.ZipFile(self.wheel).namelist())

    def in_source(self) -> set[str]:
        """The files of the source distribution, but for the one that only it has."""
        with tarfile.open(self.source) as source:
            return {name.partition("/")[2] for name in source.getnames()} - {"PKG-INFO"}

    def metadata(self) -> Message:
        """What package indexes show."""
        return email.message_from_string(self.wheel_text(f"{INFO}/METADATA"))


def build(tree: Path, into: Path, *what: str) -> Built:
    """Build from a tree, with what is installed."""
    command = [sys.executable, "-m", "hatchling", "build", "-d", str(into), *what]
    subprocess.run(command, cwd=tree, check=True, capture_output=True)
    return Built(into / f"sg_integration-{VERSION}-py3-none-any.whl", into / f"sg_integration-{VERSION}.tar.gz")


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """Both, built from this tree."""
    return build(ROOT, tmp_path_factory.mktemp("dist"))


@pytest.fixture(scope="module")
def installed(built: Built, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The commands of an environment that has the wheel, and, for its dependencies, the packages of this one."""
    environment = tmp_path_factory.mktemp("environment") / "venv"
    uv = str(Path(sysconfig.get_path("scripts")) / "uv")
    subprocess.run([uv, "venv", "-q", "--offline", "--python", sys.executable, str(environment)], check=True)
    python = environment / "bin" / "python"
    install = [uv, "pip", "install", "-q", "--offline", "--no-deps", "--python", str(python), str(built.wheel)]
    subprocess.run(install, check=True)
    (packages,) = environment.glob("lib/python3*/site-packages")
    # Only the folder: what is in it of the kind of this file, as an editable install, is not followed.
    (packages / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return environment / "bin"


def on_disk(folder: str) -> set[str]:
    """The files of a folder of the repository that are not made by running something."""
    found = (path.relative_to(ROOT) for path in (ROOT / folder).rglob("*") if path.is_file())
    return {str(path) for path in found if not set(path.parts) & set(JUNK) and not path.match("Pulumi.*.yaml")}


def test_the_wheel_has_the_package_and_nothing_else(built: Built) -> None:
    """Every file of the package is in the wheel, and besides only what describes it."""
    described = {f"{INFO}/{name}" for name in ("METADATA", "WHEEL", "RECORD", "entry_points.txt", "licenses/LICENSE")}
    assert built.in_wheel() == on_disk("sg_integration") | described
    assert {Path(name).suffix for name in built.in_wheel() - described} == {".py", ".typed", ".go", ".mod", ".sum"}


def test_the_wheel_is_typed_licensed_and_has_the_command(built: Built) -> None:
    """Type checkers find `py.typed`; the licence is the repository's; `sg-integration` is a command."""
    assert "sg_integration/py.typed" in built.in_wheel()
    assert built.wheel_text(f"{INFO}/licenses/LICENSE") == (ROOT / "LICENSE").read_text()
    assert built.metadata()["License-Expression"] == "Apache-2.0"
    assert "sg-integration = sg_integration.cli:main" in built.wheel_text(f"{INFO}/entry_points.txt")
    assert "Root-Is-Purelib: true" in built.wheel_text(f"{INFO}/WHEEL")


def test_the_extras_are_published(built: Built) -> None:
    """`kubernetes` and `sandbox` are extras; without them neither the SDK nor the client of Kubernetes is installed."""
    metadata = built.metadata()
    assert metadata.get_all("Provides-Extra") == ["kubernetes", "sandbox"]
    always = [each for each in metadata.get_all("Requires-Dist", []) if "extra ==" not in each]
    assert {each.partition(">")[0].partition("<")[0] for each in always} == {"pulumi", "pulumi-aws", "boto3", "pyyaml"}
    kubernetes = [each for each in metadata.get_all("Requires-Dist", []) if "extra == 'kubernetes'" in each]
    sandbox = {each.replace("'kubernetes'", "'sandbox'") for each in kubernetes}
    assert sandbox < set(metadata.get_all("Requires-Dist", []))  # the sandbox reaches its cluster with the same client


def test_the_source_distribution_has_all_that_the_tests_need(built: Built) -> None:
    """Package, tests, examples, documentation, workflows, and the files at the top of the repository; nothing that only lies there."""
    found = built.in_source()
    assert {name for name in found if "/" not in name} == TOP
    assert found - TOP == set().union(*map(on_disk, FOLDERS))


def test_the_source_distribution_builds_the_same_wheel(built: Built, tmp_path: Path) -> None:
    """Whoever builds from the source distribution has the wheel that is published."""
    with tarfile.open(built.source) as source:
        source.extractall(tmp_path, filter="data")
    again = build(tmp_path / f"sg_integration-{VERSION}", tmp_path, "-t", "wheel")
    assert again.wheel.read_bytes() == built.wheel.read_bytes()


def test_the_wheel_installs_and_its_command_runs(installed: Path) -> None:
    """`sg-integration --version` says the version; `sg-integration --help` needs nothing but the package."""
    command = str(installed / "sg-integration")
    said = subprocess.run([command, "--version"], check=True, capture_output=True, text=True).stdout
    assert said == f"sg-integration {VERSION}\n"
    assert "sandbox" in subprocess.run([command, "--help"], check=True, capture_output=True, text=True).stdout


def test_every_public_name_is_in_the_installed_package(installed: Path, tmp_path: Path) -> None:
    """Each name can be imported from the wheel, where no repository is near."""
    code = "import sg_integration\nfrom sg_integration import *\nprint(sg_integration.__file__, *sorted(globals()))"
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    command = [str(installed / "python"), "-c", code]
    said = subprocess.run(command, cwd=tmp_path, env=environment, check=True, capture_output=True, text=True).stdout
    where, *names = said.split()
    assert Path(where).is_relative_to(installed.parent)
    assert set(sg_integration.__all__) <= set(names)
