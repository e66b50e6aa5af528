"""The embedded cluster is a real API server, and cleans up after itself."""

from __future__ import annotations

import stat
import time
from typing import TYPE_CHECKING

import pytest
from lightkube import Client, KubeConfig
from lightkube.core.exceptions import ApiError
from lightkube.generic_resource import create_global_resource
from lightkube.models.core_v1 import Container, PodSpec
from lightkube.models.meta_v1 import ObjectMeta
from lightkube.resources.core_v1 import ConfigMap, Namespace, Pod

from sg_integration.sandbox.errors import SandboxError
from sg_integration.sandbox.kubernetes import EmbeddedKubernetes
from sg_integration.sandbox.processes import children
from sg_integration.sandbox.toolchain.obtain import obtain

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MutatingAdmissionPolicy = create_global_resource(
    "admissionregistration.k8s.io", "v1", "MutatingAdmissionPolicy", "mutatingadmissionpolicies"
)
MutatingAdmissionPolicyBinding = create_global_resource(
    "admissionregistration.k8s.io", "v1", "MutatingAdmissionPolicyBinding", "mutatingadmissionpolicybindings"
)
LABEL_PODS = {
    "failurePolicy": "Fail",
    "reinvocationPolicy": "Never",
    "matchConstraints": {
        "resourceRules": [{"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["pods"]}]
    },
    "mutations": [
        {
            "patchType": "ApplyConfiguration",
            "applyConfiguration": {"expression": 'Object{metadata: Object.metadata{labels: {"by": "policy"}}}'},
        }
    ],
}


def client(kubeconfig: Path) -> Client:
    """A client with what the kubeconfig says and nothing else."""
    return Client(KubeConfig.from_file(kubeconfig), trust_env=False)


def namespace(name: str) -> Namespace:
    """A namespace that is not there yet."""
    return Namespace(metadata=ObjectMeta(name=name))


def names_in(api: Client) -> set[str]:
    """The names of all namespaces."""
    return {found.metadata.name or "" for found in api.list(Namespace) if found.metadata}


@pytest.fixture(scope="module")
def bin_dir() -> Path:
    """etcd, the API server and the controllers."""
    return obtain(["etcd", "kube-apiserver", "kube-controller-manager"])


@pytest.fixture(scope="module")
def cluster(bin_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedKubernetes]:
    """A cluster for the tests that only look or use names of their own."""
    with EmbeddedKubernetes(bin_dir=bin_dir, directory=tmp_path_factory.mktemp("cluster")) as started:
        yield started


def test_kubeconfig_is_private_and_complete(cluster: EmbeddedKubernetes) -> None:
    """The kubeconfig is readable by its owner only, and is all that a client needs to connect and verify the server."""
    mode = stat.S_IMODE(cluster.kubeconfig.stat().st_mode)
    names = names_in(client(cluster.kubeconfig))

    assert mode == 0o600
    assert {"default", "kube-system"} <= names
    assert cluster.url in cluster.kubeconfig.read_text()


def test_a_wrong_token_is_refused(cluster: EmbeddedKubernetes, tmp_path: Path) -> None:
    """A client with another token may not read anything."""
    other = tmp_path / "kubeconfig"
    other.write_text(cluster.kubeconfig.read_text().replace(cluster.token, "wrong"))

    with pytest.raises(ApiError) as refused:
        names_in(client(other))

    assert refused.value.status.code == 401


def test_admission_policies_act(cluster: EmbeddedKubernetes) -> None:
    """MutatingAdmissionPolicy is served as v1, and changes a pod when it is created."""
    api = client(cluster.kubeconfig)
    metadata = ObjectMeta(name="label-pods")
    api.create(MutatingAdmissionPolicy(metadata=metadata, spec=LABEL_PODS))
    api.create(MutatingAdmissionPolicyBinding(metadata=metadata, spec={"policyName": "label-pods"}))
    pod = Pod(
        metadata=ObjectMeta(name="p", namespace="default"), spec=PodSpec(containers=[Container(name="c", image="i")])
    )
    until = time.monotonic() + 15
    labels: dict[str, str] | None = None
    while not labels and time.monotonic() < until:  # a new policy takes a moment to act
        made = api.create(pod, dry_run=True)
        labels = made.metadata.labels if made.metadata else None

    assert labels == {"by": "policy"}


def test_server_side_apply_reports_conflicts(cluster: EmbeddedKubernetes) -> None:
    """Applying a field that another manager owns is refused with 409 and the name of that manager."""
    api = client(cluster.kubeconfig)
    ours, theirs = (
        ConfigMap(apiVersion="v1", kind="ConfigMap", metadata=ObjectMeta(name="owned", namespace="default"), data=data)
        for data in ({"k": "1"}, {"k": "2"})
    )
    api.apply(ours, field_manager="one")

    with pytest.raises(ApiError, match='conflict with "one"') as refused:
        api.apply(theirs, field_manager="two")

    assert refused.value.status.code == 409


def test_dry_run_keeps_nothing(cluster: EmbeddedKubernetes) -> None:
    """A dry run answers as if the object were made, and makes nothing."""
    api = client(cluster.kubeconfig)
    made = api.create(namespace("only-tried"), dry_run=True)

    with pytest.raises(ApiError, match="not found"):
        api.get(Namespace, "only-tried")

    assert made.metadata is not None
    assert made.metadata.uid


def test_without_controllers_a_namespace_stays_terminating(cluster: EmbeddedKubernetes) -> None:
    """With no controller running, a deleted namespace is still there, terminating."""
    api = client(cluster.kubeconfig)
    api.create(namespace("lingering"))
    api.delete(Namespace, "lingering")
    time.sleep(1)
    left = api.get(Namespace, "lingering")

    assert left.status is not None
    assert left.status.phase == "Terminating"


def test_several_clusters_and_controllers(cluster: EmbeddedKubernetes, bin_dir: Path, tmp_path: Path) -> None:
    """A second cluster runs beside the first and knows nothing of it; with its controller, a deleted namespace goes."""
    client(cluster.kubeconfig).create(namespace("first-only"))
    second = EmbeddedKubernetes(bin_dir=bin_dir, directory=tmp_path, controllers=["namespace-controller"])
    with second:
        api = client(second.kubeconfig)
        names = names_in(api)
        api.create(namespace("leaving"))
        api.delete(Namespace, "leaving")
        until = time.monotonic() + 20
        while "leaving" in names_in(api) and time.monotonic() < until:
            time.sleep(0.1)
        left = names_in(api)

    assert "first-only" not in names
    assert "leaving" not in left
    assert not [child for child in children() if child.log.is_relative_to(tmp_path)]


def test_a_cluster_starts_empty_again(bin_dir: Path, tmp_path: Path) -> None:
    """Started again in the same directory, a cluster has nothing of before; while it is down it has no address."""
    cluster = EmbeddedKubernetes(bin_dir=bin_dir, directory=tmp_path)
    with cluster:
        client(cluster.kubeconfig).create(namespace("before"))
        with pytest.raises(SandboxError, match="running already"):
            cluster.start()
    with pytest.raises(SandboxError, match="does not run"):
        _ = cluster.url
    with cluster:
        names = names_in(client(cluster.kubeconfig))

    assert "before" not in names


def test_a_server_that_fails_leaves_nothing(bin_dir: Path, tmp_path: Path) -> None:
    """If the API server does not come up, the error shows why, and etcd does not stay behind."""
    broken = tmp_path / "bin"
    broken.mkdir()
    (broken / "etcd").symlink_to(bin_dir / "etcd")
    (broken / "kube-apiserver").write_text("#!/bin/sh\necho something is wrong\nexit 1\n")
    (broken / "kube-apiserver").chmod(0o755)
    cluster = EmbeddedKubernetes(bin_dir=broken, directory=tmp_path / "cluster")

    with pytest.raises(SandboxError, match="something is wrong"):
        cluster.start()

    assert cluster.pids == {}
    assert not [child for child in children() if child.log.is_relative_to(tmp_path)]


def test_a_missing_program_is_named(tmp_path: Path) -> None:
    """Without etcd in the directory given, the error names the file that is missing."""
    with pytest.raises(SandboxError, match=f"{tmp_path}/etcd"):
        EmbeddedKubernetes(bin_dir=tmp_path, directory=tmp_path / "cluster").start()
