"""Every test is a deployment of its own."""

from __future__ import annotations

import pytest

from . import world as worlds


@pytest.fixture(autouse=True)
def _alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test knows of another one's claims."""
    worlds.patch(monkeypatch)
