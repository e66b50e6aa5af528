"""What the objects for Calico say of themselves, and the choices that a caller has."""

from __future__ import annotations

import json

import pytest

from sg_integration.model import calico
from sg_integration.model.calico_objects import label_name, said
from sg_integration.model.policy import Caution
from sg_integration.model.policy_compile import compile_policy
from sg_integration.model.policy_inputs import Member
from sg_integration.model.rules import Direction, PeerKind
from tests.policy.calico import Calico, Endpoint
from tests.policy.parties import Packet, Shape
from tests.policy.selectors import selector
from tests.policy.shop import objects, rule, rules_of, shop, specs
from tests.policy.world import HOST_LABELS

HOSTS: tuple[calico.Hosts, ...] = ("members", "off")
ALLOWED = "aws.tigera.io/allow-metadata-access"


def test_a_policy_says_what_it_means() -> None:
    """The line of the preview names the object, the group, and what passes between whom."""
    egress = rule(2, direction=Direction.EGRESS, protocol="-1", peer_kind=PeerKind.CIDR_IPV4, peer="0.0.0.0/0")
    member = Member("eni-1", "db", ("10.0.2.20",), frozenset({"sg-0b"}))
    found = calico.objects(compile_policy(shop(rule(), egress, members=(member,))))
    lines = {name: calico.meaning(manifest) for name, manifest in found.items()}
    assert lines["sg-local.sg-0b"] == (
        "sg-local.sg-0b (orders-db): ingress tcp/5432 from orders-api; egress all to 0.0.0.0/0"
    )
    assert lines["sg-remote.sg-0a"] == "sg-remote.sg-0a (orders-api): tcp/5432 to members of orders-db"
    assert lines["sg-remote.networks-sg-0b"] == "sg-remote.networks-sg-0b (members of orders-db): all to 0.0.0.0/0"
    assert lines["sg-integration-sg-0b"] == "sg-integration-sg-0b (orders-db): 10.0.2.20/32"
    assert (
        lines["sg-integration-members"] == "sg-integration-members (members whose rules the nodes hold): 10.0.2.20/32"
    )


def test_a_long_meaning_is_cut_but_every_difference_shows() -> None:
    """Eight phrases are written out; that the twentieth changed is seen by the digest."""
    one, other = [f"p{n}" for n in range(20)], [*(f"p{n}" for n in range(19)), "q"]
    assert said(one).startswith("p0; p1; p2; p3; p4; p5; p6; p7 and 12 more (")
    assert said(one) != said(other)
    assert said(one[:9]) == "; ".join(one[:9])


def test_long_names_are_cut_and_stay_different() -> None:
    """A name is at most 63 characters with its part, and two that begin alike are not one."""
    one, other = label_name("sg-" + 60 * "a" + "0", 1), label_name("sg-" + 60 * "a" + "1", 1)
    assert one != other
    assert max(len(one), len(other)) <= 63
    assert one.endswith("-2")
    assert label_name("sg-0a") == "sg-0a"
    just = 60 * "a" + "bcd"
    assert (label_name(just), len(label_name(just[:-1], 1))) == (just, 63)
    assert label_name(just[:-1], 1).startswith(52 * "a" + "-")
    assert "--" not in label_name(53 * "a" + "-" + 20 * "b")
    assert label_name("sg_0a") != label_name("sg-0a")


def test_a_whole_family_is_two_halves_in_a_set() -> None:
    """A prefix list may hold 0.0.0.0/0, which no kernel's set takes."""
    found = calico.objects(
        compile_policy(
            shop(rule(peer_kind=PeerKind.PREFIX_LIST, peer="pl-01"), prefix_lists={"pl-01": ("::/0", "0.0.0.0/0")})
        )
    )
    assert found["sg-integration-pl-01"]["spec"]["nets"] == ["0.0.0.0/1", "128.0.0.0/1", "::/1", "8000::/1"]


def test_tiers_stand_where_the_original_had_them() -> None:
    """105 passes by default, 106 denies, and 107 is there only if asked for."""
    tiers = {
        each["metadata"]["name"]: each["spec"] for each in objects(metadata=True).values() if each["kind"] == "Tier"
    }
    assert tiers == {
        "sg-remote": {"order": 105, "defaultAction": "Pass"},
        "sg-local": {"order": 106, "defaultAction": "Deny"},
        "metadata": {"order": 107, "defaultAction": "Pass"},
    }
    assert "metadata" not in objects()


def test_staged_policies_are_the_same_and_decide_nothing() -> None:
    """Tiers and sets are real; policies are of the staged kind, say so, and have the same rules."""
    real, staged = objects(rule()), objects(rule(), staged=True)
    assert real.keys() == staged.keys()
    for name, manifest in staged.items():
        assert manifest["kind"] in ("Tier", "GlobalNetworkSet", "StagedGlobalNetworkPolicy")
        if "Policy" in manifest["kind"]:
            assert manifest["spec"] == {**real[name]["spec"], "stagedAction": "Set"}
            assert calico.meaning(manifest).endswith(", staged")


def test_the_api_group_is_the_callers_choice() -> None:
    """Everything else is the same."""
    old, new = objects(rule(), api_version="crd.projectcalico.org/v1"), objects(rule())
    assert {each["apiVersion"] for each in old.values()} == {"crd.projectcalico.org/v1"}
    assert {name: {**each, "apiVersion": "projectcalico.org/v3"} for name, each in old.items()} == new


def test_without_hosts_no_policy_selects_a_node() -> None:
    """`hosts="off"` leaves nodes alone altogether."""
    member = Member("eni-1", "db", ("10.0.2.20",), frozenset({"sg-0b"}))
    compiled = compile_policy(shop(rule(peer="sg-0e"), members=(member,)))
    chosen = [
        [selector(spec["selector"])(HOST_LABELS) for spec in specs(calico.objects(compiled, hosts=hosts))]
        for hosts in HOSTS
    ]
    assert [any(each) for each in chosen] == [True, False]


def test_no_policy_is_without_rules_but_the_end_of_a_tier() -> None:
    """A group that grants nothing to pods or to networks needs no object."""
    member = Member("eni-1", "db", ("10.0.2.20",), frozenset({"sg-0b"}))
    found = calico.objects(compile_policy(shop(rule(), members=(member,))))
    bare = {name for name, each in found.items() if "Policy" in each["kind"] and not list(rules_of({name: each}))}
    assert bare == {"sg-local.pods"}


def test_a_policy_carries_the_label_of_its_tier() -> None:
    """As Calico's own clients label it, so that a listing by tier finds it."""
    for manifest in objects(rule(), metadata=True).values():
        labels = manifest["metadata"]["labels"]
        assert labels.get("projectcalico.org/tier") == manifest["spec"].get("tier")


def test_all_ports_are_said_without_ports() -> None:
    """A rule for every port of a protocol names none."""
    [every] = objects(rule(from_port=0, to_port=65535))["sg-local.sg-0b"]["spec"]["ingress"]
    assert "destination" not in every


def test_dhcp_is_never_filtered() -> None:
    """A pod whose groups grant nothing still asks for its address, on the ports of DHCP and no other."""
    labels = {"projectcalico.org/orchestrator": "k8s"}
    pod = Endpoint("pod", ("10.0.1.1", "2001:db8::1"), labels, {"kubernetes.io/metadata.name": "shop"})
    decided = Calico(objects().values(), [pod])
    asked = ("10.0.1.1", "255.255.255.255", 67), ("2001:db8::1", "ff02::1:2", 547)
    for here, there, port in asked:
        assert decided.decide(Packet(here, there, Shape(17, 68, port))).allowed
        assert not decided.decide(Packet(here, there, Shape(17, 68, port + 1))).allowed
        assert not decided.decide(Packet(here, there, Shape(6, 68, port))).allowed


def test_what_calico_cannot_say_is_left_out_and_warned_of() -> None:
    """ICMP type 255 and protocol 0 have no words in Calico: nothing is granted, and the warning says which rule."""
    odd = [
        rule(1, protocol="icmp", from_port=255, to_port=-1),
        rule(2, protocol="0"),
        rule(3, from_port=255, to_port=255),
    ]
    compiled = compile_policy(shop(*odd))
    assert [(each.caution, each.rule) for each in calico.caveats(compiled)] == [
        (Caution.UNSAYABLE, "sgr-2"),
        (Caution.UNSAYABLE, "sgr-1"),
    ]
    assert len(calico.objects(compiled)["sg-local.sg-0b"]["spec"]["ingress"]) == 1


def test_manifests_are_plain_json() -> None:
    """What is written survives the way to the API server and back."""
    found = objects(rule(), metadata=True)
    assert json.loads(json.dumps(found)) == found


@pytest.mark.parametrize(
    ("label", "metadata", "expected"),
    [({}, True, False), ({ALLOWED: "true"}, True, True), ({ALLOWED: "no"}, True, False), ({}, False, True)],
)
def test_pods_are_kept_from_metadata_only_if_asked_for(label: dict[str, str], metadata: bool, expected: bool) -> None:
    """With the tier, pods without the label do not reach it in either family; everything else stays as it is."""
    labels = {
        "projectcalico.org/orchestrator": "k8s",
        **label,
    }
    pod = Endpoint("pod", ("10.0.1.1", "2001:db8::1"), labels, {"kubernetes.io/metadata.name": "shop"})
    decided = Calico(objects(metadata=metadata).values(), [pod])
    web = Shape(6, 40000, 80)
    assert decided.decide(Packet("10.0.1.1", "169.254.169.254", web)).allowed is expected
    assert decided.decide(Packet("2001:db8::1", "fd00:ec2::254", web)).allowed is expected
    assert decided.decide(Packet("10.0.1.1", "169.254.170.23", web)).allowed
