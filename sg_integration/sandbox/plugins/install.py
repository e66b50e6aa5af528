"""Puts the `aws` and `kubernetes` plugins where the engine looks for them: the official ones if they are here, else ours.

The engine runs `PULUMI_HOME/plugins/resource-NAME-vVERSION/pulumi-resource-NAME` for the version that the SDK asks for,
without a warning and without a download.
"""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

from sg_integration.sandbox.plugins.names import sdk_version

_SDKS: Final = {"aws": "pulumi_aws", "kubernetes": "pulumi_kubernetes"}
_MARK: Final = "# Written by sg-integration: a stand-in for the official plugin."
_VERSION_SECONDS: Final = 20.0


def install(home: Path, *, python: str = sys.executable) -> dict[str, str]:
    """Put both plugins, in the versions of the installed SDKs, into a Pulumi home directory.

    Args:
        home: the directory that the engine gets as `PULUMI_HOME`; made if it is not there.
        python: the interpreter that runs the stand-ins; it must have this package.

    Returns:
        package -> "official" or "stand-in".

    Raises:
        PluginError: an SDK is not installed.
        OSError: the directory cannot be written.
    """
    return {package: _install(package, sdk_version(sdk), home / "plugins", python) for package, sdk in _SDKS.items()}


def _install(package: str, version: str, plugins: Path, python: str) -> str:
    target = plugins / f"resource-{package}-v{version}"
    program = target / f"pulumi-resource-{package}"
    if program.exists() and not _is_stand_in(program):
        return "official"
    official = _find_official(package, version, excluding=target)
    plugins.mkdir(parents=True, exist_ok=True)
    if official is None:
        target.mkdir(exist_ok=True)
        _write_launcher(program, package, python)
        return "stand-in"
    if target.exists():
        shutil.rmtree(target)
    target.mkdir()
    program.symlink_to(official)
    return "official"


def _write_launcher(program: Path, package: str, python: str) -> None:
    """Write the launcher in one step, so that an engine that starts meanwhile never sees half of it.

    It is `python -m sg_integration.sandbox.plugins.PACKAGE`, but without the program's directory, in which the engine
    starts plugins, on the module path (`-P` does that from Python 3.11 on only).
    """
    code = (
        "import runpy, sys; sys.path[:] = filter(None, sys.path); "
        f'runpy.run_module("sg_integration.sandbox.plugins.{package}", run_name="__main__")'
    )
    draft = program.with_name(f".{program.name}.{os.getpid()}")
    draft.write_text(f'#!/bin/sh\n{_MARK}\nexec {shlex.quote(python)} -c {shlex.quote(code)} "$@"\n')
    draft.chmod(0o755)
    draft.replace(program)


def _is_stand_in(program: Path) -> bool:
    with program.open("rb") as file:
        return _MARK.encode() in file.read(512)


def _find_official(package: str, version: str, *, excluding: Path) -> Path | None:
    """The official plugin's program in this version: in the user's Pulumi homes, or on PATH."""
    homes = [os.environ.get("PULUMI_HOME"), str(Path.home() / ".pulumi")]
    for home in filter(None, homes):
        folder = Path(home) / "plugins" / f"resource-{package}-v{version}"
        program = folder / f"pulumi-resource-{package}"
        if folder.resolve() != excluding.resolve() and os.access(program, os.X_OK) and not _is_stand_in(program):
            return program.resolve()
    on_path = shutil.which(f"pulumi-resource-{package}")
    if on_path and not _is_stand_in(Path(on_path)) and _version_of(on_path) == version:
        return Path(on_path).resolve()
    return None


def _version_of(program: str) -> str | None:
    """What the program says when asked for its version; nothing when it does not answer."""
    try:
        answer = subprocess.run(
            [program, "--version"], capture_output=True, text=True, timeout=_VERSION_SECONDS, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return answer.stdout.strip().removeprefix("v")
