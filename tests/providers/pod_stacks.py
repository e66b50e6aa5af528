"""Bindings that are deployed again and again, as an engine would deploy them, on a cluster in memory."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import pytest

from sg_integration.model.bindings import Binding
from sg_integration.model.errors import IntegrationError
from sg_integration.model.label_selectors import LabelSelector, in_namespace, label_selector
from sg_integration.providers import cluster_access, pod_groups, pod_waiting
from sg_integration.providers.pod_sharing import Shared

from .carrier import Clock
from .pod_world import FakeCluster


@dataclass
class Bound:
    """One binding of a stack, as the engine knows it.

    Args:
        key: its key.
        groups: what it gives.
        pods: its pod selector.
        namespaces: its namespaces.
        more: further inputs.
    """

    key: str
    groups: list[Any]
    pods: Mapping[str, Any] = field(default_factory=lambda: {"app": "web"})
    namespaces: LabelSelector = field(default_factory=lambda: in_namespace("shop"))
    more: dict[str, Any] = field(default_factory=dict)

    def inputs(self) -> dict[str, Any]:
        """What the program says."""
        selector = label_selector(self.pods, "pods").document()
        document = {"key": self.key, "namespaces": self.namespaces.document(), "pods": selector}
        return {"binding": document, "security_group_ids": self.groups, "on_conflict": "fail", **self.more}

    def binding(self, mode: str) -> Binding:
        """As it is registered."""
        return Binding(self.key, self.namespaces, label_selector(self.pods, "pods"), frozenset(self.groups), mode)


@dataclass
class Resource:
    """One dynamic resource through its deployments.

    Args:
        provider: its provider.
        inputs: of the last deployment.
        outs: its outputs; None while it is not there.
    """

    provider: Any
    inputs: dict[str, Any] = field(default_factory=dict)
    outs: dict[str, Any] | None = None
    id: str = ""

    def check(self, news: dict[str, Any]) -> dict[str, Any]:
        """What a preview would show as inputs."""
        checked = self.provider.check(self.inputs, news)
        if checked.failures:
            raise IntegrationError("; ".join(f"{one.property}: {one.reason}" for one in checked.failures))
        return dict(checked.inputs)

    def changes(self, checked: dict[str, Any]) -> bool:
        """Whether a deployment would do something."""
        if self.outs is None:
            return True
        verdict = self.provider.diff(self.id, self.outs, checked)
        assert not verdict.replaces
        # Without a verdict the engine compares the inputs itself.
        return bool(checked != self.inputs if verdict.changes is None else verdict.changes)

    def up(self, news: dict[str, Any]) -> bool:
        """Deploy as the engine does; returns whether something was done."""
        checked = self.check(news)
        doing = self.changes(checked)
        if self.outs is None:
            made = self.provider.create(checked)
            self.id, self.outs = made.id, dict(made.outs)
        elif doing:
            self.outs = dict(self.provider.update(self.id, self.outs, checked).outs)
        self.inputs = checked
        return doing

    def destroy(self) -> None:
        """Delete as the engine does."""
        if self.outs is not None:
            self.provider.delete(self.id, self.outs)
        self.outs, self.inputs = None, {}


@dataclass
class Deployed:
    """A binding's two resources, with what registers it between them."""

    cluster: FakeCluster
    grant: Resource = field(default_factory=lambda: Resource(pod_groups.PodGroupGrantProvider()))
    pods: Resource = field(default_factory=lambda: Resource(pod_groups.PodGroupsProvider()))
    key: str = ""

    def preview(self, bound: Bound, mode: str = "auto") -> dict[str, Any]:
        """The inputs of the pods as a preview shows them."""
        Shared(self.cluster).forget()  # type: ignore[arg-type]  # each deployment has a process of its own
        granted = self.grant.check({**bound.inputs(), "wanted_mode": mode})
        return self.pods.check({**bound.inputs(), "mode": granted.get("mode")})

    def up(self, bound: Bound, mode: str = "auto") -> list[str]:
        """Deploy; returns which of the two did something."""
        Shared(self.cluster).forget()  # type: ignore[arg-type]
        done = ["grant"] if self.grant.up({**bound.inputs(), "wanted_mode": mode}) else []
        found = str((self.grant.outs or {})["mode"])
        self.cluster.register(bound.binding(found))
        former, self.key = self.key, bound.key
        done += ["pods"] if self.pods.up({**bound.inputs(), "mode": found}) else []
        if former not in ("", bound.key):
            self.cluster.unregister(former)
        return done

    @property
    def failed(self) -> dict[str, str]:
        """Who is not as it should be."""
        return dict((self.pods.outs or {}).get("failed") or {})

    def destroy(self) -> None:
        """Delete in the engine's order."""
        self.pods.destroy()
        self.cluster.unregister(self.key)
        self.grant.destroy()


def patch(monkeypatch: pytest.MonkeyPatch, *clusters: FakeCluster) -> Clock:
    """Let providers reach a cluster: the first, or the one whose number is the kubeconfig; and let nobody wait."""
    clock = Clock()
    monkeypatch.setattr(cluster_access, "connect", lambda way: clusters[int(way.kubeconfig or 0)])
    patient = partial(pod_waiting.Admission, clock=clock, sleep=clock.sleep)
    monkeypatch.setattr(pod_groups, "Admission", patient)
    return clock
