"""The WSGI application: `/_sandbox/*` to the admin, everything else to moto, each call logged.

Requests to moto run one at a time. moto is not written for threads, and a check ("is the group in use?") must not be
separated from what it guards. Whatever is to wait without holding others up belongs before that lock.
"""

from __future__ import annotations

import json
import re
import sys
import threading
import time
import traceback
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app

from sg_integration.sandbox.aws import admin, strict
from sg_integration.sandbox.aws.calls import Call, CallLog, ids_in
from sg_integration.sandbox.aws.requests import AwsRequest

if TYPE_CHECKING:
    from collections.abc import Iterable

_CODE_IN_XML = re.compile(rb"<Code>([^<]+)</Code>")
_CODE_IN_JSON = re.compile(rb'"__type"\s*:\s*"(?:[^"#]*#)?([^"]+)"')
# 501 is not retried by botocore, unlike 500: a gap in the sandbox must show at once, and only once.
NOT_EMULATED = 501
_ERRORS = {
    "ec2": "<Response><Errors><Error><Code>{}</Code><Message>{}</Message></Error></Errors></Response>",
    "query": "<ErrorResponse><Error><Type>Receiver</Type><Code>{}</Code><Message>{}</Message></Error></ErrorResponse>",
}


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
                return admin.answer(self.log, environ, start_response)
        if path.startswith("/moto-api"):
            return self._moto(environ, start_response)  # type: ignore[no-any-return]
        return self._aws(environ, start_response)

    def _aws(self, environ: dict[str, Any], start_response: Any) -> list[bytes]:
        """Answer a request to AWS and log it."""
        at = time.time()
        request = AwsRequest.read(environ)
        status, headers, body = self._run(request, environ)
        number = int(status.split(" ", 1)[0])
        code = _error_code(body) if number >= 300 else None  # noqa: PLR2004
        self.log.add(Call(request.service, request.action, ids_in(request.body), at, number, code))
        start_response(status, headers)
        return [body]

    def _run(self, request: AwsRequest, environ: dict[str, Any]) -> tuple[str, list[tuple[str, str]], bytes]:
        """Let moto answer; a failure of moto itself becomes an error document that names it."""
        begun: list[Any] = []
        try:
            with self._one_at_a_time:
                chunks = self._moto(environ, lambda status, headers, _exc=None: begun.extend((status, headers)))
                body = b"".join(chunks)
        except Exception as gap:  # noqa: BLE001 - whatever moto trips over, the client must get a document it can read
            traceback.print_exc(file=sys.stderr)
            return _gap(request, gap)
        return begun[0], begun[1], body


def _error_code(body: bytes) -> str | None:
    """AWS's error code in an error document of any protocol."""
    found = _CODE_IN_XML.search(body) or _CODE_IN_JSON.search(body)
    return found[1].decode() if found else None


def _gap(request: AwsRequest, gap: Exception) -> tuple[str, list[tuple[str, str]], bytes]:
    """The answer where the sandbox, not AWS, is at fault."""
    code = "SandboxNotImplemented" if isinstance(gap, NotImplementedError) else "SandboxFailure"
    message = f"the sandbox cannot answer {request.service}:{request.action}: {type(gap).__name__}: {gap}"
    if request.protocol == "json":
        document, kind = json.dumps({"__type": code, "message": message}), "application/json"
    else:
        document, kind = _ERRORS[request.protocol].format(code, escape(message)), "text/xml"
    headers = [("Content-Type", kind), ("x-amzn-errortype", code), ("Content-Length", str(len(document.encode())))]
    return f"{NOT_EMULATED} Not Implemented", headers, document.encode()
