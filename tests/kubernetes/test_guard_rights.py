"""What our roles let the integration's identity do on a real API server, and what not."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from sg_integration.model import admission, guard
from sg_integration.sandbox.plugins.kubernetes.api import Api
from tests.kubernetes.policies import INTEGRATION, as_user, installed
from tests.sandbox.plugin_kubernetes_world import Server

SUBJECTS = [{"kind": "User", "name": INTEGRATION}, {"kind": "ServiceAccount", "name": "bot", "namespace": "ops"}]
ADMISSION, PODS = "admissionregistration.k8s.io", ("", "pods")
MAY = [
    *[(verb, *PODS, "", "shop") for verb in ("get", "list", "patch", "create")],
    *[(verb, "", kind, "", "") for verb in ("get", "list") for kind in ("namespaces", "nodes")],
    ("use", "sg-integration", "podgroups", "", "shop"),
    *[(verb, ADMISSION, "mutatingadmissionpolicies", "any", "") for verb in ("get", "create", "patch", "delete")],
    *[(verb, ADMISSION, "mutatingadmissionpolicybindings", "any", "") for verb in ("list", "update", "watch")],
    *[(verb, ADMISSION, "validatingadmissionpolicies", guard.NAME, "") for verb in ("get", "update", "delete")],
    ("patch", ADMISSION, "validatingadmissionpolicybindings", guard.ROUTES, ""),
    ("create", ADMISSION, "validatingadmissionpolicies", "", ""),
    *[(verb, "", "configmaps", "any", admission.REGISTRY_NAMESPACE) for verb in ("get", "create", "patch", "delete")],
]
MAY_NOT = [
    ("delete", *PODS, "", "shop"),
    ("update", "", "pods/status", "", "shop"),
    ("create", "", "pods/binding", "", "shop"),
    ("get", "", "secrets", "", "shop"),
    ("patch", "", "namespaces", "", ""),
    ("patch", "", "nodes", "", ""),
    ("get", "", "configmaps", "", "shop"),
    ("patch", "apps", "deployments", "", "shop"),
    ("update", ADMISSION, "validatingadmissionpolicies", "another", ""),
    ("delete", ADMISSION, "validatingadmissionpolicybindings", "another", ""),
    ("create", "rbac.authorization.k8s.io", "clusterroles", "", ""),
]


@pytest.fixture(scope="module")
def integration(kubernetes_server: Server) -> Iterator[Api]:
    """An identity that has nothing but our roles."""
    with installed(kubernetes_server, guard.rights(SUBJECTS)):
        yield as_user(kubernetes_server, INTEGRATION)


def allowed(api: Api, verb: str, group: str, resource: str, name: str, namespace: str) -> bool:
    """Whether the API server would let it."""
    resource, _, subresource = resource.partition("/")
    attributes = {
        "verb": verb,
        "group": group,
        "resource": resource,
        "subresource": subresource,
        "name": name,
        "namespace": namespace,
    }
    body = {
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SelfSubjectAccessReview",
        "spec": {"resourceAttributes": attributes},
    }
    path = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"
    return bool(api.request("POST", path, body=body)["status"]["allowed"])


@pytest.mark.parametrize("access", MAY, ids=lambda access: "-".join(filter(None, access)))
def test_what_bindings_need_is_granted(integration: Api, access: tuple[str, str, str, str, str]) -> None:
    """Each call of the integration."""
    assert allowed(integration, *access)


@pytest.mark.parametrize("access", MAY_NOT, ids=lambda access: "-".join(filter(None, access)))
def test_nothing_else_is_granted(integration: Api, access: tuple[str, str, str, str, str]) -> None:
    """What an attacker who has this identity must not get from our roles."""
    assert not allowed(integration, *access)
