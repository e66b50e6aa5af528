"""Pods, namespaces and Deployments of a test, made and read behind Pulumi's back."""

from __future__ import annotations

import copy
import uuid
from dataclasses import dataclass, field
from typing import Any

from sg_integration import ClusterAccess, PodGroupBinding, SecurityGroup
from sg_integration.sandbox.plugins.kubernetes.api import Refused
from tests.sandbox.plugin_kubernetes_world import MERGE, Server, eventually, make_namespace

from .stacks import Program

ANNOTATION = "aws.tigera.io/security-groups"
LABEL = "sg.aws.tigera.io/"
A, B, C = "sg-0aaaaaaaaaaaaaaa1", "sg-0bbbbbbbbbbbbbbb2", "sg-0cccccccccccccccc"


@dataclass
class Pods:
    """What stands in the namespaces of one test.

    Args:
        server: the API server.
        namespace: a namespace of the test's own.
    """

    server: Server
    namespace: str
    others: list[str] = field(default_factory=list)

    @classmethod
    def make(cls, server: Server) -> Pods:
        """With one empty namespace."""
        return cls(server, make_namespace(server))

    def another(self, name: str = "", **labels: str) -> str:
        """Make another namespace, with labels."""
        name = name or f"n{uuid.uuid4().hex[:8]}"
        body = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}}
        self.server.api.request("POST", "/api/v1/namespaces", body=body)
        self.others.append(name)
        return name

    def run(
        self, name: str, *, namespace: str = "", annotation: str | None = None, host: bool = False, **labels: str
    ) -> str:
        """Make a pod; returns it as `namespace/name`."""
        where = namespace or self.namespace
        metadata: dict[str, Any] = {"name": name, "labels": labels}
        if annotation is not None:
            metadata["annotations"] = {ANNOTATION: annotation}
        body = {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": _spec(host=host)}
        self.server.api.request("POST", f"/api/v1/namespaces/{where}/pods", body=body)
        return f"{where}/{name}"

    def deploy(self, name: str, replicas: int = 2, **labels: str) -> None:
        """Make a Deployment, and wait for its pods."""
        template = {"metadata": {"labels": labels}, "spec": _spec()}
        spec = {"replicas": replicas, "selector": {"matchLabels": labels}, "template": template}
        body = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name}, "spec": spec}
        self.server.api.request("POST", f"/apis/apps/v1/namespaces/{self.namespace}/deployments", body=body)
        assert eventually(lambda: len(self.names()) >= replicas)

    def deployment(self, name: str) -> dict[str, Any]:
        """A Deployment as it stands."""
        found = self.server.get(f"/apis/apps/v1/namespaces/{self.namespace}/deployments/{name}")
        assert found is not None
        return found

    def template(self, name: str, value: str) -> None:
        """Write the annotation into a Deployment's template, as somebody else does."""
        path = f"/apis/apps/v1/namespaces/{self.namespace}/deployments/{name}"
        self.server.edit(path, {"spec": {"template": {"metadata": {"annotations": {ANNOTATION: value}}}}})

    def names(self) -> list[str]:
        """The live pods of the namespace, as `namespace/name`."""
        found = self.server.api.request("GET", f"/api/v1/namespaces/{self.namespace}/pods")["items"]
        live = [pod["metadata"]["name"] for pod in found if "deletionTimestamp" not in pod["metadata"]]
        return sorted(f"{self.namespace}/{name}" for name in live)

    def groups(self, pod: str) -> str | None:
        """A pod's annotation; its labels must say the same."""
        namespace, _, name = pod.partition("/")
        found = self.server.get(f"/api/v1/namespaces/{namespace}/pods/{name}")
        assert found is not None
        metadata = found["metadata"]
        annotation: str | None = metadata.get("annotations", {}).get(ANNOTATION)
        labels = {key for key in metadata.get("labels", {}) if key.startswith(LABEL)}
        listed = (annotation or "").strip("[]").replace('"', "").split(",")
        assert labels == {f"{LABEL}{group}" for group in listed if group}
        assert (metadata.get("labels", {}).get("sg-integration/bound") == "true") == bool(labels)
        return annotation

    def kill(self, pod: str) -> None:
        """Delete a pod at once."""
        namespace, _, name = pod.partition("/")
        query = {"gracePeriodSeconds": "0"}
        self.server.api.request("DELETE", f"/api/v1/namespaces/{namespace}/pods/{name}", query=query)

    def annotate(self, pod: str, value: str | None, manager: str = "kubectl-annotate") -> None:
        """Write the annotation as somebody else does."""
        namespace, _, name = pod.partition("/")
        self.server.edit(
            f"/api/v1/namespaces/{namespace}/pods/{name}", {"metadata": {"annotations": {ANNOTATION: value}}}, manager
        )

    def may_patch(self, user: str) -> None:
        """Let a user do to pods of the namespace what the role `edit` lets him do."""
        rbac = f"/apis/rbac.authorization.k8s.io/v1/namespaces/{self.namespace}"
        rules = [
            {"apiGroups": [""], "resources": ["pods", "pods/status"], "verbs": ["get", "patch", "create", "update"]}
        ]
        metadata = {"name": f"pods-{user}"}
        self.server.api.request("POST", f"{rbac}/roles", body={"metadata": metadata, "rules": rules})
        role = {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": f"pods-{user}"}
        subject = {"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": user}
        body = {"metadata": metadata, "roleRef": role, "subjects": [subject]}
        self.server.api.request("POST", f"{rbac}/rolebindings", body=body)
        assert eventually(lambda: self._allowed(user))  # the API server hears of new roles by a watch

    def _allowed(self, user: str) -> bool:
        """Whether the API server lets a user write pods of the namespace by now."""
        asked = {
            "user": user,
            "resourceAttributes": {"namespace": self.namespace, "verb": "update", "resource": "pods"},
        }
        body = {"apiVersion": "authorization.k8s.io/v1", "kind": "SubjectAccessReview", "spec": asked}
        answer = self.server.api.request("POST", "/apis/authorization.k8s.io/v1/subjectaccessreviews", body=body)
        return bool(answer["status"]["allowed"])

    def annotate_as(self, user: str, pod: str, value: str) -> None:
        """Write the annotation with a user's rights."""
        namespace, _, name = pod.partition("/")
        api = copy.copy(self.server.api)
        api._headers = {**api._headers, "Impersonate-User": user}
        body = {"metadata": {"annotations": {ANNOTATION: value}}}
        path = f"/api/v1/namespaces/{namespace}/pods/{name}"
        api.request("PATCH", path, query={"fieldManager": user}, body=body, content_type=MERGE)

    def policies(self) -> list[str]:
        """The admission policies of bindings in the cluster."""
        path = "/apis/admissionregistration.k8s.io/v1/mutatingadmissionpolicies"
        return [item["metadata"]["name"] for item in self.server.api.request("GET", path)["items"]]


def listed(*groups: str) -> str:
    """The annotation of groups."""
    return "[" + ",".join(f'"{group}"' for group in sorted(groups)) + "]"


def _spec(*, host: bool = False) -> dict[str, Any]:
    return {"containers": [{"name": "main", "image": "none"}], **({"hostNetwork": True} if host else {})}


def binding(pods: Pods, *groups: str, name: str = "web", **arguments: Any) -> Program:
    """A program with one binding."""

    def program() -> None:
        declare(pods, *groups, name=name, **arguments)

    return program


def declare(pods: Pods, *groups: str, name: str = "web", access: ClusterAccess | None = None, **arguments: Any) -> None:
    """Declare one binding of the pods `app=web`."""
    found = {"namespace": pods.namespace, "pod_selector": {"app": "web"}, **arguments}
    if "namespace_selector" in found:
        del found["namespace"]
    PodGroupBinding(
        name,
        cluster=access or ClusterAccess(f"{name}-cluster"),
        security_groups=[SecurityGroup.existing(f"{name}-{at}", group) for at, group in enumerate(groups)],
        **found,
    )


def unguarded(server: Server) -> bool:
    """Whether no guard acts any more: one that is gone does for about a second, and the next test must not meet it."""
    namespace = make_namespace(server)
    return all(eventually(lambda: _is_unguarded(server, namespace)) for _ in range(3))


def _is_unguarded(server: Server, namespace: str) -> bool:
    """Whether a pod may have whatever group it names, by a dry run."""
    metadata = {"generateName": "free-", "annotations": {"aws.tigera.io/security-groups": '["sg-0f0"]'}}
    body = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": metadata,
        "spec": {"containers": [{"name": "a", "image": "a"}]},
    }
    try:
        server.api.request("POST", f"/api/v1/namespaces/{namespace}/pods", query={"dryRun": "All"}, body=body)
    except Refused:
        return False
    return True
