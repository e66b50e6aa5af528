"""A cluster of ours on the real API server, and a namespace for each test."""

from __future__ import annotations

from pathlib import Path

import pytest

from sg_integration.kubernetes import connection, kubeconfig
from sg_integration.kubernetes.cluster import Cluster
from sg_integration.kubernetes.connection import ClusterConnection, connect
from tests.sandbox.plugin_kubernetes_world import Server, make_namespace


@pytest.fixture(scope="session")
def cluster(kubernetes_server: Server) -> Cluster:
    """The real cluster, as an administrator."""
    return connect(ClusterConnection(kubeconfig=str(kubernetes_server.kubeconfig)))


@pytest.fixture
def namespace(kubernetes_server: Server) -> str:
    """A namespace of the test's own."""
    return make_namespace(kubernetes_server)


@pytest.fixture
def home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """An empty home, no $KUBECONFIG, no service account of a pod, and no cluster that another test has opened."""
    monkeypatch.setattr(connection, "_OPEN", {})
    monkeypatch.delenv("KUBECONFIG", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setattr(kubeconfig, "SERVICE_ACCOUNT", tmp_path / "serviceaccount")
    return tmp_path
