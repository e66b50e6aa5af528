"""A cluster that serves Calico's kinds, for all tests of a worker, and objects that are gone after each."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from sg_integration.kubernetes.calico import PLURALS, Calico
from sg_integration.kubernetes.cluster import Cluster
from sg_integration.sandbox.kubernetes.definitions import V3, install, seed_calico
from tests.sandbox.plugin_kubernetes_world import Server


@pytest.fixture(scope="session")
def calico_server(kubernetes_server: Server) -> Server:
    """The real cluster, with the definitions of Calico's kinds."""
    install(kubernetes_server.api)
    return kubernetes_server


@pytest.fixture
def calico(calico_server: Server, cluster: Cluster) -> Iterator[Calico]:
    """Calico 3.30 as it is installed, with none of our objects; afterwards all objects that tests made are gone."""
    clear(calico_server)
    seed_calico(calico_server.api)
    yield Calico(cluster.api)
    clear(calico_server)


def clear(server: Server, api_version: str = V3) -> None:
    """Delete every object of Calico's kinds."""
    others = ("hostendpoints", "clusterinformations", "kubecontrollersconfigurations")
    for plural in (*PLURALS.values(), *others):
        server.api.request("DELETE", f"/apis/{api_version}/{plural}")
