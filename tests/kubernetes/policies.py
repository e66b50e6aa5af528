"""What the tests of policies put on the cluster, who they are there, and what they try."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import pytest

from sg_integration.model import admission, guard
from sg_integration.model.annotation import GROUPS, render
from sg_integration.model.bindings import Binding
from sg_integration.model.label_selectors import in_namespace, label_selector
from sg_integration.sandbox.plugins.kubernetes.api import Api, Refused
from sg_integration.sandbox.plugins.kubernetes.kubeconfig import access
from tests.sandbox.plugin_kubernetes_world import MERGE, Server, eventually, make_namespace

_ADMISSION = "/apis/admissionregistration.k8s.io/v1"
_RBAC = "/apis/rbac.authorization.k8s.io/v1"
PLACES = {
    "MutatingAdmissionPolicy": f"{_ADMISSION}/mutatingadmissionpolicies",
    "MutatingAdmissionPolicyBinding": f"{_ADMISSION}/mutatingadmissionpolicybindings",
    "ValidatingAdmissionPolicy": f"{_ADMISSION}/validatingadmissionpolicies",
    "ValidatingAdmissionPolicyBinding": f"{_ADMISSION}/validatingadmissionpolicybindings",
    "ClusterRole": f"{_RBAC}/clusterroles",
    "ClusterRoleBinding": f"{_RBAC}/clusterrolebindings",
}
_IN_NAMESPACE = {
    "ConfigMap": "/api/v1/namespaces/{}/configmaps",
    "Role": _RBAC + "/namespaces/{}/roles",
    "RoleBinding": _RBAC + "/namespaces/{}/rolebindings",
}
INTEGRATION = "ci"
_DEVELOPERS_RULES = [
    {
        "apiGroups": [""],
        "verbs": ["*"],
        "resources": [
            "pods",
            "pods/status",
            "pods/binding",
            "pods/ephemeralcontainers",
            "pods/resize",
            "bindings",
        ],
    },
    {"apiGroups": ["apps"], "verbs": ["*"], "resources": ["deployments"]},
]


def bind(namespaces: str | Mapping[str, Any], pods: Mapping[str, Any], groups: Iterable[str], key: str = "") -> Binding:
    """A binding; namespaces by one's name or by a selector."""
    selector = in_namespace(namespaces) if isinstance(namespaces, str) else label_selector(namespaces, "test")
    return Binding(key or f"t-{uuid.uuid4().hex[:8]}", selector, label_selector(pods, "test"), frozenset(groups))


def says(*groups: str) -> dict[str, str]:
    """The annotation of groups."""
    return {GROUPS: render(groups)}


def pod(
    name: str = "",
    labels: Mapping[str, str] | None = None,
    annotations: Mapping[str, str] | None = None,
    **spec: Any,
) -> dict[str, Any]:
    """A pod with nothing in its metadata but what is given."""
    given = {"name": name, "labels": labels, "annotations": annotations, "generateName": "" if name else "new-"}
    metadata = {key: value for key, value in given.items() if value}
    container = {"name": "main", "image": "main"}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": {"containers": [container], **spec}}


def create(api: Api, namespace: str, body: Mapping[str, Any], *, dry: bool = True) -> dict[str, Any]:
    """Make a pod, or see what would become of it; returns its metadata."""
    query = {"dryRun": "All"} if dry else {}
    made = api.request("POST", f"/api/v1/namespaces/{namespace}/pods", query=query, body=body)
    return dict(made["metadata"])


def refused(attempt: Callable[[], object]) -> Refused:
    """The refusal that an attempt meets."""
    with pytest.raises(Refused) as refusal:
        attempt()
    return refusal.value


def as_user(server: Server, name: str) -> Api:
    """A client with the rights of one user."""
    way = access(str(server.kubeconfig), context=None, cluster=None, environ={})
    return Api(replace(way, headers={**way.headers, "Impersonate-User": name}))


@contextmanager
def installed(server: Server, manifests: Iterable[Mapping[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    """Objects on the cluster for a while; yields the server's answers, and takes away the last first."""
    made: list[tuple[str, dict[str, Any]]] = []
    try:
        for manifest in manifests:
            place = _place(manifest)
            made.append((place, server.api.request("POST", place, body=manifest)))
        yield [answer for _, answer in made]
    finally:
        for place, answer in reversed(made):
            server.api.request("DELETE", f"{place}/{answer['metadata']['name']}")


def policies(*bindings: Binding) -> list[dict[str, Any]]:
    """The mutating policies of bindings."""
    return [part for each in bindings for part in (admission.policy(each), admission.policy_binding(each))]


def guard_manifests(allowed: Iterable[Binding]) -> list[dict[str, Any]]:
    """The guard and what belongs to it."""
    compiled = guard.compiled(allowed, [], {})
    return [compiled, guard.policy_binding(), guard.routes_policy(), guard.routes_binding()]


def _place(manifest: Mapping[str, Any]) -> str:
    kind = manifest["kind"]
    return PLACES.get(kind) or _IN_NAMESPACE[kind].format(manifest["metadata"]["namespace"])


@dataclass(frozen=True)
class Guarded:
    """A cluster with a guard, a namespace with a binding, one whose labels are selected, and people.

    Args:
        server: the cluster; its client may do everything.
        team: the namespace in which pods `app=web` get `sg-0a1`.
        selected: a namespace with label `tier`, whose pods may use `sg-0b2`.
        developer: may do everything to pods and Deployments of both.
        integration: has the rights that we declare.
        policies: the names of the mutating policies that act.
    """

    server: Server
    team: str
    selected: str
    developer: Api
    integration: Api

    def live(self, api: Api | None = None, labels: Mapping[str, str] | None = None) -> str:
        """Make a pod of the binding; returns its path."""
        body = pod(f"p{uuid.uuid4().hex[:8]}", {"app": "web", **(labels or {})})
        made = create(api or self.developer, self.team, body, dry=False)
        return f"/api/v1/namespaces/{self.team}/pods/{made['name']}"

    def change(self, api: Api, path: str, metadata: Mapping[str, Any]) -> dict[str, Any]:
        """Merge into a pod's metadata, or by one of its subresources; returns the metadata that comes of it."""
        body = {"metadata": metadata}
        return dict(api.request("PATCH", path, body=body, content_type=MERGE)["metadata"])


@contextmanager
def guarded(server: Server) -> Iterator[Guarded]:
    """The guard for as long as a module's tests run; others must not meet it, so its end is waited for."""
    team, selected = make_namespace(server), make_namespace(server)
    tier = f"t{uuid.uuid4().hex[:8]}"
    labels = {"metadata": {"labels": {"tier": tier}}}
    server.api.request("PATCH", f"/api/v1/namespaces/{selected}", body=labels, content_type=MERGE)
    web, front = bind(team, {"app": "web"}, ["sg-0a1"]), bind({"tier": tier}, {"app": "front"}, ["sg-0b2"])
    subject = {"kind": "User", "name": INTEGRATION}
    manifests = [*_developers(team, selected), *guard.rights([subject]), *guard_manifests([web, front]), *policies(web)]
    world = Guarded(server, team, selected, as_user(server, "developer"), as_user(server, INTEGRATION))
    with installed(server, manifests):
        assert eventually(lambda: acts(world), 30), "the policies do not act"
        yield world
    assert eventually(lambda: not acts(world, "sg-0f0"), 30), "the guard still acts"


def acts(world: Guarded, foreign: str = "sg-0bad") -> bool:
    """Whether the guard refuses a foreign group; while it is there, also whether pods get theirs."""
    try:
        create(world.server.api, world.team, pod("foreign", annotations=says(foreign)))
    except Refused:
        return GROUPS in create(world.server.api, world.team, pod("web", {"app": "web"})).get("annotations", {})
    return False


def _developers(*namespaces: str) -> Iterator[dict[str, Any]]:
    version, name = "rbac.authorization.k8s.io/v1", "developers"
    for namespace in namespaces:
        metadata = {"name": name, "namespace": namespace}
        yield {"apiVersion": version, "kind": "Role", "metadata": metadata, "rules": _DEVELOPERS_RULES}
        yield {
            "apiVersion": version,
            "kind": "RoleBinding",
            "metadata": metadata,
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": name},
            "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": "developer"}],
        }
