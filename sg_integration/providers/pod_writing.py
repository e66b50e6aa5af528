"""Brings pods to what bindings give them: in parallel, each write on the reading it was decided on, nobody lost."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from typing import Final

from sg_integration.kubernetes.cluster import Cluster
from sg_integration.model.bindings import PodChange
from sg_integration.model.errors import (
    AccessDenied,
    CredentialsMissing,
    IntegrationError,
    MemberChanged,
    MemberNotFound,
    Unreachable,
)
from sg_integration.model.workloads import Workload
from sg_integration.providers.pod_sight import Scope, Todo, again, decide, look, of_template
from sg_integration.providers.progress import Progress

_WORKERS: Final = 8
_TRIES: Final = 8  # a pod that starts up is written by its kubelet a handful of times within seconds
_STOPPERS: Final = (AccessDenied, CredentialsMissing, Unreachable)
_NOT_TRIED: Final = "not tried, since what was refused before it is refused for all"


@dataclass
class PodWriter:
    """Carries out what was decided.

    Args:
        cluster: the cluster.
        scope: the binding whose pods are written.
        force: take over the annotation from another field manager.
        say: receives a line of progress now and then.
        clock: seconds that only go forward.

    Attributes:
        left_behind: of who was to be written, those that the binding is about no more: the next run would not look at them.
    """

    cluster: Cluster
    scope: Scope
    force: bool = False
    say: Callable[[str], None] = lambda _: None
    clock: Callable[[], float] = time.monotonic
    left_behind: set[str] = field(default_factory=set)

    def run(self) -> dict[str, str]:
        """Look, decide and write; returns who is not as desired, and why."""
        sight = look(self.cluster, self.scope)
        todo = decide(sight)
        self.left_behind = self._behind(todo, sight.namespaces)
        templates = {str(done.pod): partial(self._template, one, done) for one, done in todo.workloads}
        failed = self._all(templates, "workloads")
        return failed | self._all({str(done.pod): partial(self._pod, done) for done in todo.pods}, "pods")

    def _behind(self, todo: Todo, namespaces: Mapping[str, Mapping[str, str]]) -> set[str]:
        now = Scope(self.scope.key, self.scope.now)

        def is_behind(done: PodChange) -> bool:
            return not now.concerns(done.pod, namespaces.get(done.pod.namespace, {}))

        by_template = now.now is not None and now.now.mode == "template"
        pods = {str(done.pod) for done in todo.pods if is_behind(done)}
        return pods | {str(done.pod) for _, done in todo.workloads if not by_template or is_behind(done)}

    def _all(self, writes: Mapping[str, Callable[[], str]], what: str) -> dict[str, str]:
        """Carry out all writes; what stops one for good stops the rest."""
        stopped, failed = threading.Event(), dict[str, str]()
        progress = Progress(f"writing groups on {what}", len(writes), what, say=self.say, clock=self.clock)
        with progress, ThreadPoolExecutor(_WORKERS) as pool:
            found = pool.map(lambda write: _attempt(write, stopped), writes.values())
            for name, why in zip(writes, found, strict=True):
                if why:
                    failed[name] = why
                progress.step()
        return failed

    def _pod(self, change: PodChange) -> str:
        """Write one pod, and again if it is another one by then; returns why it could not be, or nothing."""
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
            namespaces = self.cluster.namespaces()
            if pod is None or pod.namespace not in namespaces:
                return ""
            if not self.scope.concerns(pod, namespaces[pod.namespace]):
                return ""
            change = again(pod, namespaces, self.scope.in_force(self.cluster.registry()))
            if not change:
                return ""
        return f"{last} It was tried {_TRIES} times."

    def _template(self, workload: Workload, change: PodChange) -> str:
        """Write one template; its controllers write the workload's status all the time."""
        last = ""
        for _ in range(_TRIES):
            try:
                self.cluster.write_template(workload, change.annotations, change.labels, force=self.force)
            except MemberNotFound:
                return ""  # gone: nothing to write
            except MemberChanged as error:
                last = str(error)
            else:
                return ""
            same = [one for one in self.cluster.workloads(workload.namespace) if _is(one, workload)]
            todo = (
                of_template(same[0], self.cluster.namespaces(), self.scope.in_force(self.cluster.registry()))
                if same
                else None
            )
            if todo is None:
                return ""
            workload, change = same[0], todo
        return f"{last} It was tried {_TRIES} times."


def _attempt(write: Callable[[], str], stopped: threading.Event) -> str:
    """Write one; returns why it could not be, or nothing."""
    if stopped.is_set():
        return _NOT_TRIED
    try:
        return write()
    except _STOPPERS as error:
        stopped.set()
        return str(error)
    except IntegrationError as error:
        return str(error)
    except Exception as error:  # noqa: BLE001  one pod's defect must not hide what became of the others: it is reported
        return repr(error)


def _is(one: Workload, other: Workload) -> bool:
    return (one.kind, one.name) == (other.kind, other.name)
