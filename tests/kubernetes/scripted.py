"""An API server that answers from a script, a clock that only sleeping moves, and answers as Kubernetes words them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import httpx2

from sg_integration.kubernetes.api import Api
from sg_integration.kubernetes.cluster import Cluster
from sg_integration.kubernetes.retrying import Patience

Reply = httpx2.Response | Exception
TRIED = "context test of a file"
SERVER = "https://kubernetes.test"


@dataclass
class Time:
    """A clock that stands still between sleeps."""

    now: float = 0.0
    slept: list[float] = field(default_factory=list)

    def clock(self) -> float:
        """Monotonic seconds."""
        return self.now

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
        self.slept.append(seconds)
        self.now += seconds


@dataclass
class Script:
    """What the server answers, in order; an exception is a connection that failed. The last answer is repeated."""

    replies: list[Reply]
    time: Time = field(default_factory=Time)
    asked: list[httpx2.Request] = field(default_factory=list)
    takes: float = 0.0  # seconds that pass before each answer

    def handle(self, request: httpx2.Request) -> httpx2.Response:
        """Answer one request."""
        # A copy, since the next try sends the same request with other headers.
        self.asked.append(httpx2.Request(request.method, request.url, headers=request.headers))
        self.time.now += self.takes
        reply = self.replies[min(len(self.asked), len(self.replies)) - 1]
        if isinstance(reply, Exception):
            raise reply
        return httpx2.Response(reply.status_code, headers=reply.headers, content=reply.content)

    @property
    def queries(self) -> list[dict[str, str]]:
        """The query of each request."""
        return [dict(request.url.params) for request in self.asked]

    def api(self, auth: httpx2.Auth | None = None, jitter: Callable[[float, float], float] = max) -> Api:
        """An API server that plays it."""
        client = httpx2.Client(base_url=SERVER, transport=httpx2.MockTransport(self.handle), auth=auth)
        return Api(client, TRIED, Patience(self.time.clock, self.time.sleep, jitter))

    def cluster(self, auth: httpx2.Auth | None = None) -> Cluster:
        """A cluster that plays it."""
        return Cluster(self.api(auth), TRIED)


def ok(document: Any) -> httpx2.Response:
    """An answer with an object."""
    return httpx2.Response(200, json=document)


def no(code: int, reason: str, message: str, headers: dict[str, str] | None = None, **details: Any) -> httpx2.Response:
    """A refusal as Kubernetes words it."""
    document = {"kind": "Status", "code": code, "reason": reason, "message": message, "details": details}
    return httpx2.Response(code, json=document, headers=headers)


def page(*names: str, rest: str = "") -> httpx2.Response:
    """A page of a list."""
    items = [{"metadata": {"name": name, "namespace": "shop", "uid": name}} for name in names]
    return ok({"metadata": {"continue": rest} if rest else {}, "items": items})
