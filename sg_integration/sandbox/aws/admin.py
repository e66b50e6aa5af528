"""The admin endpoint, `/_sandbox/…`: what a test asks of the sandbox that it could not ask of AWS.

    GET  /_sandbox/health                              {"ok": true}
    GET  /_sandbox/calls?action=NAME&service=NAME      the log, oldest first; both filters optional
    POST /_sandbox/calls/clear                         forget the calls
    POST /_sandbox/reset                               empty the cloud and forget the calls

A new endpoint is one more entry in `_ROUTES`.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from moto.moto_api._internal.models import moto_api_backend

if TYPE_CHECKING:
    from collections.abc import Callable

    from sg_integration.sandbox.aws.calls import CallLog

PREFIX = "/_sandbox/"


def answer(log: CallLog, environ: dict[str, Any], start_response: Any) -> list[bytes]:
    """Answer one admin request: JSON, always."""
    route = _ROUTES.get((environ["REQUEST_METHOD"], environ["PATH_INFO"]))
    query = {name: values[-1] for name, values in parse_qs(environ.get("QUERY_STRING", "")).items()}
    status, document = ("200 OK", route(log, query)) if route else ("404 Not Found", {"error": "no such endpoint"})
    body = json.dumps(document).encode()
    start_response(status, [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
    return [body]


def _health(_log: CallLog, _query: dict[str, str]) -> object:
    return {"ok": True}


def _calls(log: CallLog, query: dict[str, str]) -> object:
    matching = log.matching(action=query.get("action"), service=query.get("service"))
    return {"calls": [call.to_dict() for call in matching]}


def _clear(log: CallLog, _query: dict[str, str]) -> object:
    log.clear()
    return {"ok": True}


def _reset(log: CallLog, _query: dict[str, str]) -> object:
    moto_api_backend.reset()
    log.clear()
    return {"ok": True}


_ROUTES: dict[tuple[str, str], Callable[[CallLog, dict[str, str]], object]] = {
    ("GET", "/_sandbox/health"): _health,
    ("GET", "/_sandbox/calls"): _calls,
    ("POST", "/_sandbox/calls/clear"): _clear,
    ("POST", "/_sandbox/reset"): _reset,
}
