"""The whole sandbox, up and down: the toolchain, an AWS account, a cluster, the plugins, and the environment to use them."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Final

from sg_integration.sandbox.errors import SandboxError
from sg_integration.sandbox.processes import children
from sg_integration.sandbox.state import Claim, State
from sg_integration.sandbox.toolchain.obtain import obtain, print_progress
from sg_integration.sandbox.variables import aws_variables, completed, kubernetes_variables, pulumi_variables

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from typing_extensions import Self

    from sg_integration.sandbox.aws.server import EmbeddedAws
    from sg_integration.sandbox.kubernetes import EmbeddedKubernetes

_EXTRA = ("moto", "flask", "cryptography")  # what the extra `sandbox` brings
# What deletions wait for: without them a deleted namespace stays, and an object deleted in the foreground too. And what makes
# the pods of Deployments, and new ones for those that go.
CONTROLLERS: Final = (
    "namespace-controller",
    "garbage-collector-controller",
    "deployment-controller",
    "replicaset-controller",
)


class Sandbox:
    """A sandbox that lives as long as this process; a context manager, or `up` and `down`. It always starts empty.

    Args:
        directory: receives everything that it writes; one sandbox at a time in one directory.
        kubernetes: whether to run a cluster.
        controllers: the controllers that run in it, see `EmbeddedKubernetes`.
        progress: receives a line for each thing that takes time.
        detached: whether this process exists for the sandbox only, so that `sandbox down` may end it.

    Attributes:
        aws: the embedded AWS, with its call log; there while it is up.
        kubernetes: the embedded cluster, if wanted; there while it is up.
        state: where everything is; there while it is up.
    """

    aws: EmbeddedAws
    kubernetes: EmbeddedKubernetes | None

    def __init__(
        self,
        directory: Path,
        *,
        kubernetes: bool = True,
        controllers: Sequence[str] = CONTROLLERS,
        progress: Callable[[str], None] = print_progress,
        detached: bool = False,
    ) -> None:
        self.directory = directory.absolute()
        self._wants_kubernetes = kubernetes
        self._controllers = controllers
        self._progress = progress
        self._detached = detached
        self._ending = contextlib.ExitStack()
        self._state: State | None = None

    def up(self) -> None:
        """Start everything and return when it answers.

        Raises:
            SandboxError: one is up in this directory, a part cannot be obtained, or did not start. Nothing is left
                running then.
        """
        require_extra()
        tools = obtain(parts(kubernetes=self._wants_kubernetes), progress=self._progress)
        claim = Claim(self.directory)
        claim.take(detached=self._detached)
        self._ending.callback(claim.release)
        try:
            self._state = self._start(tools)
        except BaseException:
            self.down()
            raise

    def down(self) -> None:
        """Stop everything; harmless if it is not up. Logs and Pulumi's state stay in the directory."""
        self._state = None
        self._ending.close()

    @property
    def state(self) -> State:
        """Where everything is. Raises SandboxError if it is not up."""
        if self._state is None:
            raise SandboxError(f"asking for the sandbox in {self.directory}: it is not up.")
        return self._state

    def env(self) -> dict[str, str]:
        """The variables that make Pulumi, boto3 and Kubernetes clients use this sandbox and nothing else, PATH included.

        Lay them over the environment of the program that shall use it. Raises SandboxError if it is not up.
        """
        return completed(self.state.env, self.state.path, os.environ)

    def _start(self, tools: Path) -> State:
        # Here, and not at the top: without the extra they cannot be imported, and `require_extra` says that better.
        from sg_integration.sandbox.aws.server import EmbeddedAws  # noqa: PLC0415
        from sg_integration.sandbox.kubernetes import EmbeddedKubernetes  # noqa: PLC0415
        from sg_integration.sandbox.plugins.install import install  # noqa: PLC0415

        self.aws = EmbeddedAws(directory=self.directory / "logs")
        self.kubernetes = None
        if self._wants_kubernetes:
            directory = self.directory / "kubernetes"
            self.kubernetes = EmbeddedKubernetes(bin_dir=tools, directory=directory, controllers=self._controllers)
        self._start_together()
        env = pulumi_variables(self.directory) | aws_variables(self.directory, self.aws.url)
        env |= kubernetes_variables(self.kubernetes.kubeconfig if self.kubernetes else None)
        urls = {"aws": self.aws.url} | ({"kubernetes": self.kubernetes.url} if self.kubernetes else {})
        return State(
            pid=os.getpid(),
            pids={child.name: child.pid for child in children() if child.log.is_relative_to(self.directory)},
            urls=urls,
            plugins=install(Path(env["PULUMI_HOME"])),
            path=[str(tools), str(Path(sys.executable).parent)],
            env=env,
        )

    def _start_together(self) -> None:
        """Start the servers side by side, each of which takes seconds; first see to it that they will be stopped."""
        servers = [server for server in (self.aws, self.kubernetes) if server is not None]
        for server in servers:
            self._ending.callback(server.stop)
        with ThreadPoolExecutor() as pool:
            for started in [pool.submit(server.start) for server in servers]:
                started.result()

    def __enter__(self) -> Self:
        self.up()
        return self

    def __exit__(self, *_: object) -> None:
        self.down()


def parts(*, kubernetes: bool = True) -> tuple[str, ...]:
    """The parts of the toolchain that a sandbox needs."""
    return ("pulumi", "etcd", "kube-apiserver", "kube-controller-manager") if kubernetes else ("pulumi",)


def missing_extra() -> list[str]:
    """The packages of the extra `sandbox` that are not installed; looked up without importing them."""
    return [name for name in _EXTRA if importlib.util.find_spec(name) is None]


def require_extra() -> None:
    """Raise SandboxError, saying what to install, if the extra `sandbox` is not there."""
    if missing := missing_extra():
        raise SandboxError(
            f"starting a sandbox: {', '.join(missing)} not installed. Run: pip install 'sg-integration[sandbox]'"
        )
