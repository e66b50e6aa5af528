"""Definitions of Calico's kinds, as far as anybody here uses them.

Written from https://docs.tigera.io/calico/latest/reference/resources, with the limits that Calico's own definitions have
(api/pkg/apis/projectcalico/v3 in projectcalico/calico). What a definition cannot say is not held: whether a selector can be
parsed, or whether a policy's tier exists.
"""

from __future__ import annotations

from collections.abc import Iterator

from sg_integration.sandbox.kubernetes.definitions_rules import SELECTOR, rules_of_a_policy
from sg_integration.sandbox.kubernetes.schemas import (
    BOOLEAN,
    Definition,
    Schema,
    choice,
    definition,
    either,
    fields,
    items,
    number,
    text,
    texts,
)

V3 = "projectcalico.org/v3"
CRD_V1 = "crd.projectcalico.org/v1"
_ORDER: Schema = {"type": "number"}
_SET_OF_NETWORKS = 100_000
# Calico before 3.32 demands this of every policy outside the default tier.
_NAMED_BY_TIER = (
    "!has(self.spec.tier) || self.spec.tier == 'default' || self.metadata.name.startsWith(self.spec.tier + '.')",
    "policy name must be prefixed by the name of its tier and a dot",
)
_PASSING = "['kube-admin', 'kube-baseline', 'adminnetworkpolicy', 'baselineadminnetworkpolicy']"
_DEFAULT_ACTIONS = (
    (
        "self.metadata.name != 'default' || self.spec.defaultAction == 'Deny'",
        "tier 'default' has default action 'Deny'",
    ),
    (
        f"!(self.metadata.name in {_PASSING}) || self.spec.defaultAction == 'Pass'",
        "tiers of Kubernetes' own policies have default action 'Pass'",
    ),
)
_SWITCH = choice("Enabled", "Disabled")


def calico(api_version: str = V3) -> Iterator[Definition]:
    """The definitions.

    Args:
        api_version: `projectcalico.org/v3`, or `crd.projectcalico.org/v1`, behind which Calico keeps the same objects where
            no API server of its own runs.
    """
    yield definition(api_version, "Tier", "tiers", _tier(), status=True, rules=_DEFAULT_ACTIONS)
    yield definition(api_version, "GlobalNetworkSet", "globalnetworksets", _network_set())
    yield definition(
        api_version, "GlobalNetworkPolicy", "globalnetworkpolicies", fields(_policy()), rules=(_NAMED_BY_TIER,)
    )
    staged = fields({**_policy(), "stagedAction": choice("Set", "Delete", "Learn", "Ignore", default="Set")})
    yield definition(
        api_version, "StagedGlobalNetworkPolicy", "stagedglobalnetworkpolicies", staged, rules=(_NAMED_BY_TIER,)
    )
    yield definition(api_version, "HostEndpoint", "hostendpoints", _host_endpoint())
    yield definition(api_version, "ClusterInformation", "clusterinformations", _cluster_information())
    yield definition(
        api_version, "KubeControllersConfiguration", "kubecontrollersconfigurations", _controllers(), status=True
    )


def _tier() -> Schema:
    return fields({"order": _ORDER, "defaultAction": choice("Pass", "Deny", default="Deny")})


def _network_set() -> Schema:
    rule = "self.all(each, isCIDR(each) || isIP(each))"
    networks = items(text(49), _SET_OF_NETWORKS, kind="set")
    networks["x-kubernetes-validations"] = [{"rule": rule, "message": "nets entries must be IP addresses or CIDRs"}]
    return fields({"nets": networks})


def _policy() -> dict[str, Schema]:
    return {
        "tier": text(default="default"),
        "order": _ORDER,
        "selector": SELECTOR,
        "namespaceSelector": SELECTOR,
        "serviceAccountSelector": SELECTOR,
        "types": items(choice("Ingress", "Egress"), 2, kind="set"),
        "ingress": rules_of_a_policy(),
        "egress": rules_of_a_policy(),
        "doNotTrack": BOOLEAN,
        "preDNAT": BOOLEAN,
        "applyOnForward": BOOLEAN,
        "performanceHints": items(text(), kind="set"),
    }


def _host_endpoint() -> Schema:
    port = fields({"name": text(), "protocol": either(), "port": number(1, 65535)}, "name", "protocol", "port")
    return fields(
        {
            "node": text(),
            "interfaceName": text(),
            "expectedIPs": items(text(), kind="set"),
            "profiles": items(text(), kind="set"),
            "ports": items(port),
        },
        rules=(
            ("has(self.node) && size(self.node) > 0", "node must be specified"),
            (
                "(has(self.interfaceName) && size(self.interfaceName) > 0) || (has(self.expectedIPs) && size(self.expectedIPs) > 0)",
                "at least one of interfaceName or expectedIPs must be specified",
            ),
        ),
    )


def _cluster_information() -> Schema:
    said = {name: text() for name in ("calicoVersion", "cnxVersion", "clusterGUID", "clusterType", "variant")}
    return fields({**said, "datastoreReady": BOOLEAN})


def _controllers() -> Schema:
    template = {
        "generateName": text(253),
        "interfaceCIDRs": items(text(), kind="set"),
        "interfacePattern": text(),
        "labels": texts(),
        "nodeSelector": text(),
    }
    hosts = {
        "autoCreate": _SWITCH,
        "createDefaultHostEndpoint": _SWITCH,
        "templates": items(fields(template)),
    }
    node = {"hostEndpoint": fields(hosts), "syncLabels": _SWITCH, "leakGracePeriod": text(), "reconcilerPeriod": text()}
    others = {
        name: fields({"reconcilerPeriod": text()})
        for name in ("namespace", "policy", "serviceAccount", "workloadEndpoint")
    }
    return fields({"controllers": fields({"node": fields(node), **others})}, "controllers")
