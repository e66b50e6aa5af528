"""The stand-in kubernetes plugin on the real engine: resource options, explicit providers, and the engine's flags."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pulumi
import pulumi_kubernetes
import pytest

from sg_integration.sandbox.plugins.errors import PluginError
from sg_integration.sandbox.plugins.kubernetes.cluster import Cluster
from tests.engine.stacks import EngineStack
from tests.sandbox.plugin_kubernetes_world import Server, make_namespace, managed_by, path_of, pulumi_manager

pytest_plugins = ("tests.sandbox.plugin_kubernetes_fixtures",)

k8s: Any = pulumi_kubernetes  # how the SDK types its nested arguments is not what is tested
IDENTITY = {"apiVersion": "v1", "kind": "ConfigMap"}


def config_map(name: str = "settings", **options: Any) -> None:
    """Declare a ConfigMap with a label."""
    about = {"name": "settings", "labels": {"tier": "a"}}
    k8s.core.v1.ConfigMap(name, metadata=about, data={"x": "1"}, opts=pulumi.ResourceOptions(**options))


def test_what_exists_is_refused_and_can_be_imported(
    kubernetes_server: Server, kube_stack: EngineStack, namespace: str
) -> None:
    """Creating an object that is there fails and says how to go on; `import_` adopts it and leaves it as it was."""
    made = {**IDENTITY, "metadata": {"name": "settings", "labels": {"tier": "a"}}, "data": {"x": "1"}}
    path = path_of(namespace)
    before = kubernetes_server.api.request("POST", path.rpartition("/")[0], body=made)
    refused = kube_stack.up(config_map)
    where = {"namespace": namespace}

    def importing() -> None:
        about = {"name": "settings", "labels": {"tier": "a"}, **where}
        opts = pulumi.ResourceOptions(import_=f"{namespace}/settings")
        k8s.core.v1.ConfigMap("settings", metadata=about, data={"x": "1"}, opts=opts)

    assert refused.failed
    assert 'configmaps "settings" already exists' in refused.output
    assert "import_" in refused.output
    assert kube_stack.up(importing).counts == {"import": 1}
    assert kube_stack.up(config_map).steps == ()
    assert kubernetes_server.get(path) == before


def test_upsert_adopts_what_exists(
    kubernetes_server: Server, kube_stack: EngineStack, namespace: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With upsertExistingObjects a create applies to the object that is there and keeps what others set."""
    monkeypatch.setenv("PULUMI_K8S_UPSERT_EXISTING_OBJECTS", "true")
    made = {**IDENTITY, "metadata": {"name": "settings", "labels": {"theirs": "1"}}, "data": {"x": "1"}}
    kubernetes_server.api.request("POST", path_of(namespace).rpartition("/")[0], body=made)

    assert kube_stack.up(config_map).counts == {"create": 1}
    live = kubernetes_server.get(path_of(namespace))
    assert live is not None
    assert live["metadata"]["labels"] == {"tier": "a", "theirs": "1"}


def test_an_object_that_was_made_is_not_lost(kube_stack: EngineStack, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the work after a creation fails, the state has the object, and the next update goes on with it."""

    def failing(*_: object) -> None:
        raise PluginError("the server went away")

    with monkeypatch.context() as broken:
        broken.setattr(Cluster, "own", failing)
        outcome = kube_stack.up(config_map)

    assert outcome.failed
    assert "the server went away" in outcome.output
    assert kube_stack.up(config_map).counts == {"update": 1}
    assert kube_stack.up(config_map).steps == ()


def test_an_alias_renames_without_touching_the_object(kube_stack: EngineStack) -> None:
    """A resource with an alias of its old name is the same resource."""

    def renamed() -> None:
        config_map("renamed", aliases=[pulumi.Alias(name="settings")])

    kube_stack.up(config_map)
    assert kube_stack.up(renamed).steps == ()
    assert [kind["urn"].endswith("::renamed") for kind in kube_stack.resources() if "ConfigMap" in kind["type"]] == [
        True
    ]


def test_target_changes_only_what_is_named(kubernetes_server: Server, kube_stack: EngineStack, namespace: str) -> None:
    """An update of one target leaves the other resources alone."""

    def program() -> None:
        for name in ("one", "two"):
            k8s.core.v1.ConfigMap(name, metadata={"name": name}, data={"x": "1"})

    urn = f"urn:pulumi:dev::{kube_stack.project}::kubernetes:core/v1:ConfigMap::one"
    assert kube_stack.up(program, target=[urn]).names("create") == {"one"}
    assert kubernetes_server.get(path_of(namespace, "two")) is None
    assert kube_stack.up(program).names("create") == {"two"}


def test_two_providers_in_one_program(
    kubernetes_server: Server, process_stack: EngineStack, namespace: str, tmp_path: Path
) -> None:
    """Two explicit providers, one by a file's path and one by its contents, each use their own default namespace."""
    elsewhere = make_namespace(kubernetes_server)
    path = kubernetes_server.config(tmp_path, namespace)
    contents = kubernetes_server.config(tmp_path, elsewhere).read_text()

    def program() -> None:
        here = k8s.Provider("here", kubeconfig=str(path))
        there = k8s.Provider("there", kubeconfig=pulumi.Output.secret(contents))
        config_map("here", provider=here)
        config_map("there", provider=there)

    assert process_stack.up(program).counts == {"create": 2}
    assert kubernetes_server.get(path_of(namespace)) is not None
    assert kubernetes_server.get(path_of(elsewhere)) is not None
    assert process_stack.up(program).steps == ()


def test_ignored_fields_are_left_to_their_owner(
    kubernetes_server: Server, kube_stack: EngineStack, namespace: str
) -> None:
    """With ignoreChanges a field that another manager took is neither fought over nor removed by an update."""

    def program(extra: dict[str, str]) -> None:
        about = {"name": "settings", "labels": {"tier": "a", **extra}}
        opts = pulumi.ResourceOptions(ignore_changes=["metadata.labels.tier"])
        k8s.core.v1.ConfigMap("settings", metadata=about, data={"x": "1"}, opts=opts)

    kube_stack.up(lambda: program({}))
    kubernetes_server.apply(path_of(namespace), {**IDENTITY, "metadata": {"labels": {"tier": "b"}}}, "another-team")

    assert kube_stack.up(lambda: program({"new": "1"})).counts == {"update": 1}
    live = kubernetes_server.get(path_of(namespace))
    assert live is not None
    assert live["metadata"]["labels"] == {"tier": "b", "new": "1"}


def test_a_field_manager_of_ones_own(kubernetes_server: Server, kube_stack: EngineStack, namespace: str) -> None:
    """The annotation names the field manager; when it comes later, the old manager lets go of everything."""

    def program(annotations: dict[str, str]) -> None:
        about = {"name": "settings", "annotations": annotations}
        k8s.core.v1.ConfigMap("settings", metadata=about, data={"x": "1"})

    kube_stack.up(lambda: program({"a": "1"}))
    first = kubernetes_server.get(path_of(namespace))
    kube_stack.up(lambda: program({"a": "1", "pulumi.com/patchFieldManager": "platform"}))
    live = kubernetes_server.get(path_of(namespace))

    assert first is not None
    assert live is not None
    assert managed_by(live, "platform") == ["Apply"]
    assert managed_by(live, pulumi_manager(first)) == []
