"""`EmbeddedAws`: the embedded AWS as a child process."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from sg_integration.sandbox.aws.control import Control
from sg_integration.sandbox.processes import Child, on_free_ports

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType

    from typing_extensions import Self

_START_SECONDS = 60.0  # moto takes 1.5 s to import on a quiet machine; a loaded one is slower by far


class EmbeddedAws(Control):
    """An AWS account on loopback, with every service that moto has; account 123456789012.

    Each region has the default VPC that AWS gives it (172.31.0.0/16, three default subnets, its default group), also after
    a reset. Any signed request is accepted, whoever signed it, until the settings say otherwise.

    Args:
        port: where to listen on 127.0.0.1; 0 takes a free port.
        directory: where its log file `aws.log` goes; made if missing.
    """

    def __init__(self, *, port: int = 0, directory: Path) -> None:
        super().__init__(port)
        self.log = directory / "aws.log"
        self._child: Child | None = None

    @property
    def url(self) -> str:
        """Where it answers, `http://127.0.0.1:41233`; known once it is started, or from the beginning with a port given."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start it and wait until it answers.

        Raises:
            SandboxError: it did not come up; the message has the end of its log. `PortTaken` if the port given is in use.
        """
        if self.port:
            self._child = self._start_on(self.port)
        else:
            self._child = on_free_ports(1, lambda ports: self._start_on(ports[0]))

    def _start_on(self, port: int) -> Child:
        """The process, answering on that port."""
        self.port = port
        argv = [sys.executable, "-m", "sg_integration.sandbox.aws", "--port", str(port)]
        # It uses boto3 itself, and must not look for the profile of whoever starts it.
        env = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        return Child.start(argv, env=env, log=self.log, ready=self._answers, timeout=_START_SECONDS)

    def stop(self) -> None:
        """Stop it; its cloud is gone. Harmless if it does not run."""
        if self._child:
            self._child.stop()
        self._child = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _answers(self) -> bool:
        """Whether it is up. Raises OSError while it is not."""
        return bool(self._ask("GET", "health")["ok"])
