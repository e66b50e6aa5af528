"""What the guard says, on a real API server, to changes of pods that are there, and to what binds them to nodes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from sg_integration.model import guard as policy
from sg_integration.model.annotation import ATTACHED, BOUND, GROUPS, LABEL_PREFIX, labels
from tests.kubernetes.policies import Guarded, create, guarded, pod, refused, says
from tests.sandbox.plugin_kubernetes_world import MERGE, Server

RULE = "rule only-the-integration"
OURS: dict[str, str | None] = {**labels(["sg-0a1"])}
CHANGES: list[dict[str, Any]] = [
    {"annotations": says("sg-0a1", "sg-0bad")},
    {"annotations": {GROUPS: None}},
    {"annotations": {ATTACHED: "[]"}},
    {"annotations": {ATTACHED: None}},
    {"labels": {f"{LABEL_PREFIX}sg-0bad": ""}},
    {"labels": {f"{LABEL_PREFIX}sg-0a1": None}},
    {"labels": {f"{LABEL_PREFIX}sg-0a1": "x"}},
    {"labels": {BOUND: None}},
    {"annotations": {GROUPS: None, ATTACHED: None}, "labels": dict.fromkeys(OURS)},
]


@pytest.fixture(scope="module")
def guard(kubernetes_server: Server) -> Iterator[Guarded]:
    """The guard, for all tests here."""
    with guarded(kubernetes_server) as world:
        yield world


@pytest.mark.parametrize("route", ["", "/status"])
@pytest.mark.parametrize("change", CHANGES)
def test_only_the_integration_changes_the_groups_of_a_running_pod(
    guard: Guarded, route: str, change: dict[str, Any]
) -> None:
    """Annotation or label, added, changed or removed, on the pod or by its status: all refused to its owner."""
    path = guard.live()
    refusal = refused(lambda: guard.change(guard.developer, path + route, change))
    assert refusal.code == 403
    assert f"namespace {guard.team}, pod {path.rpartition('/')[2]}: {RULE}" in str(refusal)
    for key, value in next(iter(change.values())).items():
        assert f"{key}={value}" in str(refusal) or f"{key}=" in str(refusal)


@pytest.mark.parametrize("route", ["/ephemeralcontainers", "/resize"])
def test_other_subresources_change_no_groups(guard: Guarded, route: str) -> None:
    """The API server drops metadata that come by them; the guard is asked all the same, should that change."""
    path = guard.live()
    metadata = guard.change(guard.developer, path + route, {"annotations": says("sg-0bad"), "labels": {BOUND: None}})
    assert (metadata["annotations"][GROUPS], metadata["labels"]) == (says("sg-0a1")[GROUPS], {"app": "web", **OURS})
    (rule,) = policy.policy([], annotations={})["spec"]["matchConstraints"]["resourceRules"]
    assert {f"pods{route}", "pods", "pods/status"} <= set(rule["resources"])


def test_debugging_and_resizing_work(guard: Guarded) -> None:
    """An ephemeral container and other resources are of no concern to the guard."""
    path = guard.live()
    debugger = {"spec": {"ephemeralContainers": [{"name": "debug", "image": "debug"}]}}
    resources = {"spec": {"containers": [{"name": "main", "image": "main", "resources": {"requests": {"cpu": "1m"}}}]}}
    done = guard.developer.request("PATCH", f"{path}/ephemeralcontainers", body=debugger, content_type=MERGE)
    assert done["spec"]["ephemeralContainers"][0]["name"] == "debug"
    refusal = refused(lambda: guard.developer.request("PATCH", f"{path}/resize", body=resources, content_type=MERGE))
    assert "QOS" in str(refusal).upper(), "refused by Kubernetes itself, which keeps the class of a pod, not by us"


def test_an_owner_changes_everything_else(guard: Guarded) -> None:
    """Other annotations and labels, a status, and the deletion of the pod."""
    path = guard.live()
    changed = guard.change(guard.developer, path, {"annotations": {"team": "shop"}, "labels": {"app": "other"}})
    assert (changed["annotations"]["team"], changed["labels"]["app"]) == ("shop", "other")
    status = {"status": {"message": "as a kubelet writes it"}}
    done = guard.developer.request("PATCH", f"{path}/status", body=status, content_type=MERGE)
    assert done["status"]["message"] == "as a kubelet writes it"
    guard.developer.request("DELETE", path, query={"gracePeriodSeconds": "0"})
    assert guard.server.get(path) is None


@pytest.mark.parametrize("who", ["integration", "administrator"])
def test_the_integration_and_administrators_change_groups(guard: Guarded, who: str) -> None:
    """The verb `use` on podgroups, which our role gives and administrators have."""
    api = guard.server.api if who == "administrator" else guard.integration
    path = guard.live()
    changed = guard.change(api, path, {"annotations": says("sg-0a1", "sg-0d4"), "labels": labels(["sg-0d4"])})
    assert changed["annotations"][GROUPS] == says("sg-0a1", "sg-0d4")[GROUPS]
    bare = guard.change(
        api,
        path,
        {"annotations": {GROUPS: None, ATTACHED: None}, "labels": dict.fromkeys(labels(["sg-0a1", "sg-0d4"]))},
    )
    assert bare["labels"] == {"app": "web"}


def test_the_integration_too_writes_well_formed(guard: Guarded) -> None:
    """Who may change groups may not make them unreadable."""
    path = guard.live()
    refusal = refused(lambda: guard.change(guard.integration, path, {"annotations": {GROUPS: '["sg-0a1, sg-0d4"]'}}))
    assert "rule well-formed" in str(refusal)
    assert refusal.code == 422


def test_use_is_granted_for_one_namespace(guard: Guarded) -> None:
    """A Role in the namespace is enough, and does not reach into others."""
    rules = [{"apiGroups": ["sg-integration"], "resources": ["podgroups"], "verbs": ["use"]}]
    place = f"/apis/rbac.authorization.k8s.io/v1/namespaces/{guard.team}"
    metadata = {"name": "may-use", "namespace": guard.team}
    role = {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role", "metadata": metadata, "rules": rules}
    subject = {"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": "developer"}
    given = {
        **role,
        "kind": "RoleBinding",
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "may-use"},
        "subjects": [subject],
    }
    del given["rules"]
    path = guard.live()
    elsewhere = create(guard.developer, guard.selected, pod("other"), dry=False)["name"]
    guard.server.api.request("POST", f"{place}/roles", body=role)
    guard.server.api.request("POST", f"{place}/rolebindings", body=given)
    try:
        change = {"annotations": says("sg-0a1")}
        assert guard.change(guard.developer, path, {"annotations": {GROUPS: "[]"}})
        other = f"/api/v1/namespaces/{guard.selected}/pods/{elsewhere}"
        assert RULE in str(refused(lambda: guard.change(guard.developer, other, change)))
    finally:
        guard.server.api.request("DELETE", f"{place}/rolebindings/may-use")
        guard.server.api.request("DELETE", f"{place}/roles/may-use")


@pytest.mark.parametrize("who", ["developer", "administrator"])
@pytest.mark.parametrize("way", ["pods/{}/binding", "bindings"])
@pytest.mark.parametrize(
    ("field", "key"),
    [("annotations", GROUPS), ("annotations", ATTACHED), ("labels", f"{LABEL_PREFIX}sg-0bad"), ("labels", BOUND)],
)
def test_what_binds_a_pod_to_a_node_carries_no_groups(guard: Guarded, who: str, way: str, field: str, key: str) -> None:
    """Annotations and labels of a Binding land on the pod: refused to everybody by both routes."""
    name = guard.live().rpartition("/")[2]
    api = guard.developer if who == "developer" else guard.server.api
    refusal = refused(lambda: to_node(guard, api, way, name, {field: {key: "x"}}))
    assert refusal.code == 403
    assert f"namespace {guard.team}, pod {name}: {RULE}: {key}=x" in str(refusal)


@pytest.mark.parametrize("way", ["pods/{}/binding", "bindings"])
def test_a_scheduler_binds_pods(guard: Guarded, way: str) -> None:
    """Also with annotations and labels of its own, which the pod then has, and its groups as before."""
    path = guard.live()
    to_node(guard, guard.developer, way, path.rpartition("/")[2], {"annotations": {"why": "room"}})
    bound = guard.server.get(path)
    assert bound is not None
    assert bound["spec"]["nodeName"] == "n1"
    assert (bound["metadata"]["annotations"]["why"], bound["metadata"]["annotations"][GROUPS]) == (
        "room",
        says("sg-0a1")[GROUPS],
    )


def to_node(guard: Guarded, api: Any, way: str, name: str, metadata: dict[str, Any]) -> None:
    """Bind a pod to a node, by one of the two ways."""
    body = {
        "apiVersion": "v1",
        "kind": "Binding",
        "metadata": {"name": name, **metadata},
        "target": {"apiVersion": "v1", "kind": "Node", "name": "n1"},
    }
    api.request("POST", f"/api/v1/namespaces/{guard.team}/{way.format(name)}", body=body)
