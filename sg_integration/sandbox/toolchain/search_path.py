"""Finds a part that the user has already, on PATH, in a version that fits."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

from sg_integration.sandbox.toolchain.parts import parse_version

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sg_integration.sandbox.toolchain.parts import Part

_ANSWER = 20.0  # seconds that a program may take to tell its version


def find_on_path(part: Part, environment: Mapping[str, str], *, besides: Path) -> tuple[dict[str, Path] | None, str]:
    """Look for all executables of a part on PATH.

    Args:
        part: what to look for.
        environment: its PATH is searched.
        besides: the cache directory; what lies there is not the user's own.

    Returns:
        Where each executable is and their version; or None and, in a few words, why not.
    """
    first = part.executables[0]
    found: dict[str, Path] = {}
    for name in part.executables:
        where = _which(name, environment.get("PATH", ""), besides)
        if where is None:
            return None, f"{name} is not on PATH" if name == first else f"{first} is on PATH without {name}"
        found[name] = where
    said = _version_said(found[first], part.version_argument, environment)
    version = parse_version(said)
    if version is None or not part.fits(version):
        wanted = ".".join(str(number) for number in part.at_least)
        shown = ".".join(str(number) for number in version) if version else "of an unknown version"
        return None, f"{first} on PATH is {shown}, not {wanted} or a newer {part.at_least[0]}.x"
    return found, ".".join(str(number) for number in version)


def _which(name: str, path: str, besides: Path) -> Path | None:
    for directory in path.split(os.pathsep):
        where = shutil.which(name, path=directory) if directory else None
        if where and not any(each.is_relative_to(besides) for each in (Path(where).absolute(), Path(where).resolve())):
            return Path(where).absolute()  # not resolved: version managers' shims go by the name they are called by
    return None


def _version_said(program: Path, argument: str, environment: Mapping[str, str]) -> str:
    quiet = {**environment, "PULUMI_SKIP_UPDATE_CHECK": "1"}
    try:
        said = subprocess.run(
            [program, argument], env=quiet, capture_output=True, text=True, timeout=_ANSWER, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return said.stdout
