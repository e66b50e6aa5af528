"""One request to AWS as it comes over HTTP, read just far enough to route and log it."""

from __future__ import annotations

import io
import json
import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, unquote_plus

if TYPE_CHECKING:
    from collections.abc import Mapping

_SCOPE = re.compile(r"Credential=(?P<key>[^/]+)/\d+/(?P<region>[^/]*)/(?P<service>[^/]+)/aws4_request")
_ACTION = re.compile(r"(?:^|&)Action=(\w+)")
_IDS = re.compile(r"=((?:sg|sgr|eni|i|vpc|subnet|r|pl)-[0-9a-f]{8,17})(?=&|$)")
_DATABASES = re.compile(r"(?:^|&)DB(?:Instance|Cluster)Identifier=([^&]+)")
_SECRETS = re.compile("password|secretstring|secretbinary", re.IGNORECASE)
FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True)
class AwsRequest:
    """What the log, the faults and the error documents must know of a request.

    Args:
        service: the name it was signed for, `ec2`; empty when it is not signed.
        region: the region it was signed for.
        action: the operation, or method and path of a REST service.
        body: the whole body.
        protocol: `ec2`, `query` or `json`: which error document the client can read.
        key: the access key that it was signed with; empty when it is not signed.
        agent: what the client calls itself.
    """

    service: str
    region: str
    action: str
    body: str
    protocol: str
    key: str = ""
    agent: str = ""

    @classmethod
    def read(cls, environ: dict[str, Any]) -> AwsRequest:
        """Read the request from a WSGI environment, and leave the body there to be read again."""
        raw = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        environ["wsgi.input"] = io.BytesIO(raw)
        body = raw.decode("utf-8", "replace")
        scope = _SCOPE.search(environ.get("HTTP_AUTHORIZATION", ""))
        service, region, key = (scope["service"], scope["region"], scope["key"]) if scope else ("", "", "")
        action, protocol = _operation(environ, body, service)
        return cls(service, region, action, body, protocol, key, environ.get("HTTP_USER_AGENT", ""))

    @cached_property
    def ids(self) -> tuple[str, ...]:
        """The ids in a query-protocol body, each once: those of EC2 as they are written, then names of databases."""
        return tuple(dict.fromkeys([*_IDS.findall(self.body), *self._databases]))

    @cached_property
    def members(self) -> tuple[str, ...]:
        """The interfaces and the databases that it names; none for a listing."""
        return tuple(each for each in self.ids if each.startswith("eni-") or each in self._databases)

    @cached_property
    def _databases(self) -> list[str]:
        return [unquote_plus(name) for name in _DATABASES.findall(self.body)]

    @cached_property
    def parameters(self) -> Mapping[str, str]:
        """What it asks for, flat, as the query protocol writes it (`SecurityGroupId.1`); without passwords."""
        if self.protocol == "json":
            fields = _members_of(self.body)
        else:
            fields = dict(parse_qsl(self.body, keep_blank_values=True))
        return {k: v for k, v in fields.items() if k not in ("Action", "Version") and not _SECRETS.search(k)}


def _members_of(body: str) -> dict[str, str]:
    """The members of a JSON object: text as it is, everything else as JSON."""
    try:
        document = json.loads(body)
    except ValueError:
        return {}
    members = document.items() if isinstance(document, dict) else ()
    return {name: value if isinstance(value, str) else json.dumps(value) for name, value in members}


def _operation(environ: dict[str, Any], body: str, service: str) -> tuple[str, str]:
    """The operation and the protocol, in the ways the AWS protocols name them."""
    if target := environ.get("HTTP_X_AMZ_TARGET"):
        return target.rpartition(".")[2], "json"
    if environ.get("CONTENT_TYPE", "").startswith(FORM):
        named = _ACTION.search(body) or _ACTION.search(environ.get("QUERY_STRING", ""))
        if named:
            return named[1], "ec2" if service == "ec2" else "query"
    return f"{environ['REQUEST_METHOD']} {environ['PATH_INFO']}", "json"
