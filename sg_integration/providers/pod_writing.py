"""Brings pods to what bindings give them: in parallel, each write on the reading it was decided on, nobody lost."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Final

from sg_integration.kubernetes.cluster import Cluster
from sg_integration.model.bindings import PodChange, with_binding
from sg_integration.model.errors import (
    AccessDenied,
    CredentialsMissing,
    IntegrationError,
    MemberChanged,
    MemberNotFound,
    Unreachable,
)
from sg_integration.providers.pod_sight import Scope, Todo, again, decide, look

_WORKERS: Final = 8
_TRIES: Final = 8  # a pod that starts up is written by its kubelet a handful of times within seconds
_STOPPERS: Final = (AccessDenied, CredentialsMissing, Unreachable)
_PROGRESS: Final = 500


@dataclass
class PodWriter:
    """Carries out what was decided.

    Args:
        cluster: the cluster.
        scope: the binding whose pods are written.
        force: take over the annotation from another field manager.
        say: receives a line of progress now and then.
    """

    cluster: Cluster
    scope: Scope
    force: bool = False
    say: Callable[[str], None] = lambda _: None
    _stopped: threading.Event = field(default_factory=threading.Event)

    def run(self) -> dict[str, str]:
        """Look, decide and write; returns who is not as desired, and why."""
        todo = decide(look(self.cluster, self.scope))
        failed = self._write_templates(todo)
        failed |= self._write_pods(todo)
        return failed

    def _write_templates(self, todo: Todo) -> dict[str, str]:
        failed = {}
        for workload, change in todo.workloads:
            try:
                self.cluster.write_template(workload, change.annotations, change.labels, force=self.force)
            except MemberNotFound:
                continue  # gone: nothing to write
            except IntegrationError as error:
                failed[str(change.pod)] = str(error)
        return failed

    def _write_pods(self, todo: Todo) -> dict[str, str]:
        failed: dict[str, str] = {}
        with ThreadPoolExecutor(_WORKERS) as pool:
            for done, (change, why) in enumerate(zip(todo.pods, pool.map(self._attempt, todo.pods), strict=True), 1):
                if why:
                    failed[str(change.pod)] = why
                if done % _PROGRESS == 0:
                    self.say(f"{done} of {len(todo.pods)} pods written")
        return failed

    def _attempt(self, change: PodChange) -> str:
        """Write one pod; returns why it could not be, or nothing. A pod that is gone is a success."""
        if self._stopped.is_set():
            return "not tried, since what was refused before it is refused for all"
        try:
            return self._write(change)
        except _STOPPERS as error:
            self._stopped.set()
            return str(error)
        except IntegrationError as error:
            return str(error)
        except Exception as error:  # noqa: BLE001  one pod's defect must not hide what became of the others: it is reported
            return repr(error)

    def _write(self, change: PodChange) -> str:
        last = ""
        for _ in range(_TRIES):
            try:
                self.cluster.write(change, force=self.force)
            except MemberNotFound:
                pass  # gone, or another one of the same name, which is looked at next
            except MemberChanged as error:
                last = str(error)
            else:
                return ""
            pod = self.cluster.pod(change.pod.namespace, change.pod.name)
            if pod is None:
                return ""
            bindings = with_binding(self.cluster.registry(), self.scope.now, self.scope.key)
            change = again(change, pod, self.cluster.namespaces(), bindings)
            if not change:
                return ""
        return f"{last} It was tried {_TRIES} times."
