"""The API server's own audit log: who wrote what among some kinds, in which order, and what came of it."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Final

_WRITES: Final = ("create", "update", "patch", "delete", "deletecollection")
_EARLIER_STAGES: Final = ("RequestReceived", "ResponseStarted")
_MEGABYTES: Final = 1024  # before the server would begin another file
_UTC: Final = "+00:00"  # which Python reads as Z only from 3.11 on


@dataclass(frozen=True, slots=True)
class Write:
    """One write that was asked of the API server.

    Args:
        verb: `create`, `update`, `patch`, `delete` or `deletecollection`.
        group: the API group, `projectcalico.org`.
        resource: the resource, `globalnetworkpolicies`.
        name: the object's name; empty for a collection.
        at: when it arrived, in seconds since the epoch.
        answered: when it had been answered.
        status: the HTTP status of the answer.
        dry_run: whether it was only asked what would come of it.
        answer: what was answered: the object as it stands then, or a `Status`.
    """

    verb: str
    group: str
    resource: str
    name: str
    at: float
    answered: float
    status: int
    dry_run: bool
    answer: Mapping[str, Any] = field(hash=False)

    @classmethod
    def of(cls, event: Mapping[str, Any]) -> Write:
        """The write that an event of the log tells of."""
        there = event["objectRef"]
        return cls(
            verb=event["verb"],
            group=there.get("apiGroup", ""),
            resource=there["resource"],
            name=there.get("name") or (event.get("responseObject") or {}).get("metadata", {}).get("name", ""),
            at=_seconds(event["requestReceivedTimestamp"]),
            answered=_seconds(event["stageTimestamp"]),
            status=int(event["responseStatus"]["code"]),
            dry_run="dryRun=" in event["requestURI"],
            answer=event.get("responseObject") or {},
        )


class AuditLog:
    """The audit log of one API server, which writes it before it answers.

    Args:
        directory: where the policy and the log are.
        groups: the API groups whose writes are logged, with whatever was answered; nothing else is.
    """

    def __init__(self, directory: Path, groups: Collection[str]) -> None:
        self._policy, self._log = directory / "audit-policy.json", directory / "audit.log"
        self._groups = groups
        self._begin = 0

    def start(self) -> dict[str, str]:
        """Begin an empty log; the flags that the API server takes."""
        if not self._groups:
            return {}
        logged = {
            "level": "RequestResponse",
            "verbs": _WRITES,
            "resources": [{"group": group} for group in self._groups],
        }
        policy = {
            "apiVersion": "audit.k8s.io/v1",
            "kind": "Policy",
            "omitStages": _EARLIER_STAGES,
            "omitManagedFields": True,
            "rules": [logged, {"level": "None"}],
        }
        self._policy.write_text(json.dumps(policy))
        self._log.write_text("")
        self._begin = 0
        return {
            "audit-policy-file": str(self._policy),
            "audit-log-path": str(self._log),
            "audit-log-mode": "blocking",
            "audit-log-maxsize": str(_MEGABYTES),
        }

    def writes(self) -> list[Write]:
        """The writes so far, by when they were answered; those that changed nothing and those that were refused, too."""
        with self._log.open("rb") as log:
            log.seek(self._begin)
            whole = [line for line in log if line.endswith(b"\n")]
        return sorted((Write.of(json.loads(line)) for line in whole), key=lambda write: write.answered)

    def clear(self) -> None:
        """Forget the writes so far."""
        self._begin = self._log.stat().st_size


def _seconds(text: str) -> float:
    return datetime.fromisoformat(text.replace("Z", _UTC)).timestamp()
