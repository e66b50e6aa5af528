"""A sandbox that outlives the command that started it: a detached process that holds it until it is told to end."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from sg_integration.sandbox.environment import Sandbox, parts, require_extra
from sg_integration.sandbox.errors import NotReady, SandboxError
from sg_integration.sandbox.processes import children, log_tail
from sg_integration.sandbox.state import State, forget_state, holder, read_state, write_state
from sg_integration.sandbox.toolchain.obtain import obtain, print_progress
from sg_integration.sandbox.variables import completed

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

_START = 180.0  # seconds until it must be up once its parts are there; usually 6
_END = 30.0  # seconds it may take to end; usually 1.5
_POLL = 0.1
_WATCH = 1.0  # seconds between two looks whether a part has died
_OURS = ("aws-config", "aws-credentials", "kubernetes", "logs", "pulumi-home", "pulumi-state", "sandbox.lock")


def start(directory: Path, *, kubernetes: bool = True, progress: Callable[[str], None] = print_progress) -> State:
    """Start a sandbox that stays up when this process ends; harmless if it is up already.

    Args:
        directory: as for `Sandbox`.
        kubernetes: as for `Sandbox`; what is up already stays as it is.
        progress: receives a line for each thing that takes time.

    Raises:
        SandboxError: it did not come up; the message holds the end of the log.
    """
    directory = directory.absolute()
    if holder(directory):
        progress(f"A sandbox is up in {directory} already.")
        return _when_up(directory, None)
    _say_what_was_there(directory, progress)
    require_extra()
    obtain(parts(kubernetes=kubernetes), progress=progress)  # here, where its progress is seen and Ctrl-C ends it
    progress(f"Starting the sandbox in {directory} …")
    keeper = _detach(directory, kubernetes=kubernetes)
    try:
        return _when_up(directory, keeper)
    except BaseException:
        keeper.terminate()
        keeper.wait()
        raise


def stop(directory: Path) -> bool:
    """End the sandbox of a directory; False if none was up.

    Raises:
        SandboxError: it is held by a program that runs for more than the sandbox, or does not end.
    """
    held = holder(directory)
    if held and not held.detached:
        raise SandboxError(
            f"ending the sandbox in {directory}: process {held.pid} runs it inside itself. End that one."
        )
    if held:
        os.kill(held.pid, signal.SIGTERM)
        _wait_until_free(directory, held.pid)
    forget_state(directory)
    return held is not None


def running(directory: Path) -> State:
    """Return the sandbox that is up in a directory. Raises SandboxError if none is, and says if one has died there."""
    held, state = holder(directory), read_state(directory)
    if held is None or state is None or held.pid != state.pid:  # another's state tells nothing of who holds it now
        died = " The last one there ended without being told to." if read_state(directory) else ""
        raise SandboxError(f"no sandbox is up in {directory}.{died} Start one: sg-integration sandbox up")
    return state


def environment(directory: Path) -> dict[str, str]:
    """Return the variables to use the sandbox that is up in a directory; for PATH, in the environment of this process."""
    state = running(directory)
    return completed(state.env, state.path, os.environ)


def purge(directory: Path) -> None:
    """Delete what a sandbox that is down left in its directory, and the directory if nothing else is in it."""
    for name in _OURS:
        path = directory / name
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
    if directory.is_dir() and not any(directory.iterdir()):
        directory.rmdir()


def _say_what_was_there(directory: Path, progress: Callable[[str], None]) -> None:
    if state := read_state(directory):
        progress(f"The sandbox that was here (process {state.pid}) ended without being told to; nothing of it is left.")
        forget_state(directory)
    stacks = (directory / "pulumi-state").glob(".pulumi/stacks/**/*.json")
    if any('"urn"' in stack.read_text() for stack in stacks):
        progress(
            "Pulumi still knows the stacks of an earlier sandbox here, but AWS and Kubernetes start empty: "
            "run `pulumi refresh` first, or start anew with `sg-integration sandbox down --purge`."
        )


def _detach(directory: Path, *, kubernetes: bool) -> subprocess.Popen[bytes]:
    log = directory / "logs" / "keeper.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    argv = [sys.executable, "-m", "sg_integration.sandbox.keeper", str(directory), "yes" if kubernetes else "no"]
    with log.open("wb") as output:
        return subprocess.Popen(
            argv, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, start_new_session=True
        )


def _when_up(directory: Path, keeper: subprocess.Popen[bytes] | None) -> State:
    """Wait until a sandbox is up there, whoever started it; `keeper` is ours, if it was us."""
    until = time.monotonic() + _START
    while time.monotonic() < until:
        held, state = holder(directory), read_state(directory)
        if held and not held.detached:
            raise SandboxError(
                f"process {held.pid} runs a sandbox in {directory} inside itself; choose another directory."
            )
        if held and state and held.pid == state.pid:
            return state
        if not held and (keeper is None or keeper.poll() is not None):
            break
        time.sleep(_POLL)
    raise NotReady(f"the sandbox in {directory} did not come up:\n{log_tail(directory / 'logs' / 'keeper.log')}")


def _wait_until_free(directory: Path, pid: int) -> None:
    until = time.monotonic() + _END
    while holder(directory):
        if time.monotonic() > until:
            raise SandboxError(f"ending the sandbox in {directory}: process {pid} did not end within {_END:g} s.")
        time.sleep(_POLL)


def _keep(sandbox: Sandbox) -> int:
    """Hold the sandbox until a signal comes or one of its parts dies."""
    with sandbox:
        write_state(sandbox.directory, sandbox.state)
        try:
            while not (dead := [child for child in children() if not child.running]):
                time.sleep(_WATCH)
        except SystemExit:  # told to end: then what is left is no crash
            forget_state(sandbox.directory)
            raise
        print_progress(f"error: {dead[0].name} has died, so the sandbox ends. See {dead[0].log}")
        return 1


def _end_on_signal(number: int, _: FrameType | None) -> None:
    signal.signal(number, signal.SIG_IGN)  # once is enough: ending must not be cut short
    sys.exit(0)


def main(argv: list[str]) -> int:
    """Hold a sandbox; `argv` is its directory, and "yes" or "no" for Kubernetes."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _end_on_signal)
    directory = Path(argv[0])
    try:
        return _keep(Sandbox(directory, kubernetes=argv[1] == "yes", detached=True))
    except (SandboxError, OSError) as error:  # OSError: a full disk, a directory that may not be written
        print_progress(f"error: {error}")
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
