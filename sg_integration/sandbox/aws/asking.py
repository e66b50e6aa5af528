"""Asking the admin endpoint over HTTP."""

from __future__ import annotations

import http.client
import json
from typing import Any

_LONG_SECONDS = 120.0  # a fleet of ten thousand on a loaded machine


class Asking:
    """A client of the admin endpoint.

    Args:
        port: where it listens on 127.0.0.1.
    """

    def __init__(self, port: int) -> None:
        self.port = port

    def _ask(self, method: str, endpoint: str, document: object = None) -> dict[str, Any]:
        """Call one admin endpoint."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=_LONG_SECONDS)
        try:
            connection.request(method, f"/_sandbox/{endpoint}", None if document is None else json.dumps(document))
            answer = connection.getresponse()
            found: dict[str, Any] = json.load(answer)
        finally:
            connection.close()
        if answer.status >= http.client.BAD_REQUEST:
            raise ValueError(f"{method} {endpoint}: {found['error']}")
        return found
