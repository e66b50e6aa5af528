"""Credential plugins are run as client-go runs them: what they are told, what they answer, and what can go wrong."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from sg_integration.kubernetes import exec_plugins
from sg_integration.kubernetes.connection import ClusterConnection, connect
from sg_integration.kubernetes.exec_plugins import ExecPlugin
from sg_integration.model.errors import CredentialsMissing, InvalidInput
from tests.sandbox.plugin_kubernetes_world import Server

V1, V1BETA1 = "client.authentication.k8s.io/v1", "client.authentication.k8s.io/v1beta1"
CLUSTER = {
    "server": "https://kubernetes.test",
    "certificate-authority-data": "Q0E=",
    "extensions": [
        {"name": "other", "extension": {"no": 1}},
        {"name": "client.authentication.k8s.io/exec", "extension": {"audience": "me"}},
    ],
}
# Notes what it was told, and answers in the version that it was asked for.
PLUGIN = """
import json, os, sys
from pathlib import Path
info = json.loads(os.environ["KUBERNETES_EXEC_INFO"])
here = Path(__file__).parent
runs = len(list(here.glob("run-*")))
(here / f"run-{runs}").write_text(json.dumps({"argv": sys.argv[1:], "own": os.environ.get("OWN"), "info": info}))
status = json.loads((here / "status").read_text())
if isinstance(status, list):
    status = status[min(runs, len(status) - 1)]
print(json.dumps({"apiVersion": info["apiVersion"], "kind": "ExecCredential", "status": status}))
"""


class Program:
    """A plugin in a directory of its own."""

    def __init__(self, directory: Path, status: object, code: str = PLUGIN) -> None:
        self.directory = directory
        (directory / "status").write_text(json.dumps(status))
        (directory / "plugin.py").write_text(code)

    def document(self, version: str = V1, **more: Any) -> dict[str, Any]:
        """What a kubeconfig says of it."""
        arguments = [str(self.directory / "plugin.py"), "get-token"]
        return {"apiVersion": version, "command": sys.executable, "args": arguments, **more}

    def plugin(self, version: str = V1, **more: Any) -> ExecPlugin:
        """The plugin."""
        return ExecPlugin(self.document(version, **more), CLUSTER)

    @property
    def runs(self) -> list[dict[str, Any]]:
        """What it was told, each time."""
        return [json.loads(path.read_text()) for path in sorted(self.directory.glob("run-*"))]


@pytest.mark.parametrize("version", [V1, V1BETA1])
def test_a_plugin_is_told_what_it_needs(tmp_path: Path, version: str) -> None:
    """Arguments, its own environment, the version, that nobody can answer it, and the cluster if it asks for that."""
    program = Program(tmp_path, {"token": "t", "expirationTimestamp": "2026-11-23T12:00:00.123456789Z"})
    more = {"env": [{"name": "OWN", "value": "v"}], "provideClusterInfo": True, "interactiveMode": "IfAvailable"}
    token = program.plugin(version, **more).fetch()
    assert (token.value, token.good_until) == ("t", 1795435200.0)
    told = {
        "server": "https://kubernetes.test",
        "certificate-authority-data": "Q0E=",
        "config": {"audience": "me"},
    }
    spec = {"interactive": False, "cluster": told}
    info = {"apiVersion": version, "kind": "ExecCredential", "spec": spec}
    assert program.runs == [{"argv": ["get-token"], "own": "v", "info": info}]


def test_a_plugin_that_does_not_ask_is_told_nothing_of_the_cluster(tmp_path: Path) -> None:
    """And a token without an end has none."""
    program = Program(tmp_path, {"token": "t"})
    assert program.plugin().fetch().good_until is None
    assert program.runs[0]["info"]["spec"] == {"interactive": False}


def test_the_authority_of_a_cluster_is_told_from_its_file(tmp_path: Path) -> None:
    """A plugin gets the certificate itself, as client-go gives it."""
    (tmp_path / "ca.crt").write_text("CA")
    program = Program(tmp_path, {"token": "t"})
    cluster = {"server": "https://x", "certificate-authority": "ca.crt"}
    ExecPlugin(program.document(provideClusterInfo=True), cluster, tmp_path).fetch()
    assert program.runs[0]["info"]["spec"]["cluster"] == {"server": "https://x", "certificate-authority-data": "Q0E="}


def test_a_relative_command_starts_at_the_kubeconfig(tmp_path: Path) -> None:
    """As in kubectl: with a separator in it, from the file's directory; without one, on the PATH."""
    document = {"apiVersion": V1, "command": "bin/login"}
    assert ExecPlugin(document, {}, tmp_path).command == str(tmp_path / "bin" / "login")
    assert ExecPlugin({**document, "command": "aws"}, {}, tmp_path).command == "aws"


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("import sys; sys.exit('The SSO session has expired.')", "ended with 1: The SSO session has expired. Log in again."),
        ("import sys; sys.exit(3)", "ended with 3: it says nothing more. Log in again."),
        ("print('secret')", "malformed: its answer is no ExecCredential. Run it by hand"),
        ("print('[\"secret\"]')", "malformed: its answer is no ExecCredential. Run it by hand"),
        (f"print('{{\"apiVersion\": \"{V1BETA1}\", \"status\": {{\"token\": \"secret\"}}}}')", f"apiVersion: it answers in version {V1BETA1}, and the kubeconfig asks for {V1}. Set exec.apiVersion"),
        (f"print('{{\"apiVersion\": \"{V1}\"}}')", "no token: its status has no token. Log in again."),
        (f"print('{{\"apiVersion\": \"{V1}\", \"status\": {{\"clientCertificateData\": \"secret\"}}}}')", "it gives a client certificate, which we do not support. Use a plugin that gives tokens."),
        ("import time; time.sleep(60)", "TimeoutExpired: it gave nothing within 1 seconds. Run it by hand"),
    ],
    ids=["fails", "fails silently", "no JSON", "no object", "other version", "no token", "certificate", "hangs"],
)  # fmt: skip
def test_a_plugin_that_gives_no_token(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: str, words: str) -> None:
    """Each way to fail has its own words; what a plugin prints on its output is never quoted."""
    monkeypatch.setattr(exec_plugins, "_PATIENCE", 1.0)
    with pytest.raises(CredentialsMissing) as caught:
        Program(tmp_path, {}, code).plugin().fetch()
    assert str(caught.value).startswith(f"getting a token from the credential plugin {sys.executable}: ")
    assert words in str(caught.value)
    assert "secret" not in str(caught.value)


def test_a_plugin_that_is_not_installed() -> None:
    """The kubeconfig's own hint says what to do, else we do."""
    document = {"apiVersion": V1, "command": "no-such-plugin"}
    with pytest.raises(CredentialsMissing, match="plugin no-such-plugin: FileNotFoundError: .* Install it, or correct"):
        ExecPlugin(document, {}).fetch()
    with pytest.raises(CredentialsMissing, match="Get it from the shop."):
        ExecPlugin({**document, "installHint": "Get it from the shop."}, {}).fetch()


@pytest.mark.parametrize(
    ("document", "words"),
    [
        ({"apiVersion": "client.authentication.k8s.io/v1alpha1", "command": "x"}, "kubeconfig: exec.apiVersion is 'client.authentication.k8s.io/v1alpha1'; set it to client.authentication.k8s.io/v1 or"),
        ({"apiVersion": V1}, "kubeconfig: exec.command is missing"),
        ({"apiVersion": V1, "command": "x", "interactiveMode": "Always"}, "kubeconfig: exec.interactiveMode is Always, but nobody can answer x here"),
    ],
)  # fmt: skip
def test_a_plugin_that_cannot_be_run_is_bad_input(document: dict[str, Any], words: str) -> None:
    """Said before anything is run."""
    with pytest.raises(InvalidInput) as caught:
        ExecPlugin(document, {})
    assert str(caught.value).startswith(words)


@pytest.mark.parametrize("version", [V1, V1BETA1])
def test_a_plugin_logs_in_to_a_real_cluster(kubernetes_server: Server, tmp_path: Path, version: str) -> None:
    """The first token has expired, so the server refuses it; the plugin is run again, once, and its token is kept."""
    document = json.loads(kubernetes_server.kubeconfig.read_text())
    good = document["users"][0]["user"]["token"]
    program = Program(tmp_path, [{"token": "expired"}, {"token": good}])
    document["users"][0]["user"] = {"exec": program.document(version)}
    cluster = connect(ClusterConnection(kubeconfig=json.dumps(document)))
    assert "default" in cluster.namespaces()
    assert "default" in cluster.namespaces()
    assert len(program.runs) == 2
