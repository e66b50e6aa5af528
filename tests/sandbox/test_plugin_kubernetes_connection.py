"""The stand-in kubernetes plugin without an engine: rare ways through a connection, on a real API server."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from sg_integration.sandbox.plugins.document import UNKNOWN
from sg_integration.sandbox.plugins.errors import PluginError
from sg_integration.sandbox.plugins.kubernetes.connection import ClusterConnection
from sg_integration.sandbox.plugins.kubernetes.package import KubernetesPackage
from sg_integration.sandbox.plugins.protocol import (
    CheckRequest,
    Created,
    CreateRequest,
    DeleteRequest,
    ReadRequest,
    UpdateRequest,
)
from sg_integration.sandbox.processes import free_port
from tests.sandbox.plugin_kubernetes_world import Server, path_of

pytest_plugins = ("tests.sandbox.plugin_kubernetes_fixtures",)

TYPE = "kubernetes:core/v1:ConfigMap"


@pytest.fixture
def connection(kubernetes_server: Server, namespace: str) -> ClusterConnection:
    """A provider whose default namespace is the test's own."""
    return KubernetesPackage().configure({"kubeconfig": str(kubernetes_server.kubeconfig), "namespace": namespace})


def checked(connection: ClusterConnection, inputs: dict[str, Any]) -> dict[str, Any]:
    """The inputs as the engine would keep them."""
    return dict(connection.check(CheckRequest("urn", TYPE, "settings", inputs, {}, b"seed")).inputs)


def created(connection: ClusterConnection, inputs: dict[str, Any], *, preview: bool = False) -> Created:
    """Create from checked inputs."""
    return connection.create(CreateRequest("urn", TYPE, inputs, preview, 0))


def updated(
    connection: ClusterConnection, was: Created, inputs: dict[str, Any], *, preview: bool = False
) -> dict[str, Any]:
    """Update to checked inputs."""
    state = dict(was.outputs)
    request = UpdateRequest("urn", TYPE, was.id, inputs, {}, state, preview, ignore=(), timeout=0)
    return dict(connection.update(request))


def test_the_server_may_generate_the_name(connection: ClusterConnection, namespace: str) -> None:
    """With generateName the name is the server's, and later updates find the object by its id."""
    inputs = checked(connection, {"metadata": {"generateName": "gen-"}, "data": {"x": "1"}})
    made = created(connection, inputs)
    state = updated(connection, made, {**inputs, "data": {"x": "2"}})

    assert "name" not in inputs["metadata"]
    assert made.id.startswith(f"{namespace}/gen-")
    assert state["metadata"]["uid"] == made.outputs["metadata"]["uid"]
    assert state["data"] == {"x": "2"}


def test_what_is_not_known_is_not_sent(
    kubernetes_server: Server, connection: ClusterConnection, namespace: str
) -> None:
    """A preview with an unknown inside, or in a namespace that is still to come, tells the inputs; nothing is made."""
    unknown = checked(connection, {"metadata": {"name": "settings"}, "data": {"x": UNKNOWN}})
    early = checked(connection, {"metadata": {"name": "settings", "namespace": "to-come"}})

    assert created(connection, unknown, preview=True) == Created("", unknown)
    assert created(connection, early, preview=True) == Created("", early)
    assert kubernetes_server.get(path_of(namespace)) is None


def test_a_preview_writes_nothing(kubernetes_server: Server, connection: ClusterConnection, namespace: str) -> None:
    """Previews of create and update answer with the server's whole object and leave the cluster as it is."""
    inputs = checked(connection, {"metadata": {"name": "settings"}, "data": {"x": "1"}})
    foretold = created(connection, inputs, preview=True)
    assert foretold.outputs["metadata"]["uid"]
    assert kubernetes_server.get(path_of(namespace)) is None

    made = created(connection, inputs)
    before = kubernetes_server.get(path_of(namespace))
    state = updated(connection, made, {**inputs, "data": {"x": "2"}}, preview=True)
    assert state["data"] == {"x": "2"}
    assert kubernetes_server.get(path_of(namespace)) == before


def test_updating_what_is_gone_says_so(
    kubernetes_server: Server, connection: ClusterConnection, namespace: str
) -> None:
    """An update never makes an object anew; it asks for a refresh."""
    inputs = checked(connection, {"metadata": {"name": "settings"}, "data": {"x": "1"}})
    made = created(connection, inputs)
    kubernetes_server.api.request("DELETE", path_of(namespace))

    with pytest.raises(PluginError, match="it is gone. Run `pulumi refresh`"):
        updated(connection, made, inputs)


def test_objects_of_a_kind_that_is_gone_are_gone(connection: ClusterConnection) -> None:
    """When the definition went, its objects went with it: read says gone and delete has nothing to do."""
    type_, state = "kubernetes:gone.example.com/v1:Widget", {"apiVersion": "gone.example.com/v1", "kind": "Widget"}

    assert connection.read(ReadRequest("urn", type_, "w", {}, state)) is None
    connection.delete(DeleteRequest("urn", type_, "w", {}, state, 0))


def test_a_lookup_that_is_not_supported_is_refused(connection: ClusterConnection) -> None:
    """Only YAML is decoded; templates of Helm are not rendered."""
    assert connection.invoke("kubernetes:yaml:decode", {"text": "a: 1"}) == {"result": [{"a": 1}]}
    with pytest.raises(PluginError, match="does not support kubernetes:helm:template"):
        connection.invoke("kubernetes:helm:template", {})


def test_a_server_that_is_not_there_is_named(kubernetes_server: Server, tmp_path: Path) -> None:
    """When nobody listens, the error tells the address."""
    address = f"https://127.0.0.1:{free_port()}"
    text = kubernetes_server.config(tmp_path, "n").read_text()
    old = next(line.split()[-1] for line in text.splitlines() if "server:" in line)
    connection = KubernetesPackage().configure({"kubeconfig": text.replace(old, address)})

    with pytest.raises(PluginError, match=f"{address} does not answer"):
        connection.read(ReadRequest("urn", TYPE, "n/a", {}, {}))
