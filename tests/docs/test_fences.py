"""Every fence of code in the README, the guides and the examples' pages is run, or held by a test that is named.

Before a fence that shows what something printed stands a comment that says which test holds it:
`<!-- shown by: tests/engine/test_examples.py::test_an_example_goes_up_and_comes_down -->`. Before a drawing stands
`<!-- a drawing -->`.
"""

from __future__ import annotations

import ast
import contextlib
import json
from http import HTTPStatus
from pathlib import Path
from typing import Any

import pytest

from sg_integration.sandbox.plugins.kubernetes.api import Refused
from tests.sandbox.plugin_kubernetes_world import Server

from .commands import commands_of, has_output, is_valid_yaml, refuse
from .fences import DRAWING, FENCES, ROOT, Fence
from .programs import execute

LANGUAGES = {"python", "bash", "console", "yaml", "json", "text", "diff", "mermaid"}
_PATHS = {
    "ClusterRole": "/apis/rbac.authorization.k8s.io/v1/clusterroles",
    "ClusterRoleBinding": "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings",
    "Role": "/apis/rbac.authorization.k8s.io/v1/namespaces/{namespace}/roles",
    "RoleBinding": "/apis/rbac.authorization.k8s.io/v1/namespaces/{namespace}/rolebindings",
    "Namespace": "/api/v1/namespaces",
}


def of(*languages: str) -> list[Fence]:
    """The fences in these languages."""
    return [fence for fence in FENCES if fence.language in languages]


def test_every_fence_has_a_handler() -> None:
    """A fence says its language, and it is one that a test here runs or checks; there are fences of each page's kind."""
    strange = [f"{fence}: {fence.language or 'no language'}" for fence in FENCES if fence.language not in LANGUAGES]
    assert not strange, f"say one of {sorted(LANGUAGES)} after the three backticks: {strange}"
    assert {"README.md", "docs/pods.md", "docs/enforcement.md"} <= {fence.page for fence in FENCES}


@pytest.mark.parametrize("fence", of("python"), ids=str)
def test_a_program_runs(fence: Fence) -> None:
    """A program runs against Pulumi's mocks as it stands, with what tests/docs/names.py gives it."""
    execute(fence.text, str(fence))


@pytest.mark.parametrize("fence", of("bash", "console"), ids=str)
@pytest.mark.usefixtures("pulumi_on_path")
def test_the_commands_exist(fence: Fence) -> None:
    """Each command is one, with options that it has."""
    commands = list(commands_of(fence))
    assert commands, f"{fence}: no command; in a console a command begins with $"
    for command in commands:
        refuse(command)


@pytest.mark.parametrize("fence", of("yaml"), ids=str)
def test_objects_are_accepted(fence: Fence, kubernetes_server: Server) -> None:
    """YAML parses, and a real API server takes the roles in it, in a dry run."""
    for each in is_valid_yaml(fence.text):
        if each["kind"] in _PATHS:
            path = _PATHS[each["kind"]].format(namespace=each["metadata"].get("namespace"))
            with contextlib.suppress(AlreadyThere):  # a test before this one made it for good
                post(kubernetes_server, path, each)


class AlreadyThere(Exception):
    """The object exists, so it was accepted once."""


def post(server: Server, path: str, body: dict[str, Any]) -> None:
    """Ask the API server whether it would take an object."""
    try:
        server.api.request("POST", path, query={"dryRun": "All"}, body=body)
    except Refused as refused:
        if refused.code == HTTPStatus.CONFLICT:
            raise AlreadyThere from refused
        raise


def test_data_parses() -> None:
    """JSON parses, and something is in it."""
    assert all(json.loads(fence.text) for fence in of("json"))


SHOWN = [fence for fence in FENCES if fence.language in {"text", "diff"} or has_output(fence)]


@pytest.mark.parametrize("fence", SHOWN, ids=str)
def test_what_is_shown_is_held_by_a_test(fence: Fence) -> None:
    """What something printed names the test that holds it, and that test is there."""
    assert fence.shown_by, f"{fence}: put <!-- shown by: tests/….py::test_… --> before it"
    if fence.shown_by == DRAWING:
        return
    path, _, name = fence.shown_by.partition("::")
    assert (ROOT / path).is_file(), f"{fence}: {path} is not there"
    assert name in functions(ROOT / path), f"{fence}: {path} has no {name}"


def functions(path: Path) -> set[str]:
    """The names of a module's functions."""
    return {node.name for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.FunctionDef)}
