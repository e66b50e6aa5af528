"""On which nodes Calico is ready: its own pods say so."""

from __future__ import annotations

from typing import Final

from msgspec import Struct, field

from sg_integration.kubernetes.api import JSON, Api, path
from sg_integration.kubernetes.documents import Page, decoder

_NAMESPACES: Final = ("calico-system", "kube-system")
"""Where Calico's operator and its manifests put it. A pod of anybody else's that calls itself so says nothing."""
_SELECTOR: Final = "k8s-app in (calico-node, calico-node-windows)"


class _Spec(Struct, gc=False, frozen=True):
    node_name: str = field(name="nodeName", default="")


class _Condition(Struct, gc=False, frozen=True):
    type: str = ""
    status: str = ""


class _Status(Struct, gc=False, frozen=True):
    conditions: list[_Condition] | None = None


class _NodePod(Struct, gc=False, frozen=True):
    spec: _Spec = _Spec()
    status: _Status = _Status()


_pods = decoder(Page[_NodePod])
_READY: Final = _Condition("Ready", "True")


def ready(api: Api) -> frozenset[str]:
    """The names of the nodes on which Calico's pod is ready, which it is only when Felix has programmed the policies."""
    found: set[str] = set()
    for namespace in _NAMESPACES:
        where, query = path("/api/v1", namespace, "pods"), {"labelSelector": _SELECTOR}
        for pod in api.everything(f"looking for Calico's pods in {namespace}", where, _pods, query=query, accept=JSON):
            if _READY in (pod.status.conditions or ()):
                found.add(pod.spec.node_name)
    return frozenset(found)
