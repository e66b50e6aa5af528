"""What AWS says when it refuses, as one line for the user."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

from sg_integration.sandbox.plugins.errors import PluginError

if TYPE_CHECKING:
    from collections.abc import Iterator


def code_of(fault: BaseException) -> str:
    """AWS's error code, such as `InvalidGroup.NotFound`; empty when the error is not AWS's."""
    return str(_error(fault).get("Code", ""))


@contextlib.contextmanager
def spoken(doing: str) -> Iterator[None]:
    """Turn AWS's refusals into `doing: API: code: their words`; errors of our own pass through.

    Raises:
        PluginError: AWS refused, or could not be reached.
    """
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415 - slow to load, see `scope`

    try:
        yield
    except ClientError as fault:
        words = _error(fault).get("Message", "")
        raise PluginError(f"{doing}: {fault.operation_name}: {code_of(fault)}: {words}") from fault
    except BotoCoreError as fault:
        raise PluginError(f"{doing}: {fault}") from fault


def _error(fault: BaseException) -> dict[str, Any]:
    response: dict[str, Any] = getattr(fault, "response", None) or {}
    return dict(response.get("Error") or {})
