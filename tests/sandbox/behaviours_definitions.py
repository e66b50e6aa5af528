"""What the kinds of others in the embedded cluster do as the real ones: rows of its table."""

from __future__ import annotations

from tests.sandbox.behaviours import Behaviour

_TESTS = "tests/sandbox/test_definitions.py"
_CALICO = "https://docs.tigera.io/calico/latest/reference/resources"
_CODE = "api/pkg/apis/projectcalico/v3 in github.com/projectcalico/calico"

DEFINITION_ROWS = (
    Behaviour(
        "Calico: a policy has at most 1,024 rules in each direction",
        f"{_CODE} (globalnetworkpolicy.go)",
        f"{_TESTS}::test_a_policy_has_1024_rules_in_a_direction",
    ),
    Behaviour(
        "Calico: a rule's end has at most 256 networks, each once, and 50 ports",
        f"{_CODE} (policy_common.go)",
        f"{_TESTS}::test_an_entity_has_256_networks_and_50_ports",
    ),
    Behaviour(
        "Calico: a selector has at most 1,024 characters",
        f"{_CODE} (policy_common.go)",
        f"{_TESTS}::test_a_selector_has_1024_characters",
    ),
    Behaviour(
        "Calico: ICMP types are 0 to 254, ICMP needs IPv4 and ICMPv6 IPv6, ports need a protocol that has them",
        f"{_CODE} (policy_common.go); for ports {_CALICO}/globalnetworkpolicy#entityrule",
        f"{_TESTS}::test_rules_that_calico_refuses_are_refused",
    ),
    Behaviour(
        "Calico: a protocol is a name or a number, a port a number or a range",
        f"{_CALICO}/globalnetworkpolicy#ports",
        f"{_TESTS}::test_rules_that_calico_takes_are_taken",
    ),
    Behaviour(
        "Calico: a rule is shown with an empty source and destination where nothing was said",
        f"{_CODE} (policy_common.go): until 3.31 they are structs that encoding/json never leaves out",
        f"{_TESTS}::test_a_rule_shows_both_ends",
    ),
    Behaviour(
        "Calico: outside the default tier a policy's name begins with its tier's and a dot",
        f"{_CALICO}/tier; demanded before 3.32",
        f"{_TESTS}::test_a_policy_is_named_after_its_tier",
    ),
    Behaviour(
        "Calico: a staged policy's action is Set unless it says otherwise",
        f"{_CALICO}/stagedglobalnetworkpolicy",
        f"{_TESTS}::test_a_staged_policy_sets_unless_told_otherwise",
    ),
    Behaviour(
        "Calico: a tier denies at its end unless it says Pass; default always denies, kube-admin always passes",
        f"{_CALICO}/tier; {_CODE} (tier.go)",
        f"{_TESTS}::test_a_tier_denies_or_passes_at_its_end",
    ),
    Behaviour(
        "Calico: a network set takes addresses and CIDR blocks, each once, up to 100,000",
        f"{_CALICO}/globalnetworkset; {_CODE} (globalnetworkset.go)",
        f"{_TESTS}::test_a_network_set_holds_networks_and_many",
    ),
    Behaviour(
        "Calico: a host endpoint names its node, and an interface or addresses",
        f"{_CALICO}/hostendpoint",
        f"{_TESTS}::test_a_host_endpoint_names_its_node_and_where",
    ),
    Behaviour(
        "Calico: an automatic host endpoint is NODE-auto-hep for interface *, with Calico's label and default-allow profile",
        "https://docs.tigera.io/calico/latest/network-policy/hosts/kubernetes-nodes",
        f"{_TESTS}::test_host_endpoints_are_those_that_calico_makes",
    ),
    Behaviour(
        "Calico: an installation has ClusterInformation, KubeControllersConfiguration and its own tiers",
        f"{_CALICO}/clusterinfo, {_CALICO}/kubecontrollersconfig, {_CALICO}/tier",
        f"{_TESTS}::test_seeding_makes_what_an_installation_has",
    ),
    Behaviour(
        "Calico: without its API server the same kinds are served as crd.projectcalico.org/v1; before 3.29 without tiers",
        "https://docs.tigera.io/calico/latest/operations/install-apiserver; release notes of 3.29",
        f"{_TESTS}::test_definitions_can_be_left_out_and_taken_away",
    ),
    Behaviour(
        "EKS: a SecurityGroupPolicy names one group or more; the limit of five was dropped in 2025",
        "https://github.com/aws/amazon-vpc-resource-controller-k8s/pull/583",
        f"{_TESTS}::test_a_security_group_policy_names_one_group_or_more",
    ),
    Behaviour(
        "Calico Enterprise: an AmazonCloudIntegration has every field but defaultPodMetadataAccess, which is Denied",
        "api/v1/amazoncloudintegration_types.go in github.com/tigera/operator, v1.32; its operator checks it, here the API server",
        f"{_TESTS}::test_an_amazon_cloud_integration_says_everything",
    ),
)
