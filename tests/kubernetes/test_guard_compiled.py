"""The guard as it is compiled from bindings, on a real API server: selectors, size, and what the server makes of it."""

from __future__ import annotations

import json
import random
import re
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from sg_integration.model import guard
from sg_integration.model.annotation import GROUPS, labels
from sg_integration.model.bindings import Binding
from sg_integration.model.label_selectors import NAMESPACE_LABEL, LabelSelector, Operator, Requirement, in_namespace
from sg_integration.sandbox.plugins.kubernetes.api import Refused
from tests.kubernetes.policies import PLACES, bind, create, guard_manifests, installed, pod, refused, says
from tests.sandbox.plugin_kubernetes_world import MERGE, Server, eventually, make_namespace

POLICIES = PLACES["ValidatingAdmissionPolicy"]


@contextmanager
def guarding(server: Server, bindings: list[Binding]) -> Iterator[str]:
    """A guard of bindings acts; yields a namespace in which it allows `sg-0a1`."""
    here = make_namespace(server)
    with installed(server, guard_manifests([*bindings, bind(here, {}, ["sg-0a1"])])):
        assert eventually(lambda: bool(unallowed(server, here, ["sg-0bad"])), 30)
        yield here
    assert eventually(lambda: not unallowed(server, here, ["sg-0bad"]), 30)


def unallowed(server: Server, namespace: str, groups: list[str]) -> set[str]:
    """Which of the groups the guard does not allow there."""
    try:
        create(server.api, namespace, pod("p", annotations=says(*groups)))
    except Refused as refusal:
        found = re.search(r"rule allowed-groups: (.*): no binding", str(refusal))
        return set(found[1].split(", ")) if found else {str(refusal)}
    return set()


def test_selectors_of_namespaces_decide_as_kubernetes_decides(kubernetes_server: Server) -> None:
    """A sample over all operators: CEL on the API server agrees with the model for every selector and namespace."""
    rng, tag = random.Random(20261123), uuid.uuid4().hex[:8]
    keys, values = [f"{tag}/a", f"{tag}.example/b-c", tag], ["", "x", "y_y", "Z"]
    namespaces: dict[str, dict[str, str]] = {}
    for number in range(14):
        name = f"{tag}-{number}"
        given = {key: rng.choice(values) for key in keys if rng.random() < 0.6}
        body = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": given}}
        kubernetes_server.api.request("POST", "/api/v1/namespaces", body=body)
        namespaces[name] = {**given, NAMESPACE_LABEL: name}

    def requirement() -> Requirement:
        operator: Operator = rng.choice(["In", "NotIn", "Exists", "DoesNotExist"])
        key = rng.choice([*keys, NAMESPACE_LABEL])
        pool = list(namespaces) if key == NAMESPACE_LABEL else values
        some = tuple(sorted(rng.sample(pool, rng.randint(1, 3)))) if operator in ("In", "NotIn") else ()
        return Requirement(key, operator, some)

    selectors = {
        f"sg-0{number:03x}": LabelSelector(tuple(sorted({requirement() for _ in range(rng.randint(0, 3))})))
        for number in range(90)
    }
    bindings = [
        Binding(f"s{group}", selector, LabelSelector(), frozenset([group])) for group, selector in selectors.items()
    ]
    with guarding(kubernetes_server, bindings):
        for name, given in namespaces.items():
            expected = {group for group, selector in selectors.items() if not selector.matches(given)}
            assert unallowed(kubernetes_server, name, list(selectors)) == expected
            assert 0 < len(expected) < len(selectors), "the sample says both yes and no"


def test_a_guard_of_thousands_works(kubernetes_server: Server) -> None:
    """More than one expression may hold is split, and neither its size nor the costs that Kubernetes counts stop it."""
    last = make_namespace(kubernetes_server)
    many = [bind(f"team-with-a-long-name-{n}", {}, [f"sg-{n:017x}", f"sg-{n:017x}f"], f"n{n}") for n in range(4500)]
    selectors = [bind({"stage": f"s{n}", "tier": "t"}, {}, [f"sg-{n:08x}"], f"s{n}") for n in range(200)]
    sixteen = [f"sg-{n:016x}f" for n in range(16)]
    with guarding(kubernetes_server, [*many, *selectors, bind(last, {}, sixteen)]) as here:
        assert unallowed(kubernetes_server, here, ["sg-0a1"]) == set()
        assert unallowed(kubernetes_server, last, sixteen) == set()
        assert unallowed(kubernetes_server, here, sixteen) == set(sixteen)
        names = {part["name"] for part in guard.compiled([*many, *selectors], [], {})["spec"]["variables"]}
        assert {"refused1", "refused2", "refused3"} <= names


def test_the_server_adds_nothing_that_counts_as_a_difference(kubernetes_server: Server) -> None:
    """Right after it was written an object is as it should be, and it gives back what it was compiled from."""
    binding, pending = bind("shop", {"app": "web"}, ["sg-0a1"]), bind({"tier": "x"}, {}, ["sg-0b2"], "soon")
    compiled = guard.compiled([binding], [bind("legacy", {}, ["sg-0c3"], "old")], {"soon": pending}, owner="one")
    wanted = [compiled, guard.policy_binding(), guard.routes_policy(), guard.routes_binding()]
    with installed(kubernetes_server, wanted) as answers:
        assert [guard.differs(*pair) for pair in zip(answers, wanted, strict=True)] == [False] * 4
        assert guard.grants(answers[0]) == guard.grants(compiled)
    assert eventually(lambda: not unallowed(kubernetes_server, "default", ["sg-0bad"]), 30)


@pytest.mark.parametrize(
    "tampered",
    [
        {"spec": {"matchConditions": [{"name": "never", "expression": "false"}]}},
        {"spec": {"matchConstraints": {"objectSelector": {"matchLabels": {"guard": "me"}}}}},
        {"spec": {"failurePolicy": "Ignore"}},
        {"metadata": {"annotations": {f"{guard.GRANT}mine": bind("shop", {}, ["sg-0bad"]).document()}}},
        {"metadata": {"labels": {"sg-integration/role": None}}},
    ],
)
def test_tampering_with_the_guard_is_a_difference(kubernetes_server: Server, tampered: dict[str, Any]) -> None:
    """Also what we never set: a condition or a selector that somebody adds would switch the guard off."""
    compiled = guard.compiled([], [], {})
    with installed(kubernetes_server, [compiled]) as (answer,):
        path = f"{POLICIES}/{answer['metadata']['name']}"
        assert not guard.differs(kubernetes_server.edit(path, {"metadata": {"annotations": {"team": "x"}}}), compiled)
        assert guard.differs(kubernetes_server.edit(path, tampered), compiled)


def test_a_pod_of_before_the_guard_stays_as_it_is(kubernetes_server: Server) -> None:
    """What was malformed or labelled before can be changed otherwise, but not into something else that is malformed."""
    here = make_namespace(kubernetes_server)
    old = pod("old", labels(["sg-0f6"]), {GROUPS: "sg-0f6"})
    create(kubernetes_server.api, here, old, dry=False)
    path = f"/api/v1/namespaces/{here}/pods/old"

    def change(text: str | None) -> dict[str, Any]:
        body = {"metadata": {"annotations": {GROUPS: text}}}
        return kubernetes_server.api.request("PATCH", path, body=body, content_type=MERGE)

    with guarding(kubernetes_server, []):
        kubernetes_server.edit(path, {"metadata": {"annotations": {"team": "shop"}}})
        assert "rule well-formed" in str(refused(lambda: change("sg-0f6,")))
        assert json.loads(change('["sg-0f6"]')["metadata"]["annotations"][GROUPS]) == ["sg-0f6"]


def test_the_longest_annotations_are_judged(kubernetes_server: Server) -> None:
    """What is as long as Kubernetes stores is still within the costs that it counts, and gets its rule for an answer."""
    here = make_namespace(kubernetes_server)
    endless = pod("endless", None, {GROUPS: "x" * 255_000})
    create(kubernetes_server.api, here, endless, dry=False)
    with guarding(kubernetes_server, []):
        done = kubernetes_server.edit(f"/api/v1/namespaces/{here}/pods/endless/status", {"status": {"message": "well"}})
        assert done["status"]["message"] == "well", "what was there before the guard stops no kubelet"
        assert "rule well-formed" in str(refused(lambda: create(kubernetes_server.api, here, endless)))
        many = pod("many", None, says(*(f"sg-{number:017x}" for number in range(10_000))))
        assert "rule allowed-groups" in str(refused(lambda: create(kubernetes_server.api, here, many)))


def test_namespaces_are_compared_by_their_whole_name(kubernetes_server: Server) -> None:
    """A namespace whose name begins with another's has not its groups."""
    here = make_namespace(kubernetes_server)
    longer = f"{here}-x"
    body = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": longer}}
    kubernetes_server.api.request("POST", "/api/v1/namespaces", body=body)
    both = LabelSelector((Requirement(NAMESPACE_LABEL, "In", ("kube-system", here)),))
    bindings = [Binding("a", both, LabelSelector(), frozenset(["sg-0b2"]))]
    bindings.append(Binding("b", in_namespace("kube-system"), LabelSelector(), frozenset(["sg-0c3"])))
    with guarding(kubernetes_server, bindings):
        assert unallowed(kubernetes_server, here, ["sg-0b2", "sg-0c3"]) == {"sg-0c3"}
        assert unallowed(kubernetes_server, longer, ["sg-0b2"]) == {"sg-0b2"}
