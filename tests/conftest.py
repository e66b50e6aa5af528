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


@pytest.fixture(scope="session")
def kubernetes_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One cluster for all tests of a worker; each test has a namespace of its own in it, or several."""
    bin_dir = obtain(["etcd", "kube-apiserver", "kube-controller-manager"])
    directory = tmp_path_factory.mktemp("kubernetes")
    with EmbeddedKubernetes(bin_dir=bin_dir, directory=directory, controllers=_CONTROLLERS) as embedded:
        way = access(str(embedded.kubeconfig), context=None, cluster=None, environ={})
        yield Server(embedded.kubeconfig, Api(way))
