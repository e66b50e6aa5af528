"""Looks at the pods that one binding is about, and decides what must be written on them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from sg_integration.model.bindings import EXCLUDED_NAMESPACES, Binding, Pod, PodChange, change, expected, with_binding
from sg_integration.model.errors import InvalidAnnotation
from sg_integration.model.label_selectors import NAMESPACE_LABEL
from sg_integration.model.workloads import Workload
from sg_integration.providers.pod_sharing import Seen

_TEMPLATE: Final = "template"


@dataclass(frozen=True, slots=True)
class Scope:
    """The pods that one binding is about: those it selects, those it selected before, and those that have its groups still.

    Args:
        key: the binding's key.
        now: the binding as it will be, or None when it goes.
        before: the binding as it was, or None when it is new.
    """

    key: str
    now: Binding | None = None
    before: Binding | None = None

    @property
    def bindings(self) -> tuple[Binding, ...]:
        """What is there of the two."""
        return tuple(each for each in (self.now, self.before) if each is not None)

    def covers(self, namespace_labels: Mapping[str, str]) -> bool:
        """Whether pods of a namespace can be concerned."""
        return any(each.covers(namespace_labels) for each in self.bindings)

    def concerns(self, pod: Pod, namespace_labels: Mapping[str, str]) -> bool:
        """Whether a pod is concerned."""
        return self.selects(pod, namespace_labels) or any(
            _reaches(each, namespace_labels) and pod.attached & each.groups for each in self.bindings
        )

    def selects(self, pod: Pod, namespace_labels: Mapping[str, str]) -> bool:
        """Whether a pod is or was selected, rather than only having the groups."""
        return any(each.matches(pod, namespace_labels) for each in self.bindings)

    def in_force(self, registry: Iterable[Binding]) -> list[Binding]:
        """All bindings of the cluster as they will be: this one in its new form, and not what it was called before.

        What it was before under another key is registered until the end of the update; whoever has taken over that key
        since then is another binding, and counts.
        """
        was = None if self.before is None or self.before.key == self.key else self.before
        others = [each for each in registry if was is None or each.document() != was.document()]
        return with_binding(others, self.now, self.key)

    def namespaces(self) -> set[str] | None:
        """The names of the namespaces, when bindings name them; None when they select by other labels."""
        names: set[str] = set()
        for each in self.bindings:
            named = _named(each)
            if named is None:
                return None
            names.update(named)
        return names


@dataclass(frozen=True)
class Sight:
    """What was seen.

    Args:
        pods: the pods that are concerned.
        workloads: the workloads whose pods would be concerned, for bindings that act on templates.
        namespaces: the labels of every namespace, by name.
        bindings: all bindings of the cluster as they will be.
    """

    pods: Sequence[Pod]
    workloads: Sequence[Workload]
    namespaces: Mapping[str, Mapping[str, str]]
    bindings: Sequence[Binding]


@dataclass(frozen=True)
class Todo:
    """What must be done.

    Args:
        pods: the pods to write.
        workloads: the workloads whose template must be written, which rolls them out.
        skipped: who is left alone and why, by name.
        matched: how many pods are concerned and not left alone.
    """

    pods: Sequence[PodChange] = ()
    workloads: Sequence[tuple[Workload, PodChange]] = ()
    skipped: Mapping[str, str] = field(default_factory=dict)
    matched: int = 0


def look(cluster: Seen, scope: Scope) -> Sight:
    """Look at the pods, and then at the registry.

    In this order: a pod that shows a binding's groups was written after the binding was registered, so a registry that
    is read later knows of it. The other way round, a binding that comes meanwhile would lose its groups again.

    A pod whose namespace is about to go, or came since, is passed over: without the namespace's labels nobody can say what
    is its due, and "has no label" would be met by all that are not known.
    """
    namespaces = cluster.namespaces()
    templates = any(each.mode == _TEMPLATE for each in scope.bindings)
    pods: list[Pod] = []
    workloads: list[Workload] = []
    names = scope.namespaces()
    for name in [None] if names is None else sorted(names & namespaces.keys()):
        pods += cluster.pods(name)
        workloads += cluster.workloads(name) if templates else []
    here = [pod for pod in pods if _concerned(scope, pod, namespaces)]
    theirs = [one for one in workloads if _concerned(scope, as_pod(one), namespaces)]
    bindings = scope.in_force(cluster.registry())
    # Who has the groups from another binding is none of ours.
    due = [
        pod
        for pod in here
        if scope.selects(pod, labels := namespaces[pod.namespace]) or _is_stale(pod, labels, bindings)
    ]
    return Sight(due, theirs, namespaces, bindings)


def decide(sight: Sight) -> Todo:
    """What must be written on what was seen."""
    changes, skipped, matched = [], {}, 0
    for pod in sight.pods:
        if pod.left_alone:
            skipped[str(pod)] = pod.left_alone
            continue
        matched += 1
        try:
            done = change(pod, expected(pod, sight.namespaces.get(pod.namespace, {}), sight.bindings))
        except InvalidAnnotation as error:
            skipped[str(pod)] = f"{error} Until then its groups stay as they are."
        else:
            changes += [done] if done else []
    templates = [(one, of_template(one, sight.namespaces, sight.bindings)) for one in sight.workloads]
    return Todo(changes, [(one, done) for one, done in templates if done is not None], skipped, matched)


def as_pod(workload: Workload) -> Pod:
    """The pod that a template describes, as far as bindings are concerned."""
    return Pod(
        workload.namespace,
        f"{workload.kind} {workload.name}",
        uid=workload.uid,
        labels=workload.labels,
        annotations=workload.annotations,
        managers=workload.managers,
    )


def again(pod: Pod, namespaces: Mapping[str, Mapping[str, str]], bindings: Iterable[Binding]) -> PodChange:
    """The change of a pod that was read again; raises `InvalidAnnotation`."""
    labels = namespaces.get(pod.namespace, {})
    return change(pod, frozenset() if pod.left_alone else expected(pod, labels, bindings))


def of_template(
    workload: Workload, namespaces: Mapping[str, Mapping[str, str]], bindings: Iterable[Binding]
) -> PodChange | None:
    """What must be written in a template, if anything: what bindings give whose pods get their groups from there."""
    pod = as_pod(workload)
    if pod.left_alone:
        return None
    by_template = [each for each in bindings if each.mode == _TEMPLATE]
    try:
        done = change(pod, expected(pod, namespaces.get(pod.namespace, {}), by_template))
    except InvalidAnnotation:
        return None  # its pods are refused by the guard, and listed as skipped
    return done or None


def _concerned(scope: Scope, pod: Pod, namespaces: Mapping[str, Mapping[str, str]]) -> bool:
    return pod.namespace in namespaces and scope.concerns(pod, namespaces[pod.namespace])


def _is_stale(pod: Pod, namespace_labels: Mapping[str, str], bindings: Iterable[Binding]) -> bool:
    """Whether a pod has groups from bindings that give them no more."""
    return not pod.attached <= expected(pod, namespace_labels, bindings)


def _named(binding: Binding) -> tuple[str, ...] | None:
    """The namespaces that a binding names; None when it selects by other labels."""
    named = [one for one in binding.namespaces.requirements if one.key == NAMESPACE_LABEL and one.operator == "In"]
    return named[0].values if named else None


def _reaches(binding: Binding, namespace_labels: Mapping[str, str]) -> bool:
    """Whether a binding can have given its groups in a namespace: labels change, so any that it does not name may have been."""
    if _named(binding) is not None:
        return binding.covers(namespace_labels)
    return namespace_labels.get(NAMESPACE_LABEL) not in EXCLUDED_NAMESPACES
