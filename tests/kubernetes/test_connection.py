"""How a cluster is found and reached: kubeconfigs in every form, the default chain, and what is said when it fails."""

from __future__ import annotations

import base64
import json
import pickle
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx2
import pytest
import yaml

from sg_integration.kubernetes import kubeconfig
from sg_integration.kubernetes.connection import ClusterConnection, connect
from sg_integration.model.errors import CredentialsMissing, InvalidInput
from tests.sandbox.plugin_kubernetes_world import Server

from .kubeconfigs import CONFIG, SECRET, config

pytestmark = pytest.mark.usefixtures("home")


@pytest.mark.parametrize("render", [json.dumps, yaml.safe_dump, lambda document: "\n" + json.dumps(document, indent=1)])
def test_a_kubeconfig_may_be_text(kubernetes_server: Server, render: Any) -> None:
    """As YAML or JSON, in one line or in many."""
    document = yaml.safe_load(kubernetes_server.kubeconfig.read_text())
    connection = ClusterConnection(render(document))
    assert "default" in connect(connection).namespaces()
    assert str(connection) == "the current context of the kubeconfig that was given"


def test_a_kubeconfig_may_be_a_path(kubernetes_server: Server, home: Path) -> None:
    """Also one that starts at the home."""
    (home / "config").write_text(kubernetes_server.kubeconfig.read_text())
    assert "default" in connect(ClusterConnection("~/config")).namespaces()


def test_the_default_chain(kubernetes_server: Server, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """$KUBECONFIG, then ~/.kube/config; the message says which."""
    with pytest.raises(
        CredentialsMissing,
        match="finding a kubeconfig: NotFound: there is no .KUBECONFIG, no ~/.kube/config and no service account of a pod. Give kubeconfig",
    ):
        connect(ClusterConnection())
    (home / ".kube").mkdir()
    (home / ".kube" / "config").write_text(kubernetes_server.kubeconfig.read_text())
    assert "default" in connect(ClusterConnection()).namespaces()
    assert str(ClusterConnection(context="prod")) == "context prod of ~/.kube/config"
    (home / "other").write_text(json.dumps(CONFIG))
    monkeypatch.setenv("KUBECONFIG", f"{home / 'other'}:")
    assert str(connect(ClusterConnection())) == f"the current context of {home / 'other'}"


def test_a_pod_uses_its_service_account(kubernetes_server: Server, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its token is read from the file, and read again when the server refuses it, as kubelets replace it."""
    document = json.loads(kubernetes_server.kubeconfig.read_text())
    account, server = home / "serviceaccount", httpx2.URL(document["clusters"][0]["cluster"]["server"])
    account.mkdir()
    authority = document["clusters"][0]["cluster"]["certificate-authority-data"]
    (account / "ca.crt").write_bytes(base64.b64decode(authority))
    (account / "namespace").write_text("default")
    (account / "token").write_text("expired")
    monkeypatch.setenv("KUBERNETES_SERVICE_HOST", server.host)
    monkeypatch.setenv("KUBERNETES_SERVICE_PORT", str(server.port))
    connection = ClusterConnection()
    assert str(connection) == "the service account of this pod"
    with pytest.raises(CredentialsMissing, match="Tried: the service account of this pod"):
        connect(connection).namespaces()
    (account / "token").write_text(document["users"][0]["user"]["token"])
    assert "default" in connect(connection).namespaces()


@pytest.mark.parametrize(
    ("connection", "line"),
    [
        (ClusterConnection("/no/such/file"), "kubeconfig: there is no file /no/such/file; correct the path."),
        (ClusterConnection(SECRET * 300), "kubeconfig: it is neither a path nor the text of a kubeconfig."),
        (ClusterConnection(f"token: {SECRET}\n\tx: ["), "kubeconfig: the kubeconfig that was given is no YAML: found character '\\t' that cannot start any token in line 2."),
        (ClusterConnection(f"- {SECRET}\n"), "kubeconfig: the kubeconfig that was given is no kubeconfig: it is no mapping."),
        (ClusterConnection("kind: Config\n"), "kubeconfig: the kubeconfig that was given has no 'clusters', which it needs."),
        (ClusterConnection(json.dumps({**CONFIG, "users": [{"name": "u", "user": {"token": [SECRET]}}]})), "kubeconfig: the kubeconfig that was given is no kubeconfig: Expected `str | null`, got `array` - at `$.token`."),
        (ClusterConnection(json.dumps({**CONFIG, "clusters": SECRET})), "kubeconfig: the kubeconfig that was given is no kubeconfig: string indices must be integers, not 'str'."),
        (ClusterConnection(json.dumps({**CONFIG, "users": []})), "kubeconfig: the kubeconfig that was given has no 'u', which it needs."),
        (ClusterConnection(json.dumps(CONFIG), "typo"), "context: Context 'typo' not found in the kubeconfig that was given; it has: dev, prod."),
        (ClusterConnection(json.dumps({**CONFIG, "current-context": None})), "context: No current context set and no default provided in the kubeconfig that was given; it has: dev, prod."),
        (ClusterConnection(json.dumps(config(user={"auth-provider": {"name": SECRET}}))), "kubeconfig: context dev: ConfigError: auth-provider not supported."),
        (ClusterConnection(json.dumps(config(user={"tokenFile": "t"}))), "kubeconfig: context dev: ConfigError: t is relative, but kubeconfig path unknown."),
    ],
    ids=["no file", "no path", "no YAML", "no mapping", "no clusters", "a wrong type", "wrong clusters", "no user", "no context", "no current context", "auth-provider", "relative"],
)  # fmt: skip
def test_a_kubeconfig_that_is_wrong(connection: ClusterConnection, line: str) -> None:
    """One line that says what is wrong, without a word of its contents; also in the chain of causes."""
    with pytest.raises(InvalidInput) as caught:
        connect(connection)
    if "string indices" not in line:  # Python's own words differ
        assert str(caught.value) == line
    error: BaseException | None = caught.value
    while error is not None:
        assert SECRET not in repr(error)
        error = error.__cause__


def test_several_files_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """We do not merge them as kubectl would, and say how to."""
    monkeypatch.setenv("KUBECONFIG", "/a:/b")
    with pytest.raises(
        InvalidInput,
        match=r"^KUBECONFIG: it names 2 files, /a, /b; write them into one with `kubectl config view --flatten`",
    ):
        connect(ClusterConnection())
    assert str(ClusterConnection()) == "a kubeconfig that cannot be read"


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        ({"kubeconfig": " "}, "kubeconfig: it is empty; give its text or its path, or leave it out."),
        (
            {"eks_cluster_name": "shop", "kubeconfig": "x"},
            "eks_cluster_name: kubeconfig is given, too; leave one of them out.",
        ),
        (
            {"eks_cluster_name": "shop", "context": "x"},
            "eks_cluster_name: context is given, too; leave one of them out.",
        ),
        ({"role_arn": "x"}, "role_arn: it says how to ask EKS; give eks_cluster_name, too, or leave it out."),
    ],
)
def test_arguments_that_contradict_each_other(arguments: dict[str, str], line: str) -> None:
    """Refused before anything is read."""
    with pytest.raises(InvalidInput) as caught:
        ClusterConnection(**arguments)
    assert str(caught.value) == line


def test_nothing_shows_the_text_of_a_kubeconfig() -> None:
    """Neither a connection nor a cluster, by repr or str; and a connection can be hashed and pickled."""
    connection = ClusterConnection(json.dumps(CONFIG))
    cluster = connect(connection)
    shown = f"{connection!r} {connection} {cluster!r} {cluster} {kubeconfig.find(connection.kubeconfig)!r}"
    shown += repr(kubeconfig.select(kubeconfig.find(connection.kubeconfig), None))
    assert SECRET not in shown
    assert pickle.loads(pickle.dumps(connection)) == connection
    assert hash(connection) == hash(ClusterConnection(json.dumps(CONFIG)))


def test_a_process_has_one_client_for_a_cluster(home: Path) -> None:
    """For equal connections, from many threads at once, as long as the file is the same."""
    path = home / "config"
    path.write_text(json.dumps(CONFIG))
    with ThreadPoolExecutor(8) as threads:
        clusters: set[int] = set(threads.map(lambda _: id(connect(ClusterConnection(str(path)))), range(8)))
    assert len(clusters) == 1
    first = connect(ClusterConnection(str(path)))
    assert connect(ClusterConnection(str(path), "prod")) is not first
    path.write_text(json.dumps(config(user={"token": "new"})))
    assert connect(ClusterConnection(str(path))) is not first


def test_an_expired_login_says_what_was_tried(kubernetes_server: Server) -> None:
    """One clear line."""
    document = json.loads(kubernetes_server.kubeconfig.read_text())
    document["users"][0]["user"]["token"] = "expired"
    with pytest.raises(CredentialsMissing) as caught:
        connect(ClusterConnection(json.dumps(document))).namespaces()
    assert str(caught.value) == (
        "listing the namespaces: Unauthorized: Unauthorized. Log in again, or correct the kubeconfig or its context. "
        "Tried: the current context of the kubeconfig that was given."
    )


def test_a_program_that_only_declares_loads_no_client() -> None:
    """Importing the connection, or the edge, costs neither httpx2 nor lightkube nor msgspec nor boto3."""
    code = "import sys, sg_integration.kubernetes.connection; print([n for n in ('httpx2', 'lightkube', 'msgspec', 'boto3', 'botocore', 'yaml') if n in sys.modules])"  # fmt: skip
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_file_that_is_no_text_is_refused(home: Path) -> None:
    """Nothing of it is quoted."""
    (home / "config").write_bytes(b"\xff\xfe")
    with pytest.raises(InvalidInput, match=r"^kubeconfig: .*/config cannot be read \(UnicodeDecodeError\)\.$"):
        connect(ClusterConnection(str(home / "config")))
