"""Child processes that cannot outlive their parent, with health checks and logs."""

from __future__ import annotations

import http.client
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from sg_integration.sandbox.errors import NotReady, PortTaken, SandboxError
from sg_integration.sandbox.ports import free_port, free_ports, on_free_ports

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from typing_extensions import Self

__all__ = ["Child", "children", "free_port", "free_ports", "log_tail", "on_free_ports"]

_GUARD = Path(__file__).with_name("guard.py")
_POLL = 0.05  # seconds between two questions whether a program is ready
_TAIL = 20  # lines of a log that an error shows
_PORT_TAKEN = "address already in use"  # Go's and Python's words for EADDRINUSE, whatever the case


def log_tail(log: Path, lines: int = _TAIL) -> str:
    """Return the last `lines` lines of a log for a message, or a word that there is none."""
    text = log.read_text(errors="replace") if log.exists() else ""
    return "\n".join(text.splitlines()[-lines:]) or "(the log is empty)"


class Child:
    """One running program under a guard: it ends when `stop` is called or when this process is gone, for whatever reason.

    Made by `Child.start`; a context manager that stops it. `pid` is the program's own process id.
    """

    def __init__(self, guard: subprocess.Popen[bytes], *, lifeline: int, pid: int, name: str, log: Path) -> None:
        self._guard = guard
        self._lifeline: int | None = lifeline
        self.pid = pid
        self.name = name
        self.log = log
        _running.add(self)

    @classmethod
    def start(
        cls,
        argv: Sequence[str | Path],
        *,
        env: Mapping[str, str],
        log: Path,
        ready: Callable[[], bool] | None = None,
        timeout: float = 30.0,
        grace: float = 5.0,
        cwd: Path | None = None,
    ) -> Child:
        """Start a program and return when it is ready.

        Args:
            argv: the program and its arguments.
            env: its whole environment (not merged with ours).
            log: file that receives its output; written anew.
            ready: asked every few hundredths of a second; an `OSError` or an HTTP error counts as "not yet".
                None for a program that has work to do and then ends: see `wait`.
            timeout: seconds until it must be ready.
            grace: seconds between asking it to end and making it.
            cwd: the directory it runs in.

        Raises:
            SandboxError: there is no such program.
            PortTaken: it ended because its port is in use.
            NotReady: it ended, or was not ready in time. Nothing is left running.
        """
        child = cls._launch([str(part) for part in argv], env=env, log=log, grace=grace, cwd=cwd)
        try:
            if ready is not None:
                child._await(ready, timeout)
        except BaseException:
            child.stop()
            raise
        return child

    @classmethod
    def _launch(cls, argv: list[str], *, env: Mapping[str, str], log: Path, grace: float, cwd: Path | None) -> Child:
        log.parent.mkdir(parents=True, exist_ok=True)
        theirs, ours = os.pipe()
        command = [sys.executable, "-I", "-S", str(_GUARD), str(grace), *argv]
        with log.open("wb") as output:
            guard = subprocess.Popen(
                command, env=env, cwd=cwd, stdin=theirs, stdout=subprocess.PIPE, stderr=output, start_new_session=True
            )
        os.close(theirs)
        assert guard.stdout is not None  # noqa: S101 - asked for above
        with guard.stdout:
            report = guard.stdout.readline().decode().strip()
        if not report.isdigit():
            os.close(ours)
            guard.wait()
            raise SandboxError(f"starting {argv[0]}: {report or log_tail(log)}")
        return cls(guard, lifeline=ours, pid=int(report), name=_name(argv), log=log)

    def _await(self, ready: Callable[[], bool], timeout: float) -> None:
        until = time.monotonic() + timeout
        while True:
            answered = _asks(ready)
            self._raise_if_ended()  # also after a yes: another program may have answered on a port that we lost
            if answered:
                return
            if time.monotonic() > until:
                raise NotReady(f"{self.name} was not ready within {timeout:g} s. {self._log_says()}")
            time.sleep(_POLL)

    def _raise_if_ended(self) -> None:
        code = self._guard.poll()
        if code is not None:
            kind = PortTaken if _PORT_TAKEN in log_tail(self.log).lower() else NotReady
            raise kind(f"{self.name} ended with exit code {code} before it was ready. {self._log_says()}")

    def _log_says(self) -> str:
        return f"The end of its log {self.log}:\n{log_tail(self.log)}"

    @property
    def running(self) -> bool:
        """Whether the program still runs."""
        return self._guard.poll() is None

    def wait(self, timeout: float | None = None) -> int | None:
        """Wait until the program ends by itself; its exit code, or None if that takes longer than `timeout` seconds."""
        try:
            return self._guard.wait(timeout)
        except subprocess.TimeoutExpired:
            return None

    def stop(self) -> None:
        """End the program and all that it started, and wait until it is gone; harmless if it is gone already."""
        self._let_go()
        self._guard.wait()
        _running.discard(self)

    def _let_go(self) -> None:
        lifeline, self._lifeline = self._lifeline, None
        if lifeline is not None:
            os.close(lifeline)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


def children() -> list[Child]:
    """The programs that this process has started and not stopped; some of them may have ended by themselves."""
    return list(_running)


def _name(argv: Sequence[str]) -> str:
    """What a person calls the program: its file name, or the module that a Python runs."""
    return argv[2] if argv[1:2] == ["-m"] else Path(argv[0]).name


def _asks(ready: Callable[[], bool]) -> bool:
    try:
        return ready()
    except (OSError, http.client.HTTPException):
        return False


_running: set[Child] = set()


def _forget_after_fork() -> None:
    """Close the copies of the lifelines in a forked child: it must not keep alive what its parent started."""
    for child in children():
        child._let_go()


os.register_at_fork(after_in_child=_forget_after_fork)
