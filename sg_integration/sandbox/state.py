"""What a sandbox leaves in its directory: who holds it, and where its parts are."""

from __future__ import annotations

import fcntl
import json
import os
import time
from dataclasses import asdict, dataclass
from typing import IO, TYPE_CHECKING

from sg_integration.sandbox.errors import SandboxError

if TYPE_CHECKING:
    from pathlib import Path

_LOOK = 1.0  # seconds; far longer than anybody looks at the lock, or takes to write his name down
_POLL = 0.02


@dataclass(frozen=True, slots=True)
class State:
    """A sandbox that is up.

    Args:
        pid: the process that holds it: when that is gone, all is gone.
        pids: the process id of each part.
        urls: the address of each part.
        plugins: for each Pulumi package, whether its plugin is "official" or a "stand-in".
        path: the directories that come first on PATH.
        env: the environment for programs that use it, PATH left out.
    """

    pid: int
    pids: dict[str, int]
    urls: dict[str, str]
    plugins: dict[str, str]
    path: list[str]
    env: dict[str, str]


@dataclass(frozen=True, slots=True)
class Holder:
    """The process that holds a directory; `detached` if it is a keeper, which `sandbox down` may end."""

    pid: int
    detached: bool


class Claim:
    """The right to run a sandbox in a directory. The kernel takes it back however the process ends.

    Args:
        directory: where the sandbox runs; made if missing.
    """

    def __init__(self, directory: Path) -> None:
        self._path = directory / "sandbox.lock"
        self._file: IO[str] | None = None

    def take(self, *, detached: bool) -> None:
        """Take it. Raises SandboxError, naming the holder, if another process (or object) has it."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        file = self._path.open("a+")
        until = time.monotonic() + _LOOK
        while not _locks(file, fcntl.LOCK_EX):  # somebody who only looks has it for an instant
            if time.monotonic() > until:
                file.close()
                held = holder(self._path.parent)
                raise SandboxError(
                    f"starting a sandbox in {self._path.parent}: one is up there already, held by process "
                    f"{held.pid if held else 'that just ended'}. Use that, end it, or choose another directory."
                )
            time.sleep(_POLL)
        file.truncate(0)
        json.dump({"pid": os.getpid(), "detached": detached}, file)
        file.flush()
        self._file = file

    def release(self) -> None:
        """Give it back; harmless if it was not taken."""
        if self._file:
            self._file.truncate(0)
            self._file.close()
        self._file = None


def holder(directory: Path) -> Holder | None:
    """Return who holds the sandbox in a directory now, or None if nobody does. Changes nothing."""
    path = directory / "sandbox.lock"
    if not path.exists():
        return None
    until = time.monotonic() + _LOOK
    with path.open() as file:
        while not _locks(file, fcntl.LOCK_SH):  # shared: two that look do not take each other for a holder
            if text := path.read_text():
                return Holder(**json.loads(text))
            if time.monotonic() > until:
                raise SandboxError(f"reading {path}: the process that holds it does not say who it is.")
            time.sleep(_POLL)  # who has just taken it, or gives it back, needs an instant
    return None


def read_state(directory: Path) -> State | None:
    """Return what the last sandbox in a directory wrote about itself, or None. It may be gone: see `holder`."""
    try:
        return State(**json.loads((directory / "sandbox.json").read_text()))
    except FileNotFoundError:
        return None
    except (ValueError, TypeError) as error:
        raise SandboxError(f"reading {directory / 'sandbox.json'}: {error}. Delete it and start again.") from error


def write_state(directory: Path, state: State) -> None:
    """Write it in one step: who reads it sees all of it or nothing."""
    partial = directory / "sandbox.json.partial"
    partial.write_text(json.dumps(asdict(state), indent=2) + "\n")
    partial.replace(directory / "sandbox.json")


def forget_state(directory: Path) -> None:
    """Remove it; harmless if there is none."""
    (directory / "sandbox.json").unlink(missing_ok=True)


def _locks(file: IO[str], kind: int) -> bool:
    """Try to lock a file without waiting."""
    try:
        fcntl.flock(file, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
