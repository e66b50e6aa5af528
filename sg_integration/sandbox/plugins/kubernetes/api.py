"""Requests to a Kubernetes API server, and its refusals as exceptions that keep its own words."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode

import urllib3

from sg_integration.sandbox.plugins.errors import PluginError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sg_integration.sandbox.plugins.kubernetes.kubeconfig import Access

APPLY: Final = "application/apply-patch+yaml"
JSON_PATCH: Final = "application/json-patch+json"

_TIMEOUT: Final = urllib3.Timeout(connect=5, read=60)
_CONNECTIONS: Final = 16


@dataclass(frozen=True, slots=True)
class Cause:
    """One of the causes that a status lists: a reason in one word, a message, and the field it is about."""

    reason: str
    message: str
    field: str


class Refused(PluginError):
    """The API server said no.

    Args:
        code: the HTTP status.
        reason: Kubernetes' reason in one word, `AlreadyExists`; empty when the answer was not a Status.
        message: the server's own words.
        kind: the resource that `details` names, `namespaces`.
        causes: the single causes, for conflicts one for each field.
    """

    def __init__(self, code: int, reason: str, message: str, kind: str = "", causes: tuple[Cause, ...] = ()) -> None:
        super().__init__(message)
        self.code = code
        self.reason = reason
        self.kind = kind
        self.causes = causes


class Unanswered(PluginError):
    """The API server does not answer."""


class Api:
    """A client for one cluster; safe to use from several threads.

    It uses urllib3 itself, so that neither proxies nor certificate bundles of the environment get between it and
    loopback.
    """

    def __init__(self, access: Access) -> None:
        self._server = access.server
        self._headers = {"Accept": "application/json", "User-Agent": "sg-integration-sandbox", **access.headers}
        self._pool = urllib3.PoolManager(maxsize=_CONNECTIONS, retries=False, timeout=_TIMEOUT, ssl_context=access.tls)

    def request(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        body: Any = None,
        content_type: str = "application/json",
    ) -> dict[str, Any]:
        """Send one request; returns the object in the answer.

        Raises:
            Refused: the server answered with an error.
            Unanswered: the server does not answer.
        """
        url = f"{self._server}{path}?{urlencode(query or {})}"
        try:
            answer = self._pool.request(
                method,
                url,
                body=None if body is None else json.dumps(body).encode(),
                headers={**self._headers, "Content-Type": content_type},
            )
        except urllib3.exceptions.HTTPError as error:
            raise Unanswered(f"{method} {path}: the API server at {self._server} does not answer: {error}") from error
        if answer.status >= 400:  # noqa: PLR2004 - HTTP
            raise _refusal(answer.status, answer.data)
        return dict(json.loads(answer.data))


def _refusal(code: int, data: bytes) -> Refused:
    try:
        status = json.loads(data)
    except ValueError:  # a path that nobody serves is answered in plain text
        status = None
    if not isinstance(status, dict) or status.get("kind") != "Status":
        return Refused(code, "", data.decode(errors="replace").strip() or f"HTTP {code}")
    details = status.get("details") or {}
    causes = tuple(
        Cause(cause.get("reason", ""), cause.get("message", ""), cause.get("field", ""))
        for cause in details.get("causes") or ()
    )
    return Refused(code, status.get("reason", ""), status.get("message", ""), details.get("kind", ""), causes)
