"""The faults that are set, in the order they were set, and what they do to a request.

All but `hold` are called with the cloud locked.
"""

from __future__ import annotations

import select
import socket
import time
from typing import TYPE_CHECKING, Any

from sg_integration.sandbox.aws.faults import Fault

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sg_integration.sandbox.aws.requests import AwsRequest

_LOOK_SECONDS = 0.05


class FaultBook:
    """The faults of the account."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []
        self.held = 0

    def put(self, documents: Sequence[Mapping[str, Any]]) -> None:
        """Set faults. Raises ValueError, and sets none, if one is wrong."""
        self._faults += [Fault.read(document) for document in documents]

    def to_list(self) -> list[dict[str, Any]]:
        """What is left."""
        return [fault.to_dict() for fault in self._faults]

    def clear(self) -> None:
        """Take all back; calls that are held go on their way, refused."""
        for fault in self._faults:
            fault.released.set()
        self._faults.clear()

    def release(self) -> None:
        """End the pauses that have begun."""
        for fault in [each for each in self._faults if each.kind == "pause_after" and each.after == 0]:
            fault.released.set()
            self._faults.remove(fault)

    def delay(self, request: AwsRequest) -> float:
        """How long the request is to wait, in seconds."""
        return sum(float(fault.value) for fault in self._due(request) if fault.kind == "delay_seconds")

    def pause(self, request: AwsRequest) -> Fault | None:
        """The pause that the request runs into."""
        return next((fault for fault in self._due(request) if fault.kind == "pause_after"), None)

    def before(self, request: AwsRequest) -> list[Fault]:
        """What happens before the request is carried out; a refusal is last, and there is one at most."""
        due = [fault for fault in self._due(request) if fault.kind not in ("pause_after", "code")]
        due = [fault for fault in due if not fault.comes_after]
        refusals = [fault for fault in self._due(request) if fault.kind == "code"]
        chosen = due + refusals[:1]
        self._spend(chosen)
        return chosen

    def done(self, request: AwsRequest) -> list[Fault]:
        """The request has succeeded: what happens next. Faults that wait for calls have one less to wait for."""
        due = [fault for fault in self._due(request) if fault.comes_after]
        for fault in self._faults:
            if fault.after and fault.concerns(request):
                fault.after -= 1
        self._spend(due)
        return due

    def hold(self, fault: Fault, environ: Mapping[str, Any]) -> None:
        """Wait until the pause is over or the client is gone; with nothing locked."""
        self.held += 1
        try:
            while not fault.released.wait(_LOOK_SECONDS) and not _gone(environ.get("werkzeug.socket")):
                pass
        finally:
            self.held -= 1

    def _due(self, request: AwsRequest) -> list[Fault]:
        return [fault for fault in self._faults if fault.after == 0 and fault.concerns(request)]

    def _spend(self, chosen: list[Fault]) -> None:
        for fault in chosen:
            if not fault.spend():
                self._faults.remove(fault)


def wait(seconds: float) -> None:
    """Let a delayed request wait; by the machine's clock, since its client waits by it too."""
    if seconds:
        time.sleep(seconds)


def _gone(connection: socket.socket | None) -> bool:
    """Whether the client has closed the connection."""
    if connection is None:
        return False
    try:
        readable, _, _ = select.select([connection], [], [], 0)
        return bool(readable) and not connection.recv(1, socket.MSG_PEEK)
    except OSError:
        return True
