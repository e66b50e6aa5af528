"""Transforms and hooks in tests, which run several programs in one process."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from pulumi.runtime import _callbacks


class _Last(list[Any]):
    """Keeps everything, since a server that is collected wants its event loop, which is closed; and shows only the last."""

    def __iter__(self) -> Iterator[Any]:
        return iter(self[-1:])


_SERVERS = _Last()


@pytest.fixture(autouse=True)
def _last_callbacks_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pulumi's SDK shuts the callbacks of every program of the process down at each one's end, also those of closed loops."""
    monkeypatch.setattr(_callbacks._CallbackServicer, "_servicers", _SERVERS)
