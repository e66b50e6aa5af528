"""Runs a stand-in as a plugin process, by the rules of the engine: print the port, serve, end with the engine."""

from __future__ import annotations

import os
import signal
import stat
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, Final

import grpc  # type: ignore[import-untyped]
from pulumi.runtime.proto import provider_pb2_grpc

from sg_integration.sandbox.plugins.servicer import Servicer

if TYPE_CHECKING:
    from sg_integration.sandbox.plugins.protocol import Package

# As many as the engine asks for at once by default is 4 per core; more than that only queue at the embedded services.
_WORKERS: Final = 16
# An engine that ends in an error closes our input some moments before it ends us, and calls it a crash if we are quicker.
_LINGER_SECONDS: Final = 8
_UNLIMITED: Final = [("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1)]


def start(package: Package) -> tuple[Any, int]:
    """Start a server on a free loopback port, in this process; returns the server (`stop(grace)`) and the port."""
    server = grpc.server(ThreadPoolExecutor(_WORKERS, thread_name_prefix="pulumi"), options=_UNLIMITED)
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(Servicer(package), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    return server, port


def serve(package: Package) -> None:
    """Print the port on the first line and serve until killed, or until the engine that started us is gone."""
    server, port = start(package)
    sys.stdout.write(f"{port}\n")
    sys.stdout.flush()
    # What a shell starts in the background ignores interrupts, and so would we: the engine would wait for us in vain.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        _wait_for_end()
    except KeyboardInterrupt:  # the engine has its own way to cancel; Ctrl-C reaches the whole group
        pass
    finally:
        server.stop(grace=None)


def _wait_for_end() -> None:
    """Wait until the engine's end of our standard input closes; started by hand (no pipe), for ever."""
    if _is_piped():
        while os.read(sys.stdin.fileno(), 4096):
            continue
    threading.Event().wait(_LINGER_SECONDS if _is_piped() else None)


def _is_piped() -> bool:
    return sys.stdin is not None and stat.S_ISFIFO(os.fstat(sys.stdin.fileno()).st_mode)
