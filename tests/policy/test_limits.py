"""The objects for Calico are what its API takes, of any VPC, and never touch what the cluster runs on."""

from __future__ import annotations

import re

import pytest
from hypothesis import HealthCheck, given, settings

from sg_integration.model import calico
from sg_integration.model.policy_compile import compile_policy
from sg_integration.model.policy_inputs import Member
from sg_integration.model.rules import Direction, PeerKind
from tests.policy.parties import span
from tests.policy.selectors import selector
from tests.policy.shop import ends, objects, rule, rules_of, shop, specs
from tests.policy.world import HOST_LABELS, World
from tests.policy.worlds import worlds

SOME = settings(max_examples=25, deadline=None, database=None, suppress_health_check=list(HealthCheck))
LABEL = r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?"
POLICY_NAME = re.compile(rf"(sg-local|sg-remote|metadata)\.{LABEL}")


@SOME
@given(worlds())
def test_what_is_written_is_within_the_limits_of_the_api(world: World) -> None:
    """Names, selectors, actions, protocols, ICMP and families are what Calico's API takes, for any VPC."""
    found = calico.objects(compile_policy(world.inputs), metadata=True)
    for name, manifest in found.items():
        assert manifest["metadata"]["name"] == name
        assert "Policy" not in manifest["kind"] or POLICY_NAME.fullmatch(name)
        assert re.fullmatch(rf"{LABEL}(\.{LABEL})*", name)
    for each in rules_of(found):
        assert each["action"] in ("Pass", "Deny")
        assert each.get("ipVersion") == {"ICMP": 4, "ICMPv6": 6}.get(each.get("protocol", ""))
        assert each.get("icmp", {}).get("type", 0) in range(255)
        assert each.get("protocol", "TCP") in ("TCP", "UDP", "ICMP", "ICMPv6", *range(1, 256))
        nets = [net for end in ("source", "destination") for net in each.get(end, {}).get("nets", ())]
        assert len({span(net)[0] for net in nets}) <= 1
    for end in ends(found):
        assert len(end.get("nets", ())) <= 256
        assert len(end.get("ports", ())) <= 50
        assert len(end.get("selector", "")) <= 1024
    assert all(len(spec["selector"]) <= 1024 for spec in specs(found))


@SOME
@given(worlds())
def test_no_local_policy_ever_selects_a_node(world: World) -> None:
    """Whatever labels a node has, the tier that denies by default does not see it; nor do pods' policies of the other."""
    found = calico.objects(compile_policy(world.inputs))
    everything = {f"sg.aws.tigera.io/{group.id}": "" for group in world.inputs.groups}
    for spec in specs(found):
        if selector(spec["selector"])({**everything, **HOST_LABELS}):
            assert spec["tier"] == "sg-remote"
            assert "namespaceSelector" not in spec


@SOME
@given(worlds())
def test_the_clusters_own_namespaces_are_never_selected(world: World) -> None:
    """Each policy for pods leaves out kube-system, Calico's namespaces and its operator's."""
    for spec in specs(calico.objects(compile_policy(world.inputs), metadata=True)):
        for name in ("kube-system", "calico-system", "calico-apiserver", "tigera-operator"):
            labels = {"kubernetes.io/metadata.name": name}
            pod = {"projectcalico.org/orchestrator": "k8s", "sg.aws.tigera.io/sg-0a": ""}
            assert not (selector(spec["selector"])(pod) and selector(spec.get("namespaceSelector", ""))(labels))


def test_many_rules_are_split_and_none_is_lost() -> None:
    """1,500 rules become three policies of at most 1,024 rules, with every rule in one of them."""
    blocks = [f"10.{n // 250}.{n % 250}.0/24" for n in range(1500)]
    found = objects(*(rule(n, peer_kind=PeerKind.CIDR_IPV4, peer=block) for n, block in enumerate(blocks)))
    parts = [found[name]["spec"]["ingress"] for name in ("sg-local.sg-0b", "sg-local.sg-0b-2", "sg-local.sg-0b-3")]
    assert [len(part) for part in parts] == [512, 512, 476]
    assert sorted(each["source"]["nets"][0] for part in parts for each in part) == sorted(blocks)


@pytest.mark.parametrize(("way", "other"), [("ingress", "egress"), ("egress", "ingress")])
def test_the_direction_with_more_rules_decides_on_the_parts(way: str, other: str) -> None:
    """600 rules one way and one the other way are two policies; the single rule is in the first only."""
    many = Direction.INGRESS if way == "ingress" else Direction.EGRESS
    rules = [
        rule(n, direction=many, peer_kind=PeerKind.CIDR_IPV4, peer=f"10.{n // 250}.{n % 250}.0/24") for n in range(600)
    ]
    single = rule(600, direction=Direction.EGRESS if way == "ingress" else Direction.INGRESS)
    found = objects(*rules, single)
    parts = [found[name]["spec"] for name in ("sg-local.sg-0b", "sg-local.sg-0b-2")]
    assert [len(part[way]) for part in parts] == [512, 88]
    assert [len(part[other]) for part in parts] == [1, 0]


def test_many_members_are_split_and_none_is_lost() -> None:
    """2,500 addresses of one group become three sets of at most 1,000, all with the group's label."""
    addresses = [f"10.1.{n // 250}.{n % 250}" for n in range(2500)]
    members = tuple(Member(f"eni-{n}", "m", (each,), frozenset({"sg-0b"})) for n, each in enumerate(addresses))
    found = calico.objects(compile_policy(shop(rule(peer="sg-0b"), members=members)))
    for prefix, label in (
        ("sg-integration-sg-0b", "sg.aws.tigera.io/sg-0b"),
        ("sg-integration-members", "sg-integration/member"),
    ):
        parts = [found[f"{prefix}{part}"] for part in ("", "-2", "-3")]
        assert all(part["metadata"]["labels"][label] == "" for part in parts)
        assert [net for part in parts for net in part["spec"]["nets"]] == [f"{each}/32" for each in addresses]
