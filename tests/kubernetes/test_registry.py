"""What every stack sees of the others: bindings in policies and ConfigMaps, namespaces, and the guard."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from sg_integration.kubernetes import registry
from sg_integration.kubernetes.cluster import Cluster
from sg_integration.model.bindings import Binding
from sg_integration.model.errors import IntegrationError, MemberChanged
from sg_integration.model.label_selectors import in_namespace, label_selector
from tests.sandbox.plugin_kubernetes_world import Server

from .objects import A

POLICIES = "/apis/admissionregistration.k8s.io/v1/mutatingadmissionpolicies"
MAPS = "/api/v1/namespaces/kube-system/configmaps"
Register = Callable[..., str]


def binding(key: str, mode: str = "admission") -> Binding:
    """A binding that matches no pod of any test."""
    return Binding(key, in_namespace("nowhere"), label_selector({"app": "web"}, "pods"), frozenset([A]), mode)


def policy(metadata: dict[str, Any]) -> dict[str, Any]:
    """The least policy that the API server takes; without a binding it does nothing."""
    rule = {"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["pods"]}
    mutation = {"patchType": "ApplyConfiguration", "applyConfiguration": {"expression": "Object{}"}}
    spec = {
        "matchConstraints": {"resourceRules": [rule]},
        "mutations": [mutation],
        "reinvocationPolicy": "Never",
        "failurePolicy": "Ignore",
    }
    return {
        "apiVersion": "admissionregistration.k8s.io/v1",
        "kind": "MutatingAdmissionPolicy",
        "metadata": metadata,
        "spec": spec,
    }


@pytest.fixture
def register(kubernetes_server: Server) -> Iterator[Register]:
    """Puts an entry into the registry, which is clean again after the test; returns its key."""
    made: list[str] = []

    def put(where: str, document: str | None = None, name: str | None = None) -> str:
        key = f"t{uuid.uuid4().hex[:8]}"
        if document is None:
            document = binding(key, "admission" if where == POLICIES else "template").document()
        metadata = {
            "name": name or f"sg-integration-{key}",
            "labels": {"sg-integration/role": "binding"},
            "annotations": {"sg-integration/binding": document} if document else {},
        }
        body = (
            policy(metadata) if where == POLICIES else {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata}
        )
        kubernetes_server.api.request("POST", where, body=body)
        made.append(f"{where}/{metadata['name']}")
        return key

    yield put
    for path in made:
        kubernetes_server.api.request("DELETE", path)


def test_bindings_are_found_in_policies_and_config_maps(cluster: Cluster, register: Register) -> None:
    """Both kinds of entries are read back whole, sorted by key; one reading is two requests."""
    keys = {register(POLICIES): "admission", register(MAPS): "template"}
    before = cluster.api.sent
    found = [each for each in cluster.registry() if each.key in keys]
    assert cluster.api.sent == before + 2
    assert found == [binding(key, keys[key]) for key in sorted(keys)]


@pytest.mark.parametrize("where", [POLICIES, MAPS], ids=["policy", "config map"])
def test_objects_of_others_are_no_entries(kubernetes_server: Server, cluster: Cluster, where: str) -> None:
    """What lacks our label is passed over, whatever it says."""
    name = f"t{uuid.uuid4().hex[:8]}"
    metadata = {"name": name, "annotations": {"sg-integration/binding": "{"}}
    body = policy(metadata) if where == POLICIES else {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata}
    kubernetes_server.api.request("POST", where, body=body)
    try:
        assert name not in {each.key for each in cluster.registry()}
    finally:
        kubernetes_server.api.request("DELETE", f"{where}/{name}")


@pytest.mark.parametrize("document", ["", "{", "[]", "null", '{"pods":{"app":3}}', '{"key":"other"}'])
@pytest.mark.parametrize("where", [POLICIES, MAPS], ids=["policy", "config map"])
def test_a_broken_entry_stops_us_and_is_named(cluster: Cluster, register: Register, where: str, document: str) -> None:
    """To pass it over would take its groups off its pods."""
    key = register(where, document)
    kind = "MutatingAdmissionPolicy " if where == POLICIES else "ConfigMap kube-system/"
    with pytest.raises(
        IntegrationError, match=f"^reading {kind}sg-integration-{key}: .*sg-integration/binding.*delete it"
    ):
        cluster.registry()


def test_the_policies_that_the_cluster_serves_are_known(cluster: Cluster) -> None:
    """This API server serves them."""
    assert cluster.serves_admission_policies()


def test_a_policy_is_read_as_it_stands(cluster: Cluster, register: Register) -> None:
    """The whole object, or None."""
    key = register(POLICIES)
    found = cluster.policy(f"sg-integration-{key}")
    assert found is not None
    assert found["spec"]["mutations"][0]["applyConfiguration"]["expression"] == "Object{}"
    assert cluster.policy("no-such-policy") is None


def test_namespaces_have_their_labels_and_those_that_go_are_left_out(
    kubernetes_server: Server, cluster: Cluster, namespace: str
) -> None:
    """A namespace that is held by a finalizer while it goes takes no new pods."""
    assert cluster.namespaces()[namespace] == {"kubernetes.io/metadata.name": namespace}
    where = f"/api/v1/namespaces/{namespace}"
    kubernetes_server.edit(where, {"metadata": {"finalizers": ["example.com/wait"]}})
    kubernetes_server.api.request("DELETE", where)
    assert namespace not in cluster.namespaces()
    kubernetes_server.edit(where, {"metadata": {"finalizers": None}})


@pytest.fixture
def guard(monkeypatch: pytest.MonkeyPatch, cluster: Cluster) -> Iterator[dict[str, Any]]:
    """A guard that guards nothing, under a name of the test's own."""
    monkeypatch.setattr(registry, "GUARD", f"guard-{uuid.uuid4().hex[:8]}")
    spec = {"validations": [{"expression": "true"}], "matchConstraints": policy({})["spec"]["matchConstraints"]}
    yield {
        "apiVersion": "admissionregistration.k8s.io/v1",
        "kind": "ValidatingAdmissionPolicy",
        "metadata": {"name": registry.GUARD, "annotations": {"n": "1"}},
        "spec": spec,
    }
    cluster.delete_guard()


def test_the_guard_is_made_replaced_and_deleted(cluster: Cluster, guard: dict[str, Any]) -> None:
    """It is read as it stands, replaced by what was read and changed, and to delete it twice is no error."""
    assert cluster.guard() is None
    cluster.put_guard(guard)
    found = cluster.guard()
    assert found is not None
    found["metadata"]["annotations"] = {"n": "2"}
    cluster.put_guard(found)
    again = cluster.guard()
    assert again is not None
    assert again["metadata"]["annotations"] == {"n": "2"}
    cluster.delete_guard()
    cluster.delete_guard()
    assert cluster.guard() is None


def test_two_stacks_that_write_the_guard_do_not_undo_each_other(cluster: Cluster, guard: dict[str, Any]) -> None:
    """Whoever makes it second, replaces an old reading, or one that is gone is told to read again."""
    cluster.put_guard(guard)
    with pytest.raises(MemberChanged, match="AlreadyExists: .* run again"):
        cluster.put_guard(guard)
    old = cluster.guard()
    assert old is not None
    cluster.put_guard({**old, "metadata": {**old["metadata"], "annotations": {"n": "2"}}})
    with pytest.raises(MemberChanged, match="Conflict: .* run again"):
        cluster.put_guard({**old, "metadata": {**old["metadata"], "annotations": {"n": "3"}}})
    found = cluster.guard()
    assert found is not None
    assert found["metadata"]["annotations"] == {"n": "2"}
    cluster.delete_guard()
    with pytest.raises(MemberChanged, match="run again"):
        cluster.put_guard(found)
