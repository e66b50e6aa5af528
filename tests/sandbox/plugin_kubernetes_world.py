"""What tests of the stand-in kubernetes plugin do to the API server behind Pulumi's back, and what they look at."""

from __future__ import annotations

import copy
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from sg_integration.sandbox.plugins.kubernetes.api import APPLY, Api, Refused

MERGE = "application/merge-patch+json"
# The spec of an AmazonCloudIntegration, with all that it must say.
INTEGRATION = {
    "nodeSecurityGroupIDs": ["sg-1"],
    "podSecurityGroupID": "sg-2",
    "vpcs": ["vpc-1"],
    "sqsURL": "https://sqs.eu-central-1.amazonaws.com/1/q",
    "awsRegion": "eu-central-1",
    "enforcedSecurityGroupID": "sg-3",
    "trustEnforcedSecurityGroupID": "sg-4",
}


@dataclass(frozen=True)
class Server:
    """An API server, and what a test does to it behind Pulumi's back."""

    kubeconfig: Path
    api: Api

    def get(self, path: str) -> dict[str, Any] | None:
        """An object, or None when it is not there."""
        try:
            return self.api.request("GET", path)
        except Refused as refusal:
            if refusal.code == 404:
                return None
            raise

    def apply(self, path: str, body: dict[str, Any], manager: str) -> dict[str, Any]:
        """Server-side apply with force, as another field manager."""
        query = {"fieldManager": manager, "force": "true"}
        return self.api.request("PATCH", path, query=query, body=body, content_type=APPLY)

    def edit(self, path: str, body: dict[str, Any], manager: str = "kubectl-edit") -> dict[str, Any]:
        """A merge patch, as `kubectl edit` sends it."""
        return self.api.request("PATCH", path, query={"fieldManager": manager}, body=body, content_type=MERGE)

    def config(self, directory: Path, namespace: str) -> Path:
        """A kubeconfig whose context has a namespace."""
        document = copy.deepcopy(yaml.safe_load(self.kubeconfig.read_text()))
        document["contexts"][0]["context"]["namespace"] = namespace
        path = directory / f"kubeconfig-{namespace}"
        path.write_text(yaml.safe_dump(document))
        return path


def make_namespace(server: Server) -> str:
    """Make a namespace with a name that nobody else has."""
    name = f"n{uuid.uuid4().hex[:8]}"
    body = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}
    server.api.request("POST", "/api/v1/namespaces", body=body)
    return name


def eventually(ask: Callable[[], bool], seconds: float = 10.0) -> bool:
    """Whether something becomes true in time: policies act about a second after they are there."""
    end = time.monotonic() + seconds
    while not ask():
        if time.monotonic() > end:
            return False
        time.sleep(0.2)
    return True


def managed_by(live: dict[str, Any], manager: str) -> list[str]:
    """The operations under which a manager holds fields of an object."""
    return [entry["operation"] for entry in live["metadata"]["managedFields"] if entry["manager"] == manager]


def pulumi_manager(live: dict[str, Any]) -> str:
    """The one field manager of the provider."""
    names = {entry["manager"] for entry in live["metadata"]["managedFields"]}
    (ours,) = (name for name in names if name.startswith("pulumi-kubernetes-"))
    return str(ours)


def path_of(namespace: str, name: str = "settings") -> str:
    """The path of a ConfigMap."""
    return f"/api/v1/namespaces/{namespace}/configmaps/{name}"
