"""Child processes do not outlive their parent, and their ports do not clash."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from sg_integration.sandbox.errors import NotReady, PortTaken, SandboxError
from sg_integration.sandbox.processes import Child, children, free_ports, on_free_ports

ENV = dict(os.environ)

# Starts a program that has a child of its own, tells both process ids, then does what the test wants.
PARENT = """
import os, sys, time
from pathlib import Path
from sg_integration.sandbox.processes import Child
log = Path(sys.argv[1])
child = Child.start(["sh", "-c", "sleep 1000 & echo $!; wait"], env=os.environ, log=log, ready=lambda: log.stat().st_size > 0)
print(child.pid, log.read_text().strip(), flush=True)
exec(sys.argv[2])
"""


def is_gone(pid: int) -> bool:
    """Whether a process has ended; one that nobody waits for any more counts as ended."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    state = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False).stdout
    return state.startswith("Z") or not state


def all_gone(pids: list[int], within: float = 10.0) -> bool:
    """Whether all of them end within so many seconds."""
    until = time.monotonic() + within
    while not all(is_gone(pid) for pid in pids):
        if time.monotonic() > until:
            return False
        time.sleep(0.05)
    return True


def start_parent(tmp_path: Path, then: str) -> tuple[subprocess.Popen[str], list[int]]:
    """A parent process, and the process ids of what it started."""
    argv = [sys.executable, "-c", PARENT, str(tmp_path / "log"), then]
    parent = subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    assert parent.stdout is not None
    with parent.stdout:
        return parent, [int(word) for word in parent.stdout.readline().split()]


def test_sigkill_of_the_parent_leaves_nothing(tmp_path: Path) -> None:
    """When the parent is killed outright, the program and the program's own child end."""
    parent, pids = start_parent(tmp_path, "time.sleep(1000)")
    before = [is_gone(pid) for pid in pids]
    parent.send_signal(signal.SIGKILL)
    parent.wait()

    assert before == [False, False]
    assert all_gone(pids)


@pytest.mark.parametrize("end", ["raise RuntimeError", "os._exit(0)", "os.kill(os.getpid(), 2); time.sleep(9)"])
def test_any_end_of_the_parent_leaves_nothing(tmp_path: Path, end: str) -> None:
    """An exception, an exit without clean-up and Ctrl-C end the program as well."""
    parent, pids = start_parent(tmp_path, end)
    parent.wait()

    assert len(pids) == 2
    assert all_gone(pids)


def test_a_fork_of_the_parent_does_not_keep_the_program_alive(tmp_path: Path) -> None:
    """A forked child inherits no hold on its parent's programs: they end with the parent although the fork lives."""
    fork = "pid = os.fork(); pid or time.sleep(20); Path(sys.argv[1] + '.fork').write_text(str(pid)); os._exit(0)"
    parent, pids = start_parent(tmp_path, fork)
    parent.wait()
    gone = all_gone(pids, within=8)
    fork_pid = int((tmp_path / "log.fork").read_text())
    fork_lived = not is_gone(fork_pid)
    os.kill(fork_pid, signal.SIGKILL)

    assert fork_lived
    assert gone


def test_stop_ends_the_program_and_what_it_started(tmp_path: Path) -> None:
    """After `stop`, neither the program nor its child runs, and stopping again is harmless."""
    log = tmp_path / "log"
    argv = ["sh", "-c", "sleep 1000 & echo $!; wait"]
    child = Child.start(argv, env=ENV, log=log, ready=lambda: log.stat().st_size > 0)
    grandchild = int(log.read_text())
    child.stop()
    child.stop()

    assert all_gone([child.pid, grandchild], within=1)
    assert child not in children()


def test_a_program_that_will_not_end_is_made_to(tmp_path: Path) -> None:
    """A program that ignores the request to end is killed when its grace is over."""
    log = tmp_path / "log"
    stubborn = "import signal, time; signal.signal(15, signal.SIG_IGN); print('up', flush=True); time.sleep(1000)"
    argv = [sys.executable, "-c", stubborn]
    child = Child.start(argv, env=ENV, log=log, ready=lambda: log.stat().st_size > 0, grace=0.3)
    began = time.monotonic()
    child.stop()

    assert is_gone(child.pid)
    assert 0.3 <= time.monotonic() - began < 5


def test_a_program_that_ends_early_is_an_error_with_its_log(tmp_path: Path) -> None:
    """A program that ends before it is ready is an error that shows its exit code and the end of its log."""
    argv = ["sh", "-c", "echo one; echo the reason >&2; exit 3"]

    with pytest.raises(NotReady, match=r"sh ended with exit code 3 before it was ready[\s\S]*the reason"):
        Child.start(argv, env=ENV, log=tmp_path / "log", ready=lambda: False)


def test_a_yes_from_somebody_else_does_not_count(tmp_path: Path) -> None:
    """If the program has ended, it is not ready, even if another one answers the health check in its place."""

    def answered_by_another() -> bool:
        time.sleep(0.3)
        return True

    with pytest.raises(NotReady, match="exit code 0"):
        Child.start(["true"], env=ENV, log=tmp_path / "log", ready=answered_by_another)


def test_a_program_that_does_not_answer_in_time_is_stopped(tmp_path: Path) -> None:
    """A program that is not ready in time is an error that shows its log, and it is not left running."""
    argv = ["sh", "-c", "echo $$; exec sleep 1000"]

    def refuses() -> bool:
        raise ConnectionRefusedError

    with pytest.raises(NotReady, match="not ready within 0.5 s"):
        Child.start(argv, env=ENV, log=tmp_path / "log", ready=refuses, timeout=0.5)

    assert is_gone(int((tmp_path / "log").read_text()))


def test_a_missing_program_is_named(tmp_path: Path) -> None:
    """A program that does not exist is an error that names it."""
    with pytest.raises(SandboxError, match="starting no-such-program: .*No such file"):
        Child.start(["no-such-program"], env=ENV, log=tmp_path / "log")


def test_a_finished_program_tells_its_exit_code(tmp_path: Path) -> None:
    """`wait` gives the exit code of a program that ends by itself, and None while it still runs."""
    with Child.start(["sh", "-c", "sleep 0.5; exit 7"], env=ENV, log=tmp_path / "log") as child:
        assert child.wait(0.05) is None
        assert child.wait(10) == 7


def test_a_port_in_use_is_told_apart(tmp_path: Path) -> None:
    """A server that finds its port taken raises `PortTaken`, which starting on another port can mend."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        argv = [sys.executable, "-m", "http.server", "--bind", "127.0.0.1", str(taken.getsockname()[1])]

        with pytest.raises(PortTaken, match="already in use"):
            Child.start(argv, env=ENV, log=tmp_path / "log", ready=lambda: False)


def test_a_lost_port_is_tried_again_with_another() -> None:
    """A start that lost its port is repeated, with ports that it did not have before."""
    tried: list[list[int]] = []

    def start(ports: list[int]) -> str:
        tried.append(ports)
        if len(tried) < 3:
            raise PortTaken("lost")
        return "up"

    assert on_free_ports(2, start) == "up"
    assert len({port for ports in tried for port in ports}) == 6


def test_losing_every_port_is_an_error() -> None:
    """A start that loses its port each time gives up after the attempts it was given."""
    tried: list[list[int]] = []

    def start(ports: list[int]) -> None:
        tried.append(ports)
        raise PortTaken("lost")

    with pytest.raises(PortTaken):
        on_free_ports(1, start, attempts=3)

    assert len(tried) == 3


def test_free_ports_are_different_and_free() -> None:
    """Ports that are given out together differ, and can be listened on."""
    ports = free_ports(20)
    for port in ports:
        with socket.socket() as server:
            server.bind(("127.0.0.1", port))

    assert len(set(ports)) == 20
