"""The kinds of others that the embedded cluster serves have the limits and the defaults of the real ones."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from sg_integration.sandbox.errors import SandboxError
from sg_integration.sandbox.kubernetes import definitions
from sg_integration.sandbox.kubernetes.definitions import CRD_V1, V3, install, remove, seed_calico, seed_host_endpoints
from sg_integration.sandbox.plugins.kubernetes.api import Refused
from tests.sandbox.plugin_kubernetes_world import INTEGRATION, Server, make_namespace

PLURALS = {
    "Tier": "tiers",
    "GlobalNetworkSet": "globalnetworksets",
    "GlobalNetworkPolicy": "globalnetworkpolicies",
    "StagedGlobalNetworkPolicy": "stagedglobalnetworkpolicies",
    "HostEndpoint": "hostendpoints",
    "AmazonCloudIntegration": "amazoncloudintegrations",
    "SecurityGroupPolicy": "securitygrouppolicies",
}
Try = Callable[..., dict[str, Any]]
POLICIES = ["GlobalNetworkPolicy", "StagedGlobalNetworkPolicy"]
TCP = {"action": "Pass", "protocol": "TCP"}


@pytest.fixture(scope="session")
def served(kubernetes_server: Server) -> Server:
    """A cluster with the definitions."""
    install(kubernetes_server.api)
    return kubernetes_server


@pytest.fixture
def attempt(served: Server) -> Try:
    """Creates an object by a dry run: what the API server would keep, or its refusal."""

    def create(kind: str, spec: dict[str, Any], *, version: str = V3, name: str = "t") -> dict[str, Any]:
        body = {"apiVersion": version, "kind": kind, "metadata": {"name": name}, "spec": spec}
        where = f"/apis/{version}/{PLURALS[kind]}"
        return dict(served.api.request("POST", where, query={"dryRun": "All"}, body=body)["spec"])

    return create


def refused(words: str) -> Any:
    """Expect a refusal of an invalid object, in these words."""
    return pytest.raises(Refused, match=words)


@pytest.mark.parametrize("kind", POLICIES)
@pytest.mark.parametrize("direction", ["ingress", "egress"])
def test_a_policy_has_1024_rules_in_a_direction(attempt: Try, kind: str, direction: str) -> None:
    """As many are taken, one more is not."""
    attempt(kind, {direction: [{"action": "Pass"}] * 1024})
    with refused("must have at most 1024 items"):
        attempt(kind, {direction: [{"action": "Pass"}] * 1025})


@pytest.mark.parametrize("end", ["source", "destination"])
def test_an_entity_has_256_networks_and_50_ports(attempt: Try, end: str) -> None:
    """As many are taken, one more is not; a network is not there twice."""
    nets = [f"10.{number // 256}.{number % 256}.0/24" for number in range(257)]
    attempt("GlobalNetworkPolicy", {"ingress": [{**TCP, end: {"nets": nets[:256], "ports": list(range(1, 51))}}]})
    with refused("must have at most 256 items"):
        attempt("GlobalNetworkPolicy", {"ingress": [{**TCP, end: {"nets": nets}}]})
    with refused("must have at most 50 items"):
        attempt("GlobalNetworkPolicy", {"ingress": [{**TCP, end: {"ports": list(range(1, 52))}}]})
    with refused("Duplicate value"):
        attempt("GlobalNetworkPolicy", {"ingress": [{**TCP, end: {"nets": nets[:1] * 2}}]})


@pytest.mark.parametrize("kind", POLICIES)
def test_a_selector_has_1024_characters(attempt: Try, kind: str) -> None:
    """That of a policy, of its namespaces and of an entity."""
    longest = f"has({'a' * 1019})"
    for place in ("selector", "namespaceSelector", "serviceAccountSelector"):
        attempt(kind, {place: longest})
        with refused("may not be more than 1024"):
            attempt(kind, {place: f"{longest} "})
    with refused("may not be more than 1024"):
        attempt(kind, {"egress": [{"action": "Pass", "destination": {"selector": f"{longest} "}}]})


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ({"protocol": "ICMP", "icmp": {"type": 255}}, "should be less than or equal to 254"),
        ({"protocol": "ICMP", "icmp": {"type": 8, "code": 256}}, "should be less than or equal to 255"),
        ({"protocol": "ICMP", "icmp": {"code": 1}}, "ICMP code specified without an ICMP type"),
        ({"protocol": "TCP", "icmp": {"type": 8}}, "ICMP fields require protocol"),
        ({"protocol": "ICMP", "ipVersion": 6}, "protocol ICMP requires ipVersion 4"),
        ({"protocol": 58, "ipVersion": 4}, "protocol ICMPv6 requires ipVersion 6"),
        ({"protocol": "ICMP", "destination": {"ports": [80]}}, "rules that specify ports"),
        ({"destination": {"ports": [80]}}, "rules that specify ports"),
        ({"ipVersion": 5}, "Unsupported value"),
        ({"action": "Block"}, "Unsupported value"),
        ({"source": {"selector": "global()"}}, "can only be used in a namespaceSelector"),
    ],
)
@pytest.mark.parametrize("kind", POLICIES)
def test_rules_that_calico_refuses_are_refused(attempt: Try, kind: str, rule: dict[str, Any], words: str) -> None:
    """What a rule says must fit together, in either direction."""
    for direction in ("ingress", "egress"):
        with refused(words):
            attempt(kind, {direction: [{"action": "Pass", **rule}]})


@pytest.mark.parametrize(
    "rule",
    [
        {"protocol": "ICMP", "ipVersion": 4, "icmp": {"type": 254, "code": 255}},
        {"protocol": "ICMPv6", "ipVersion": 6, "icmp": {"type": 0}},
        {"protocol": 47},
        {"protocol": "UDP", "destination": {"ports": [53, "1024:65535"]}},
        {"ipVersion": 6, "source": {"nets": ["::/1"]}},
    ],
)
def test_rules_that_calico_takes_are_taken(attempt: Try, rule: dict[str, Any]) -> None:
    """And kept as they are written."""
    [kept] = attempt("GlobalNetworkPolicy", {"ingress": [{"action": "Pass", **rule}]})["ingress"]
    assert rule.items() <= kept.items()


def test_a_rule_shows_both_ends(attempt: Try) -> None:
    """Calico's API server answers with an empty source and destination where nothing was said."""
    [kept] = attempt("GlobalNetworkPolicy", {"egress": [{"action": "Deny"}]})["egress"]
    assert kept == {"action": "Deny", "source": {}, "destination": {}}


@pytest.mark.parametrize("kind", POLICIES)
def test_a_policy_is_named_after_its_tier(attempt: Try, kind: str) -> None:
    """Outside the default tier a name begins with the tier's; a policy without a tier is in the default one."""
    assert attempt(kind, {})["tier"] == "default"
    attempt(kind, {"tier": "sg-local"}, name="sg-local.t")
    with refused("policy name must be prefixed by the name of its tier"):
        attempt(kind, {"tier": "sg-local"})


def test_a_staged_policy_sets_unless_told_otherwise(attempt: Try) -> None:
    """Its action has a default, and is one of four."""
    assert attempt("StagedGlobalNetworkPolicy", {})["stagedAction"] == "Set"
    with refused("Unsupported value"):
        attempt("StagedGlobalNetworkPolicy", {"stagedAction": "Apply"})


def test_a_tier_denies_or_passes_at_its_end(attempt: Try) -> None:
    """It denies unless told otherwise, and the tiers that everybody has cannot be turned round."""
    assert attempt("Tier", {"order": 106.5}) == {"order": 106.5, "defaultAction": "Deny"}
    assert attempt("Tier", {"defaultAction": "Pass"}) == {"defaultAction": "Pass"}
    with refused("Unsupported value"):
        attempt("Tier", {"defaultAction": "Allow"})
    with refused("has default action 'Deny'"):
        attempt("Tier", {"defaultAction": "Pass"}, name="default")
    with refused("have default action 'Pass'"):
        attempt("Tier", {"defaultAction": "Deny"}, name="kube-admin")


def test_a_network_set_holds_networks_and_many(attempt: Try) -> None:
    """Addresses and CIDR blocks of both families, each once, thousands of them; nothing else."""
    many = [f"10.{number // 256}.{number % 256}.0/24" for number in range(5000)]
    assert len(attempt("GlobalNetworkSet", {"nets": [*many, "2001:db8::/32", "192.0.2.1"]})["nets"]) == 5002
    with refused("must be IP addresses or CIDRs"):
        attempt("GlobalNetworkSet", {"nets": ["10.0.0.0/33"]})
    with refused("Duplicate value"):
        attempt("GlobalNetworkSet", {"nets": ["10.0.0.0/8", "10.0.0.0/8"]})


def test_a_host_endpoint_names_its_node_and_where(attempt: Try) -> None:
    """Without a node, or without interface and addresses, it is refused."""
    attempt("HostEndpoint", {"node": "n", "interfaceName": "*"})
    with refused("node must be specified"):
        attempt("HostEndpoint", {"interfaceName": "*"})
    with refused("at least one of interfaceName or expectedIPs"):
        attempt("HostEndpoint", {"node": "n"})


def test_a_security_group_policy_names_one_group_or_more(served: Server) -> None:
    """It is in a namespace; none is refused, and how many a network interface takes is not the API server's affair."""
    where = f"/apis/vpcresources.k8s.aws/v1beta1/namespaces/{make_namespace(served)}/securitygrouppolicies"
    head = {"apiVersion": "vpcresources.k8s.aws/v1beta1", "kind": "SecurityGroupPolicy", "metadata": {"name": "t"}}

    def create(*groups: str) -> None:
        spec = {"podSelector": {"matchLabels": {"app": "web"}}, "securityGroups": {"groupIds": list(groups)}}
        served.api.request("POST", where, query={"dryRun": "All"}, body={**head, "spec": spec})

    create(*[f"sg-{number}" for number in range(17)])
    with refused("should have at least 1 items"):
        create()


@pytest.mark.parametrize("missing", sorted(INTEGRATION))
def test_an_amazon_cloud_integration_says_everything(attempt: Try, missing: str) -> None:
    """Every field but the last is required and not empty; pods do not reach metadata unless told."""
    version = "operator.tigera.io/v1"
    assert attempt("AmazonCloudIntegration", INTEGRATION, version=version)["defaultPodMetadataAccess"] == "Denied"
    with refused("Required value"):
        attempt("AmazonCloudIntegration", {**INTEGRATION, missing: None}, version=version)
    empty: Any = [] if isinstance(INTEGRATION[missing], list) else ""
    with refused("should be at least 1|should have at least 1"):
        attempt("AmazonCloudIntegration", {**INTEGRATION, missing: empty}, version=version)


@pytest.fixture
def seeded(served: Server) -> Iterator[Server]:
    """The cluster; what seeding made is gone afterwards."""
    yield served
    for plural in ("tiers", "hostendpoints", "clusterinformations", "kubecontrollersconfigurations"):
        served.api.request("DELETE", f"/apis/{V3}/{plural}")


def test_seeding_makes_what_an_installation_has(seeded: Server) -> None:
    """Version, settings and Calico's own tiers; again with other values it changes them."""
    seed_calico(seeded.api)
    seed_calico(seeded.api, version="v3.32.1", auto_host_endpoints=False, enterprise=True)
    information = seeded.get(f"/apis/{V3}/clusterinformations/default")
    assert information is not None
    assert information["spec"] == {"calicoVersion": "v3.32.1", "cnxVersion": "v3.32.1", "datastoreReady": True}
    settings = seeded.get(f"/apis/{V3}/kubecontrollersconfigurations/default")
    assert settings is not None
    assert settings["spec"]["controllers"]["node"]["hostEndpoint"] == {"autoCreate": "Disabled"}
    tiers = seeded.api.request("GET", f"/apis/{V3}/tiers")["items"]
    names = {each["metadata"]["name"]: each["spec"]["order"] for each in tiers}
    assert (names["default"], names["kube-admin"], names["adminnetworkpolicy"]) == (1_000_000, 1_000, 1_000)


def test_host_endpoints_are_those_that_calico_makes(seeded: Server) -> None:
    """One for each node, for all of its interfaces, with the label and the profile of automatic ones."""
    seed_host_endpoints(seeded.api, {"node-1": ["10.0.0.5"]})
    [found] = seeded.api.request("GET", f"/apis/{V3}/hostendpoints")["items"]
    assert found["metadata"]["labels"]["projectcalico.org/created-by"] == "calico-kube-controllers"
    assert (found["spec"]["node"], found["spec"]["interfaceName"]) == ("node-1", "*")


def test_definitions_can_be_left_out_and_taken_away(served: Server) -> None:
    """An older Calico serves no tiers; behind its API server the same kinds are served under another name."""
    install(served.api, calico_in=[CRD_V1], without=["tiers", "stagedglobalnetworkpolicies"])
    resources = {each["name"] for each in served.api.request("GET", f"/apis/{CRD_V1}")["resources"]}
    assert "globalnetworkpolicies" in resources
    assert not {"tiers", "stagedglobalnetworkpolicies"} & resources
    remove(served.api, calico_in=[CRD_V1])
    remove(served.api, calico_in=[CRD_V1])
    assert served.get(f"/apis/{CRD_V1}/globalnetworkpolicies") is None
    assert served.get(f"/apis/{V3}/tiers") is not None


def test_a_definition_that_is_not_served_in_time_is_said(served: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever waits is told what for."""
    monkeypatch.setattr(definitions, "_is_served", lambda *_: False)
    with pytest.raises(SandboxError, match="defining tiers.projectcalico.org: it is not served after 0 s"):
        install(served.api, timeout=0)


def test_a_definition_that_does_not_go_in_time_is_said(served: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same when it is taken away; here nothing is."""
    monkeypatch.setattr(definitions, "_is_served", lambda *_: True)
    with pytest.raises(SandboxError, match="still served after 0 s"):
        remove(served.api, calico_in=[f"{uuid.uuid4().hex}.example.com/v1"], timeout=0)
