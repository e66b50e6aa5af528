"""How an object of ours is written among Calico's, and taken away: by force, since it is nobody else's, and until it is right."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final

from sg_integration.kubernetes.answers import Answer
from sg_integration.kubernetes.api import APPLY, JSON, MERGE, NOT_FOUND, Api, Method
from sg_integration.kubernetes.calico_spelling import repair
from sg_integration.model.annotation import OURS
from sg_integration.model.calico import Manifest
from sg_integration.model.errors import MemberChanged

_BY_FORCE: Final = {"fieldManager": OURS, "force": "true"}
_AS_US: Final = {"fieldManager": OURS}
_RACED: Final = HTTPStatus.CONFLICT.value
_INVALID: Final = HTTPStatus.UNPROCESSABLE_ENTITY.value
_PAUSES: Final = (0.1, 0.3, 1.0, 3.0)  # seconds before a write that raced is tried again
_AGAIN: Final = "Somebody else writes it at the same time, or it is in use. Find out who, and run again."


@dataclass(frozen=True)
class Write:
    """A write of one object.

    Args:
        api: the API server.
        doing: what it does, for messages.
        where: the path of the object.
        sleep: waits for seconds.
    """

    api: Api
    doing: str
    where: str
    sleep: Callable[[float], None]

    def apply(self, manifest: Manifest) -> None:
        """Make the object what the manifest says, and nothing more than that."""
        answer = self._persist(lambda: self._applied(manifest))
        if answer.code in NOT_FOUND:  # the kind itself
            raise self.api.refusal(answer)
        if patch := repair(_whole(answer, manifest), manifest):
            # If it was deleted meanwhile, the next run sees it.
            self._persist(lambda: self._merge(patch))

    def delete(self) -> None:
        """Delete the object; success if it is gone."""
        self._persist(lambda: self._send("DELETE", self.where))

    def _applied(self, manifest: Manifest) -> Answer:
        """Apply, or do by other means what Calico's or Kubernetes' apply cannot.

        The API server of Calico 3.32.0 does not find what an apply would create (projectcalico/calico issue 12841). And an apply
        that takes the last network out of a set takes the whole spec with it, which is then invalid (Kubernetes 1.36).
        """
        answer = self._send("PATCH", self.where, manifest, APPLY, _BY_FORCE)
        if answer.code in NOT_FOUND:
            return self._send("POST", self.where.rpartition("/")[0], manifest, JSON, _AS_US)
        return self._patched(manifest, answer) if answer.code == _INVALID else answer

    def _patched(self, manifest: Manifest, refused: Answer) -> Answer:
        """Make an existing object right by a merge patch; the refusal if there is none or that is refused too."""
        found = self._send("GET", self.where)
        patch = {} if found.code in NOT_FOUND else repair(_whole(found, manifest), manifest)
        answer = self._merge(patch) if patch else refused
        if answer.code == _INVALID:
            raise self.api.refusal(refused)
        return answer

    def _merge(self, patch: Mapping[str, Any]) -> Answer:
        return self._send("PATCH", self.where, patch, MERGE, _AS_US)

    def _send(
        self,
        method: Method,
        where: str,
        body: Any = None,
        content_type: str = JSON,
        query: Mapping[str, str] | None = None,
    ) -> Answer:
        seen = [_RACED, _INVALID, *NOT_FOUND]
        return self.api.request(
            self.doing, method, where, query=query, body=body, content_type=content_type, allow=seen
        )

    def _persist(self, send: Callable[[], Answer]) -> Answer:
        """Send, and again while others write the same object; Calico's API server has versions under its own."""
        answer = send()
        for pause in _PAUSES:
            if answer.code != _RACED:
                break
            self.sleep(pause)
            answer = send()
        if answer.code == _RACED:
            raise MemberChanged(self.doing, answer.status.reason, answer.status.message, _AGAIN)
        if answer.code == _INVALID:
            raise self.api.refusal(answer)
        return answer


def _whole(answer: Answer, manifest: Manifest) -> dict[str, Any]:
    return {"apiVersion": manifest["apiVersion"], "kind": manifest["kind"], **answer.read()}
