"""What we read of Kubernetes objects; whatever is not named here is passed over unparsed, which makes large lists quick."""

from __future__ import annotations

import hashlib
from typing import Any, Final, Generic, TypeVar

import msgspec
from msgspec import UNSET, Struct, UnsetType, field

from sg_integration.model import annotation

Item = TypeVar("Item")

# Python names cannot spell these keys, so the fields are made from them.
_OWNS: Final = f"f:{annotation.GROUPS}"


class _Annotations(Struct, gc=False, frozen=True):
    """The annotations that a field manager owns: only ours matter."""

    groups: msgspec.Raw | UnsetType = field(name=_OWNS, default=UNSET)


class Fields(Struct, gc=False, frozen=True):
    """The fields that a manager owns, as far as they lead to the annotations of a pod or of a pod template."""

    annotations: _Annotations | None = field(name="f:annotations", default=None)
    metadata: Fields | None = field(name="f:metadata", default=None)
    spec: Fields | None = field(name="f:spec", default=None)
    template: Fields | None = field(name="f:template", default=None)
    job_template: Fields | None = field(name="f:jobTemplate", default=None)


class _ManagedFields(Struct, gc=False, frozen=True):
    manager: str = ""
    fields: Fields | None = field(name="fieldsV1", default=None)


class Metadata(Struct, gc=False, frozen=True, rename="camel"):
    """The metadata of an object."""

    name: str = ""
    namespace: str = ""
    uid: str = ""
    resource_version: str = ""
    deletion_timestamp: str | None = None
    labels: dict[str, str] | None = None
    annotations: dict[str, str] | None = None
    managed_fields: list[_ManagedFields] | None = None

    def managers(self, *way: str) -> tuple[str, ...]:
        """Who owns the annotation of the groups.

        Args:
            way: where the annotations are: the attributes of `Fields` that lead to them.
        """
        entries = self.managed_fields or ()
        return tuple(sorted({entry.manager for entry in entries if _owns(entry.fields, way)}))


class Partial(Struct, gc=False, frozen=True):
    """Any object, of which the metadata alone is wanted."""

    metadata: Metadata


class _Rest(Struct, gc=False, frozen=True):
    rest: str = field(name="continue", default="")


class Page(Struct, Generic[Item], frozen=True):
    """One page of a list."""

    items: list[Item] | None = None
    metadata: _Rest = _Rest()

    @property
    def rest(self) -> str:
        """Where the next page begins; empty on the last one."""
        return self.metadata.rest


class _PodSpec(Struct, gc=False, frozen=True, rename="camel"):
    host_network: bool = False


class _PodStatus(Struct, gc=False, frozen=True):
    phase: str = ""


class WholePod(Struct, gc=False, frozen=True):
    """A pod."""

    metadata: Metadata
    spec: _PodSpec = _PodSpec()
    status: _PodStatus = _PodStatus()


class _NodeSpec(Struct, gc=False, frozen=True):
    provider_id: str = field(name="providerID", default="")


class _Capacity(Struct, gc=False, frozen=True):
    branch_interfaces: str = field(name="vpc.amazonaws.com/pod-eni", default="0")


class _NodeInfo(Struct, gc=False, frozen=True, rename="camel"):
    kubelet_version: str = ""


class _NodeStatus(Struct, gc=False, frozen=True, rename="camel"):
    capacity: _Capacity = _Capacity()
    node_info: _NodeInfo = _NodeInfo()


class WholeNode(Struct, gc=False, frozen=True):
    """A node."""

    metadata: Metadata
    spec: _NodeSpec = _NodeSpec()
    status: _NodeStatus = _NodeStatus()


class WorkloadSpec(Struct, gc=False, frozen=True, rename="camel"):
    """The spec of a workload, as far as it leads to the metadata of the pod template."""

    template: Template | None = None
    job_template: Template | None = None


class Template(Struct, gc=False, frozen=True):
    """A pod template, or a job template, in whose spec the pod template is."""

    metadata: Metadata = Metadata()
    spec: WorkloadSpec | None = None


class WholeWorkload(Struct, gc=False, frozen=True):
    """A workload."""

    metadata: Metadata
    spec: WorkloadSpec = WorkloadSpec()


def decoder(kind: Any) -> Any:
    """What decodes a document of some kind; made once, as that takes longer than to use it."""
    return msgspec.json.Decoder(kind).decode


def _owns(fields: Fields | None, way: tuple[str, ...]) -> bool:
    for step in (*way, "metadata"):
        fields = getattr(fields, step) if fields is not None else None
    return fields is not None and fields.annotations is not None and fields.annotations.groups is not UNSET


def digest(document: object) -> str:
    """Tells one document from another: made of what JSON has, dataclasses and sets, whose order means nothing."""
    return hashlib.sha256(msgspec.json.encode(document, order="deterministic")).hexdigest()[:16]
