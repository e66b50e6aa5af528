"""What the README and the guides show of a preview is what a preview prints, but for ids and addresses."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator

import pytest

from sg_integration.sandbox.kubernetes.calico_pods import remove_calico_pod
from sg_integration.sandbox.seed import seed
from tests.docs.fences import FENCES, ROOT
from tests.kubernetes.calico_fixtures import clear
from tests.sandbox.plugin_kubernetes_world import Server

HERE = "tests/engine/test_shown.py::test_what_the_pages_show_of_a_preview_is_printed"
_CHANGING = re.compile(
    r"(?<!\w)(sg|eni|i|db)-[0-9A-Za-z]{9,}|\d+\.\d+\.\d+\.\d+(/\d+)?|-[0-9a-z]{8,10}-[0-9a-z]{5}\b|(?<=orders-)\w{17}"
)


@pytest.fixture
def shop(kubernetes_server: Server) -> Iterator[Server]:
    """The cluster; what is seeded in it is gone at the end."""
    yield kubernetes_server
    for node in kubernetes_server.api.request("GET", "/api/v1/nodes")["items"]:
        kubernetes_server.api.request("DELETE", f"/api/v1/nodes/{node['metadata']['name']}")
        remove_calico_pod(kubernetes_server.api, node["metadata"]["name"])
    clear(kubernetes_server)


def plain(text: str) -> set[str]:
    """Each line without what is different in every run, without indentation, and without marks of what changes."""
    lines = (_CHANGING.sub("…", line) for line in text.splitlines())
    return {re.sub(r"\s+", " ", line.strip(" +")).replace(" : ", ": ") for line in lines} - {"", "…", "}"}


def test_what_the_pages_show_of_a_preview_is_printed(engine_env: dict[str, str], shop: Server) -> None:
    """Every line that a page shows of the first preview of examples/enforcement stands in such a preview."""
    env = {**os.environ, **engine_env, "KUBECONFIG": str(shop.kubeconfig)}
    directory = ROOT / "examples" / "enforcement"

    def pulumi(*arguments: str) -> str:
        command = ["pulumi", *arguments, "--stack", "shown", "--non-interactive"]
        done = subprocess.run(command, cwd=directory, env=env, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    try:
        pulumi("stack", "init")
        pulumi("config", "set-all", "--path", *seed(env).config_arguments())
        printed = plain(pulumi("preview", "--diff"))
    finally:
        (directory / "Pulumi.shown.yaml").unlink(missing_ok=True)
    shown = [fence for fence in FENCES if fence.shown_by == HERE]
    assert {fence.page for fence in shown} == {"README.md", "docs/enforcement.md"}
    for fence in shown:
        assert plain(fence.text) <= printed, str(fence)
