"""Pods: list them by their metadata alone, read one, write its groups, and try what admission makes of a new one."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final

from sg_integration.kubernetes.answers import Answer
from sg_integration.kubernetes.api import METADATA, NOT_FOUND, Api, path
from sg_integration.kubernetes.documents import Metadata, Page, Partial, WholePod, decoder
from sg_integration.kubernetes.writes import Write
from sg_integration.model.bindings import Pod, PodChange
from sg_integration.model.errors import ProbeRefused

_CORE: Final = "/api/v1"
_LIVE: Final = "status.phase!=Succeeded,status.phase!=Failed"
_HOST_NETWORK: Final = f"spec.hostNetwork=true,{_LIVE}"
_OVER: Final = ("Succeeded", "Failed")
# What a policy or a quota may answer to a new pod.
_ADMISSION: Final = tuple(code.value for code in (HTTPStatus.BAD_REQUEST, HTTPStatus.FORBIDDEN, HTTPStatus.UNPROCESSABLE_ENTITY))  # fmt: skip
_RESOURCES: Final = {"cpu": "10m", "memory": "32Mi"}  # a quota may ask for them
# Passes the strictest of the Pod Security Standards, "restricted".
_PROBE_SPEC: Final[dict[str, Any]] = {
    "automountServiceAccountToken": False,
    "securityContext": {"runAsNonRoot": True, "runAsUser": 65534, "seccompProfile": {"type": "RuntimeDefault"}},
    "containers": [
        {
            "name": "probe",
            "image": "registry.k8s.io/pause:3.10",
            "resources": {"requests": _RESOURCES, "limits": _RESOURCES},
            "securityContext": {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}},
        }
    ],
}

_partials = decoder(Page[Partial])
_partial = decoder(Partial)
_whole = decoder(WholePod)


def listed(api: Api, namespace: str | None, selector: str) -> list[Pod]:
    """Pods that run or will run: a request for each 1,000, and one for those that use their node's interface."""
    doing = f"listing the pods of {_of(namespace, selector)}"
    where = path(_CORE, namespace, "pods")
    labels = {"labelSelector": selector} if selector else {}
    found = api.everything(doing, where, _partials, query={**labels, "fieldSelector": _LIVE})
    on_host = api.everything(doing, where, _partials, query={**labels, "fieldSelector": _HOST_NETWORK})
    uids = {item.metadata.uid for item in on_host}
    return [_pod(item.metadata, item.metadata.uid in uids) for item in found if not item.metadata.deletion_timestamp]


def read(api: Api, namespace: str, name: str) -> Pod | None:
    """One pod; None if it is gone, has ended or is about to."""
    doing = f"reading pod {namespace}/{name}"
    answer = api.request(doing, "GET", path(_CORE, namespace, "pods", name), allow=NOT_FOUND)
    if answer.code in NOT_FOUND:
        return None
    found = answer.read(_whole)
    if found.metadata.deletion_timestamp or found.status.phase in _OVER:
        return None
    return _pod(found.metadata, found.spec.host_network)


def write(api: Api, change: PodChange, *, force: bool) -> None:
    """Write a pod's annotations and labels."""
    pod = change.pod
    Write(
        doing=f"writing the groups of pod {pod}",
        path=path(_CORE, pod.namespace, "pods", pod.name),
        head={"apiVersion": "v1", "kind": "Pod"},
        target=pod,
        after=(change.annotations, change.labels),
    ).send(api, force=force)


def probe(api: Api, namespace: str, labels: Mapping[str, str], annotations: Mapping[str, str]) -> Pod:
    """What admission makes of a new pod; it is not stored."""
    metadata = {"generateName": "sg-integration-probe-", "labels": dict(labels), "annotations": dict(annotations)}
    answer = api.request(
        f"trying a pod in namespace {namespace}",
        "POST",
        path(_CORE, namespace, "pods"),
        query={"dryRun": "All"},
        body={"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": _PROBE_SPEC},
        accept=METADATA,
        allow=_ADMISSION,
        last=True,  # each API server learns of a policy by itself
    )
    if answer.code in _ADMISSION:
        raise _refused(api, answer)
    return _pod(answer.read(_partial).metadata, host_network=False)


def _refused(api: Api, answer: Answer) -> Exception:
    found = answer.status
    if found.is_authorization:
        return api.refusal(answer)
    return ProbeRefused(
        answer.doing,
        found.reason,
        found.message,
        "It was only tried, so that we see which groups a new pod gets; let such a pod in, or look at that policy.",
    )


def _of(namespace: str | None, selector: str) -> str:
    where = "every namespace" if namespace is None else f"namespace {namespace}"
    return f"{where} with {selector}" if selector else where


def _pod(metadata: Metadata, host_network: bool) -> Pod:
    return Pod(
        namespace=metadata.namespace,
        name=metadata.name,
        uid=metadata.uid,
        resource_version=metadata.resource_version,
        labels=metadata.labels or {},
        annotations=metadata.annotations or {},
        managers=metadata.managers(),
        host_network=host_network,
    )
