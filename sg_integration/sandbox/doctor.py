"""Says what the sandbox needs, what of it is there, and what would be done about the rest."""

from __future__ import annotations

import os
import platform
import shutil
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sg_integration.sandbox.environment import missing_extra
from sg_integration.sandbox.errors import SandboxError
from sg_integration.sandbox.state import holder
from sg_integration.sandbox.toolchain.build import Go
from sg_integration.sandbox.toolchain.obtain import Finding, Toolchain, print_progress
from sg_integration.sandbox.toolchain.parts import PARTS

if TYPE_CHECKING:
    from pathlib import Path

_OLDEST_PYTHON = (3, 10)
_HOW = {"path": "yours", "cache": "there", "download": "would be downloaded", "build": "would be built"}
_MEGABYTE = 1_000_000


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that was looked at; `well` is false if a sandbox cannot start because of it."""

    what: str
    says: str
    well: bool = True


def examine(directory: Path, toolchain: Toolchain | None = None) -> list[Line]:
    """Look at everything, change nothing; takes a few seconds where the publishers do not answer.

    Args:
        directory: of the sandbox.
        toolchain: how the parts are looked for.
    """
    toolchain = toolchain or Toolchain()
    findings = [toolchain.survey(name) for name in PARTS]
    return [
        _python(),
        _extra(),
        *(_part(finding) for finding in findings),
        _go(any(finding.how == "build" for finding in findings)),
        _make(),
        Line("cache", f"{toolchain.size() / _MEGABYTE:.0f} MB in {toolchain.directory}"),
        _sandbox(directory),
    ]


def _python() -> Line:
    return Line("python", f"{platform.python_version()} at {sys.executable}", sys.version_info >= _OLDEST_PYTHON)


def _extra() -> Line:
    missing = missing_extra()
    says = f"missing: {', '.join(missing)}. Run: pip install 'sg-integration[sandbox]'" if missing else "installed"
    return Line("packages", says, not missing)


def _part(finding: Finding) -> Line:
    return Line(finding.part.name, f"{_HOW[finding.how]}: {finding.detail}")


def _go(needed: bool) -> Line:
    go = Go(os.environ, print_progress)
    try:
        return Line("go", go.require())
    except SandboxError as error:
        return Line(
            "go", str(error) if needed else f"{go.version() or 'not on PATH'} (nothing has to be built)", not needed
        )


def _make() -> Line:
    return Line("make", shutil.which("make") or "not on PATH; only the Makefile of the source needs it")


def _sandbox(directory: Path) -> Line:
    held = holder(directory)
    return Line("sandbox", f"up in {directory}, held by process {held.pid}" if held else f"none is up in {directory}")
