"""Somebody in a cluster who has the roles that `sg-integration rbac` prints, and nothing else."""

from __future__ import annotations

import json
from collections.abc import Collection
from pathlib import Path
from typing import Any

import yaml

from sg_integration.model.rbac import manifests
from sg_integration.sandbox.plugins.kubernetes.api import Api
from sg_integration.sandbox.plugins.kubernetes.kubeconfig import access
from tests.sandbox.plugin_kubernetes_world import Server, eventually

from .pods import Pods

_RBAC = "/apis/rbac.authorization.k8s.io/v1"
_NAMESPACES = ("tigera-operator",)  # which a role is in that is not there otherwise


def limited_kubeconfig(server: Server, directory: Path, features: Collection[str]) -> Path:
    """The kubeconfig of a service account of its own; its roles have names of its own, too, beside those of other tests.

    Args:
        server: the cluster; its client may do everything.
        directory: where the kubeconfig goes.
        features: what the account may use.
    """
    home = Pods.make(server).namespace
    subject = {"kind": "ServiceAccount", "name": "pulumi", "namespace": home}
    for name in _NAMESPACES:
        body = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}
        server.apply(f"/api/v1/namespaces/{name}", body, "test")
    accounts = f"/api/v1/namespaces/{home}/serviceaccounts"
    account = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "pulumi"}}
    server.api.request("POST", accounts, body=account)
    for manifest in manifests(features, [subject]):
        server.api.request("POST", _place(manifest), body=_renamed(manifest, home))
    asked = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {"expirationSeconds": 36000}}
    token = server.api.request("POST", f"{accounts}/pulumi/token", body=asked)["status"]["token"]
    document = yaml.safe_load(server.kubeconfig.read_text())
    document["users"][0]["user"] = {"token": token}
    path = directory / f"kubeconfig-of-{home}"
    path.write_text(json.dumps(document))
    theirs = Api(access(str(path), context=None, cluster=None, environ={}))
    # The server's authorizer hears of a role a moment after it is made.
    assert eventually(lambda: all(_granted(theirs, role) for role in manifests(features)))
    return path


def _granted(api: Api, role: dict[str, Any]) -> bool:
    """Whether the account has what a role begins with."""
    rule = role["rules"][0]
    asked = {
        "verb": rule["verbs"][0],
        "group": rule["apiGroups"][0],
        "resource": rule["resources"][0],
        "name": next(iter(rule.get("resourceNames", [])), ""),
        "namespace": role["metadata"].get("namespace", ""),
    }
    kind = {"apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectAccessReview"}
    body = {**kind, "spec": {"resourceAttributes": asked}}
    answer = api.request("POST", "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", body=body)
    return bool(answer["status"]["allowed"])


def _place(manifest: dict[str, Any]) -> str:
    namespace = manifest["metadata"].get("namespace")
    inside = f"/namespaces/{namespace}" if namespace else ""
    return f"{_RBAC}{inside}/{manifest['kind'].lower()}s"


def _renamed(manifest: dict[str, Any], home: str) -> dict[str, Any]:
    """The manifest under another name; without our label, by which a test may count what is left of ours."""
    name = f"{manifest['metadata']['name']}-{home}"
    metadata = {**manifest["metadata"], "name": name, "labels": {}}
    reference = {"roleRef": {**manifest["roleRef"], "name": name}} if "roleRef" in manifest else {}
    return {**manifest, "metadata": metadata, **reference}
