"""The WSGI application: `/_sandbox/*` to the admin, everything else to moto, each call logged.

Requests to moto run one at a time. moto is not written for threads, and a check ("is the group in use?") must not be
separated from what it guards. Whatever is to wait without holding others up belongs before that lock.
"""

from __future__ import annotations

import re
import sys
import threading
import time
import traceback
from typing import TYPE_CHECKING, Any

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app

from sg_integration.sandbox.aws import admin, fault_book, gate, iam_requests, strict
from sg_integration.sandbox.aws.calls import Call, CallLog
from sg_integration.sandbox.aws.refusals import Answer, Refusal
from sg_integration.sandbox.aws.requests import AwsRequest
from sg_integration.sandbox.aws.strict import outside
from sg_integration.sandbox.aws.world import WORLD

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sg_integration.sandbox.aws.faults import Fault

_CODE_IN_XML = re.compile(rb"<Code>([^<]+)</Code>")
_CODE_IN_JSON = re.compile(rb'"__type"\s*:\s*"(?:[^"#]*#)?([^"]+)"')
# 501 is not retried by botocore, unlike 500: a gap in the sandbox must show at once, and only once.
_NOT_EMULATED = 501
_FIRST_ERROR = 300
_HELD = Refusal("Unavailable", "The server is overloaded and cannot handle the request.", 503)


class Application:
    """AWS and its admin endpoint, as one WSGI application with one call log.

    One per process: moto's cloud is global to it.
    """

    def __init__(self) -> None:
        strict.install()
        self.log = CallLog()
        self._moto = DomainDispatcherApplication(create_backend_app)
        self._one_at_a_time = threading.Lock()

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """Answer one HTTP request."""
        path = environ["PATH_INFO"]
        if path.startswith(admin.PREFIX):
            with self._one_at_a_time:
                WORLD.timeline.settle()
                return admin.answer(self.log, environ, start_response)
        if path.startswith("/moto-api"):
            return self._moto(environ, start_response)  # type: ignore[no-any-return]
        return self._aws(environ, start_response)

    def _aws(self, environ: dict[str, Any], start_response: Any) -> list[bytes]:
        """Answer a request to AWS and log it."""
        at = time.time()
        request = AwsRequest.read(environ)
        self.log.asked(request.agent, iam_requests.action_of(request))
        with self._one_at_a_time:
            delay = WORLD.faults.delay(request)
        fault_book.wait(delay)
        with self._one_at_a_time:
            pause = WORLD.faults.pause(request)
            answer = None if pause else self._answer(request, environ, at)
        if pause:
            WORLD.faults.hold(pause, environ)
            answer = self._logged(request, at, _HELD.answer(request))
        assert answer is not None  # noqa: S101 - one of the two branches was taken
        status, headers, body = answer
        start_response(status, headers)
        return [body]

    def _answer(self, request: AwsRequest, environ: dict[str, Any], at: float) -> Answer:
        """Refuse the request or have it carried out, and log it."""
        WORLD.timeline.settle()
        refused = gate.refusal(request) or _befallen(WORLD.faults.before(request), request)
        answer = self._logged(request, at, refused.answer(request) if refused else self._run(request, environ))
        if int(answer[0].split(" ", 1)[0]) < _FIRST_ERROR:
            _befallen(WORLD.faults.done(request), request)
        return answer

    def _logged(self, request: AwsRequest, at: float, answer: Answer) -> Answer:
        status = int(answer[0].split(" ", 1)[0])
        code = _error_code(answer[2]) if status >= _FIRST_ERROR else None
        self.log.add(Call.of(request, at=at, status=status, code=code))
        return answer

    def _run(self, request: AwsRequest, environ: dict[str, Any]) -> Answer:
        """Let moto answer; a failure of moto itself becomes an error document that names it."""
        begun: list[Any] = []
        try:
            chunks = self._moto(environ, lambda status, headers, _exc=None: begun.extend((status, headers)))
            body = b"".join(chunks)
        except Exception as gap:  # noqa: BLE001 - whatever moto trips over, the client must get a document it can read
            traceback.print_exc(file=sys.stderr)
            code = "SandboxNotImplemented" if isinstance(gap, NotImplementedError) else "SandboxFailure"
            text = f"the sandbox cannot answer {request.service}:{request.action}: {type(gap).__name__}: {gap}"
            return Refusal(code, text, _NOT_EMULATED).answer(request)
        return begun[0], begun[1], body


def _befallen(faults: list[Fault], request: AwsRequest) -> Refusal | None:
    """Let the faults happen; where that cannot be, the caller hears that the sandbox is at fault."""
    try:
        return _befall(faults, request)
    except LookupError as wrong:
        return Refusal("SandboxFailure", f"a fault for {request.action}: {wrong.args[0]}", _NOT_EMULATED)


def _befall(faults: list[Fault], request: AwsRequest) -> Refusal | None:
    """Let the faults happen: write to their member as a stranger does, make it vanish, or refuse the request."""
    for fault in faults:
        if fault.kind == "foreign_write":
            outside.write_groups(fault.target(request), fault.value.get("add", ()), fault.value.get("remove", ()))
        elif fault.kind == "vanish":
            outside.vanish(fault.target(request))
        elif fault.kind == "code":
            words = fault.more.get("message") or "a fault that the sandbox was told to make"
            return Refusal(fault.value, words, int(fault.more.get("status", 400)))
    return None


def _error_code(body: bytes) -> str | None:
    """AWS's error code in an error document of any protocol."""
    found = _CODE_IN_XML.search(body) or _CODE_IN_JSON.search(body)
    return found[1].decode() if found else None
