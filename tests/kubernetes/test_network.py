"""Real connections that drop, hang or are busy: to a small server on loopback, through the client as it is configured."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Lock, Thread
from typing import Any

import pytest

from sg_integration.kubernetes import clients, retrying
from sg_integration.kubernetes.cluster import Cluster
from sg_integration.kubernetes.connection import ClusterConnection, connect
from sg_integration.model.errors import Throttled, Unreachable

NAMESPACES = {"metadata": {"name": "probe"}, "items": [{"metadata": {"name": "default"}}]}


class Moody:
    """A server whose next answers are `moods`; after them it answers well."""

    def __init__(self) -> None:
        self.moods: list[str] = []
        self.asked = 0
        self.met: set[int] = set()
        self.ended = Event()
        self._lock = Lock()

    def mood(self) -> str:
        """The next mood."""
        with self._lock:
            self.asked += 1
            return self.moods.pop(0) if self.moods else "well"


@pytest.fixture
def moody() -> Moody:
    """The moods of the server."""
    return Moody()


@pytest.fixture
def cluster(moody: Moody, monkeypatch: pytest.MonkeyPatch) -> Iterator[Cluster]:
    """A cluster behind that server; half a second of silence is too long for it."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            mood = moody.mood()
            if mood == "drop":
                self.close_connection = True
                return
            if mood == "hang":
                moody.ended.wait(5)
                self.close_connection = True
                return
            content = json.dumps(NAMESPACES).encode()
            self.send_response(429 if mood == "busy" else 200)
            if mood == "busy":
                self.send_header("Retry-After", "1")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content[:10] if mood == "cut" else content)
            self.close_connection = mood == "cut"

        def do_POST(self) -> None:
            moody.met.add(self.client_address[1])
            self.rfile.read(int(self.headers["Content-Length"]))
            self.do_GET()

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    monkeypatch.setattr(clients, "_READ", 0.5)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    entry = {"name": "c", "cluster": {"server": f"http://127.0.0.1:{server.server_port}"}}
    context = {"name": "c", "context": {"cluster": "c"}}
    yield connect(ClusterConnection(json.dumps({"clusters": [entry], "contexts": [context], "current-context": "c"})))
    moody.ended.set()
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize("mood", ["drop", "cut", "hang", "busy"])
def test_a_bad_moment_passes(cluster: Cluster, moody: Moody, mood: str) -> None:
    """Connections that close with no answer or half of one, silence, and 429: the next try succeeds."""
    moody.moods = [mood]
    started = time.monotonic()
    assert list(cluster.namespaces()) == ["default"]
    assert moody.asked == 2
    least = {"busy": 1.0, "hang": 0.5}.get(mood, 0.1)
    assert least <= time.monotonic() - started < least + 3


def test_a_connection_that_the_server_closed_meanwhile_is_opened_anew(cluster: Cluster, moody: Moody) -> None:
    """An idle connection may be gone when it is used next."""
    cluster.namespaces()
    moody.moods = ["drop", "drop"]
    assert list(cluster.namespaces()) == ["default"]


def test_bad_moments_without_end_are_reported(cluster: Cluster, moody: Moody, monkeypatch: pytest.MonkeyPatch) -> None:
    """When our patience, here a second, is at its end."""
    monkeypatch.setattr(retrying, "_PATIENCE", 1.0)
    moody.moods = ["busy"] * 20
    with pytest.raises(Throttled, match="listing the namespaces: TooManyRequests"):
        cluster.namespaces()
    moody.moods = ["drop"] * 20
    with pytest.raises(Unreachable, match="RemoteProtocolError: Server disconnected"):
        cluster.namespaces()
    moody.moods = ["hang"] * 20
    with pytest.raises(Unreachable, match="ReadTimeout: .*Look whether the API server can be reached"):
        cluster.namespaces()


def test_threads_do_not_get_in_each_others_way(cluster: Cluster, moody: Moody) -> None:
    """Sixteen threads whose requests meet bad moments all get their answers, and every request is counted."""
    moody.moods = ["well", "drop", "cut"] * 10
    before = cluster.api.sent
    with ThreadPoolExecutor(16) as threads:
        found = list(threads.map(lambda _: list(cluster.namespaces()), range(60)))
    assert found == [["default"]] * 60
    assert cluster.api.sent - before == moody.asked == 80


def test_each_pod_is_tried_on_a_connection_of_its_own(cluster: Cluster, moody: Moody) -> None:
    """A load balancer chooses an API server by the connection: three tries on one connection would ask one of them thrice."""
    for _ in range(3):
        assert cluster.probe("shop", {}).name == "probe"
    assert len(moody.met) == 3
