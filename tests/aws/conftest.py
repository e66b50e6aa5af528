"""Every call of these tests is in a script."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from sg_integration.aws.connection import Connection

from .script import Script


@pytest.fixture
def script(monkeypatch: pytest.MonkeyPatch) -> Iterator[Script]:
    """A script that every connection of the test plays by; it is played to its end."""
    made = Script()
    monkeypatch.setattr(Connection, "client", lambda _self, service: made.client(service))
    yield made
    made.all_was_asked()
