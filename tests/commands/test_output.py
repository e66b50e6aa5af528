"""What becomes of the command when what it prints or writes goes nowhere."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from argparse import Namespace
from pathlib import Path

import pytest

from sg_integration import cli
from sg_integration.commands import rbac

SHOP = str(Path(__file__).parents[2] / "docs" / "reach" / "shop.json")
REACH = ("reach", "--file", SHOP)
BUFFERED = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}


def unread(*words: str, both: bool = False) -> subprocess.CompletedProcess[str]:
    """Run the command with an output, or both, whose reader is gone already."""
    reader, writer = os.pipe()
    os.close(reader)
    argv = [sys.executable, "-m", "sg_integration.cli", *words]
    error = writer if both else subprocess.PIPE
    try:
        return subprocess.run(argv, stdout=writer, stderr=error, env=BUFFERED, text=True, check=False, timeout=60)
    finally:
        os.close(writer)


@pytest.mark.parametrize("words", [REACH, ("--help",), ("rbac",)])
def test_a_reader_that_is_gone_ends_it_quietly(words: tuple[str, ...]) -> None:
    """As after `… | head`: with the exit code that a shell gives who is ended by SIGPIPE, and without an error."""
    done = unread(*words)
    assert done.returncode == 141
    assert all(line.startswith("note: ") for line in done.stderr.splitlines()), done.stderr


def test_nobody_may_read_errors_either() -> None:
    """As after `… 2>&1 | head`, also when all that there is to say is an error."""
    assert unread(*REACH, both=True).returncode == 141
    assert unread("rbac", "--subject", "nobody", both=True).returncode == 141


def test_an_output_that_is_closed_is_none_at_all() -> None:
    """As after `>&-`: what would be printed is not missed."""
    script = f"{sys.executable} -m sg_integration.cli rbac >&-"
    done = subprocess.run(["sh", "-c", script], stderr=subprocess.PIPE, env=BUFFERED, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("option", ["--save", "--svg"])
def test_a_file_that_cannot_be_written_is_named(
    option: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """With its option, the reason, and what to do."""
    path = tmp_path / "missing" / "file"
    assert cli.main([*REACH, option, str(path)]) == 1
    said = capsys.readouterr().err
    assert said.startswith(f"error: {option} {path}: it cannot be written: No such file or directory. Name a file")
    assert "Errno" not in said


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), "writing: No space left on device. Make room"),
        (OSError(errno.EACCES, "Permission denied", "/x/y"), "/x/y: Permission denied. Look whether it is there"),
        (OSError("nothing more is known"), "nothing more is known"),
    ],
)
def test_other_refusals_of_the_system(
    error: OSError, words: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A full disk says so without a file's name; a file that no option names is named; the rest is said as it came."""

    def run(_arguments: Namespace) -> int:
        raise error

    monkeypatch.setattr(rbac, "run", run)
    assert cli.main(["rbac"]) == 1
    assert capsys.readouterr().err.startswith(f"error: {words}")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no full disk to offer")
def test_an_output_that_is_full_is_one_line() -> None:
    """Also where it is noticed only when the last of it is written."""
    with Path("/dev/full").open("w") as full:
        argv = [sys.executable, "-m", "sg_integration.cli", *REACH]
        done = subprocess.run(argv, stdout=full, stderr=subprocess.PIPE, env=BUFFERED, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == "error: writing: No space left on device. Make room, and run it again."
