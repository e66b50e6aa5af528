"""What tests of several packages share: one real Kubernetes API server for all tests of a worker."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from sg_integration.sandbox.kubernetes import EmbeddedKubernetes
from sg_integration.sandbox.plugins.kubernetes.api import Api
from sg_integration.sandbox.plugins.kubernetes.kubeconfig import access
from sg_integration.sandbox.toolchain.obtain import obtain
from tests.sandbox.plugin_kubernetes_world import Server

# What deletions wait for, and what makes pods.
_CONTROLLERS = (
    "namespace-controller",
    "garbage-collector-controller",
    "deployment-controller",
    "replicaset-controller",
    "statefulset-controller",
)
_AUDITED = ("projectcalico.org", "crd.projectcalico.org")


@pytest.fixture(scope="session")
def embedded_kubernetes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedKubernetes]:
    """One cluster for all tests of a worker, which logs the writes of Calico's objects."""
    bin_dir = obtain(["etcd", "kube-apiserver", "kube-controller-manager"])
    directory = tmp_path_factory.mktemp("kubernetes")
    with EmbeddedKubernetes(
        bin_dir=bin_dir, directory=directory, controllers=_CONTROLLERS, audited=_AUDITED
    ) as embedded:
        yield embedded


@pytest.fixture(scope="session")
def kubernetes_server(embedded_kubernetes: EmbeddedKubernetes) -> Server:
    """Its API server; each test has a namespace of its own in it, or several."""
    way = access(str(embedded_kubernetes.kubeconfig), context=None, cluster=None, environ={})
    return Server(embedded_kubernetes.kubeconfig, Api(way))
