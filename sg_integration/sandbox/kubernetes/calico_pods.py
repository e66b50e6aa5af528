"""Calico's pods on the nodes: there is no kubelet, so somebody has to say that they are ready."""

from __future__ import annotations

from http import HTTPStatus
from typing import Final

from sg_integration.sandbox.plugins.kubernetes.api import APPLY, Api, Refused

_MERGE: Final = "application/merge-patch+json"
_NAMESPACE: Final = "calico-system"
_PODS: Final = f"/api/v1/namespaces/{_NAMESPACE}/pods"
_FORCE: Final = {"fieldManager": "calico", "force": "true"}


def seed_calico_pod(api: Api, node: str, *, ready: bool = True) -> None:
    """Let Calico run on a node. Again changes whether it is ready.

    Args:
        api: the cluster, as an administrator.
        node: the node's name.
        ready: whether it has programmed the node's policies.
    """
    home = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": _NAMESPACE}}
    api.request("PATCH", f"/api/v1/namespaces/{_NAMESPACE}", query=_FORCE, body=home, content_type=APPLY)
    name = f"calico-node-{node}"
    body = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "labels": {"k8s-app": "calico-node"}},
        "spec": {"nodeName": node, "containers": [{"name": "calico-node", "image": "none"}]},
    }
    api.request("PATCH", f"{_PODS}/{name}", query=_FORCE, body=body, content_type=APPLY)
    said = {"status": {"conditions": [{"type": "Ready", "status": str(ready)}]}}
    api.request("PATCH", f"{_PODS}/{name}/status", body=said, content_type=_MERGE)


def remove_calico_pod(api: Api, node: str) -> None:
    """Take it away; success if it is gone."""
    try:
        api.request("DELETE", f"{_PODS}/calico-node-{node}", query={"gracePeriodSeconds": "0"})
    except Refused as refusal:
        if refusal.code != HTTPStatus.NOT_FOUND:
            raise
