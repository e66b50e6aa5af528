"""Pods where they run: their node, their addresses, and what made them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from msgspec import Struct, field

from sg_integration.kubernetes.api import JSON, Api, path
from sg_integration.kubernetes.documents import Page, decoder
from sg_integration.model.bindings import Pod
from sg_integration.model.landscape import RunningPod

_LIVE: Final = "status.phase!=Succeeded,status.phase!=Failed"
_HASH: Final = "pod-template-hash"
_RUN: Final = re.compile(r"-\d+$")
"""The end of the name of a Job that a CronJob made: the minute it was due."""


class _Owner(Struct, gc=False, frozen=True):
    kind: str = ""
    name: str = ""
    controller: bool = False


class _Metadata(Struct, gc=False, frozen=True, rename="camel"):
    name: str = ""
    namespace: str = ""
    uid: str = ""
    deletion_timestamp: str | None = None
    labels: dict[str, str] | None = None
    annotations: dict[str, str] | None = None
    owner_references: list[_Owner] | None = None


class _Spec(Struct, gc=False, frozen=True, rename="camel"):
    node_name: str = ""
    host_network: bool = False


class _Address(Struct, gc=False, frozen=True):
    ip: str = ""


class _Status(Struct, gc=False, frozen=True):
    addresses: list[_Address] | None = field(name="podIPs", default=None)


class _WholePod(Struct, gc=False, frozen=True):
    metadata: _Metadata
    spec: _Spec = _Spec()
    status: _Status = _Status()


_pods = decoder(Page[_WholePod])


def listed(api: Api) -> Iterator[RunningPod]:
    """Every pod that runs or will run."""
    doing, where = "listing the pods with their nodes", path("/api/v1", None, "pods")
    for item in api.everything(doing, where, _pods, query={"fieldSelector": _LIVE}, accept=JSON):
        if not item.metadata.deletion_timestamp:
            yield _running(item)


def _running(item: _WholePod) -> RunningPod:
    metadata = item.metadata
    pod = Pod(
        namespace=metadata.namespace,
        name=metadata.name,
        uid=metadata.uid,
        labels=metadata.labels or {},
        annotations=metadata.annotations or {},
        host_network=item.spec.host_network,
    )
    addresses = tuple(each.ip for each in item.status.addresses or () if each.ip)
    return RunningPod(pod, _workload(metadata), item.spec.node_name, addresses)


def _workload(metadata: _Metadata) -> str:
    """What made a pod; a ReplicaSet is said as its Deployment, a Job of a CronJob as that."""
    owner = next((each for each in metadata.owner_references or () if each.controller), None)
    if owner is None:
        return ""
    template = (metadata.labels or {}).get(_HASH)
    if owner.kind == "ReplicaSet" and template and owner.name.endswith(f"-{template}"):
        return f"deployment/{owner.name.removesuffix(f'-{template}')}"
    if owner.kind == "Job" and _RUN.search(owner.name):
        return f"cronjob/{_RUN.sub('', owner.name)}"
    return f"{owner.kind.lower()}/{owner.name}"
