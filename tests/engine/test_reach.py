"""What `reach --preview` says of a preview of the real engine, and whether the update then does it."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from sg_integration import ports
from sg_integration.cli import main

from .conftest import CREDENTIALS
from .enforcement_scene import Scene, scene, shop
from .stacks import EngineStack, Program

pytest_plugins = ("tests.engine.pod_fixtures",)
__all__ = ["scene"]

Ports = list[str]


class Asking:
    """Asks the commands about the test's VPC, cluster and stack, as a person would."""

    def __init__(
        self, scene: Scene, stack: EngineStack, path: Path, capsys: pytest.CaptureFixture[str], kubeconfig: Path
    ) -> None:
        self._stack, self._path, self._capsys = stack, path, capsys
        self._namespace = scene.pods.namespace
        cloud = scene.fleet.cloud
        self._source = [
            "--vpc-id",
            cloud.vpc_id,
            "--node-group",
            cloud.others["nodes"],
            "--kubeconfig",
            str(kubeconfig),
        ]

    def reach(self, *more: str) -> dict[str, Any]:
        """What `reach --json` prints."""
        self._capsys.readouterr()
        assert main(["reach", "--json", *more, *self._source]) == 0
        found: dict[str, Any] = json.loads(self._capsys.readouterr().out)
        return found

    def previewed(self, program: Program) -> dict[str, Any]:
        """What `reach --preview` says of a preview."""
        output = self._stack.preview(program, json=True).succeeded().output
        self._path.write_text(output[output.index("{") :])
        return self.reach("--preview", str(self._path))

    def open(self, document: dict[str, Any], key: str = "ports") -> dict[tuple[str, str], Ports]:
        """What is open between the test's pods and the members, by both names."""
        mine = f"{self._namespace}/"
        return {
            (each["source"].removeprefix(mine), each["destination"].removeprefix(mine)): each[key]
            for each in document["pairs"]
            if each[key] and mine in each["source"] + each["destination"]
        }

    def explain(self, source: str, destination: str, port: str) -> tuple[int, str]:
        """The exit code and the text of `explain`."""
        code = main(["explain", f"{self._namespace}/{source}", destination, port, *self._source])
        return code, self._capsys.readouterr().out


def test_what_a_preview_says_becomes_so(
    scene: Scene,
    pod_stack: EngineStack,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    limited_to: Callable[[Sequence[str]], Path],
) -> None:
    """From the first preview on, what becomes reachable and what stops is what is found afterwards, with the rights of commands alone."""
    for name, value in {**CREDENTIALS, "AWS_ENDPOINT_URL": pod_stack.env["AWS_ENDPOINT_URL"]}.items():
        monkeypatch.setenv(name, value)
    scene.pods.run("api", app="api")
    scene.pods.run("web", app="web")
    ask = Asking(scene, pod_stack, tmp_path / "preview.json", capsys, limited_to(("commands",)))
    assert ask.open(ask.reach()) == {}
    first = ask.previewed(shop(scene))
    assert first["unknown"] == []
    assert ask.open(first, "becomes") == {("api", "billing"): ["tcp/5432"]}
    pod_stack.up(shop(scene)).succeeded()
    assert ask.open(ask.reach()) == ask.open(first, "after")
    explained(ask, scene)
    unsettled(ask, scene)
    pod_stack.up(shop(scene)).succeeded()
    assert ask.explain("web", "billing", "5432")[0] == 3
    moved = ask.previewed(shop(scene, port=ports.HTTPS))
    assert ask.open(moved, "becomes") == {("api", "billing"): ["tcp/443"]}
    assert ask.open(moved, "stops") == {("api", "billing"): ["tcp/5432"]}
    left = ask.previewed(shop(scene, port=ports.HTTPS, members=False))
    assert ask.open(left, "stops") == {("api", "billing"): ["tcp/5432"]}
    assert ask.open(left, "after") == {}
    assert [left["unknown"], moved["unknown"]] == [[], []]
    pod_stack.up(shop(scene, port=ports.HTTPS)).succeeded()
    assert ask.open(ask.reach()) == ask.open(moved, "after")


def explained(ask: Asking, scene: Scene) -> None:
    """The pod with the group is let through by objects that stand; the other one is not, and the group that it lacks is named."""
    code, said = ask.explain("api", "billing", "5432")
    assert code == 0, said
    group = scene.fleet.cloud.groups()["orders-api"]
    assert f"sg-remote.{group} in tier sg-remote" in said
    assert f"sg-remote.{group}" in scene.objects()
    assert "not in the cluster yet" not in said
    code, said = ask.explain("web", "billing", "5432")
    assert code == 3, said
    assert "from orders-api" in said
    assert "sg-remote.members in tier sg-remote" in said


def unsettled(ask: Asking, scene: Scene) -> None:
    """When somebody has taken away what denies, nobody is told that it is denied."""
    scene.server.api.request("DELETE", f"{scene.where}/globalnetworkpolicies/sg-remote.members")
    code, said = ask.explain("web", "billing", "5432")
    assert code == 4, said
    assert said.startswith("NOT SETTLED, and once the cluster holds what is compiled now DENIED")
    assert "in 1 object (sg-remote.members: " in said
    assert any("the cluster holds something else" in each for each in ask.reach()["notes"])
