"""What the previews of one deployment see of a cluster together: one looks, and for some seconds the others see the same.

A program has many bindings, and each would ask for the same lists; of a cluster that does not answer each would wait to hear
so. For previews only: whoever writes looks himself.
"""

from __future__ import annotations

import threading
import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Protocol, TypeVar, cast
from weakref import WeakKeyDictionary

from sg_integration.kubernetes.cluster import Cluster
from sg_integration.model.bindings import Binding, Pod
from sg_integration.model.errors import CredentialsMissing, ServiceError, Throttled, Unreachable
from sg_integration.model.workloads import Workload

_GOOD_FOR: Final = 5.0  # seconds
_DOWN_FOR: Final = 10.0
_NO_ANSWER: Final = (CredentialsMissing, Throttled, Unreachable)

Found = TypeVar("Found")


class Seen(Protocol):
    """What can be looked at: a cluster itself, or what another one saw of it."""

    def namespaces(self) -> Mapping[str, Mapping[str, str]]:
        """The labels of every namespace, by name."""

    def pods(self, namespace: str | None = None) -> Sequence[Pod]:
        """The pods of one namespace, or of all."""

    def workloads(self, namespace: str | None = None) -> Sequence[Workload]:
        """The workloads of one namespace, or of all."""

    def registry(self) -> Sequence[Binding]:
        """Every binding that is registered."""


@dataclass
class _Memory:
    found: dict[tuple[str, str | None], tuple[float, Any]] = field(default_factory=dict)
    down: tuple[float, ServiceError] | None = None
    asking: defaultdict[tuple[str, str | None], threading.Lock] = field(
        default_factory=lambda: defaultdict(threading.Lock)
    )


# It ends with the cluster's client, and so with the deployment.
_MEMORIES: Final[WeakKeyDictionary[Cluster, _Memory]] = WeakKeyDictionary()
_LOCK: Final = threading.Lock()


@dataclass(frozen=True)
class Shared:
    """A cluster, as whoever looked some seconds ago saw it; every method raises `ServiceError` when the cluster says no.

    Args:
        cluster: the cluster.
        clock: monotonic seconds.
    """

    cluster: Cluster
    clock: Callable[[], float] = time.monotonic

    def serves_admission_policies(self) -> bool:
        """Whether new pods can get their groups by MutatingAdmissionPolicy."""
        return self._once("admission", None, self.cluster.serves_admission_policies)

    def namespaces(self) -> Mapping[str, Mapping[str, str]]:
        """The labels of every namespace, by name."""
        return self._once("namespaces", None, self.cluster.namespaces)

    def pods(self, namespace: str | None = None) -> Sequence[Pod]:
        """The pods of one namespace, or of all."""
        return self._once("pods", namespace, lambda: self.cluster.pods(namespace))

    def workloads(self, namespace: str | None = None) -> Sequence[Workload]:
        """The workloads of one namespace, or of all."""
        return self._once("workloads", namespace, lambda: self.cluster.workloads(namespace))

    def registry(self) -> Sequence[Binding]:
        """Every binding that is registered."""
        return self._once("registry", None, self.cluster.registry)

    def guard(self) -> Mapping[str, Any] | None:
        """The guard as it stands, or None."""
        return self._once("guard", None, self.cluster.guard)

    def forget(self) -> None:
        """Look again the next time: something was written."""
        with _LOCK:
            _MEMORIES.pop(self.cluster, None)

    def _once(self, what: str, of: str | None, ask: Callable[[], Found]) -> Found:
        """What was found lately; or ask now, while all others who want the same wait."""
        with _LOCK:
            memory = _MEMORIES.setdefault(self.cluster, _Memory())
            asking = memory.asking[what, of]
        with asking:
            if memory.down and self.clock() < memory.down[0] + _DOWN_FOR:
                raise memory.down[1]
            known = memory.found.get((what, of))
            if known and self.clock() < known[0] + _GOOD_FOR:
                return cast("Found", known[1])
            before = self.clock()
            try:
                fresh = ask()
            except _NO_ANSWER as error:
                memory.down = (self.clock(), error)
                raise
            memory.found[what, of] = (before, fresh)
            return fresh
