"""Every test is a deployment of its own, and tests of pods have a cluster of their own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from sg_integration.aws.connection import Connection
from tests.aws.script import Script

from . import world as worlds
from .carrier import Clock
from .pod_stacks import patch
from .pod_world import NAME, FakeCluster


@pytest.fixture(autouse=True)
def _alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test knows of another one's claims."""
    worlds.patch(monkeypatch)


@pytest.fixture
def cluster() -> FakeCluster:
    """A cluster with one empty namespace."""
    made = FakeCluster()
    made.spaces["shop"] = {NAME: "shop"}
    return made


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch, cluster: FakeCluster) -> Clock:
    """Providers find that cluster, and nobody waits."""
    return patch(monkeypatch, cluster)


@pytest.fixture
def script(monkeypatch: pytest.MonkeyPatch) -> Iterator[Script]:
    """A script that every connection of the test plays by; it is played to its end."""
    made = Script()
    monkeypatch.setattr(Connection, "client", lambda _self, service: made.client(service))
    yield made
    made.all_was_asked()
