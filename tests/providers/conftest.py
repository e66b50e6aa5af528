"""Every test is a deployment of its own, and tests of pods have a cluster of their own."""

from __future__ import annotations

import pytest

from tests.aws.script import script

from . import world as worlds
from .carrier import Clock
from .pod_stacks import patch
from .pod_world import NAME, FakeCluster

__all__ = ["script"]


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
