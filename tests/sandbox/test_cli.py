"""The command brings a sandbox up and down across processes, and answers what a person can act on."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from sg_integration import cli
from sg_integration.sandbox import keeper
from sg_integration.sandbox.environment import Sandbox
from sg_integration.sandbox.state import holder, read_state
from tests.sandbox.test_processes import all_gone

if TYPE_CHECKING:
    from collections.abc import Iterator


def run(*words: str, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """Run the command as a person does."""
    argv = [sys.executable, "-m", "sg_integration.cli", *words]
    return subprocess.run(argv, env={**os.environ, **(env or {})}, capture_output=True, text=True, check=False)


def sandbox(command: str, directory: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """Run one of the sandbox commands in a directory."""
    return run("sandbox", command, "--directory", str(directory), *options)


def up(directory: Path) -> dict[str, int]:
    """Bring up AWS alone, which is quicker; the process ids of keeper and AWS."""
    done = sandbox("up", directory, "--no-kubernetes")
    state = read_state(directory)
    assert done.returncode == 0, done.stderr
    assert state is not None
    return {"keeper": state.pid, **state.pids}


@pytest.fixture
def directory(tmp_path: Path) -> Iterator[Path]:
    """A directory with a name that needs quoting, in which nothing stays up."""
    path = tmp_path / "it's here"
    yield path
    keeper.stop(path)


def test_up_env_down(directory: Path) -> None:
    """`up` outlives its command, `env` leads a shell to it, `down` ends it, and each says what it did."""
    started = sandbox("up", directory, "--no-kubernetes")
    state = read_state(directory)
    script = f'eval "$({sys.executable} -m sg_integration.cli sandbox env --directory "$1")" && echo "$PULUMI_HOME" && pulumi whoami'
    used = subprocess.run(["sh", "-c", script, "sh", directory], capture_output=True, text=True, check=False)
    ended = sandbox("down", directory)

    assert started.returncode == 0, started.stderr
    assert state is not None
    assert state.urls["aws"] in started.stdout
    assert "sandbox down --directory" in started.stdout
    assert used.stdout.startswith(f"{directory}/pulumi-home\n"), used.stderr
    assert used.returncode == 0, used.stderr
    assert ended.stdout == f"The sandbox in {directory} is down.\n"
    assert all_gone([state.pid, *state.pids.values()], within=1)


def test_up_twice_is_harmless(directory: Path) -> None:
    """A second `up` changes nothing, says so, and answers with the same addresses."""
    first = up(directory)
    again = sandbox("up", directory, "--no-kubernetes")

    assert again.returncode == 0
    assert "is up in" in again.stderr
    assert up(directory) == first


def test_two_ups_at_once_make_one(directory: Path) -> None:
    """Two `up` at the same moment end with one sandbox, and both succeed."""
    argv = [
        sys.executable,
        "-m",
        "sg_integration.cli",
        "sandbox",
        "up",
        "--no-kubernetes",
        "--directory",
        str(directory),
    ]
    both = [subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in range(2)]
    said = [each.communicate() for each in both]

    assert [each.returncode for each in both] == [0, 0], said
    assert said[0][0] == said[1][0]


def test_down_without_up_is_harmless(directory: Path) -> None:
    """`down` where nothing is up says so and succeeds."""
    done = sandbox("down", directory)

    assert done.returncode == 0
    assert done.stdout == f"No sandbox was up in {directory}.\n"


def test_env_without_up_says_what_to_do(directory: Path) -> None:
    """`env` where nothing is up fails with one line that names the command to run, and gives eval what fails."""
    done = sandbox("env", directory)

    assert done.returncode == 1
    assert done.stdout == "false\n"  # for eval
    assert done.stderr == f"error: no sandbox is up in {directory}. Start one: sg-integration sandbox up\n"


def test_env_as_json(directory: Path) -> None:
    """`env --json` prints the same variables as one object."""
    up(directory)
    variables = json.loads(sandbox("env", directory, "--json").stdout)
    lines = sandbox("env", directory).stdout.splitlines()

    assert variables["AWS_ACCESS_KEY_ID"] == "test"
    assert [line.partition("=")[0] for line in lines] == [f"export {name}" for name in variables]


def test_a_killed_keeper_leaves_nothing_and_is_noticed(directory: Path) -> None:
    """When the keeper is killed its parts end; `env` says that it died, and `up` says so and starts anew."""
    pids = up(directory)
    os.kill(pids["keeper"], signal.SIGKILL)
    gone = all_gone(list(pids.values()))
    env = sandbox("env", directory)
    again = sandbox("up", directory, "--no-kubernetes")

    assert gone
    assert "ended without being told to" in env.stderr
    assert again.returncode == 0
    assert f"(process {pids['keeper']}) ended without being told to; nothing of it is left." in again.stderr


def test_a_part_that_dies_ends_the_sandbox(directory: Path) -> None:
    """When one part dies, the keeper ends all, and its log says which it was."""
    pids = up(directory)
    os.kill(pids["sg_integration.sandbox.aws"], signal.SIGKILL)

    assert all_gone(list(pids.values()))
    assert "sg_integration.sandbox.aws has died" in (directory / "logs/keeper.log").read_text()


def test_a_sandbox_that_cannot_start_says_why(directory: Path) -> None:
    """If the keeper cannot start its parts, `up` fails with the end of its log, and nothing runs."""
    directory.mkdir()
    (directory / "logs").mkdir()
    (directory / "pulumi-home").write_text("in the way")
    done = sandbox("up", directory, "--no-kubernetes")

    assert done.returncode == 1
    assert "pulumi-home" in done.stderr
    assert "Traceback" not in done.stderr
    assert read_state(directory) is None
    assert holder(directory) is None


def test_a_directory_that_cannot_be_is_one_line(tmp_path: Path) -> None:
    """A directory inside a file is an error of one line."""
    (tmp_path / "file").touch()
    done = sandbox("up", tmp_path / "file/inside", "--no-kubernetes")

    assert done.returncode == 1
    assert "Not a directory" in done.stderr
    assert "Traceback" not in done.stderr


def test_purge_deletes_only_its_own(directory: Path) -> None:
    """`down --purge` deletes what the sandbox left there, and nothing that somebody else put there."""
    up(directory)
    (directory / "notes.txt").write_text("mine")
    sandbox("down", directory, "--purge")
    left = [path.name for path in directory.iterdir()]
    (directory / "notes.txt").unlink()
    sandbox("down", directory, "--purge")

    assert left == ["notes.txt"]
    assert not directory.exists()


def test_a_sandbox_inside_a_program_is_left_alone(directory: Path) -> None:
    """A sandbox that a program holds inside itself is neither shared by `up` nor ended by `down`; both say who holds it."""
    with Sandbox(directory, kubernetes=False) as held:
        answers = [sandbox("up", directory), sandbox("down", directory)]
        still = held.aws.calls()

    assert [answer.returncode for answer in answers] == [1, 1]
    assert all(f"process {os.getpid()} runs" in answer.stderr for answer in answers)
    assert still == []


def test_stacks_of_before_are_mentioned(directory: Path) -> None:
    """`up` warns if Pulumi still knows resources of an earlier sandbox there, since AWS starts empty."""
    stack = directory / "pulumi-state/.pulumi/stacks/try/dev.json"
    stack.parent.mkdir(parents=True)
    stack.write_text('{"checkpoint": {"latest": {"resources": [{"urn": "urn:pulumi:dev::try::x::y"}]}}}')
    done = sandbox("up", directory, "--no-kubernetes")

    assert "Pulumi still knows the stacks of an earlier sandbox here" in done.stderr


def test_doctor_finds_everything_here(directory: Path) -> None:
    """`doctor` says of each part where it is, and succeeds where a sandbox can start."""
    done = sandbox("doctor", directory)
    said = {line[2:].split()[0] for line in done.stdout.splitlines()}

    assert done.returncode == 0, done.stdout
    assert {"python", "packages", "pulumi", "etcd", "kube-apiserver", "go", "make", "cache", "sandbox"} <= said


def test_doctor_says_what_would_be_built_and_lacks(tmp_path: Path) -> None:
    """On a machine with nothing, `doctor` says what would be built, how long it takes, and that Go is missing."""
    env = {"PATH": str(tmp_path), "SG_INTEGRATION_CACHE": str(tmp_path / "cache"), "SG_INTEGRATION_NO_DOWNLOAD": "1"}
    done = run("sandbox", "doctor", "--directory", str(tmp_path), env=env)
    lines = {line[2:].split()[0]: line for line in done.stdout.splitlines()}

    assert done.returncode == 1
    assert "would be built: 3.7.3, which takes half a minute" in lines["etcd"]
    assert lines["go"].startswith("! go")
    assert "Go 1.26 or newer is needed" in lines["go"]
    assert not (tmp_path / "cache").exists()


def test_importing_the_command_is_cheap() -> None:
    """Importing the command loads neither boto3 nor moto nor a Kubernetes client nor Pulumi's engine interface."""
    code = (
        "import sys, sg_integration.cli; print([m for m in ('boto3', 'moto', 'lightkube', 'grpc') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout == "[]\n"


@pytest.mark.parametrize("words", [[], ["sandbox"], ["sandbox", "sideways"], ["sandbox", "up", "--no-such"]])
def test_a_mistyped_command_shows_its_usage(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """A command that is not there, or half of one, ends with code 2 and the usage."""
    with pytest.raises(SystemExit) as ended:
        cli.main(words)

    assert ended.value.code == 2
    assert "usage: sg-integration" in capsys.readouterr().err


def test_interrupting_up_leaves_nothing(directory: Path) -> None:
    """Ctrl-C while a sandbox starts ends it again, with code 130 and no traceback."""
    argv = [sys.executable, "-m", "sg_integration.cli", "sandbox", "up", "--directory", str(directory)]
    starting = subprocess.Popen(
        argv,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        # A shell that runs the tests in the background lets them ignore Ctrl-C, and what they start as well.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509  nothing else runs in the child
    )
    until = time.monotonic() + 30
    while not holder(directory) and time.monotonic() < until:
        time.sleep(0.005)  # the window is only as long as the start
    starting.send_signal(signal.SIGINT)
    said = starting.communicate()[1]

    assert starting.returncode == 130, said
    assert "Traceback" not in said
    assert holder(directory) is None
