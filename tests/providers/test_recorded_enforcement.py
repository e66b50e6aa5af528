"""Enforcement in the states of users: what a release recorded is understood, needs no change, and goes."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import dill  # type: ignore[import-untyped]
import pytest

from sg_integration.model.calico_state import Identity
from sg_integration.providers import enforcement
from sg_integration.providers.enforcement import CalicoEnforcementProvider

STATES = sorted((Path(__file__).parent / "states").glob("*.json"))
RECORDED = [
    pytest.param(item, id=f"{path.stem}-{item['urn'].rpartition('::')[2]}")
    for path in STATES
    for item in json.loads(path.read_text())["resources"]
    if item["type"].endswith(":CalicoPolicies")
]


@dataclass
class Settled:
    """What `check` sees in a cluster that is as the record left it."""

    fingerprint: str
    warnings: dict[str, str]
    actual: dict[Any, Any] = field(default_factory=dict)
    desired: dict[str, Any] = field(default_factory=dict)
    writes: tuple[Any, ...] = ()
    nodes: dict[str, str] = field(default_factory=dict)
    trusting: tuple[str, ...] = ()
    compiled_from: str = "now"
    known: bool = False

    def stands_as_known(self, _olds: dict[str, Any]) -> bool:
        """Whether the record says what it was compiled from."""
        return self.known


@dataclass
class Standing:
    """A cluster in which one object stands still, and what happens there."""

    done: list[str] = field(default_factory=list)

    @property
    def calico(self) -> Standing:
        """Calico in it."""
        return self

    def survey(self) -> None:
        """Look what there is."""

    def objects(self) -> dict[Identity, dict[str, Any]]:
        """A tier that passes."""
        spec = {"order": 106, "defaultAction": "Pass"}
        metadata = {"name": "sg-local", "labels": {}, "annotations": {}}
        return {("Tier", "sg-local"): {"kind": "Tier", "metadata": metadata, "spec": spec}}

    def delete(self, kind: str, name: str) -> None:
        """Delete it."""
        self.done.append(f"{kind} {name}")


def provider(item: dict[str, Any]) -> CalicoEnforcementProvider:
    """The provider in a state."""
    made: CalicoEnforcementProvider = dill.loads(base64.b64decode(item["outputs"]["__provider"]))
    return made


def test_every_part_of_enforcement_is_recorded() -> None:
    """What takes away, what enforces and what settles, in each release's state."""
    assert len(RECORDED) == 3 * len(STATES)


@pytest.mark.parametrize("known", [False, True])
@pytest.mark.parametrize("item", RECORDED)
def test_recorded_enforcement_needs_no_change(
    item: dict[str, Any], monkeypatch: pytest.MonkeyPatch, known: bool
) -> None:
    """In the cluster that the record left there is nothing to write, and nothing to show; another VPC is a change."""
    outputs = item["outputs"]
    print_ = outputs.get("settles", outputs.get("fingerprint", ""))
    seen = Settled(print_, outputs.get("warnings", {}), known=known)
    monkeypatch.setattr(enforcement, "view", lambda *_: seen)
    checked = provider(item).check(item["inputs"], item["inputs"])
    assert not checked.failures
    verdict = provider(item).diff(item["id"], outputs, checked.inputs)
    assert verdict.changes is False
    assert not verdict.replaces
    moved = provider(item).diff(item["id"], outputs, {**checked.inputs, "vpc_id": "vpc-0fedcba9876543210"})
    assert moved.changes is not False


@pytest.mark.parametrize("item", RECORDED)
def test_recorded_enforcement_goes(item: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """Nodes are released first, then objects are deleted; what only settled takes nothing away."""
    there = Standing()
    monkeypatch.setattr(enforcement, "cluster", lambda _: there)
    monkeypatch.setattr(enforcement, "release_nodes", lambda *_: there.done.append("released"))
    provider(item).delete(item["id"], item["outputs"])
    settles = "settles" in item["outputs"]
    assert there.done == ([] if settles else ["released", "Tier sg-local"])


def test_what_only_takes_away_writes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """It asks nobody when it is checked, made and changed, and remembers how the cluster is reached now."""
    monkeypatch.delattr(enforcement, "view")
    made, inputs = CalicoEnforcementProvider(), {"removes": True, "vpc_id": "vpc-0123456789abcdef0", "context": "old"}
    assert made.check({}, inputs).inputs == inputs
    assert made.create(inputs).outs == inputs
    news = {**inputs, "context": "new"}
    assert made.diff("x", inputs, dict(inputs)).changes is False
    assert made.diff("x", inputs, news).changes is not False
    assert made.update("x", inputs, news).outs == news
