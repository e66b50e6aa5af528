"""Waits until a deleted object is really gone."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Final

from sg_integration.sandbox.plugins.errors import PluginError
from sg_integration.sandbox.plugins.kubernetes.objects import metadata

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_POLL: Final = 0.1  # seconds between two looks


def await_end(what: str, read: Callable[[], Mapping[str, Any] | None], uid: str | None, *, timeout: float) -> None:
    """Wait until an object is gone, or another one has taken its place.

    Args:
        what: the object, for the message.
        read: looks at the live object.
        uid: the deleted object's uid, if the server told it.
        timeout: how long to wait, in seconds; with 0 it is looked at once.

    Raises:
        PluginError: it is still there; the message names the finalizers that hold it.
    """
    end = time.monotonic() + timeout
    while True:
        live = read()
        if live is None or (uid and metadata(live)["uid"] != uid):
            return
        if time.monotonic() >= end:
            raise PluginError(_still_there(what, live, timeout))
        time.sleep(_POLL)


def _still_there(what: str, live: Mapping[str, Any], timeout: float) -> str:
    holders = [*metadata(live).get("finalizers", ()), *(live.get("spec") or {}).get("finalizers", ())]
    held = f", held by the finalizers {', '.join(holders)}" if holders else ""
    return (
        f"deleting {what}: it is still there after {timeout:g} s{held}. Remove what holds it, or set"
        " customTimeouts.delete. `foregroundDeletion` and `kubernetes` are removed by kube-controller-manager: is it running?"
    )
