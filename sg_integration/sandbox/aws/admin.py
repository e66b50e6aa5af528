"""The admin endpoint, `/_sandbox/…`: what a test asks of the sandbox that it could not ask of AWS.

    GET    /_sandbox/health                            {"ok": true}
    GET    /_sandbox/calls?action=NAME&service=NAME    the log, oldest first; both filters optional
    POST   /_sandbox/calls/clear                       forget the calls
    POST   /_sandbox/asked/take                        who asked for which actions of IAM since this was last taken
    POST   /_sandbox/reset                             empty the cloud, forget the calls, settings and faults
    GET    /_sandbox/settings                          the settings; POST an object to change some (`settings.Settings`)
    POST   /_sandbox/clock                             {"advance": seconds}
    GET    /_sandbox/faults                            what is left of the faults, and how many calls are held
    POST   /_sandbox/faults                            a list of faults (`faults`); DELETE takes all back
    POST   /_sandbox/release                           end the pauses that have begun
    POST   /_sandbox/interfaces/ENI                    mark an interface (`strict.outside.mark_interface`)
    POST   /_sandbox/instances/ID                      {"Operator": {"Managed": true, "Principal": "…"}}
    POST   /_sandbox/databases/NAME, /clusters/NAME    {"Engine": "docdb", "Status": "storage-full"}
    POST   /_sandbox/fleet                             many instances at once (`strict.fleet.launch`)

A wrong request is answered 400 and {"error": words}. A new endpoint is one more entry in `_ROUTES`.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from moto.core.exceptions import ServiceException
from moto.moto_api._internal.models import moto_api_backend

from sg_integration.sandbox.aws.strict import fleet, outside, paging
from sg_integration.sandbox.aws.world import WORLD

if TYPE_CHECKING:
    from collections.abc import Callable

    from sg_integration.sandbox.aws.calls import CallLog

PREFIX = "/_sandbox/"
_OK = {"ok": True}


def answer(log: CallLog, environ: dict[str, Any], start_response: Any) -> list[bytes]:
    """Answer one admin request: JSON, always."""
    try:
        status, document = _routed(log, environ)
    except (ValueError, LookupError, TypeError, ServiceException) as wrong:
        status, document = "400 Bad Request", {"error": str(wrong)}
    body = json.dumps(document).encode()
    start_response(status, [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
    return [body]


def _routed(log: CallLog, environ: dict[str, Any]) -> tuple[str, object]:
    """Status and document. A path's last part may be the id of what the request is about."""
    method, path = environ["REQUEST_METHOD"], environ["PATH_INFO"].removeprefix(PREFIX)
    raw = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    sent = json.loads(raw) if raw else {}
    if route := _ROUTES.get((method, path)):
        query = {name: values[-1] for name, values in parse_qs(environ.get("QUERY_STRING", "")).items()}
        return "200 OK", route(log, query, sent)
    kind, _, name = path.partition("/")
    if method == "POST" and name and kind in _MARKS:
        _MARKS[kind](name, sent)
        return "200 OK", _OK
    return "404 Not Found", {"error": "no such endpoint"}


def _health(_log: CallLog, _query: dict[str, str], _sent: Any) -> object:
    return _OK


def _calls(log: CallLog, query: dict[str, str], _sent: Any) -> object:
    matching = log.matching(action=query.get("action"), service=query.get("service"))
    return {"calls": [call.to_dict() for call in matching]}


def _clear(log: CallLog, _query: dict[str, str], _sent: Any) -> object:
    log.clear()
    return _OK


def _take_asked(log: CallLog, _query: dict[str, str], _sent: Any) -> object:
    return {"asked": [{"agent": agent, "action": action} for agent, action in log.take_asked()]}


def _reset(log: CallLog, _query: dict[str, str], _sent: Any) -> object:
    moto_api_backend.reset()
    WORLD.reset()
    paging.forget()
    log.clear()
    return _OK


def _settings(_log: CallLog, _query: dict[str, str], _sent: Any) -> object:
    return WORLD.settings.to_dict()


def _set(_log: CallLog, _query: dict[str, str], sent: Any) -> object:
    WORLD.change(sent)
    return WORLD.settings.to_dict()


def _advance(_log: CallLog, _query: dict[str, str], sent: Any) -> object:
    WORLD.clock.advance(float(sent["advance"]))
    return _OK


def _faults(_log: CallLog, _query: dict[str, str], _sent: Any) -> object:
    return {"faults": WORLD.faults.to_list(), "held": WORLD.faults.held}


def _put_faults(_log: CallLog, _query: dict[str, str], sent: Any) -> object:
    WORLD.faults.put(sent)
    return _OK


def _clear_faults(_log: CallLog, _query: dict[str, str], _sent: Any) -> object:
    WORLD.faults.clear()
    return _OK


def _release(_log: CallLog, _query: dict[str, str], _sent: Any) -> object:
    WORLD.faults.release()
    return _OK


def _fleet(_log: CallLog, _query: dict[str, str], sent: Any) -> object:
    return {"instances": fleet.launch(**sent)}


_ROUTES: dict[tuple[str, str], Callable[[CallLog, dict[str, str], Any], object]] = {
    ("GET", "health"): _health,
    ("GET", "calls"): _calls,
    ("POST", "calls/clear"): _clear,
    ("POST", "asked/take"): _take_asked,
    ("POST", "reset"): _reset,
    ("GET", "settings"): _settings,
    ("POST", "settings"): _set,
    ("POST", "clock"): _advance,
    ("GET", "faults"): _faults,
    ("POST", "faults"): _put_faults,
    ("DELETE", "faults"): _clear_faults,
    ("POST", "release"): _release,
    ("POST", "fleet"): _fleet,
}
_MARKS: dict[str, Callable[[str, dict[str, Any]], None]] = {
    "interfaces": outside.mark_interface,
    "instances": outside.mark_instance,
    "databases": outside.mark_database,
    "clusters": outside.mark_cluster,
}
