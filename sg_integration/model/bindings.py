"""Bindings: which pods get which groups, and what becomes of one pod under all bindings of a cluster."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from sg_integration.model import annotation
from sg_integration.model.errors import InvalidAnnotation, InvalidInput
from sg_integration.model.groups import Groups, plan
from sg_integration.model.label_selectors import NAMESPACE_LABEL, LabelSelector, Requirement, label_selector

EXCLUDED_NAMESPACES: Final = ("calico-apiserver", "calico-system", "kube-system", "tigera-operator")
"""Never bound and never guarded: what the cluster itself and its network run on must start whatever we do."""
MIRROR: Final = "kubernetes.io/config.mirror"
"""The annotation of a pod that only mirrors what a kubelet runs by itself."""
_ELSEWHERE: Final = Requirement(NAMESPACE_LABEL, "NotIn", EXCLUDED_NAMESPACES)


@dataclass(frozen=True, slots=True)
class Binding:
    """Gives groups to pods.

    Args:
        key: identifies it in the whole cluster, also among other stacks; see `binding_key`.
        namespaces: which namespaces, by their labels.
        pods: which pods in them.
        groups: what they get.
        mode: how pods that come later get them: `admission`, by the API server; `template`, from the template of their
            workload; `live`, not until the next update.
    """

    key: str
    namespaces: LabelSelector
    pods: LabelSelector
    groups: Groups
    mode: str = "admission"

    def matches(self, pod: Pod, namespace_labels: Mapping[str, str]) -> bool:
        """Whether it gives its groups to a pod."""
        return self.covers(namespace_labels) and self.pods.matches(pod.labels)

    def covers(self, namespace_labels: Mapping[str, str]) -> bool:
        """Whether it may give groups to pods of a namespace."""
        return self.all_namespaces.matches(namespace_labels)

    @property
    def all_namespaces(self) -> LabelSelector:
        """The selector of namespaces without those that are never bound."""
        return self.namespaces.also(_ELSEWHERE)

    def document(self) -> str:
        """As the registry keeps it."""
        content = {
            "key": self.key,
            "namespaces": self.namespaces.document(),
            "pods": self.pods.document(),
            "groups": sorted(self.groups),
            "mode": self.mode,
        }
        return json.dumps(content, separators=(",", ":"), sort_keys=True)


def binding(document: str | Mapping[str, Any], where: str = "binding") -> Binding:
    """The binding that `Binding.document` wrote.

    Raises:
        InvalidInput: it is not such a document.
    """
    try:
        content = json.loads(document) if isinstance(document, str) else document
    except ValueError as error:
        raise InvalidInput(where, f"{document!r} is no JSON: {error}.") from error
    if not isinstance(content, Mapping):
        raise InvalidInput(where, f"{content!r} is no binding.")
    key, mode, groups = content.get("key", ""), content.get("mode", "admission"), content.get("groups", ())
    if not (isinstance(key, str) and isinstance(mode, str)):
        raise InvalidInput(where, f"key {key!r} or mode {mode!r} is no text.")
    if not isinstance(groups, (list, tuple)) or not all(group and isinstance(group, str) for group in groups):
        raise InvalidInput(f"{where}: groups", f"{groups!r} is no list of group ids.")
    return Binding(
        key=key,
        namespaces=label_selector(content.get("namespaces", {}), f"{where}: namespaces"),
        pods=label_selector(content.get("pods", {}), f"{where}: pods"),
        groups=frozenset(groups),
        mode=mode,
    )


def binding_key(*parts: str) -> str:
    """A name for the cluster-wide objects of one binding: readable, at most 60 characters, unique to its parts.

    Args:
        parts: what makes it unique, such as organisation, project, stack and name.
    """
    digest = hashlib.sha256("\0".join(parts).encode()).hexdigest()[:8]
    readable = re.sub(r"[^a-z0-9]+", "-", "-".join(parts[1:] or parts).lower()).strip("-")
    return f"{readable[:50].strip('-')}-{digest}".lstrip("-")


@dataclass(frozen=True, slots=True)
class Pod:
    """What we need to know of one pod.

    Args:
        namespace: its namespace.
        name: its name.
        uid: tells it from another pod of the same name, before or after it.
        resource_version: of the reading; a write that names it fails if somebody wrote since.
        labels: its labels.
        annotations: its annotations.
        managers: who owns the annotation of the groups, by field manager, as `metadata.managedFields` says.
        host_network: whether it uses the node's own interface.
    """

    namespace: str
    name: str
    uid: str = ""
    resource_version: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    annotations: Mapping[str, str] = field(default_factory=dict)
    managers: tuple[str, ...] = ()
    host_network: bool = False

    def __str__(self) -> str:
        """As kubectl takes it: `namespace/name`."""
        return f"{self.namespace}/{self.name}"

    @property
    def groups(self) -> Groups:
        """The groups that its annotation says; raises `InvalidAnnotation`."""
        return annotation.parse(self.annotations.get(annotation.GROUPS))

    @property
    def attached(self) -> Groups:
        """Those of them that bindings gave; an annotation that nobody of us can have written counts as empty."""
        try:
            return annotation.parse(self.annotations.get(annotation.ATTACHED))
        except InvalidAnnotation:
            return frozenset()

    @property
    def left_alone(self) -> str:
        """Why no binding touches it; empty if bindings do."""
        if self.host_network:
            return "hostNetwork: it has the node's own interface and groups"
        if MIRROR in self.annotations:
            return "static pod: its kubelet runs it from a file"
        return ""


@dataclass(frozen=True, slots=True)
class PodChange:
    """What to write on one pod.

    Args:
        pod: the pod as it was read.
        groups: the groups that it should have; none returns it to the node groups.
        attached: those of them that bindings give.
    """

    pod: Pod
    groups: Groups
    attached: Groups

    @property
    def annotations(self) -> dict[str, str]:
        """The annotations that say so."""
        attached = {annotation.ATTACHED: annotation.render(self.attached)} if self.attached else {}
        return {annotation.GROUPS: annotation.render(self.groups), **attached} if self.groups else {}

    @property
    def labels(self) -> dict[str, str]:
        """The labels that say so to Calico."""
        return annotation.labels(self.groups)

    def __bool__(self) -> bool:
        """Whether anything must be written: annotations are compared by what they mean, labels by their keys."""
        pod = self.pod
        bound = pod.labels.get(annotation.BOUND) == "true"
        written = pod.annotations.get(annotation.GROUPS) is not None
        return (
            pod.groups != self.groups
            or (written and not self.groups)
            or pod.attached != self.attached
            or annotation.labelled(pod.labels) != self.groups
            or bound != bool(self.groups)
        )

    @property
    def removes(self) -> bool:
        """Whether a key must go, which server-side apply cannot do to what it does not own."""
        ours = {*self.pod.annotations, *self.pod.labels} & {annotation.GROUPS, annotation.ATTACHED, annotation.BOUND}
        keys = {key for key in self.pod.labels if key.startswith(annotation.LABEL_PREFIX)} | ours
        return bool(keys - {*self.annotations, *self.labels})

    def __str__(self) -> str:
        """One line of a preview: `- sg-… + sg-…`."""
        gone, new = sorted(self.pod.groups - self.groups), sorted(self.groups - self.pod.groups)
        words = " ".join([*(f"- {group}" for group in gone), *(f"+ {group}" for group in new)])
        if not words:
            return "labels that do not fit its groups are written again"
        return words if self.groups else f"{words} (back to the node groups)"


def expected(pod: Pod, namespace_labels: Mapping[str, str], bindings: Iterable[Binding]) -> Groups:
    """The groups that all bindings together give to a pod."""
    return frozenset[str]().union(*(each.groups for each in bindings if each.matches(pod, namespace_labels)))


def change(pod: Pod, desired: Groups) -> PodChange:
    """What must be written so that a pod has what bindings give it, and keeps what others gave it.

    Raises:
        InvalidAnnotation: nobody can say what the pod has.
    """
    done = plan(pod.groups, desired=desired, attached=pod.attached)
    return PodChange(pod, done.result, done.attached)


def with_binding(registry: Iterable[Binding], mine: Binding | None, key: str) -> list[Binding]:
    """The registry as it will be: with a binding in its new form, or without it."""
    others = [each for each in registry if each.key != key]
    return others if mine is None else [*others, replace(mine, key=key)]
