"""What a real API server makes of new pods under the policies of bindings."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sg_integration.model import admission
from sg_integration.model.annotation import ATTACHED, BOUND, GROUPS, LABEL_PREFIX, labels, render
from sg_integration.model.bindings import MIRROR, Binding, Pod, change
from tests.kubernetes.policies import PLACES, bind, create, installed, pod, policies, says
from tests.sandbox.plugin_kubernetes_world import Server, eventually, make_namespace

SIXTEEN = [f"sg-{number:017x}" for number in range(16)]
GIVEN = ["sg-0a1", "sg-0b2", "sg-0c3"]


@dataclass(frozen=True)
class Bound:
    """A cluster whose policies act: two bindings for pods `app=web`, one of sixteen groups for `app=many`."""

    server: Server
    namespace: str
    elsewhere: str
    bindings: tuple[Binding, ...]

    def admitted(self, *args: Any, namespace: str = "", **spec: Any) -> dict[str, Any]:
        """The metadata of a pod as it would be."""
        return create(self.server.api, namespace or self.namespace, pod("new", *args, **spec))


@pytest.fixture(scope="module")
def bound(kubernetes_server: Server) -> Iterator[Bound]:
    """The policies act, and a Deployment was there before them."""
    namespace, elsewhere = make_namespace(kubernetes_server), make_namespace(kubernetes_server)
    everywhere = {
        "matchExpressions": [{"key": "kubernetes.io/metadata.name", "operator": "NotIn", "values": [elsewhere]}]
    }
    bindings = (
        bind(namespace, {"app": "web"}, ["sg-0c3", "sg-0a1"]),
        bind(namespace, {"matchExpressions": [{"key": "app", "operator": "In", "values": ["web", "api"]}]}, ["sg-0b2"]),
        bind(namespace, {"app": "many"}, SIXTEEN),
        bind(everywhere, {"sgi-test": namespace}, ["sg-0d4"]),
        bind(namespace, {"matchExpressions": [{"key": "app", "operator": "DoesNotExist"}]}, ["sg-0e5"]),
    )
    deploy(kubernetes_server, namespace)
    with installed(kubernetes_server, policies(*bindings)):
        world = Bound(kubernetes_server, namespace, elsewhere, bindings)
        assert eventually(
            lambda: (
                groups(world.admitted({"app": "web", "sgi-test": namespace})) == [*GIVEN, "sg-0d4"]
                and groups(world.admitted({"app": "many"})) == SIXTEEN
                and groups(world.admitted()) == ["sg-0e5"]
            ),
            30,
        )
        yield world


def groups(metadata: dict[str, Any]) -> list[str]:
    """The groups as they are written."""
    return list(json.loads(metadata.get("annotations", {}).get(GROUPS, "[]")))


def attached(metadata: dict[str, Any]) -> list[str]:
    """The groups that are recorded as given."""
    return list(json.loads(metadata.get("annotations", {}).get(ATTACHED, "[]")))


def deploy(server: Server, namespace: str) -> None:
    """Declare a Deployment of one pod `app=web`, and wait for the pod."""
    template = {key: value for key, value in pod("", {"app": "web"}).items() if key == "spec"}
    body = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "web"},
        "spec": {
            "selector": {"matchLabels": {"app": "web"}},
            "template": {"metadata": {"labels": {"app": "web"}}, **template},
        },
    }
    server.api.request("POST", f"/apis/apps/v1/namespaces/{namespace}/deployments", body=body)
    assert eventually(lambda: len(pods(server, namespace)) == 1, 30)


def pods(server: Server, namespace: str) -> list[dict[str, Any]]:
    """The metadata of the pods that are there."""
    listed = server.api.request("GET", f"/api/v1/namespaces/{namespace}/pods")["items"]
    return [item["metadata"] for item in listed if "deletionTimestamp" not in item["metadata"]]


def test_two_bindings_give_the_sorted_union(bound: Bound) -> None:
    """A pod that two bindings match has the groups of both, sorted, as annotation and as labels."""
    made = bound.admitted({"app": "web"})
    assert made["annotations"] == {GROUPS: render(GIVEN), ATTACHED: render(GIVEN)}
    assert made["labels"] == {"app": "web", **labels(GIVEN)}


def test_groups_of_others_are_kept_and_not_recorded_as_ours(bound: Bound) -> None:
    """A group that the author wrote stays, also where a binding gives it too; only what was added counts as attached."""
    made = bound.admitted({"app": "web"}, {**says("sg-0f6", "sg-0a1"), "team": "shop"})
    assert groups(made) == [*GIVEN, "sg-0f6"]
    assert attached(made) == ["sg-0b2", "sg-0c3"]
    assert made["annotations"]["team"] == "shop"
    assert made["labels"] == {"app": "web", **labels([*GIVEN, "sg-0f6"])}


@pytest.mark.parametrize("mark", [{}, {BOUND: "false"}, {BOUND: "true"}, {**labels(GIVEN[:2])}])
def test_labels_are_completed_where_nothing_is_added(bound: Bound, mark: dict[str, str]) -> None:
    """A pod that names all its groups already gets the labels, and nothing is recorded as attached."""
    made = bound.admitted({"app": "web", **mark}, says(*GIVEN))
    assert made["annotations"] == says(*GIVEN)
    assert made["labels"] == {"app": "web", **labels(GIVEN)}


def test_groups_are_completed_where_the_labels_look_done(bound: Bound) -> None:
    """A pod that already carries all that its own groups need still gets those of the bindings."""
    made = bound.admitted({"app": "web", **labels(["sg-0f6"])}, says("sg-0f6"))
    assert (groups(made), attached(made)) == ([*GIVEN, "sg-0f6"], GIVEN)
    assert made["labels"] == {"app": "web", **labels([*GIVEN, "sg-0f6"])}


def test_a_pod_with_no_labels_and_no_annotations(bound: Bound) -> None:
    """Neither map needs to be there."""
    made = bound.admitted()
    assert (groups(made), made["labels"]) == (["sg-0e5"], labels(["sg-0e5"]))


def test_many_groups(bound: Bound) -> None:
    """Sixteen groups, as many as AWS allows on an interface, are written."""
    made = bound.admitted({"app": "many"})
    assert groups(made) == attached(made) == SIXTEEN
    assert made["labels"] == {"app": "many", **labels(SIXTEEN)}


def test_what_has_the_nodes_interface_is_left_alone(bound: Bound) -> None:
    """A hostNetwork pod and a mirror of a static pod get nothing."""
    made = bound.admitted({"app": "web"}, hostNetwork=True)
    assert "annotations" not in made
    assert made["labels"] == {"app": "web"}
    mirror = bound.admitted({"app": "web"}, {MIRROR: "x"}, nodeName="n1")
    assert (mirror["annotations"], mirror["labels"]) == ({MIRROR: "x"}, {"app": "web"})


@pytest.mark.parametrize("key", [GROUPS, ATTACHED])
@pytest.mark.parametrize("text", ['["sg-0a1, sg-0f6"]', "sg-0a1", '["sg-0a1"', '["sg-web"]', '{"sg-0a1": 1}'])
def test_a_malformed_annotation_is_left_for_the_guard(bound: Bound, key: str, text: str) -> None:
    """What cannot be read is not mended, and the pod gets no group."""
    made = bound.admitted({"app": "web"}, {key: text})
    assert (made["annotations"], made["labels"]) == ({key: text}, {"app": "web"})


def test_other_pods_and_other_namespaces_are_untouched(bound: Bound) -> None:
    """Selectors of pods and of namespaces decide."""
    assert "annotations" not in bound.admitted({"app": "db"})
    assert "annotations" not in bound.admitted({"app": "web"}, namespace=bound.elsewhere)
    assert groups(bound.admitted({"app": "api"})) == ["sg-0b2"]


def test_namespaces_of_the_cluster_itself_are_never_bound(bound: Bound) -> None:
    """A binding that matches every namespace gives nothing to kube-system."""
    selected = {"app": "x", "sgi-test": bound.namespace}
    assert groups(bound.admitted(selected, namespace="default")) == ["sg-0d4"]
    assert "annotations" not in bound.admitted(selected, namespace="kube-system")


def test_no_rollout_and_a_killed_pod_comes_back_with_its_groups(bound: Bound) -> None:
    """A Deployment that was there before keeps its generation; its next pod has the groups."""
    server, path = bound.server, f"/api/v1/namespaces/{bound.namespace}/pods"
    (before,) = pods(server, bound.namespace)
    assert "annotations" not in before
    server.api.request("DELETE", f"{path}/{before['name']}", query={"gracePeriodSeconds": "0"})
    assert eventually(lambda: [one["name"] for one in pods(server, bound.namespace)] not in ([], [before["name"]]), 30)
    (after,) = pods(server, bound.namespace)
    assert groups(after) == GIVEN
    assert {f"{LABEL_PREFIX}{group}" for group in GIVEN} <= after["labels"].keys()
    deployment = server.get(f"/apis/apps/v1/namespaces/{bound.namespace}/deployments/web")
    assert deployment is not None
    assert deployment["metadata"]["generation"] == 1


some = st.frozensets(st.sampled_from([*GIVEN, "sg-0f6", "sg-0f7"]))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(found=some, recorded=some, blanks=st.sampled_from(["", " ", "\n\t"]))
def test_the_policies_do_what_the_model_says(
    bound: Bound, found: frozenset[str], recorded: frozenset[str], blanks: str
) -> None:
    """A new pod is exactly what the integration would have made of it, whatever stands on it; nothing is left to write."""
    recorded &= found & frozenset(GIVEN)
    written = {GROUPS: f"{blanks}{render(found)}{blanks}", ATTACHED: render(recorded)}
    made = bound.admitted({"app": "web"}, written)
    wanted = change(Pod("n", "p", annotations=written), frozenset(GIVEN))
    assert groups(made) == sorted(wanted.groups)
    assert attached(made) == sorted(wanted.attached)
    assert made["labels"] == {"app": "web", **labels(wanted.groups)}
    assert not change(Pod("n", "p", labels=made["labels"], annotations=made["annotations"]), frozenset(GIVEN))


def test_the_registry_is_read_back_from_the_cluster(bound: Bound) -> None:
    """Policies and ConfigMaps in the cluster describe the bindings that they were made of."""
    place = PLACES["MutatingAdmissionPolicy"]
    for each in bound.bindings:
        for kind in ("MutatingAdmissionPolicy", "MutatingAdmissionPolicyBinding"):
            found = bound.server.get(f"{PLACES[kind]}/{admission.name(each.key)}")
            assert found is not None
            assert admission.registered(found) == each
    listed = bound.server.api.request("GET", place, query={"labelSelector": f"{admission.ROLE}=binding"})["items"]
    assert {each.key for each in bound.bindings} <= {admission.registered(one).key for one in listed}
    live = bind(bound.namespace, {"app": "old"}, ["sg-0a1"])
    with installed(bound.server, [admission.entry(live)]) as (answer,):
        assert admission.registered(answer) == live
