"""A sandbox is up as a whole or not at all, and its environment leads to it and nowhere else."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from sg_integration.sandbox import environment
from sg_integration.sandbox.environment import Sandbox
from sg_integration.sandbox.errors import SandboxError
from sg_integration.sandbox.kubernetes import EmbeddedKubernetes
from sg_integration.sandbox.processes import children
from sg_integration.sandbox.state import Claim, holder
from sg_integration.sandbox.variables import completed
from tests.sandbox.test_processes import all_gone

if TYPE_CHECKING:
    from collections.abc import Iterator

# What a user's shell may hold: each of these alone would lead boto3 somewhere else, or nowhere.
OWN_SETTINGS = {
    "AWS_PROFILE": "production",
    "AWS_ENDPOINT_URL_EC2": "http://127.0.0.1:9/",
    "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true",
    "AWS_SESSION_TOKEN": "a-real-one",
    "AWS_CONFIG_FILE": "/nonexistent/config",
    "HTTP_PROXY": "http://127.0.0.1:9/",
    "HTTPS_PROXY": "http://127.0.0.1:9/",
}
USE_EVERYTHING = """
import boto3, json, shutil, subprocess
from lightkube import Client
from lightkube.resources.core_v1 import Namespace
vpc = boto3.client("ec2").create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
namespaces = [found.metadata.name for found in Client().list(Namespace)]
subprocess.run(["pulumi", "stack", "init", "dev", "--non-interactive"], check=True, capture_output=True)
stacks = json.loads(subprocess.run(["pulumi", "stack", "ls", "--json"], check=True, capture_output=True).stdout)
print(json.dumps([vpc, namespaces, [stack["name"] for stack in stacks], shutil.which("pulumi")]))
"""


def mine(directory: Path) -> list[str]:
    """The names of the programs that run for a sandbox in a directory."""
    return [child.name for child in children() if child.log.is_relative_to(directory)]


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """A whole sandbox for the tests that only use it, started from a shell that has settings of its own."""
    with ExitStack() as ends:
        with pytest.MonkeyPatch.context() as shell:
            for name, value in OWN_SETTINGS.items():
                shell.setenv(name, value)
            started = ends.enter_context(Sandbox(tmp_path_factory.mktemp("sandbox")))
        yield started


def test_a_program_in_its_environment_uses_all_of_it(sandbox: Sandbox, tmp_path: Path) -> None:
    """boto3, a Kubernetes client and Pulumi reach the sandbox by its variables, whatever the user's own settings say."""
    (tmp_path / "Pulumi.yaml").write_text("name: try\nruntime: python\n")
    env = {**os.environ, **OWN_SETTINGS, **sandbox.env()}
    argv = [sys.executable, "-c", USE_EVERYTHING]
    ran = subprocess.run(argv, env=env, cwd=tmp_path, capture_output=True, text=True, check=False)

    assert ran.returncode == 0, ran.stderr
    vpc, namespaces, stacks, pulumi = json.loads(ran.stdout)
    assert [call.action for call in sandbox.aws.calls("ec2:CreateVpc")] == ["CreateVpc"]
    assert vpc.startswith("vpc-")
    assert "kube-system" in namespaces
    assert stacks == ["dev"]
    assert pulumi == f"{sandbox.state.path[0]}/pulumi"


def test_state_names_every_part(sandbox: Sandbox) -> None:
    """The state has the process and address of each part, and says which plugins are used."""
    state = sandbox.state

    assert sorted(state.pids) == ["etcd", "kube-apiserver", "kube-controller-manager", "sg_integration.sandbox.aws"]
    assert all(url.startswith(("http://127.0.0.1:", "https://127.0.0.1:")) for url in state.urls.values())
    assert set(state.plugins) == {"aws", "kubernetes"}
    assert set(state.plugins.values()) <= {"official", "stand-in"}


def test_path_has_the_toolchain_and_then_this_python_first(sandbox: Sandbox) -> None:
    """PATH begins with the toolchain and this Python's directory, each once, however often it is applied."""
    once = completed(sandbox.state.env, sandbox.state.path, {"PATH": "/usr/bin:/bin"})
    twice = completed(sandbox.state.env, sandbox.state.path, once)

    assert once["PATH"] == f"{sandbox.state.path[0]}:{Path(sys.executable).parent}:/usr/bin:/bin"
    assert twice == once


def test_proxy_exemptions_are_kept() -> None:
    """Loopback joins the hosts that the user reaches without a proxy."""
    assert completed({}, [], {"no_proxy": "intranet"})["NO_PROXY"] == "127.0.0.1,localhost,intranet"


def test_one_directory_has_one_sandbox(sandbox: Sandbox) -> None:
    """A second sandbox in the same directory is refused, names the holder, and leaves the first alone."""
    with pytest.raises(SandboxError, match=f"one is up there already, held by process {os.getpid()}"):
        Sandbox(sandbox.directory).up()

    assert sandbox.aws.calls() is not None
    assert len(mine(sandbox.directory)) == 4


def test_looking_does_not_get_in_the_way(tmp_path: Path) -> None:
    """While many look who holds a directory, taking it succeeds, and nobody who looks is taken for the holder."""
    stop = threading.Event()
    seen: set[int] = set()

    def look() -> None:
        while not stop.is_set():
            seen.add(found.pid if (found := holder(tmp_path)) else 0)

    with ThreadPoolExecutor() as pool:
        looking = [pool.submit(look) for _ in range(4)]
        for _ in range(50):
            claim = Claim(tmp_path)
            claim.take(detached=False)
            claim.release()
        stop.set()

    assert [looker.result() for looker in looking] == [None] * 4
    assert seen <= {0, os.getpid()}


def test_two_directories_have_two(sandbox: Sandbox, tmp_path: Path) -> None:
    """Sandboxes in different directories run side by side; without Kubernetes there is no cluster to be found."""
    with Sandbox(tmp_path, kubernetes=False) as other:
        env = other.env()
        running = mine(tmp_path)

    assert env["AWS_ENDPOINT_URL"] != sandbox.env()["AWS_ENDPOINT_URL"]
    assert env["PULUMI_HOME"] != sandbox.env()["PULUMI_HOME"]
    assert env["KUBECONFIG"] == os.devnull
    assert running == ["sg_integration.sandbox.aws"]


def test_down_ends_everything(tmp_path: Path) -> None:
    """After the end nothing runs, the directory is free, and there is no environment any more; ending twice is harmless."""
    with Sandbox(tmp_path, kubernetes=False) as ended:
        pids = list(ended.state.pids.values())
    ended.down()

    assert all_gone(pids, within=1)
    assert holder(tmp_path) is None
    with pytest.raises(SandboxError, match="not up"):
        ended.env()


def test_a_part_that_fails_takes_all_down(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """If one part does not start, the error says so, the others are stopped and the directory is free again."""

    def fails(_: EmbeddedKubernetes) -> None:
        raise SandboxError("no cluster today")

    monkeypatch.setattr(EmbeddedKubernetes, "start", fails)
    with pytest.raises(SandboxError, match="no cluster today"):
        Sandbox(tmp_path).up()

    assert mine(tmp_path) == []
    assert holder(tmp_path) is None


def test_a_killed_process_leaves_nothing(tmp_path: Path) -> None:
    """When the process that holds a sandbox is killed, its parts end and the directory is free."""
    program = (
        "import sys, time; from pathlib import Path; from sg_integration.sandbox.environment import Sandbox\n"
        "with Sandbox(Path(sys.argv[1]), kubernetes=False) as s: print(*s.state.pids.values(), flush=True); time.sleep(99)"
    )
    argv = [sys.executable, "-c", program, str(tmp_path)]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True) as holding:
        assert holding.stdout is not None
        pids = [int(word) for word in holding.stdout.readline().split()]
        held = holder(tmp_path)
        holding.send_signal(signal.SIGKILL)

    assert pids
    assert held is not None
    assert held.pid == holding.pid
    assert all_gone(pids)
    assert holder(tmp_path) is None


def test_a_missing_extra_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the extra `sandbox` the error says what to install, and nothing is started."""
    monkeypatch.setattr(environment, "_EXTRA", ("no_such_package_here",))

    with pytest.raises(
        SandboxError, match=r"no_such_package_here not installed. Run: pip install 'sg-integration\[san"
    ):
        Sandbox(tmp_path / "new").up()

    assert not (tmp_path / "new").exists()
