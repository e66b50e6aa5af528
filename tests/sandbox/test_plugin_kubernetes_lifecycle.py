"""The stand-in kubernetes plugin on the real engine: objects come, change, drift and go."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pulumi
import pulumi_kubernetes

from tests.engine.stacks import EngineStack
from tests.sandbox.plugin_kubernetes_world import Server, make_namespace, managed_by, path_of, pulumi_manager

pytest_plugins = ("tests.sandbox.plugin_kubernetes_fixtures",)

OTHER = "another-team"
k8s: Any = pulumi_kubernetes  # how the SDK types its nested arguments is not what is tested


def config_map(labels: dict[str, str] | None = None, *, data: str = "1", **options: Any) -> Callable[[], None]:
    """A program with one ConfigMap, `settings`."""

    def program() -> None:
        about = {"name": "settings", "labels": labels or {"tier": "a"}}
        opts = pulumi.ResourceOptions(**options)
        k8s.core.v1.ConfigMap("settings", metadata=about, data={"x": data}, opts=opts)

    return program


def test_objects_come_stay_and_go(kubernetes_server: Server, process_stack: EngineStack) -> None:
    """An update creates with generated names, a second one changes nothing, destroy leaves nothing."""

    def program() -> None:
        home = k8s.core.v1.Namespace("home")
        made = k8s.core.v1.ConfigMap("settings", metadata={"namespace": home.metadata.name}, data={"x": "1"})
        pulumi.export("id", made.id)

    assert not process_stack.preview(program).failed
    assert process_stack.up(program).counts == {"create": 2}
    where, name = process_stack.outputs()["id"].split("/")
    live = kubernetes_server.get(path_of(where, name))

    assert live is not None
    assert live["metadata"]["annotations"] == {"pulumi.com/autonamed": "true"}
    assert name.startswith("settings-")
    assert len(name) == len("settings-") + 8
    assert process_stack.up(program).steps == ()
    assert process_stack.destroy().counts == {"delete": 2}
    assert kubernetes_server.get(path_of(where, name)) is None
    assert kubernetes_server.get(f"/api/v1/namespaces/{where}") is None


def test_update_applies_as_one_field_manager(
    kubernetes_server: Server, kube_stack: EngineStack, namespace: str
) -> None:
    """An update is an apply under the manager of the creation: fields left out go, another manager's stay."""

    def deployment(replicas: int, labels: dict[str, str]) -> Callable[[], None]:
        def program() -> None:
            match = {"app": "web"}
            pod = {"metadata": {"labels": match}, "spec": {"containers": [{"name": "web", "image": "web:1"}]}}
            spec = {"replicas": replicas, "selector": {"match_labels": match}, "template": pod}
            k8s.apps.v1.Deployment("web", metadata={"name": "web", "labels": labels}, spec=spec)

        return program

    path = f"/apis/apps/v1/namespaces/{namespace}/deployments/web"
    kube_stack.up(deployment(1, {"tier": "a", "old": "yes"}))
    identity = {"apiVersion": "apps/v1", "kind": "Deployment"}
    before = kubernetes_server.apply(path, {**identity, "metadata": {"labels": {"theirs": "1"}}}, OTHER)
    outcome = kube_stack.up(deployment(2, {"tier": "b"}))
    live = kubernetes_server.get(path)

    assert outcome.counts == {"update": 1}
    assert live is not None
    assert live["metadata"]["uid"] == before["metadata"]["uid"]
    assert live["metadata"]["generation"] == before["metadata"]["generation"] + 1
    assert live["metadata"]["labels"] == {"tier": "b", "theirs": "1"}
    assert pulumi_manager(live) == pulumi_manager(before)
    assert managed_by(live, pulumi_manager(live)) == ["Apply"]
    assert kube_stack.up(deployment(2, {"tier": "b"})).steps == ()


def test_conflict_names_managers_and_fields(kubernetes_server: Server, kube_stack: EngineStack, namespace: str) -> None:
    """A field that another manager applied stops preview and update with both names, unless the program forces it."""
    kube_stack.up(config_map({"tier": "a"}))
    identity = {"apiVersion": "v1", "kind": "ConfigMap"}
    kubernetes_server.apply(path_of(namespace), {**identity, "metadata": {"labels": {"tier": "b"}}}, OTHER)
    for outcome in (kube_stack.preview(config_map({"tier": "c"})), kube_stack.up(config_map({"tier": "c"}))):
        assert outcome.failed
        assert ".metadata.labels.tier" in outcome.output
        assert f'conflict with "{OTHER}"' in outcome.output
        assert "pulumi.com/patchForce" in outcome.output

    def forced() -> None:
        about = {"name": "settings", "labels": {"tier": "c"}, "annotations": {"pulumi.com/patchForce": "true"}}
        k8s.core.v1.ConfigMap("settings", metadata=about, data={"x": "1"})

    assert kube_stack.up(forced).counts == {"update": 1}
    live = kubernetes_server.get(path_of(namespace))
    assert live is not None
    assert live["metadata"]["labels"] == {"tier": "c"}


def test_another_namespace_replaces(kubernetes_server: Server, kube_stack: EngineStack, namespace: str) -> None:
    """A change of metadata.namespace makes a new object there and then removes the old one."""
    elsewhere = make_namespace(kubernetes_server)

    def program() -> None:
        k8s.core.v1.ConfigMap("settings", metadata={"name": "settings", "namespace": elsewhere}, data={"x": "1"})

    kube_stack.up(config_map())
    outcome = kube_stack.up(program)

    assert [step for step, _ in outcome.steps] == ["create-replacement", "replace", "delete-replaced"]
    assert kubernetes_server.get(path_of(namespace)) is None
    assert kubernetes_server.get(path_of(elsewhere)) is not None


def test_data_of_a_config_map_replaces_unless_mutable(
    kubernetes_server: Server, kube_stack: EngineStack, namespace: str
) -> None:
    """Changed data replace a ConfigMap, the old one first as both have one name; enableConfigMapMutable updates it."""

    def mutable() -> None:
        provider = k8s.Provider("mutable", namespace=namespace, enable_config_map_mutable=True)
        about = {"name": "changing"}
        data = {"x": "2" if kubernetes_server.get(path_of(namespace, "changing")) else "1"}
        opts = pulumi.ResourceOptions(provider=provider)
        k8s.core.v1.ConfigMap("changing", metadata=about, data=data, opts=opts)

    kube_stack.up(config_map(data="1"))
    assert not kube_stack.preview(config_map(data="2")).failed
    replaced = kube_stack.up(config_map(data="2"))
    assert [step for step, _ in replaced.steps] == ["delete-replaced", "replace", "create-replacement"]

    kube_stack.up(mutable)
    assert kube_stack.up(mutable).counts == {"update": 1}


def test_refresh_sees_drift_and_an_update_repairs_it(
    kubernetes_server: Server, kube_stack: EngineStack, namespace: str
) -> None:
    """What kubectl changed of ours shows after refresh and is put back; what it added is nobody's drift."""
    kube_stack.up(config_map({"tier": "a"}))
    kubernetes_server.edit(path_of(namespace), {"metadata": {"labels": {"tier": "b", "added": "1"}}})

    assert kube_stack.up(config_map({"tier": "a"})).steps == ()
    kube_stack.refresh()
    assert kube_stack.preview(config_map({"tier": "a"})).counts == {"update": 1}
    assert kube_stack.up(config_map({"tier": "a"})).counts == {"update": 1}
    live = kubernetes_server.get(path_of(namespace))
    assert live is not None
    assert live["metadata"]["labels"]["tier"] == "a"
    kube_stack.refresh()
    assert kube_stack.up(config_map({"tier": "a"})).steps == ()


def test_an_object_deleted_by_hand_comes_back(
    kubernetes_server: Server, kube_stack: EngineStack, namespace: str
) -> None:
    """Refresh drops what is gone from the state, and the next update makes it again; destroy minds nothing."""
    kube_stack.up(config_map())
    kubernetes_server.api.request("DELETE", path_of(namespace))
    gone = kube_stack.refresh()
    again = kube_stack.up(config_map())
    kubernetes_server.api.request("DELETE", path_of(namespace))

    assert gone.counts == {"delete": 1}
    assert again.counts == {"create": 1}
    assert not kube_stack.destroy().failed


def test_a_secret_stays_secret(kube_stack: EngineStack) -> None:
    """Neither what the program gave nor the server's base64 of it is in the state in clear."""

    def program() -> None:
        k8s.core.v1.Secret("pw", metadata={"name": "pw"}, string_data={"password": "hunter2"})

    kube_stack.up(program)
    kube_stack.refresh()
    kept = Path(kube_stack.env["PULUMI_BACKEND_URL"].removeprefix("file://"))
    (state,) = (kept / ".pulumi" / "stacks" / kube_stack.project).glob("dev.json")
    text = state.read_text()

    assert "kubernetes:core/v1:Secret" in text
    assert "hunter2" not in text
    assert "aHVudGVyMg" not in text
    assert kube_stack.up(program).steps == ()
