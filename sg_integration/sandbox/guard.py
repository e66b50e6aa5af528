"""Runs one program and ends it, with all that it started, as soon as whoever asked for it is gone.

Run by its file name (`python -I -S guard.py GRACE PROGRAM ARGUMENT…`), so that nothing but the standard library is loaded.
Standard input is a pipe whose other end the parent holds: the kernel closes it however the parent ends, which needs no
Linux-only call. Standard output receives the program's process id, or why it could not start; standard error is its log.
"""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
import time

_LIFELINE, _REPORT, _LOG = 0, 1, 2
_END = {signal.SIGTERM, signal.SIGINT, signal.SIGHUP}


def _wake_on_signals() -> int:
    """Turn signals into bytes on a pipe, so that one `select` waits for the parent, the child and signals alike."""
    readable, writable = os.pipe()
    os.set_blocking(readable, False)
    os.set_blocking(writable, False)
    signal.set_wakeup_fd(writable)
    for number in (signal.SIGCHLD, *_END):
        signal.signal(number, lambda *_: None)  # a handler, not SIG_IGN: the program must start with the defaults
    return readable


def _end(child: subprocess.Popen[bytes], grace: float) -> None:
    """Ask the program's process group to end; after `grace` seconds make it."""
    _signal_group(child.pid, signal.SIGTERM)
    until = time.monotonic() + grace
    while child.poll() is None and time.monotonic() < until:
        time.sleep(0.02)


def _signal_group(group: int, number: signal.Signals) -> None:
    try:
        os.killpg(group, number)
    except (ProcessLookupError, PermissionError):  # gone; macOS says PermissionError when only zombies are left
        return


def _serve(child: subprocess.Popen[bytes], wake: int, grace: float) -> None:
    """Return when the program has ended by itself, or was told to because the parent is gone or a signal came."""
    while child.poll() is None:
        readable, _, _ = select.select([_LIFELINE, wake], [], [])
        came = set(os.read(wake, 64)) if wake in readable else set()
        parent_gone = _LIFELINE in readable and not os.read(_LIFELINE, 64)
        if parent_gone or came & _END:
            _end(child, grace)
            return


def main(argv: list[str]) -> int:
    """Run `argv[2:]` until it ends or the parent does; `argv[1]` is the grace in seconds. Returns its exit code."""
    wake = _wake_on_signals()
    try:
        child = subprocess.Popen(argv[2:], stdin=subprocess.DEVNULL, stdout=_LOG, stderr=_LOG, start_new_session=True)
    except OSError as error:
        os.write(_REPORT, f"{error}\n".encode())
        return 127
    os.write(_REPORT, f"{child.pid}\n".encode())
    os.close(_REPORT)
    try:
        _serve(child, wake, float(argv[1]))
    finally:
        _signal_group(child.pid, signal.SIGKILL)  # also whatever the program left behind in its group
    return child.wait()


if __name__ == "__main__":
    code = main(sys.argv)
    sys.exit(code if code >= 0 else 128 - code)
