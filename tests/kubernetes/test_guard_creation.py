"""What the guard says to new pods on a real API server, whoever makes them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from sg_integration.model.annotation import ATTACHED, BOUND, GROUPS, LABEL_PREFIX, labels
from tests.kubernetes.policies import Guarded, create, guarded, pod, refused, says
from tests.sandbox.plugin_kubernetes_world import Server, eventually

WELL_FORMED, ALLOWED, LABELS = "rule well-formed", "rule allowed-groups", "rule labels-as-annotated"


@pytest.fixture(scope="module")
def guard(kubernetes_server: Server) -> Iterator[Guarded]:
    """The guard, for all tests here."""
    with guarded(kubernetes_server) as world:
        yield world


@pytest.mark.parametrize("who", ["developer", "integration", "administrator"])
@pytest.mark.parametrize("name", ["smuggler", ""])
def test_a_group_that_no_binding_gives_is_refused_to_everybody(guard: Guarded, who: str, name: str) -> None:
    """However privileged: who makes a pod is a controller, never the author; a generated name is told as far as it is known."""
    api = guard.server.api if who == "administrator" else getattr(guard, who)
    refusal = refused(lambda: create(api, guard.team, pod(name, annotations=says("sg-0a1", "sg-0bad"))))
    assert refusal.code == 403
    assert f"namespace {guard.team}, pod {name or 'new-'}" in str(refusal)
    assert f"{ALLOWED}: sg-0bad: no binding" in str(refusal)


@pytest.mark.parametrize("key", [GROUPS, ATTACHED])
@pytest.mark.parametrize(
    "text",
    ['["sg-0a1, sg-0b2"]', '["sg-0a1",]', '["sg-0a1"', "sg-0a1", '["sg-WEB"]', '["sg-0a1"]x', "\f", "[[]]", "null"],
)
def test_a_malformed_annotation_is_refused(guard: Guarded, key: str, text: str) -> None:
    """No JSON, JSON of another form, and the form that old documentation shows; the message shows what was written."""
    refusal = refused(lambda: create(guard.server.api, guard.team, pod("p", {"app": "web"}, {key: text})))
    assert refusal.code == 422
    assert f"namespace {guard.team}, pod p: {WELL_FORMED}: annotation {key}: {text}".strip() in str(refusal)


def test_a_malformed_annotation_without_end_is_refused_in_short(guard: Guarded) -> None:
    """What is too long for a message is refused with one that names the annotation."""
    refusal = refused(lambda: create(guard.server.api, guard.team, pod("p", annotations={GROUPS: "x" * 9000})))
    assert f"{WELL_FORMED}: annotation {GROUPS} is no JSON list" in str(refusal)


@pytest.mark.parametrize(
    ("given", "annotations"),
    [
        ({f"{LABEL_PREFIX}sg-0a1": ""}, {}),
        ({f"{LABEL_PREFIX}anything": ""}, {}),
        ({BOUND: "true"}, {}),
        ({BOUND: "true"}, says("sg-0a1")),
        ({f"{LABEL_PREFIX}sg-0a1": ""}, says("sg-0a1")),
        ({**labels(["sg-0a1"]), BOUND: "no"}, says("sg-0a1")),
        (labels(["sg-0a1", "sg-0b2"]), says("sg-0a1")),
        (labels(["sg-0a1"]), says()),
    ],
)
def test_labels_are_those_of_the_annotation_or_missing(
    guard: Guarded, given: dict[str, str], annotations: dict[str, str]
) -> None:
    """A label alone, too many, too few, or the mark without its groups, with which Calico would apply no group's rules."""
    refusal = refused(lambda: create(guard.server.api, guard.team, pod("p", given, annotations)))
    assert refusal.code == 403
    assert f"namespace {guard.team}, pod p: {LABELS}: labels " in str(refusal)
    assert all(key in str(refusal) for key in given)


def test_a_label_that_is_smuggled_beside_a_binding_is_refused(guard: Guarded) -> None:
    """The policy of a binding completes labels; it does not make one more group's label pass."""
    made = pod("p", {"app": "web", f"{LABEL_PREFIX}sg-0bad": ""})
    assert f"{LABEL_PREFIX}sg-0bad" in str(refused(lambda: create(guard.developer, guard.team, made)))


def test_every_legitimate_way_to_make_a_pod_works(guard: Guarded) -> None:
    """Without groups, by a binding, with an allowed group written by hand, and as a copy of a pod that has its groups."""
    api, team = guard.developer, guard.team
    assert "annotations" not in create(api, team, pod())
    bound = create(api, team, pod("", {"app": "web"}))
    assert bound["labels"] == {"app": "web", **labels(["sg-0a1"])}
    assert create(api, team, pod("", None, says("sg-0a1")))["annotations"] == says("sg-0a1")
    assert create(api, team, pod("", None, {GROUPS: ""}))["annotations"] == {GROUPS: ""}
    assert create(api, team, pod("", None, {GROUPS: ' [ "sg-0a1" , "sg-0a1" ]\n'}))
    copy = create(api, team, pod("copy", bound["labels"], bound["annotations"]))
    assert (copy["labels"], copy["annotations"]) == (bound["labels"], bound["annotations"])


def test_namespaces_by_selector(guard: Guarded) -> None:
    """A group is allowed where the labels of the namespace are selected, and only that group, and only there."""
    api = guard.developer
    assert create(api, guard.selected, pod("", None, says("sg-0b2")))
    assert "sg-0a1" in str(refused(lambda: create(api, guard.selected, pod("", None, says("sg-0b2", "sg-0a1")))))
    assert "sg-0b2" in str(refused(lambda: create(api, guard.team, pod("", None, says("sg-0b2")))))


def test_what_the_cluster_runs_on_is_not_guarded(guard: Guarded) -> None:
    """Pods of kube-system start whatever they carry."""
    assert create(guard.server.api, "kube-system", pod("p", {BOUND: "true"}, says("sg-0bad")))


def test_a_pod_with_the_nodes_interface_is_judged_too(guard: Guarded) -> None:
    """No binding touches it, but what its author wrote counts."""
    assert create(guard.developer, guard.team, pod("p", {"app": "web"}, hostNetwork=True))
    made = pod("p", {"app": "web"}, says("sg-0bad"), hostNetwork=True)
    assert ALLOWED in str(refused(lambda: create(guard.developer, guard.team, made)))


def test_a_privileged_controller_carries_in_no_smuggled_template(guard: Guarded) -> None:
    """A Deployment with a smuggled group is taken, but its ReplicaSet gets no pod and says why."""
    template = pod("", {"app": "smuggler"}, says("sg-0bad"))
    body = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "smuggler"},
        "spec": {
            "selector": {"matchLabels": {"app": "smuggler"}},
            "template": {"metadata": template["metadata"], "spec": template["spec"]},
        },
    }
    path = f"/apis/apps/v1/namespaces/{guard.team}/deployments"
    guard.developer.request("POST", path, body=body)

    def failure() -> str:
        status: dict[str, Any] = guard.server.api.request("GET", f"{path}/smuggler").get("status", {})
        return " ".join(one["message"] for one in status.get("conditions", []) if one["type"] == "ReplicaFailure")

    assert eventually(lambda: bool(failure()), 30)
    assert f"namespace {guard.team}, pod smuggler-" in failure()
    assert f"{ALLOWED}: sg-0bad" in failure()
    found = guard.server.api.request(
        "GET", f"/api/v1/namespaces/{guard.team}/pods", query={"labelSelector": "app=smuggler"}
    )
    assert found["items"] == []
    guard.developer.request("DELETE", f"{path}/smuggler")
