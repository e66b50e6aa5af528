"""One request to AWS as it comes over HTTP, read just far enough to route and log it."""

from __future__ import annotations

import io
import re
from dataclasses import dataclass
from typing import Any

_SCOPE = re.compile(r"Credential=[^/]+/\d+/(?P<region>[^/]*)/(?P<service>[^/]+)/aws4_request")
_ACTION = re.compile(r"(?:^|&)Action=(\w+)")
FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True, slots=True)
class AwsRequest:
    """What the log and the error documents must know of a request.

    Args:
        service: the name it was signed for, `ec2`; empty when it is not signed.
        action: the operation, or method and path of a REST service.
        body: the whole body.
        protocol: `ec2`, `query` or `json`: which error document the client can read.
    """

    service: str
    action: str
    body: str
    protocol: str

    @classmethod
    def read(cls, environ: dict[str, Any]) -> AwsRequest:
        """Read the request from a WSGI environment, and leave the body there to be read again."""
        raw = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        environ["wsgi.input"] = io.BytesIO(raw)
        body = raw.decode("utf-8", "replace")
        scope = _SCOPE.search(environ.get("HTTP_AUTHORIZATION", ""))
        service = scope["service"] if scope else ""
        action, protocol = _operation(environ, body, service)
        return cls(service, action, body, protocol)


def _operation(environ: dict[str, Any], body: str, service: str) -> tuple[str, str]:
    """The operation and the protocol, in the ways the AWS protocols name them."""
    if target := environ.get("HTTP_X_AMZ_TARGET"):
        return target.rpartition(".")[2], "json"
    if environ.get("CONTENT_TYPE", "").startswith(FORM):
        named = _ACTION.search(body) or _ACTION.search(environ.get("QUERY_STRING", ""))
        if named:
            return named[1], "ec2" if service == "ec2" else "query"
    return f"{environ['REQUEST_METHOD']} {environ['PATH_INFO']}", "json"
