"""The directory that keeps what was obtained: one place for each part and version, filled once, never half."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from sg_integration.sandbox.toolchain.parts import Part


def cache_directory(environment: Mapping[str, str]) -> Path:
    """Return `$SG_INTEGRATION_CACHE`, else `$XDG_CACHE_HOME/sg-integration`, else `~/.cache/sg-integration`."""
    if own := environment.get("SG_INTEGRATION_CACHE"):
        return Path(own).absolute()
    return Path(environment.get("XDG_CACHE_HOME") or Path.home() / ".cache").absolute() / "sg-integration"


class Cache:
    """The parts in one directory. Several processes may use it at once.

    Args:
        directory: made when something is put into it.
    """

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self._parts = directory / "toolchain" / "parts"
        self._bins = directory / "toolchain" / "bin"
        self.logs = directory / "toolchain" / "logs"

    def find(self, part: Part) -> dict[str, Path] | None:
        """Return where each executable of the part is, or None if it is not here."""
        found = {name: self._parts / part.key / name for name in part.executables}
        return found if all(os.access(path, os.X_OK) for path in found.values()) else None

    def put(self, part: Part, fill: Callable[[Path], None], *, waiting: Callable[[], None]) -> dict[str, Path]:
        """Let `fill` write the part's executables into an empty directory, and keep that; if `fill` fails, nothing.

        Args:
            part: what is put here.
            fill: called with the directory to fill; not called if another process was quicker.
            waiting: called if another process is at it right now.

        Raises:
            FileNotFoundError: `fill` left an executable out.
        """
        with _locked(self._parts / f"{part.key}.lock", waiting):
            found = self.find(part)
            return found or self._fill(part, fill)

    def _fill(self, part: Part, fill: Callable[[Path], None]) -> dict[str, Path]:
        partial, place = self._parts / f"{part.key}.partial", self._parts / part.key
        for leftover in (partial, place):  # of a process that was killed, or a place that lost a file
            shutil.rmtree(leftover, ignore_errors=True)
        partial.mkdir()
        try:
            fill(partial)
            for name in part.executables:
                (partial / name).chmod(0o755)
            partial.rename(place)
        finally:
            shutil.rmtree(partial, ignore_errors=True)
        return {name: place / name for name in part.executables}

    def link(self, executables: Mapping[str, Path]) -> Path:
        """Return a directory that links to exactly these executables; the same one for the same executables."""
        text = "\n".join(f"{name}={path}" for name, path in sorted(executables.items()))
        place = self._bins / hashlib.sha256(text.encode()).hexdigest()[:12]
        if place.exists():
            return place
        self._bins.mkdir(parents=True, exist_ok=True)
        partial = Path(tempfile.mkdtemp(dir=self._bins, prefix="partial-"))
        for name, path in executables.items():
            (partial / name).symlink_to(path)
        partial.chmod(0o755)
        try:
            partial.rename(place)
        except OSError:  # another process made the same one meanwhile
            shutil.rmtree(partial)
        return place

    def size(self) -> int:
        """The bytes that it holds."""
        files = (path.lstat() for path in self.directory.rglob("*") if not path.is_symlink() and path.is_file())
        return sum(status.st_size for status in files)


@contextlib.contextmanager
def _locked(path: Path, waiting: Callable[[], None]) -> Iterator[None]:
    """Hold a lock that the kernel takes back however this process ends."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            waiting()
            fcntl.flock(file, fcntl.LOCK_EX)
        yield
