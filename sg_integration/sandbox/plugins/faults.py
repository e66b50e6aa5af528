"""Errors of a stand-in, as the engine wants them: a gRPC status with one line, and the state when a resource exists."""

from __future__ import annotations

import functools
import sys
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import grpc  # type: ignore[import-untyped]
from pulumi.runtime.proto import provider_pb2, status_pb2

from sg_integration.sandbox.plugins.document import to_struct
from sg_integration.sandbox.plugins.errors import InitializationFailed, PluginError

_DETAILS: Final = "grpc-status-details-bin"

Method = Callable[[Any, Any, Any], Any]


@dataclass(frozen=True, slots=True)
class _Status(grpc.Status):  # type: ignore[misc]
    """A gRPC status, as `abort_with_status` takes it."""

    code: Any
    details: str
    trailing_metadata: tuple[tuple[str, bytes], ...] = ()


def faults_as_status(method: Method) -> Method:
    """Make a servicer's method answer with a status when it raises.

    `FAILED_PRECONDITION` tells the engine that nothing happened; `UNKNOWN`, for what we did not foresee, that it cannot
    be sure. The traceback of the latter goes to the standard error, which the engine shows.
    """

    @functools.wraps(method)
    def guarded(self: Any, request: Any, context: Any) -> Any:
        try:
            return method(self, request, context)
        except InitializationFailed as fault:
            status = _partial(fault)
        except PluginError as fault:
            status = _Status(grpc.StatusCode.FAILED_PRECONDITION, str(fault))
        except Exception as fault:  # noqa: BLE001 - whatever it is, the engine must get an answer
            traceback.print_exc(file=sys.stderr)
            status = _Status(grpc.StatusCode.UNKNOWN, f"{type(fault).__name__}: {fault}")
        context.abort_with_status(status)
        raise AssertionError  # pragma: no cover - abort_with_status has raised

    return guarded


def _partial(fault: InitializationFailed) -> _Status:
    failed = provider_pb2.ErrorResourceInitFailed(
        id=fault.id,
        properties=to_struct(fault.outputs),
        reasons=[str(fault)],
        inputs=None if fault.inputs is None else to_struct(fault.inputs),
    )
    message = status_pb2.Status(code=grpc.StatusCode.UNKNOWN.value[0], message=str(fault))
    message.details.add().Pack(failed)
    return _Status(grpc.StatusCode.UNKNOWN, str(fault), ((_DETAILS, message.SerializeToString()),))
