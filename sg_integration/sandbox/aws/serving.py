"""Serving the application over HTTP on loopback, by werkzeug, in this process."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from moto.moto_server.werkzeug_app import MotoRequestHandler
from werkzeug.serving import make_server

from sg_integration.sandbox.aws.application import Application

if TYPE_CHECKING:
    from werkzeug.serving import BaseWSGIServer

HOST = "127.0.0.1"  # never another: whoever reaches it owns this cloud


class _Handler(MotoRequestHandler):
    """moto's handler with connections kept open, no waiting for acknowledgements, and no line per request."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_request(self, *_: Any) -> None:
        """Nothing: the call log says it better."""


def server(port: int) -> BaseWSGIServer:
    """A server that listens on a loopback port (0: a free one), and answers once `serve_forever` runs.

    Raises:
        OSError: the port is taken.
    """
    return make_server(HOST, port, Application(), threaded=True, request_handler=_Handler)
