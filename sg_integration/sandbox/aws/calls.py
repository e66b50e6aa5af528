"""The log of calls: who asked AWS for what, in which order, and what came of it."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sg_integration.sandbox.aws.requests import AwsRequest


@dataclass(frozen=True, slots=True)
class Call:
    """One request to AWS.

    Args:
        service: the name it was signed for: `ec2`, `rds`, `sts`, …
        action: the operation, `ModifyNetworkInterfaceAttribute`; of a REST service, method and path.
        ids: the ids in the request, in its order: groups, rules, interfaces, instances, VPCs, subnets, then database names.
        at: when it arrived, in seconds since the epoch.
        answered: when it had been carried out.
        status: the HTTP status of the answer.
        code: AWS's error code, or None when it succeeded.
        parameters: everything it asked for, flat, as the query protocol writes it: `{"SecurityGroupId.1": "sg-…"}`. Of a
            JSON service its top members. Passwords are left out.
    """

    service: str
    action: str
    ids: tuple[str, ...]
    at: float
    answered: float
    status: int
    code: str | None
    parameters: Mapping[str, str] = field(default_factory=dict, hash=False)

    @classmethod
    def of(cls, request: AwsRequest, *, at: float, status: int, code: str | None) -> Call:
        """The call that the request was, which has just been carried out."""
        return cls(request.service, request.action, request.ids, at, time.time(), status, code, request.parameters)

    @classmethod
    def from_dict(cls, fields: Mapping[str, Any]) -> Call:
        """The call that `to_dict` described."""
        return cls(**{**fields, "ids": tuple(fields["ids"])})

    def to_dict(self) -> dict[str, Any]:
        """The call as a JSON object."""
        return asdict(self)


class CallLog:
    """The calls so far, oldest first. Threads may write to it at once."""

    def __init__(self) -> None:
        self._calls: list[Call] = []
        self._asked: set[tuple[str, str]] = set()
        self._lock = threading.Lock()

    def add(self, call: Call) -> None:
        """Write one call down."""
        with self._lock:
            self._calls.append(call)

    def asked(self, agent: str, action: str) -> None:
        """Remember who asked for what: an action by IAM's name."""
        with self._lock:
            self._asked.add((agent, action))

    def take_asked(self) -> list[tuple[str, str]]:
        """Who asked for what since the last time that this was taken, whatever was cleared or reset in between."""
        with self._lock:
            taken, self._asked = sorted(self._asked), set()
        return taken

    def clear(self) -> None:
        """Forget all calls."""
        with self._lock:
            self._calls.clear()

    def matching(self, *, action: str | None = None, service: str | None = None) -> list[Call]:
        """The calls of that action and that service, or all of them."""
        with self._lock:
            calls = list(self._calls)
        return [call for call in calls if action in (None, call.action) and service in (None, call.service)]
