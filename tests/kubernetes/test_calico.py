"""Our objects of Calico's kinds on a real API server: what is compiled is applied, read back, repaired and deleted."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from sg_integration.kubernetes.calico import Calico, differs
from sg_integration.kubernetes.cluster import Cluster
from sg_integration.model.calico import Manifest, objects, write_order
from sg_integration.model.errors import Refused
from sg_integration.model.policy_compile import compile_policy
from sg_integration.model.policy_inputs import Member, PolicyInputs, SecurityGroup, SecurityGroupRule
from sg_integration.model.rules import Direction, PeerKind
from sg_integration.sandbox.kubernetes.definitions import CRD_V1, V3, install, remove, seed_calico
from tests.sandbox.plugin_kubernetes_world import Server, managed_by

from .calico_fixtures import calico, calico_server, clear

__all__ = ["calico", "calico_server"]

WHERE = f"/apis/{V3}"
SET = f"{WHERE}/globalnetworksets/sg-integration-members"
TIER = f"{WHERE}/tiers/sg-local"
POLICY = f"{WHERE}/globalnetworkpolicies/sg-local.sg-2"
IN, OUT = Direction.INGRESS, Direction.EGRESS
GROUP, FOUR, SIX, LIST = PeerKind.SECURITY_GROUP, PeerKind.CIDR_IPV4, PeerKind.CIDR_IPV6, PeerKind.PREFIX_LIST


def inputs(port: int = 5432, *addresses: str) -> PolicyInputs:
    """A database that admits pods in one group, on one port, and rules of every kind."""
    db = SecurityGroup("sg-1", "db", (SecurityGroupRule("sgr-1", IN, "tcp", port, port, GROUP, "sg-2"),))
    others = (
        SecurityGroupRule("sgr-2", OUT, "-1", None, None, FOUR, "0.0.0.0/0"),
        SecurityGroupRule("sgr-3", IN, "icmp", 8, -1, FOUR, "10.0.0.0/8"),
        SecurityGroupRule("sgr-4", IN, "icmpv6", 128, 0, SIX, "2001:db8::/32"),
        SecurityGroupRule("sgr-5", IN, "udp", 0, 65535, LIST, "pl-1"),
        SecurityGroupRule("sgr-6", IN, "47", None, None, GROUP, "sg-1"),
        SecurityGroupRule("sgr-7", IN, "tcp", 8000, 8100, GROUP, "sg-2"),
    )
    return PolicyInputs(
        groups=(
            db,
            SecurityGroup("sg-2", "api", others),
            SecurityGroup("sg-3", "nodes"),
            SecurityGroup("sg-4", "pods"),
        ),
        default_groups=frozenset({"sg-3"}),
        pod_default="sg-4",
        in_use=frozenset({"sg-2"}),
        members=(Member("eni-1", "db", addresses or ("10.0.0.5", "2001:db8::5"), frozenset({"sg-1"})),),
        prefix_lists={"pl-1": ("192.0.2.0/24",)},
        vpc_cidrs=("10.0.0.0/16",),
    )


def compiled(port: int = 5432, *addresses: str, **how: Any) -> dict[str, Manifest]:
    """The objects for it."""
    return objects(compile_policy(inputs(port, *addresses)), **how)


def bring(calico: Calico, wanted: dict[str, Manifest]) -> int:
    """Make our objects these, in the compiler's order; how many writes it took."""
    standing = {f"{kind}/{name}": each for (kind, name), each in calico.objects().items()}
    order = write_order(standing, wanted)
    for each in order:
        if each.verb == "apply":
            calico.apply(each.manifest)
        else:
            calico.delete(each.manifest["kind"], each.manifest["metadata"]["name"])
    return len(order)


def read(server: Server, where: str) -> dict[str, Any]:
    """An object as it stands."""
    found = server.get(where)
    assert found is not None
    return found


@pytest.mark.parametrize("how", [{}, {"staged": True}, {"metadata": True, "hosts": "off"}])
def test_what_is_compiled_is_taken_and_read_back_the_same(calico: Calico, how: dict[str, Any]) -> None:
    """Every object is accepted, nothing differs when it is read, and a second run has nothing to write."""
    wanted = compiled(**how)
    assert bring(calico, wanted) >= len(wanted)
    found = {name: each for (_, name), each in calico.objects().items()}
    assert found.keys() == wanted.keys()
    assert not [name for name in wanted if differs(found[name], wanted[name])]
    assert bring(calico, wanted) == 0


def test_a_change_and_the_way_back_and_the_end(calico: Calico) -> None:
    """Another port, another address, then the first ones again, then nothing: each time what stands is what is wanted."""
    for wanted in (compiled(), compiled(3306, "10.0.0.6"), compiled(), compiled(staged=True), {}):
        bring(calico, wanted)
        found = {name: each for (_, name), each in calico.objects().items()}
        assert found.keys() == wanted.keys()
        assert not [name for name in wanted if differs(found[name], wanted[name])]


def test_objects_carry_our_label_and_others_are_left_out(calico: Calico, calico_server: Server) -> None:
    """What we list is what the compiler's label says; Calico's own tiers are not ours."""
    bring(calico, compiled())
    theirs = {"apiVersion": V3, "kind": "GlobalNetworkSet", "metadata": {"name": "theirs"}, "spec": {"nets": []}}
    calico_server.apply(f"{WHERE}/globalnetworksets/theirs", theirs, "kubectl")
    assert ("GlobalNetworkSet", "theirs") not in calico.objects()
    assert ("Tier", "default") not in calico.objects()
    labels = [each["metadata"]["labels"]["app.kubernetes.io/managed-by"] for each in calico.objects().values()]
    assert set(labels) == {"sg-integration"}


def test_objects_are_applied_by_our_manager_and_by_force(calico: Calico, calico_server: Server) -> None:
    """Somebody else's value is taken over, without a question: these objects are ours alone."""
    wanted = compiled()
    bring(calico, wanted)
    theirs = {"apiVersion": V3, "kind": "Tier", "metadata": {"name": "sg-local"}, "spec": {"defaultAction": "Pass"}}
    calico_server.apply(TIER, theirs, "kubectl")
    assert differs(calico.objects()["Tier", "sg-local"], wanted["sg-local"])
    calico.apply(wanted["sg-local"])
    live = read(calico_server, TIER)
    assert live["spec"]["defaultAction"] == "Deny"
    assert managed_by(live, "sg-integration") == ["Apply"]


@pytest.mark.parametrize(
    ("where", "patch"),
    [
        (SET, {"spec": {"nets": ["10.0.0.5/32", "2001:db8::5/128", "10.9.9.9/32"]}}),
        (SET, {"spec": {"nets": ["10.9.9.9/32"]}}),
        (SET, {"spec": {"nets": None}}),
        (SET, {"metadata": {"labels": {"sg.aws.tigera.io/sg-2": ""}}}),
        (SET, {"metadata": {"labels": {"projectcalico.org/orchestrator": "k8s"}}}),
        (SET, {"metadata": {"labels": {"sg-integration/member": None}}}),
        (SET, {"metadata": {"annotations": {"sg-integration/meaning": "nothing"}}}),
        (TIER, {"spec": {"order": 500}}),
        (TIER, {"spec": {"order": None}}),
        (POLICY, {"spec": {"ingress": []}}),
        (POLICY, {"spec": {"egress": [{"action": "Allow"}]}}),
        (POLICY, {"spec": {"order": 0}}),
        (POLICY, {"spec": {"serviceAccountSelector": "has(x)"}}),
        (POLICY, {"spec": {"doNotTrack": True}}),
        (POLICY, {"spec": {"selector": "all()"}}),
        (POLICY, {"spec": {"namespaceSelector": None}}),
    ],
)
def test_whatever_somebody_does_to_our_objects_is_seen_and_repaired(
    calico: Calico, calico_server: Server, where: str, patch: dict[str, Any]
) -> None:
    """Values changed, taken away and added, also what server-side apply by itself would leave: a network, a label, a field."""
    wanted = compiled()
    bring(calico, wanted)
    calico_server.edit(where, patch)
    live = read(calico_server, where)
    one = wanted[live["metadata"]["name"]]
    assert differs(live, one)
    calico.apply(one)
    assert not differs(read(calico_server, where), one)


def test_labels_and_annotations_of_others_are_no_difference_and_stay(calico: Calico, calico_server: Server) -> None:
    """Backup and delivery tools write their own, and are not fought."""
    wanted = compiled()
    bring(calico, wanted)
    calico_server.edit(TIER, {"metadata": {"labels": {"team": "net"}, "annotations": {"note": "hello"}}})
    assert not differs(read(calico_server, TIER), wanted["sg-local"])
    calico.apply(wanted["sg-local"])
    assert read(calico_server, TIER)["metadata"]["labels"]["team"] == "net"


def test_after_a_repair_what_is_no_longer_wanted_still_goes(calico: Calico, calico_server: Server) -> None:
    """A network that we repaired into a set leaves it when its member does."""
    bring(calico, compiled())
    calico_server.edit(SET, {"spec": {"nets": ["10.9.9.9/32"]}})
    calico.apply(compiled()["sg-integration-members"])
    bring(calico, compiled(5432, "10.0.0.6"))
    assert read(calico_server, SET)["spec"]["nets"] == ["10.0.0.6/32"]


def test_what_is_gone_may_be_deleted_again(calico: Calico) -> None:
    """To delete twice is success, and what was never there is gone too."""
    calico.apply(compiled()["sg-local"])
    calico.delete("Tier", "sg-local")
    calico.delete("Tier", "sg-local")
    calico.delete("StagedGlobalNetworkPolicy", "no.such")
    assert calico.objects() == {}


def test_what_is_about_to_go_does_not_stand(calico: Calico, calico_server: Server) -> None:
    """A tier that a finalizer holds while it goes is not counted on."""
    calico.apply(compiled()["sg-local"])
    calico_server.edit(TIER, {"metadata": {"finalizers": ["example.com/wait"]}})
    calico.delete("Tier", "sg-local")
    assert calico.objects() == {}
    calico_server.edit(TIER, {"metadata": {"finalizers": None}})


def test_an_object_that_the_server_does_not_take_is_named(calico: Calico) -> None:
    """The refusal says what was applied, in the server's words."""
    bad = copy.deepcopy(compiled()["sg-local.sg-2"])
    bad["spec"]["ingress"][0]["action"] = "Perhaps"
    with pytest.raises(Refused, match=r"applying GlobalNetworkPolicy sg-local.sg-2: Invalid: .*Perhaps"):
        calico.apply(bad)


def test_the_cluster_is_surveyed(calico: Calico, calico_server: Server) -> None:
    """Version, tiers in their order, and whether nodes have host endpoints; our tiers are known by their label."""
    calico.apply(compiled()["sg-local"])
    found = calico.survey()
    assert (found.api_version, found.version, found.enterprise) == (V3, "v3.30.0", False)
    assert (found.serves_tiers, found.serves_staged, found.automatic_hosts) == (True, True, True)
    assert [(each.name, each.order, each.ours) for each in found.tiers] == [
        ("sg-local", 106, True),
        ("adminnetworkpolicy", 1000, False),
        ("default", 1_000_000, False),
        ("baselineadminnetworkpolicy", 10_000_000, False),
    ]
    seed_calico(calico_server.api, auto_host_endpoints=False)
    assert not calico.survey().automatic_hosts


def test_where_only_the_kinds_behind_calicos_api_are_served_those_are_used(
    calico_server: Server, cluster: Cluster
) -> None:
    """Without Calico's own API server the same objects are written in crd.projectcalico.org/v1."""
    install(calico_server.api, calico_in=[CRD_V1])
    remove(calico_server.api, calico_in=[V3])
    try:
        seed_calico(calico_server.api, api_version=CRD_V1)
        calico = Calico(cluster.api)
        assert calico.survey().api_version == CRD_V1
        wanted = compiled(api_version=CRD_V1)
        bring(calico, wanted)
        found = {name: each for (_, name), each in calico.objects().items()}
        assert found.keys() == wanted.keys()
        assert {each["apiVersion"] for each in found.values()} == {CRD_V1}
        assert bring(calico, wanted) == 0
        bring(calico, {})
    finally:
        clear(calico_server, CRD_V1)
        install(calico_server.api)
        remove(calico_server.api, calico_in=[CRD_V1])


def test_a_cluster_has_one_calico(cluster: Cluster) -> None:
    """What it serves is asked once, not at every use."""
    assert cluster.calico is cluster.calico
