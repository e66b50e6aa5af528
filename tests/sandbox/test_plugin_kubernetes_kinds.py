"""The stand-in kubernetes plugin on the real engine: custom resources, admission policies, YAML, previews of both."""

from __future__ import annotations

import threading
import uuid
from typing import Any

import pulumi
import pulumi_kubernetes
import pytest

from sg_integration.sandbox.kubernetes.definitions import install
from sg_integration.sandbox.kubernetes.definitions_aws import AMAZON_CLOUD_INTEGRATION, SECURITY_GROUP_POLICY
from sg_integration.sandbox.plugins.kubernetes.api import Refused
from sg_integration.sandbox.plugins.kubernetes.cluster import Cluster
from sg_integration.sandbox.plugins.kubernetes.discovery import Discovery, NotServed
from sg_integration.sandbox.plugins.kubernetes.objects import Kind
from tests.engine.stacks import EngineStack
from tests.sandbox.plugin_kubernetes_world import INTEGRATION, Server, eventually, path_of

pytest_plugins = ("tests.sandbox.plugin_kubernetes_fixtures",)

k8s: Any = pulumi_kubernetes  # how the SDK types its nested arguments is not what is tested
POLICIES = "/apis/admissionregistration.k8s.io/v1"


def test_a_definition_and_its_custom_resource(kubernetes_server: Server, kube_stack: EngineStack) -> None:
    """A CustomResourceDefinition and an object of it come in one update, change in place, and go in one destroy."""
    group = f"g{uuid.uuid4().hex[:8]}.example.com"

    def program(size: int) -> None:
        spec = {"type": "object", "x_kubernetes_preserve_unknown_fields": True}
        schema = {"open_apiv3_schema": {"type": "object", "properties": {"spec": spec}}}
        definition = k8s.apiextensions.v1.CustomResourceDefinition(
            "widgets",
            metadata={"name": f"widgets.{group}"},
            spec={
                "group": group,
                "names": {"kind": "Widget", "plural": "widgets"},
                "scope": "Cluster",
                "versions": [{"name": "v1", "served": True, "storage": True, "schema": schema}],
            },
        )
        opts = pulumi.ResourceOptions(depends_on=[definition])
        k8s.apiextensions.CustomResource(
            "widget",
            api_version=f"{group}/v1",
            kind="Widget",
            # in the foreground it would wait for the garbage collector, which looks for new kinds every 30 s
            metadata={"name": "w", "annotations": {"pulumi.com/deletionPropagationPolicy": "background"}},
            spec={"size": size, "any_Name": {"x": 1.5}},
            opts=opts,
        )

    path = f"/apis/{group}/v1/widgets/w"
    assert not kube_stack.preview(lambda: program(1)).failed
    assert kube_stack.up(lambda: program(1)).counts == {"create": 2}
    assert kube_stack.up(lambda: program(2)).counts == {"update": 1}
    live = kubernetes_server.get(path)
    assert live is not None
    assert live["spec"] == {"size": 2, "any_Name": {"x": 1.5}}
    assert live["metadata"]["generation"] == 2
    kube_stack.refresh()
    assert kube_stack.up(lambda: program(2)).steps == ()
    assert kube_stack.destroy().counts == {"delete": 2}
    assert kubernetes_server.get(path) is None


def test_custom_resources_of_others(kubernetes_server: Server, kube_stack: EngineStack, namespace: str) -> None:
    """AWS's and Calico Enterprise's: made, changed in place, repaired, refused where the definition says so, and gone."""
    install(kubernetes_server.api, calico_in=())
    policy = f"/apis/{SECURITY_GROUP_POLICY}/namespaces/{namespace}/securitygrouppolicies/web"
    integration = f"/apis/{AMAZON_CLOUD_INTEGRATION}/amazoncloudintegrations/{namespace}"

    def program(*groups: str) -> None:
        selector = {"matchExpressions": [{"key": "app", "operator": "In", "values": ["web", "api"]}]}
        custom(
            SECURITY_GROUP_POLICY,
            "SecurityGroupPolicy",
            "web",
            podSelector=selector,
            securityGroups={"groupIds": groups},
        )
        custom(AMAZON_CLOUD_INTEGRATION, "AmazonCloudIntegration", namespace, **INTEGRATION)

    assert not kube_stack.preview(lambda: program("sg-1")).failed
    assert kubernetes_server.get(policy) is None
    assert kube_stack.up(lambda: program("sg-1")).counts == {"create": 2}
    assert kube_stack.up(lambda: program("sg-1")).steps == ()
    assert kube_stack.up(lambda: program("sg-1", "sg-2")).steps == (("update", "web"),)
    assert _spec(kubernetes_server, policy)["securityGroups"] == {"groupIds": ["sg-1", "sg-2"]}
    assert _spec(kubernetes_server, integration)["defaultPodMetadataAccess"] == "Denied"
    types = {each["type"] for each in kube_stack.resources()}
    assert f"kubernetes:{SECURITY_GROUP_POLICY}:SecurityGroupPolicy" in types
    kubernetes_server.edit(policy, {"spec": {"securityGroups": {"groupIds": ["sg-9"]}}})
    kube_stack.refresh()
    assert kube_stack.up(lambda: program("sg-1", "sg-2")).steps == (("update", "web"),)
    assert _spec(kubernetes_server, policy)["securityGroups"] == {"groupIds": ["sg-1", "sg-2"]}
    assert "should have at least 1 items" in kube_stack.preview(program).output
    kube_stack.destroy()
    assert kubernetes_server.get(policy) is None
    assert kubernetes_server.get(integration) is None


def test_a_kind_that_is_not_served(kube_stack: EngineStack, monkeypatch: pytest.MonkeyPatch) -> None:
    """A preview lets it pass, because the definition may come with the update; an update says what is missing."""
    monkeypatch.setattr("sg_integration.sandbox.plugins.kubernetes.cluster._PATIENCE", (0.1,))

    def program() -> None:
        custom("example.com/v1", "Absent", "a")

    assert not kube_stack.preview(program).failed
    outcome = kube_stack.up(program)
    assert outcome.failed
    assert 'no matches for kind "Absent" in version "example.com/v1"' in outcome.output


def test_creation_waits_for_what_it_needs(kubernetes_server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """A namespace that comes a moment later is waited for, as a definition is; one that never comes is an error."""
    cluster = Cluster(kubernetes_server.api, Discovery(kubernetes_server.api))
    name = f"late-{uuid.uuid4().hex[:8]}"
    body = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}
    late = threading.Timer(0.5, lambda: kubernetes_server.api.request("POST", "/api/v1/namespaces", body=body))
    late.start()
    live = cluster.create_patiently(Kind("v1", "ConfigMap"), name, "settings", {"data": {"x": "1"}}, "me")
    late.join()

    assert live["metadata"]["namespace"] == name
    monkeypatch.setattr("sg_integration.sandbox.plugins.kubernetes.cluster._PATIENCE", (0.1,))
    with pytest.raises(NotServed, match='no matches for kind "Absent" in version "example.com/v1"'):
        cluster.create_patiently(Kind("example.com/v1", "Absent"), name, "a", {}, "me")


def test_a_mutating_admission_policy_acts(kubernetes_server: Server, kube_stack: EngineStack, namespace: str) -> None:
    """A MutatingAdmissionPolicy and its binding are ordinary resources, and the server follows them."""
    expression = 'Object{metadata: Object.metadata{annotations: {"example.com/groups": "[\\"sg-1\\"]"}}}'

    def program() -> None:
        mutation = {"patch_type": "ApplyConfiguration", "apply_configuration": {"expression": expression}}
        rule = {"api_groups": [""], "api_versions": ["v1"], "operations": ["CREATE"], "resources": ["configmaps"]}
        policy = k8s.admissionregistration.v1.MutatingAdmissionPolicy(
            "groups",
            metadata={"name": f"groups-{namespace}"},
            spec={
                "failure_policy": "Fail",
                "reinvocation_policy": "IfNeeded",
                "match_constraints": {"resource_rules": [rule]},
                "mutations": [mutation],
            },
        )
        selector = {"match_labels": {"kubernetes.io/metadata.name": namespace}}
        k8s.admissionregistration.v1.MutatingAdmissionPolicyBinding(
            "groups",
            metadata={"name": f"groups-{namespace}"},
            spec={"policy_name": policy.metadata.name, "match_resources": {"namespace_selector": selector}},
        )

    def annotated() -> bool:
        made = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "probe"}}
        path = path_of(namespace).rpartition("/")[0]
        answer = kubernetes_server.api.request("POST", path, query={"dryRun": "All"}, body=made)
        return bool(answer["metadata"].get("annotations") == {"example.com/groups": '["sg-1"]'})

    assert kube_stack.up(program).counts == {"create": 2}
    assert kube_stack.up(program).steps == ()
    assert eventually(annotated)
    kube_stack.destroy()
    assert kubernetes_server.get(f"{POLICIES}/mutatingadmissionpolicies/groups-{namespace}") is None


def test_a_preview_shows_what_the_server_would_refuse(
    kubernetes_server: Server, kube_stack: EngineStack, namespace: str
) -> None:
    """A dry run brings validation errors, unknown fields and refusals of admission policies into the preview."""

    def invalid() -> None:
        k8s.core.v1.ConfigMap("settings", metadata={"name": "Not_Valid"}, data={"x": "1"})

    def unknown_field() -> None:
        k8s.apiextensions.CustomResource(
            "quota", api_version="v1", kind="ResourceQuota", metadata={"name": "q"}, spec={"hardd": {"pods": "1"}}
        )

    def denied() -> None:
        k8s.core.v1.ConfigMap("settings", metadata={"name": "settings"}, data={"x": "1"})

    _deny_config_maps(kubernetes_server, namespace)
    outcomes = {program.__name__: kube_stack.preview(program) for program in (invalid, unknown_field, denied)}

    assert all(outcome.failed for outcome in outcomes.values())
    assert 'Invalid value: "Not_Valid"' in outcomes["invalid"].output
    assert 'unknown field "spec.hardd"' in outcomes["unknown_field"].output
    assert "no settings in here" in outcomes["denied"].output
    assert kubernetes_server.get(path_of(namespace)) is None


def test_config_group_declares_what_yaml_says(
    kubernetes_server: Server, kube_stack: EngineStack, namespace: str
) -> None:
    """The SDK's ConfigGroup gets its YAML decoded, and each object becomes a resource."""
    document = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: %s}\ndata: {at: 2026-01-02}\n"

    def program() -> None:
        k8s.yaml.ConfigGroup("all", yaml=["---\n".join(document % name for name in ("one", "two"))])

    assert kube_stack.up(program).counts == {"create": 3}  # the group itself is a component
    live = kubernetes_server.get(path_of(namespace, "two"))
    assert live is not None
    assert live["data"] == {"at": "2026-01-02"}


def custom(api_version: str, kind: str, name: str, **spec: Any) -> None:
    """Declare a custom resource. In the foreground its end waits for the garbage collector, which looks for kinds every 30 s."""
    annotations = {"pulumi.com/deletionPropagationPolicy": "background"}
    about = {"name": name, "annotations": annotations}
    k8s.apiextensions.CustomResource(name, api_version=api_version, kind=kind, metadata=about, spec=spec)


def _spec(server: Server, path: str) -> dict[str, Any]:
    live = server.get(path)
    assert live is not None
    return dict(live["spec"])


def _deny_config_maps(server: Server, namespace: str) -> None:
    """Refuse every ConfigMap of a namespace by policy, and wait until that acts."""
    rule = {"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["configmaps"]}
    validation = {"expression": "false", "message": "no settings in here", "reason": "Forbidden"}
    selector = {"matchLabels": {"kubernetes.io/metadata.name": namespace}}
    about = {"name": f"deny-{namespace}"}
    policy = {"matchConstraints": {"resourceRules": [rule]}, "validations": [validation]}
    binding = {
        "policyName": about["name"],
        "validationActions": ["Deny"],
        "matchResources": {"namespaceSelector": selector},
    }
    for kind, spec in (("ValidatingAdmissionPolicy", policy), ("ValidatingAdmissionPolicyBinding", binding)):
        plural = "validatingadmissionpolicies" if kind.endswith("Policy") else "validatingadmissionpolicybindings"
        body = {"apiVersion": "admissionregistration.k8s.io/v1", "kind": kind, "metadata": about, "spec": spec}
        server.api.request("POST", f"{POLICIES}/{plural}", body=body)

    def denied() -> bool:
        made = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "probe"}}
        try:
            server.api.request("POST", path_of(namespace).rpartition("/")[0], query={"dryRun": "All"}, body=made)
        except Refused:
            return True
        return False

    assert eventually(denied)
