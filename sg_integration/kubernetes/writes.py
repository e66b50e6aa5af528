"""How groups are written on a pod or a pod template: what is asked of the API server, and what its refusals mean.

As long as nothing must go it is a server-side apply, so that whoever else owns the annotation is heard. Apply takes away
only what its own manager has applied; what an admission policy wrote is nobody's, so to remove it we send a merge patch.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final

from sg_integration.kubernetes.answers import Answer
from sg_integration.kubernetes.api import APPLY, MERGE, METADATA, Api
from sg_integration.model import annotation
from sg_integration.model.bindings import Pod
from sg_integration.model.errors import MemberChanged, MemberError, MemberNotFound, MemberOwned
from sg_integration.model.workloads import Workload

MANAGER: Final = annotation.OURS
"""Our one field manager, whichever stack writes."""
# Its controllers write a pod's metadata once, when they make it, and never again: there is nobody to disagree with.
_YIELDING: Final = frozenset([MANAGER, "kube-controller-manager"])
_KEYS: Final = frozenset([annotation.GROUPS, annotation.ATTACHED, annotation.BOUND])
_SEEN: Final = (HTTPStatus.NOT_FOUND.value, HTTPStatus.CONFLICT.value, HTTPStatus.UNPROCESSABLE_ENTITY.value)

_GONE: Final = "It is gone, or another one has its name; run again, and it is no longer listed."
_CHANGED: Final = "Somebody wrote it since it was read; run again."
_OWNED: Final = 'Take it off there, or let us take it over with on_conflict="force" of the binding.'


@dataclass(frozen=True)
class Write:
    """One write of annotations and labels.

    Args:
        doing: what it does, for messages.
        path: the path of the object.
        head: its apiVersion and kind.
        target: the object as it was read.
        after: the annotations and the labels that shall be.
        at: makes the body around the metadata that is written.
    """

    doing: str
    path: str
    head: Mapping[str, str]
    target: Pod | Workload
    after: tuple[Mapping[str, str], Mapping[str, str]]
    at: Callable[[dict[str, Any]], dict[str, Any]] = lambda metadata: {"metadata": metadata}

    def send(self, api: Api, *, force: bool) -> None:
        """Write it.

        Args:
            api: the API server.
            force: whether to take over what another field manager owns.

        Raises:
            MemberNotFound: it is gone, or another one has its name.
            MemberChanged: it was written since it was read.
            MemberOwned: another field manager owns the annotation.
            ServiceError: the server refused, or did not answer.
        """
        before = (self.target.annotations, self.target.labels)
        gone = [_ours_missing(each, after) for each, after in zip(before, self.after, strict=True)]
        if any(gone):
            self._merge(api, gone, force=force)
            return
        self._demand(api, self._applied(api, force=force))

    def _applied(self, api: Api, *, force: bool) -> Answer:
        """Apply without force first, and with it if nobody defends what is there.

        Always with the version that was read: two stacks share our manager's name, and the one that decided on an older
        reading must not take away what the other has given since.
        """
        answer = self._apply(api, force=force or self._is_ours)
        managers = answer.status.managers if answer.code == HTTPStatus.CONFLICT else ()
        return self._apply(api, force=True) if managers and _YIELDING.issuperset(managers) else answer

    @property
    def _is_ours(self) -> bool:
        """Whether the reading shows owners, and none that would defend it; our own merge patch leaves such an owner."""
        managers = self.target.managers
        return bool(managers) and _YIELDING.issuperset(managers) and bool(self.target.resource_version)

    def _apply(self, api: Api, *, force: bool) -> Answer:
        annotations, labels = self.after
        name = {"name": self.target.name, "namespace": self.target.namespace}
        metadata = {**name, **self._version}
        body = _merged(self.at({"annotations": annotations, "labels": labels}), {**self.head, "metadata": metadata})
        return self._patch(api, body, APPLY, {"force": "true"} if force else {})

    def _merge(self, api: Api, gone: list[dict[str, None]], *, force: bool) -> None:
        others = sorted(set(self.target.managers) - _YIELDING)
        if others and not force:  # a merge patch asks nobody, so we do
            raise self._owned("FieldManagerConflict", f"{annotation.GROUPS} is of {', '.join(others)}", others)
        annotations, labels = ({**after, **nulls} for after, nulls in zip(self.after, gone, strict=True))
        body = _merged(self.at({"annotations": annotations, "labels": labels}), {"metadata": self._version})
        self._demand(api, self._patch(api, body, MERGE, {}))

    @property
    def _version(self) -> dict[str, str]:
        """What tells the object from another of its name, and its reading from a later one; as far as it is known."""
        found = {"uid": self.target.uid, "resourceVersion": self.target.resource_version}
        return {key: value for key, value in found.items() if value}

    def _patch(self, api: Api, body: Any, content_type: str, more: Mapping[str, str]) -> Answer:
        query = {"fieldManager": MANAGER, **more}
        return api.request(
            self.doing,
            "PATCH",
            self.path,
            query=query,
            body=body,
            content_type=content_type,
            accept=METADATA,
            allow=_SEEN,
        )

    def _demand(self, api: Api, answer: Answer) -> None:
        """Raise what a refusal means."""
        if answer.code not in _SEEN:
            return
        found = answer.status
        if found.managers:
            raise self._owned(found.reason, found.message, found.managers)
        if answer.code == HTTPStatus.NOT_FOUND or _says_gone(found.message):
            raise MemberNotFound(self.doing, found.reason, found.message, _GONE)
        if answer.code == HTTPStatus.CONFLICT:
            raise MemberChanged(self.doing, found.reason, found.message, _CHANGED)
        raise api.refusal(answer)

    def _owned(self, reason: str, words: str, managers: tuple[str, ...] | list[str]) -> MemberError:
        return MemberOwned(self.doing, reason, words, f"{', '.join(managers)} set it. {_OWNED}")


def _ours_missing(before: Mapping[str, str], after: Mapping[str, str]) -> dict[str, None]:
    """Keys of ours that were there and shall not be, as a merge patch removes them."""
    ours = [key for key in before if key in _KEYS or key.startswith(annotation.LABEL_PREFIX)]
    return {key: None for key in sorted(ours) if key not in after}


def _says_gone(words: str) -> bool:
    """Whether a refusal means that there is no such object, or another one of its name; seen on Kubernetes 1.36.

    Apply with a uid to what is not there is a mismatch, without one it would try to create it; a wrong uid is immutable.
    """
    return "uid mismatch" in words or "metadata.uid: Invalid value" in words


def _merged(one: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    """Both objects in one, and what both have merged in turn."""
    both = {key: _merged(one[key], other[key]) for key in one.keys() & other.keys()}
    return {**one, **other, **both}
