"""What the stand-in kubernetes plugin takes for a difference, for drift and for a reason to replace."""

from __future__ import annotations

from typing import Any

import pytest

from sg_integration.sandbox.plugins.document import UNKNOWN, secret
from sg_integration.sandbox.plugins.kubernetes import objects, ownership
from sg_integration.sandbox.plugins.kubernetes.difference import changes, drifted, spelled
from sg_integration.sandbox.plugins.kubernetes.ignored import without_ignored
from sg_integration.sandbox.plugins.kubernetes.meaning import diff_of
from sg_integration.sandbox.plugins.protocol import Diff, DiffKind, DiffRequest


def diff(old: dict[str, Any], new: dict[str, Any], kind: str = "Pod", *, namespaced: bool = True) -> Diff:
    """The diff of two inputs of a core kind."""
    type_ = f"kubernetes:core/v1:{kind}"
    request = DiffRequest("urn", type_, "ns/name", inputs=new, old_inputs=old, state={}, ignore=())
    return diff_of(request, namespaced=namespaced, mutable=frozenset())


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ({"a": 1}, {"a": 1}, {}),
        ({"a": 1}, {"a": 2}, {"a": DiffKind.UPDATE}),
        ({"a": {"b.c": 1}}, {"a": {"b.c": 2}}, {'a["b.c"]': DiffKind.UPDATE}),
        ({"a": [1, 2]}, {"a": [1, 3, 4]}, {"a[1]": DiffKind.UPDATE, "a[2]": DiffKind.ADD}),
        ({"a": [1, 2]}, {"a": [1]}, {"a[1]": DiffKind.DELETE}),
        ({}, {"a": {"b": 1}}, {"a": DiffKind.ADD}),
        ({"a": UNKNOWN}, {"a": UNKNOWN}, {"a": DiffKind.UPDATE}),
        ({"a": None}, {}, {}),
    ],
)
def test_changes_are_told_by_path(old: dict[str, Any], new: dict[str, Any], expected: dict[str, DiffKind]) -> None:
    """Every place that differs is named as the engine names it; an unknown differs from everything."""
    assert {spelled(path): kind for path, kind in changes(old, new).items()} == expected


def test_the_servers_own_spelling_is_no_drift() -> None:
    """A value that the server normalised, or never shows again, stays as the program gave it."""
    inputs = {"limits": {"cpu": "1000m"}, "stringData": {"a": "b"}}
    live = {"limits": {"cpu": "1", "memory": "1Gi"}, "data": {"a": "Yg=="}}

    assert drifted(inputs, live, {**live, "status": {"ready": True}}) == inputs


def test_drift_is_told_where_it_is() -> None:
    """A changed value shows as it is now, a removed one is gone, and what others added is left out."""
    inputs = {"labels": {"a": "1", "b": "1", "c": "1"}}
    before = {"labels": {"a": "1", "b": "1", "c": "1"}}
    now = {"labels": {"a": "2", "c": "1", "theirs": "1"}}

    assert drifted(inputs, before, now) == {"labels": {"a": "2", "c": "1"}}


def test_list_items_are_matched_by_name() -> None:
    """A container that somebody injected is no drift; a changed one of ours is, wherever it stands."""
    ours = [{"name": "web", "image": "web:1"}]
    before = [{"name": "web", "image": "web:1", "pull": "Always"}]
    now = [{"name": "proxy", "image": "p:1"}, {"name": "web", "image": "web:2", "pull": "Always"}]

    assert drifted(ours, before, now) == [{"name": "web", "image": "web:2"}]
    assert drifted(["a"], ["a"], ["a", "b"]) == ["a", "b"]


@pytest.mark.parametrize(
    ("old", "new", "replaces"),
    [
        ({"metadata": {"name": "a"}}, {"metadata": {"name": "b"}}, ("metadata.name",)),
        ({"metadata": {"labels": {"a": "1"}}}, {"metadata": {"labels": {"a": "2"}}}, ()),
        (
            {"spec": {"containers": [{"name": "w", "image": "w:1"}]}},
            {"spec": {"containers": [{"name": "w", "image": "w:2"}]}},
            ("spec.containers[0].image",),
        ),
        ({"spec": {"nodeName": "n"}}, {}, ("spec",)),
        ({"spec": {"nodeName": "n"}}, {"spec": UNKNOWN}, ()),
    ],
)
def test_what_replaces_is_named(old: dict[str, Any], new: dict[str, Any], replaces: tuple[str, ...]) -> None:
    """Identity and the fields of the provider's table replace, also when they go with what held them; others update."""
    assert diff({"metadata": {"name": "a"}, **old}, {"metadata": {"name": "a"}, **new}).replaces == replaces


def test_another_group_replaces_but_another_version_does_not() -> None:
    """An object of another API group is another object; another version of the same group is the same."""
    named: dict[str, Any] = {"kind": "Ingress", "metadata": {"name": "a"}}
    old = {**named, "apiVersion": "extensions/v1beta1"}

    assert diff(old, {**named, "apiVersion": "networking.k8s.io/v1"}).replaces == ("apiVersion",)
    assert diff(old, {**named, "apiVersion": "extensions/v1"}).replaces == ()


def test_the_default_namespace_and_none_are_the_same() -> None:
    """A namespace that is spelled out is no difference where it is the default, nor where there are no namespaces."""
    bare: dict[str, Any] = {"metadata": {"name": "a"}}
    spelled_out: dict[str, Any] = {"metadata": {"name": "a", "namespace": "default"}}

    assert diff(bare, spelled_out).changed == ()
    assert diff(bare, {"metadata": {"name": "a", "namespace": "x"}}, namespaced=False).changed == ()


def test_only_a_name_of_the_programs_own_is_deleted_first() -> None:
    """Two objects cannot share a place: with a given name the old one goes first, a generated name changes instead."""
    given: dict[str, Any] = {"metadata": {"name": "a"}}
    generated: dict[str, Any] = {"metadata": {"name": "a", "annotations": {objects.AUTONAMED: "true"}}}

    assert diff({**given, "data": {}}, {**given, "data": {"x": "1"}}, "ConfigMap").delete_before_replace
    assert not diff({**generated, "data": {}}, {**generated, "data": {"x": "1"}}, "ConfigMap").delete_before_replace
    assert not diff(given, {"metadata": {"name": "b"}}, "ConfigMap").delete_before_replace


def test_names_are_generated_from_the_seed_and_kept() -> None:
    """A name comes from the seed, stays what it was, and is not touched where the program or the server decides."""
    first = objects.named({"metadata": {}}, {}, prefix="web", seed=b"1")
    again = objects.named({}, first, prefix="web", seed=b"2")
    for decided in ({"name": "x"}, {"generateName": "x-"}, {"name": UNKNOWN}):
        assert objects.named({"metadata": decided}, {}, prefix="web", seed=b"1") == {"metadata": decided}

    assert first["metadata"]["name"] == again["metadata"]["name"]
    assert first != objects.named({"metadata": {}}, {}, prefix="web", seed=b"2")
    assert objects.named({"metadata": UNKNOWN}, {}, prefix="web", seed=b"1") == {"metadata": UNKNOWN}


def test_schema_extensions_are_respelled_both_ways() -> None:
    """`x_kubernetes_…` of the SDK is `x-kubernetes-…` for the server, and comes back with underscores."""
    kind = objects.Kind("v1", "ConfigMap")
    inputs = {"metadata": {"name": "a"}, "spec": [{"x_kubernetes_int_or_string": True}], "x_other": 1}
    sent = objects.body(inputs, kind, namespace="n", name="a", namespaced=True)

    assert sent["spec"] == [{"x-kubernetes-int-or-string": True}]
    assert sent["x_other"] == 1
    assert objects.spelled_as_inputs(sent)["spec"] == inputs["spec"]


def test_only_a_secrets_data_are_marked() -> None:
    """State and imported inputs of a Secret tell the engine to encrypt the data, also where the SDK does not."""
    live = {"apiVersion": "v1", "metadata": {"name": "a"}, "data": {"x": "eA=="}}
    for kind, expected in (("Secret", secret({"x": "eA=="})), ("ConfigMap", {"x": "eA=="})):
        found = {**live, "kind": kind}
        assert objects.outputs(found, manager="m", initial="v1")["data"] == expected
        assert objects.imported_inputs(found)["data"] == expected


def test_what_kubectl_and_our_own_creation_wrote_is_taken_over() -> None:
    """Their fields become applied by us, together with what we applied before; others keep theirs."""

    def entry(manager: str, operation: str, field: str) -> dict[str, Any]:
        return {"manager": manager, "operation": operation, "fieldsV1": {"f:data": {f"f:{field}": {}}}}

    theirs = entry("another", "Update", "z")
    fields = [entry("ours", "Apply", "a"), entry("ours", "Update", "b"), entry("kubectl-edit", "Update", "c"), theirs]
    taken = ownership.taken_over({"metadata": {"managedFields": fields}}, "ours")

    merged = {"manager": "ours", "operation": "Apply", "fieldsV1": {"f:data": {"f:a": {}, "f:b": {}, "f:c": {}}}}
    assert taken == [merged, theirs]
    assert ownership.taken_over({"metadata": {"managedFields": taken}}, "ours") is None


def test_ignored_fields_keep_their_live_value() -> None:
    """An ignored field that is ours is applied as it is now; one with dots in its key is found, too."""
    live = {"metadata": {"annotations": {"a.b/c": "now"}, "managedFields": []}}
    inputs = {"metadata": {"annotations": {"a.b/c": "then", "d": "1"}}}

    kept = without_ignored(inputs, live, ['metadata.annotations["a.b/c"]', "spec.absent"], "ours")
    assert kept == {"metadata": {"annotations": {"a.b/c": "now", "d": "1"}}}
