"""A cluster in memory that does what `Cluster` says of itself."""

from __future__ import annotations

import itertools
import threading
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from pulumi import output

from sg_integration.model import annotation, guard
from sg_integration.model.bindings import Binding, Pod, PodChange
from sg_integration.model.errors import (
    IntegrationError,
    MemberChanged,
    MemberNotFound,
    MemberOwned,
    ProbeRefused,
    Refused,
)
from sg_integration.model.workloads import Workload

A, B, C, D = "sg-0aaaaaaaaaaaaaaa1", "sg-0bbbbbbbbbbbbbbb2", "sg-0cccccccccccccccc", "sg-0dddddddddddddddd"
NAME = "kubernetes.io/metadata.name"
UNKNOWN: Any = output.Unknown()  # type: ignore[no-untyped-call]
MANAGER = "sg-integration"


class FakeCluster:
    """Namespaces, pods, workloads, registered bindings and the guard, with all that goes wrong at the test's wish.

    Attributes:
        broken: the error that every call of a method raises, by its name.
        refusals: the errors that the coming writes of a pod or workload raise, by its name.
        before_write: runs before a write is carried out, after it was decided.
        lag: for how many probes new policies do not act yet.
        refusal: what another policy answers to every probe.
        asked: how often each method was called.
    """

    def __init__(self) -> None:
        self.spaces: dict[str, dict[str, str]] = {}
        self.live: dict[str, Pod] = {}
        self.templates: dict[str, Workload] = {}
        self.registered: dict[str, Binding] = {}
        self.acting: dict[str, Binding] = {}
        self.document: dict[str, Any] | None = None
        self.serves = True
        self.broken: dict[str, IntegrationError] = {}
        self.refusals: dict[str, list[Exception]] = {}
        self.before_write: Callable[[str], None] = lambda _: None
        self.before_guard: Callable[[], None] = lambda: None
        self.lag = 0
        self.refusal = ""
        self.asked: Counter[str] = Counter()
        self.writes: list[str] = []
        self.probes: list[tuple[str, Mapping[str, str]]] = []
        self._versions = itertools.count(1)
        self._late = 0
        self._lock = threading.RLock()

    def __str__(self) -> str:
        return "context test of a file"

    # What a test does.

    def run(
        self, name: str, *groups: str, namespace: str = "shop", host: bool = False, text: str = "", **labels: str
    ) -> str:
        """Make a pod as the API server makes it: every policy that acts adds its groups."""
        annotations = {annotation.GROUPS: text or annotation.render(groups)} if groups or text else {}
        self.spaces.setdefault(namespace, {NAME: namespace})
        made = Pod(namespace, name, f"uid-{next(self._versions)}", "", labels, annotations, host_network=host)
        if not made.left_alone and not text:
            made = self._admitted(made)
        return self._store(made)

    def annotate(self, pod: str, *groups: str, manager: str = "", text: str = "") -> None:
        """Write a pod's annotation, and nothing else, as somebody else does."""
        old = self.live[pod]
        annotations = {**old.annotations, annotation.GROUPS: text or annotation.render(groups)}
        if not groups and not text:
            del annotations[annotation.GROUPS]
        self._store(replace(old, annotations=annotations, managers=(manager,) if manager else old.managers))

    def groups(self, pod: str) -> set[str]:
        """A pod's groups; annotations and labels must agree."""
        found = self.live[pod]
        assert annotation.labelled(found.labels) == found.groups, pod
        assert (annotation.BOUND in found.labels) == bool(found.groups), pod
        assert found.attached <= found.groups
        return set(found.groups)

    def deploy(self, name: str, *groups: str, **labels: str) -> str:
        """Make a Deployment."""
        annotations = {annotation.GROUPS: annotation.render(groups)} if groups else {}
        made = Workload("Deployment", "shop", name, f"uid-{next(self._versions)}", "1", labels, annotations)
        self.templates[name] = made
        return f"shop/Deployment {name}"

    def register(self, binding: Binding) -> None:
        """Write what registers a binding, as the kubernetes provider does."""
        self.registered[binding.key] = binding
        self._late = self.lag
        if not self.lag:
            self.acting = dict(self.registered)

    def unregister(self, key: str) -> None:
        """Delete what registers a binding."""
        self.registered.pop(key, None)
        self._late = self.lag
        if not self.lag:
            self.acting = dict(self.registered)

    # What Cluster does.

    def serves_admission_policies(self) -> bool:
        self._ask("serves_admission_policies")
        return self.serves

    def namespaces(self) -> dict[str, dict[str, str]]:
        self._ask("namespaces")
        return {name: dict(labels) for name, labels in self.spaces.items()}

    def pods(self, namespace: str | None = None, selector: str = "") -> list[Pod]:
        self._ask("pods")
        return [pod for pod in self.live.values() if namespace in (None, pod.namespace)]

    def pod(self, namespace: str, name: str) -> Pod | None:
        self._ask("pod")
        return self.live.get(f"{namespace}/{name}")

    def write(self, change: PodChange, *, force: bool) -> None:
        self.before_write(str(change.pod))
        with self._lock:
            self._ask("write")
            self._refuse(str(change.pod))
            there = self.live.get(str(change.pod))
            if there is None or there.uid != change.pod.uid:
                raise MemberNotFound("writing", "Conflict", "uid mismatch")
            self._own(there.managers, force=force)
            if there.resource_version != change.pod.resource_version:
                raise MemberChanged("writing", "Conflict", "the object has been modified")
            annotations = {
                key: value
                for key, value in there.annotations.items()
                if key not in (annotation.GROUPS, annotation.ATTACHED)
            }
            labels = {key: value for key, value in there.labels.items() if not _is_ours(key)}
            done = replace(there, annotations={**annotations, **change.annotations}, labels={**labels, **change.labels})
            self._store(replace(done, managers=(MANAGER,)))
            self.writes.append(str(change.pod))

    def probe(self, namespace: str, labels: Mapping[str, str], annotations: Mapping[str, str] | None = None) -> Pod:
        self._ask("probe")
        self.probes.append((namespace, labels))
        if self._late:
            self._late -= 1
        else:
            self.acting = dict(self.registered)
        if namespace not in self.spaces:
            raise Refused(f"trying a pod in namespace {namespace}", "NotFound", "namespaces not found")
        if self.refusal:
            raise ProbeRefused(f"trying a pod in namespace {namespace}", "Forbidden", self.refusal)
        made = self._admitted(Pod(namespace, "probe", "", "", dict(labels), dict(annotations or {})))
        if self.document is not None and (beyond := made.groups - self.allowed(namespace)):
            words = f"ValidatingAdmissionPolicy '{guard.NAME}' denied: {sorted(beyond)} in {namespace}"
            raise ProbeRefused(f"trying a pod in namespace {namespace}", "Invalid", words)
        return made

    def registry(self) -> list[Binding]:
        self._ask("registry")
        return sorted(self.registered.values(), key=lambda each: each.key)

    def guard(self) -> dict[str, Any] | None:
        self._ask("guard")
        return self.document

    def put_guard(self, document: dict[str, Any]) -> None:
        self.before_guard()
        with self._lock:
            self._ask("put_guard")
            existing = self.document["metadata"]["resourceVersion"] if self.document else None
            if document["metadata"].get("resourceVersion") != existing:
                raise MemberChanged("writing the guard", "Conflict", "the object has been modified")
            version = str(next(self._versions))
            self.document = {**document, "metadata": {**document["metadata"], "resourceVersion": version}}

    def delete_guard(self) -> None:
        self._ask("delete_guard")
        self.document = None

    def workloads(self, namespace: str | None = None) -> list[Workload]:
        self._ask("workloads")
        return [one for one in self.templates.values() if namespace in (None, one.namespace)]

    def write_template(
        self, workload: Workload, annotations: Mapping[str, str], labels: Mapping[str, str], *, force: bool
    ) -> None:
        self.before_write(workload.name)
        with self._lock:
            self._ask("write_template")
            self._refuse(workload.name)
            there = self.templates.get(workload.name)
            if there is None or there.uid != workload.uid:
                raise MemberNotFound("writing", "NotFound", "gone")
            self._own(there.managers, force=force)
            if there.resource_version != workload.resource_version:
                raise MemberChanged("writing", "Conflict", "the object has been modified")
            kept = {key: value for key, value in there.labels.items() if not _is_ours(key)}
            self.templates[workload.name] = replace(
                there, annotations=dict(annotations), labels={**kept, **labels},
                resource_version=str(next(self._versions)), managers=(MANAGER,),
            )  # fmt: skip
            self.writes.append(str(workload))

    # The rest.

    def allowed(self, namespace: str) -> set[str]:
        """The groups that the guard lets a namespace use, by what it says in words."""
        said = guard.rules(self.document or {})
        return {
            group
            for where, groups in said.items()
            if where == namespace or _fits(where, self.spaces[namespace])
            for group in groups
        }

    def _ask(self, method: str) -> None:
        self.asked[method] += 1
        if method in self.broken:
            raise self.broken[method]

    def _refuse(self, name: str) -> None:
        if self.refusals.get(name):
            raise self.refusals[name].pop(0)

    def _own(self, managers: tuple[str, ...], *, force: bool) -> None:
        if not force and set(managers) - {MANAGER, ""}:
            raise MemberOwned("writing", "Conflict", f"{managers[0]} set it", 'on_conflict="force"')

    def _admitted(self, pod: Pod) -> Pod:
        for each in self.acting.values():
            if each.mode == "admission" and each.matches(pod, self.spaces[pod.namespace]):
                attached = pod.attached | (each.groups - pod.groups)
                done = PodChange(pod, pod.groups | each.groups, attached)
                pod = replace(
                    pod, annotations={**pod.annotations, **done.annotations}, labels={**pod.labels, **done.labels}
                )
        return pod

    def _store(self, pod: Pod) -> str:
        self.live[str(pod)] = replace(pod, resource_version=str(next(self._versions)))
        return str(pod)


def _is_ours(label: str) -> bool:
    return label == annotation.BOUND or label.startswith(annotation.LABEL_PREFIX)


def _fits(where: str, labels: Mapping[str, str]) -> bool:
    """Whether labels fit a selector of equalities as `LabelSelector` writes it."""
    if "=" not in where:
        return where == "everything"
    return all(labels.get(key) == value for key, _, value in (part.partition("=") for part in where.split(",")))
