"""An error document in the protocol that the client speaks, made without moto."""

from __future__ import annotations

import json
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

if TYPE_CHECKING:
    from sg_integration.sandbox.aws.requests import AwsRequest

Answer = tuple[str, list[tuple[str, str]], bytes]
_DOCUMENTS = {
    "ec2": "<Response><Errors><Error><Code>{}</Code><Message>{}</Message></Error></Errors></Response>",
    "query": "<ErrorResponse><Error><Type>{type}</Type><Code>{}</Code><Message>{}</Message></Error></ErrorResponse>",
}
_SERVERS_FAULT = 500


@dataclass(frozen=True, slots=True)
class Refusal:
    """A refusal of any service.

    Args:
        code: the error code.
        message: the words.
        status: the HTTP status.
    """

    code: str
    message: str
    status: int = 400

    def answer(self, request: AwsRequest) -> Answer:
        """Status line, headers and body for that request."""
        if request.protocol == "json":
            text, kind = json.dumps({"__type": self.code, "message": self.message}), "application/x-amz-json-1.1"
        else:
            side = "Receiver" if self.status >= _SERVERS_FAULT else "Sender"
            text = _DOCUMENTS[request.protocol].format(escape(self.code), escape(self.message), type=side)
            kind = "text/xml"
        body = text.encode()
        headers = [("Content-Type", kind), ("x-amzn-errortype", self.code), ("Content-Length", str(len(body)))]
        return f"{self.status} {HTTPStatus(self.status).phrase}", headers, body
