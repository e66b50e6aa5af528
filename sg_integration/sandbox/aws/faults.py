"""Faults that a test puts in the way of calls: what they are, and which call they are for.

    {"action": "ModifyNetworkInterfaceAttribute", "id": "eni-…", "code": "AuthFailure", "message": "…", "status": 400}
    {"action": "ModifyDBInstance", "foreign_write": {"add": ["sg-…"], "remove": ["sg-…"]}, "when": "before"}
    {"action": "ModifyNetworkInterfaceAttribute", "id": "eni-…", "vanish": true}
    {"action": "ModifyNetworkInterfaceAttribute", "pause_after": 100}
    {"action": "DescribeDBInstances", "delay_seconds": 0.5}

Each may have `id` (else it is for any call of the action), `times` (how many calls it befalls; null for all) and `after`
(how many calls of the action and that id succeed first).
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sg_integration.sandbox.aws.requests import AwsRequest

_COMMON = {"action", "id", "times", "after"}
_OWN: Mapping[str, set[str]] = {
    "code": {"message", "status"},
    "foreign_write": {"when"},
    "vanish": set(),
    "pause_after": set(),
    "delay_seconds": set(),
}
_ON_MEMBERS = ("foreign_write", "vanish")


@dataclass(slots=True)
class Fault:
    """One fault.

    Args:
        kind: `code`, `foreign_write`, `vanish`, `pause_after` or `delay_seconds`: the key that says what happens.
        value: what stands under that key.
        action: the calls that it is for.
        id: the interface, database or other resource that the call must name; None for any.
        times: how many more calls it befalls; None for all.
        after: how many more such calls must succeed first.
        more: its other keys.
    """

    kind: str
    value: Any
    action: str
    id: str | None
    times: int | None
    after: int
    more: Mapping[str, Any]
    released: threading.Event = field(default_factory=threading.Event)

    @classmethod
    def read(cls, document: Mapping[str, Any]) -> Fault:
        """The fault in a JSON object. Raises ValueError where it is none."""
        kinds = [kind for kind in _OWN if kind in document]
        if len(kinds) != 1 or not isinstance(document.get("action"), str):
            raise ValueError(f"a fault has an action and one of {', '.join(_OWN)}; not so {dict(document)}")
        [kind] = kinds
        if unknown := set(document) - _COMMON - {kind} - _OWN[kind]:
            raise ValueError(f"a fault with {kind} has no {', '.join(sorted(unknown))}")
        _check(kind, document)
        after = document[kind] if kind == "pause_after" else document.get("after") or 0
        times = document.get("times", None if kind == "delay_seconds" else 1)
        more = {name: document[name] for name in _OWN[kind] if name in document}
        return cls(kind, document[kind], document["action"], document.get("id"), times, int(after), more)

    def to_dict(self) -> dict[str, Any]:
        """What is left of it, as a JSON object."""
        left = self.after if self.kind == "pause_after" else self.value
        own = {} if self.kind == "pause_after" else {"after": self.after}
        return {"action": self.action, "id": self.id, self.kind: left, **self.more, "times": self.times, **own}

    @property
    def comes_after(self) -> bool:
        """Whether it happens when the call has been carried out."""
        return self.more.get("when") == "after"

    def concerns(self, request: AwsRequest) -> bool:
        """Whether the request is one of its calls. What is done to a member is also done before a listing."""
        if self.action != request.action:
            return False
        if self.id is None:
            return self.kind not in _ON_MEMBERS or bool(request.members)
        if self.id.lower() in (each.lower() for each in request.ids):
            return True
        return self.kind in _ON_MEMBERS and not request.members

    def target(self, request: AwsRequest) -> str:
        """The member that it is done to."""
        return self.id or request.members[0]

    def spend(self) -> bool:
        """Count one call that it befell. Whether there will be more."""
        if self.times is not None:
            self.times -= 1
        return self.times is None or self.times > 0


def _check(kind: str, document: Mapping[str, Any]) -> None:
    """Refuse values that would do nothing, or something else."""
    numbers = [name for name in ("pause_after", "delay_seconds", "after", "times") if document.get(name) is not None]
    for name in numbers:
        if not isinstance(document[name], (int, float)) or document[name] < 0:
            raise ValueError(f"{name} is a number from 0, not {document[name]!r}")
    if document.get("times") == 0:
        raise ValueError("a fault that befalls 0 calls is none")
    if kind == "vanish" and document[kind] is not True:
        raise ValueError("vanish is true")
    if kind == "foreign_write" and not set(document[kind]) <= {"add", "remove"}:
        raise ValueError("a foreign_write has add and remove")
    if document.get("when", "before") not in ("before", "after"):
        raise ValueError("when is before or after")
