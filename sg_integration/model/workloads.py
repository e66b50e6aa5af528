"""Workloads: what makes pods from a template."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

Kind: TypeAlias = Literal["CronJob", "DaemonSet", "Deployment", "StatefulSet"]


@dataclass(frozen=True, slots=True)
class Workload:
    """A workload, and what its pod template says.

    Args:
        kind: its kind.
        namespace: its namespace.
        name: its name.
        uid: tells it from another workload of the same name, before or after it.
        resource_version: of the reading; a write that names it fails if somebody wrote since.
        labels: the template's labels.
        annotations: the template's annotations.
        managers: who owns the annotation of the groups in the template, by field manager.
    """

    kind: Kind
    namespace: str
    name: str
    uid: str = ""
    resource_version: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    annotations: Mapping[str, str] = field(default_factory=dict)
    managers: tuple[str, ...] = ()

    def __str__(self) -> str:
        """As kubectl takes it, with its namespace: `deployment/web in shop`."""
        return f"{self.kind.lower()}/{self.name} in {self.namespace}"
