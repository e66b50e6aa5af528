"""Kills the processes of the providers at a write, as a machine that goes down in the middle of an update does."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

import pytest
from botocore.httpsession import URLLib3Session

from sg_integration.kubernetes.answers import Answer
from sg_integration.kubernetes.api import Api

from . import serving

_READS = ("Describe", "Get", "List", "Assume")
_FIRST_REFUSAL = 300
_JOINS = "ModifyNetworkInterfaceAttribute"


class Killed(BaseException):
    """The process ended here; nobody catches it."""


@dataclass
class Executioner:
    """Ends the processes of the providers at a write; they answer no more, and ask for nothing more.

    A write of ours, to an object of Calico or to an interface, is carried out, and its answer is lost: nobody knows of it.
    A write of Pulumi's own aws plugin is not begun: it knows no better than to make a group or a rule twice.

    Args:
        ours: after how many writes of ours it ends.
        plugins: before which write of the aws plugin; counted from 0.
        killed_at: the write, `ModifyNetworkInterfaceAttribute` or `PATCH /apis/…`; empty if nobody was killed.
    """

    ours: int = 0
    plugins: int = 0
    armed: bool = False
    killed_at: str = ""
    servers: list[Any] = field(default_factory=list)
    dead: set[threading.Thread] = field(default_factory=set)
    lock: threading.Lock = field(default_factory=threading.Lock)

    @contextmanager
    def after(self, ours: int, *, plugins: int = 10**6) -> Iterator[None]:
        """Kill the next operation there."""
        self.ours, self.plugins, self.armed, self.killed_at = ours, plugins, True, ""
        self.servers.clear()
        try:
            yield
        finally:
            self.armed = False

    def before_request(self, write: str) -> None:
        """A request is about to be sent: the dead send none."""
        if threading.current_thread() in self.dead:
            raise Killed
        with self.lock:
            if self.armed and self.killed_at:
                raise Killed
            if self.armed and write and not _is_ours(write):
                self.plugins -= 1
                if self.plugins < 0:
                    self.kill(write)

    def after_request(self, write: str, status: int) -> None:
        """A request was answered; what was refused has written nothing."""
        with self.lock:
            if self.armed and write and _is_ours(write) and status < _FIRST_REFUSAL and not self.killed_at:
                self.ours -= 1
                if self.ours <= 0:
                    self.kill(write)

    def kill(self, write: str) -> None:
        """End the processes: whoever works there asks no more, and the engine hears nothing."""
        self.killed_at = write
        self.dead |= {each for each in threading.enumerate() if each.name.startswith(("pulumi", "ThreadPoolExecutor"))}
        for server in self.servers:
            server.stop(grace=None)
        raise Killed


def _is_ours(write: str) -> bool:
    return write == _JOINS or "/" in write


@pytest.fixture
def executioner(monkeypatch: pytest.MonkeyPatch) -> Executioner:
    """One that watches every request to AWS and to the cluster of the providers that are served here."""
    made = Executioner()

    def watch(owner: type, method: str, written: Callable[[Any], str]) -> None:
        real = getattr(owner, method)

        def send(self: Any, *arguments: Any) -> Any:
            write = written(arguments[-1])
            made.before_request(write)
            answer = real(self, *arguments)
            made.after_request(write, answer.code if isinstance(answer, Answer) else answer.status_code)
            return answer

        monkeypatch.setattr(owner, method, send)

    watch(URLLib3Session, "send", _aws_write)
    watch(Api, "_send", _kubernetes_write)
    for name in ("start", "_start"):
        monkeypatch.setattr(serving, name, _noting(made.servers, getattr(serving, name)))
    return made


def _noting(servers: list[Any], real: Callable[..., tuple[Any, int]]) -> Callable[..., tuple[Any, int]]:
    def start(*arguments: Any) -> tuple[Any, int]:
        server, port = real(*arguments)
        servers.append(server)
        return server, port

    return start


def _aws_write(request: Any) -> str:
    """The action, if it writes."""
    body = request.body or b""
    [action] = parse_qs(body.decode() if isinstance(body, bytes) else body).get("Action", [""])
    return "" if action.startswith(_READS) else action


def _kubernetes_write(request: Any) -> str:
    """Method and path, if it writes."""
    return "" if request.method == "GET" or "dryRun" in request.url.params else f"{request.method} {request.url.path}"
