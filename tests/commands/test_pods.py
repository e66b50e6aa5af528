"""`sg-integration pods` against a real API server."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

import pytest

from sg_integration.cli import main
from sg_integration.model import admission
from sg_integration.model.bindings import Binding
from sg_integration.model.label_selectors import in_namespace, label_selector
from tests.engine.pods import A, B, Pods, listed
from tests.sandbox.plugin_kubernetes_world import Server


@pytest.fixture
def pods(kubernetes_server: Server, monkeypatch: pytest.MonkeyPatch) -> Iterator[Pods]:
    """A namespace of the test's own, in the cluster that the environment names; a later test meets none of its pods."""
    monkeypatch.setenv("KUBECONFIG", str(kubernetes_server.kubeconfig))
    made = Pods.make(kubernetes_server)
    yield made
    for pod in made.names():
        made.kill(pod)


@pytest.fixture
def bind(pods: Pods) -> Iterator[Callable[..., None]]:
    """Registers bindings of pods `app=web`, without a policy; they are gone at the end."""
    made: list[str] = []

    def register(name: str, *groups: str) -> None:
        key = f"{pods.namespace}-{name}"
        found = Binding(
            key, in_namespace(pods.namespace), label_selector({"app": "web"}, ""), frozenset(groups), "live"
        )
        made.append(admission.name(key))
        pods.server.api.request("POST", "/api/v1/namespaces/kube-system/configmaps", body=admission.entry(found))

    yield register
    for name in made:
        pods.server.api.request("DELETE", f"/api/v1/namespaces/kube-system/configmaps/{name}")


def test_pods_and_what_binds_them(pods: Pods, bind: Callable[..., None], capsys: pytest.CaptureFixture[str]) -> None:
    """Each pod is shown with what it has, what it should have, which bindings say so, and what differs."""
    pods.run("bound", app="web")
    pods.run("free", app="other")
    pods.run("host", app="web", host=True)
    pods.run("typed", app="other", annotation=listed(B))
    bind("one", A)
    bind("two", A, B)
    assert main(["pods", "-n", pods.namespace]) == 0
    lines = {line.split()[0].rpartition("/")[2]: line for line in capsys.readouterr().out.splitlines()}
    assert set(lines) == {"POD", "bound", "host", "typed"}
    assert f"{pods.namespace}-one {pods.namespace}-two" in lines["bound"]
    assert f"+ {A} + {B}" in lines["bound"]
    assert "left alone: hostNetwork" in lines["host"]
    assert lines["typed"].split()[1:3] == [B, B]


def test_pods_as_json(pods: Pods, bind: Callable[..., None], capsys: pytest.CaptureFixture[str]) -> None:
    """With --json a program reads the same, and with --differing only what is not as it should be."""
    pods.run("bound", app="web")
    pods.run("typed", app="other", annotation=listed(B))
    bind("one", A)
    assert main(["pods", "-n", pods.namespace, "--json", "--differing"]) == 0
    row, typed = json.loads(capsys.readouterr().out)
    assert typed["differs"] == "given by no binding; without labels Calico does not see them"
    assert row == {
        "namespace": pods.namespace,
        "name": "bound",
        "annotation": None,
        "expected": [A],
        "bindings": [f"{pods.namespace}-one"],
        "differs": f"+ {A}",
    }


def test_a_pod_that_no_binding_matches_any_more(pods: Pods, capsys: pytest.CaptureFixture[str]) -> None:
    """A pod that was given groups and relabelled since is shown with what it has to lose, and keeps what is not of bindings."""
    namespace, _, name = pods.run("was-web", app="other", annotation=listed(A, B)).partition("/")
    attached = {"metadata": {"annotations": {"sg-integration/attached": listed(A)}}}
    pods.server.edit(f"/api/v1/namespaces/{namespace}/pods/{name}", attached)
    assert main(["pods", "-n", pods.namespace, "--json", "--differing"]) == 0
    (row,) = json.loads(capsys.readouterr().out)
    assert (row["expected"], row["bindings"], row["differs"]) == ([B], [], f"- {A}")


def test_no_pod_is_said(pods: Pods, capsys: pytest.CaptureFixture[str]) -> None:
    """A namespace where nothing is bound prints a sentence, not an empty table."""
    pods.run("free", app="other")
    assert main(["pods", "-n", pods.namespace]) == 0
    assert f"No pod of namespace {pods.namespace} has groups of its own" in capsys.readouterr().out
    assert main(["pods", "-n", pods.namespace, "--differing"]) == 0
    assert f"Every pod of namespace {pods.namespace} is as bindings say." in capsys.readouterr().out


def test_a_cluster_that_is_not_there_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    """A wrong context ends with exit code 1 and one line on the error stream."""
    assert main(["pods", "--kubeconfig", "/nonexistent"]) == 1
    assert capsys.readouterr().err.startswith("error: ")
