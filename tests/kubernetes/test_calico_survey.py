"""What a cluster lacks is one clear line; what it has is read from what it serves and says."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from sg_integration.kubernetes.calico import Calico, HostEndpoint, Survey, Tier, refusal
from sg_integration.kubernetes.calico_spelling import differs, repair, spelled
from sg_integration.model.errors import AccessDenied, MemberChanged, Refused, Unreachable

from .scripted import Script, no, ok

V3, CRD_V1 = "projectcalico.org/v3", "crd.projectcalico.org/v1"
OURS = (Tier("sg-remote", 105, True), Tier("sg-local", 106, True))
GOOD = Survey(V3, "v3.30.0", serves_tiers=True, serves_staged=True, tiers=OURS, automatic_hosts=True)
NOT_FOUND = no(404, "NotFound", "the server could not find the requested resource")
CONFLICT = no(409, "Conflict", "the object has been modified")
TIER: dict[str, Any] = {
    "apiVersion": V3,
    "kind": "Tier",
    "metadata": {"name": "sg-local", "labels": {}, "annotations": {}},
    "spec": {"order": 106, "defaultAction": "Deny"},
}


def served(*resources: str) -> Any:
    """The resources of a group and version."""
    return ok({"resources": [{"name": each} for each in resources]})


def calico(script: Script) -> Calico:
    """Calico on an API server that plays the script, and a clock that only sleeping moves."""
    return Calico(script.api(), script.time.sleep)


def paths(script: Script) -> list[tuple[str, str]]:
    """The requests: method and path."""
    return [(each.method, each.url.path) for each in script.asked]


def test_without_calico_nothing_more_is_asked() -> None:
    """Neither group is served: two questions, and an empty survey."""
    script = Script([NOT_FOUND])
    assert calico(script).survey() == Survey()
    assert paths(script) == [("GET", f"/apis/{V3}"), ("GET", f"/apis/{CRD_V1}")]


def test_an_old_calico_is_surveyed_without_what_it_does_not_serve() -> None:
    """No tiers, no host endpoints, no version, no settings: each is missing, and none is an error."""
    script = Script([NOT_FOUND, served("globalnetworkpolicies"), NOT_FOUND])
    assert calico(script).survey() == Survey(CRD_V1)


def test_everything_that_decides_is_read() -> None:
    """Tiers without an order come last; templates for host endpoints do not count, nor do endpoints made by hand."""
    auto = {"name": "n1-auto-hep", "labels": {"projectcalico.org/created-by": "calico-kube-controllers"}}
    node = {"hostEndpoint": {"autoCreate": "Enabled", "createDefaultHostEndpoint": "Disabled"}}
    tiers = [{"metadata": {"name": "default"}, "spec": {}}, {"metadata": {"name": "a"}, "spec": {"order": 7}}]
    hosts = [{"metadata": auto, "spec": {"node": "n1"}}, {"metadata": {"name": "mine"}, "spec": {"node": "n2"}}]
    script = Script(
        [
            served("tiers", "hostendpoints", "stagedglobalnetworkpolicies"),
            ok({"spec": {"calicoVersion": "v3.18.2", "cnxVersion": "v3.18.2"}}),
            ok({"items": hosts}),
            ok({"items": tiers}),
            ok({"spec": {"controllers": {"node": node}}}),
        ]
    )
    found = calico(script).survey()
    assert (found.version, found.enterprise, found.serves_staged) == ("v3.18.2", True, True)
    assert found.tiers == (Tier("a", 7, False), Tier("default", None, False))
    assert found.host_endpoints == (HostEndpoint("mine", "n2", False), HostEndpoint("n1-auto-hep", "n1", True))
    assert not found.automatic_hosts


def test_a_survey_is_of_now() -> None:
    """Calico may be installed between two surveys; what was not served then is asked for again."""
    script = Script([NOT_FOUND, NOT_FOUND, served("globalnetworkpolicies"), NOT_FOUND])
    found = calico(script)
    assert (found.survey().api_version, found.survey().api_version) == ("", V3)


def test_an_api_server_of_calico_that_is_down_is_no_missing_calico() -> None:
    """A group that is registered and does not answer is an error: Calico is there, and nothing must be concluded."""
    script = Script([no(503, "ServiceUnavailable", "the server is currently unable to handle the request")])
    with pytest.raises(Unreachable, match=f"asking whether the cluster serves {V3}: ServiceUnavailable"):
        calico(script).survey()


def test_a_missing_right_names_what_to_grant() -> None:
    """The survey needs to read; the message is RBAC's rule."""
    words = 'User "u" cannot get resource "clusterinformations" in API group "projectcalico.org" at the cluster scope'
    script = Script([served("tiers"), no(403, "Forbidden", words)])
    with pytest.raises(AccessDenied, match='Grant the verb "get" on "clusterinformations"'):
        calico(script).survey()


def test_a_good_cluster_is_not_refused() -> None:
    """Whatever is wanted of it; Calico's own tiers before ours are its operator's, and others may come after ours."""
    later = (Tier("security", 107, False), Tier("default", 1_000_000, False), Tier("last", None, False))
    operators = (Tier("calico-system", 100, False), Tier("allow-tigera", 100, False))
    for survey in (GOOD, replace(GOOD, version=""), replace(GOOD, tiers=(*operators, *OURS, *later))):
        assert refusal(survey, hosts="members", staged=True, metadata=True) == ""


@pytest.mark.parametrize("version", ["v3.29.0", "3.29", "v3.31.0-0.dev-12-gabc", "master", "v4.0.0"])
def test_versions_from_3_29_on_will_do(version: str) -> None:
    """Also those that are not numbers: then what is served decides."""
    assert refusal(replace(GOOD, version=version)) == ""


def test_versions_of_enterprise_count_otherwise() -> None:
    """There 3.18 has tiers."""
    assert refusal(replace(GOOD, version="v3.18.2", enterprise=True)) == ""


@pytest.mark.parametrize(
    ("survey", "words"),
    [
        (Survey(), f"Calico is missing: the cluster serves neither {V3} nor {CRD_V1}. Install Calico 3.29"),
        (replace(GOOD, version="v3.28.5"), "Calico v3.28.5 is too old: tiers came with 3.29. Upgrade it."),
        (replace(GOOD, version="v2.6.0"), "Calico v2.6.0 is too old"),
        (replace(GOOD, serves_tiers=False), f"Calico v3.30.0 does not serve tiers in {V3}"),
        (replace(GOOD, version="", serves_tiers=False), "Calico of unknown version does not serve tiers"),
        (replace(GOOD, tiers=(Tier("first", 5, False),)), "Tier first (order 5) comes before ours (105 to 107)"),
        (replace(GOOD, tiers=(Tier("between", 105.5, False), *OURS)), "Tier between (order 105.5) comes before ours"),
        (replace(GOOD, tiers=(Tier("zero", 0, False),)), "Tier zero (order 0) comes before ours"),
        (replace(GOOD, tiers=(Tier("sg-local", 106, False),)), "Tier sg-local exists and is not ours"),
        (replace(GOOD, tiers=(Tier("sg-remote", None, False),)), "Tier sg-remote exists and is not ours"),
    ],
)
def test_what_stands_in_the_way_is_one_line(survey: Survey, words: str) -> None:
    """Each says what there is, why that will not do, and what to do."""
    said = refusal(survey)
    assert said.startswith(words)
    assert "\n" not in said


def test_a_host_endpoint_of_somebody_elses_on_a_node_is_in_the_way() -> None:
    """It beats the automatic one for its interface; on no node of the cluster, or without holding nodes, it does not matter."""
    automatic, mine = HostEndpoint("n-auto-hep", "n", automatic=True), HostEndpoint("mine", "n", automatic=False)
    taken = replace(GOOD, host_endpoints=(automatic, mine))
    assert refusal(taken).startswith("Host endpoint mine on node n is not Calico's own (1 such)")
    assert refusal(taken, hosts="off") == ""
    assert refusal(replace(GOOD, host_endpoints=(automatic, replace(mine, node="elsewhere")))) == ""


def test_a_tier_named_metadata_matters_only_if_ours_is_wanted() -> None:
    """Somebody else may have one after ours."""
    survey = replace(GOOD, tiers=(*OURS, Tier("metadata", 2000, False)))
    assert refusal(survey) == ""
    assert refusal(survey, metadata=True).startswith("Tier metadata exists and is not ours")


@pytest.mark.parametrize("version", ["v3.29.3", ""])
def test_staged_policies_must_be_served_if_wanted(version: str) -> None:
    """They came with 3.30; whoever does not want them does not need them."""
    survey = replace(GOOD, version=version, serves_staged=False)
    assert refusal(survey, staged=False) == ""
    assert "does not serve staged policies, which came with 3.30" in refusal(survey, staged=True)


@pytest.mark.parametrize("group", [V3, CRD_V1])
def test_without_automatic_host_endpoints_the_command_is_said(group: str) -> None:
    """The very command that switches them on, for what is served there, and what it means to do without."""
    survey = replace(GOOD, api_version=group, automatic_hosts=False)
    said = refusal(survey, hosts="members")
    resource = f"kubecontrollersconfigurations.{group.partition('/')[0]}"
    patch = '{"spec":{"controllers":{"node":{"hostEndpoint":{"autoCreate":"Enabled"}}}}}'
    assert f"kubectl patch {resource} default --type=merge --patch='{patch}'" in said
    assert 'hosts="off": then whatever runs in a node\'s own network reaches every member on every port' in said
    assert refusal(survey, hosts="off") == ""


def test_what_calicos_api_server_does_not_find_to_apply_is_created() -> None:
    """Calico 3.32.0 answers 404 to an apply that would create a policy: projectcalico/calico issue 12841."""
    script = Script([NOT_FOUND, ok(TIER)])
    calico(script).apply(TIER)
    assert paths(script) == [("PATCH", f"/apis/{V3}/tiers/sg-local"), ("POST", f"/apis/{V3}/tiers")]
    assert script.queries == [
        {"fieldManager": "sg-integration", "force": "true"},
        {"fieldManager": "sg-integration"},
    ]


def test_a_kind_that_is_not_served_cannot_be_applied() -> None:
    """Then neither applying nor creating finds it, and that is said."""
    with pytest.raises(Refused, match="applying Tier sg-local: NotFound"):
        calico(Script([NOT_FOUND])).apply(TIER)


def test_a_write_that_raced_is_tried_again() -> None:
    """Calico's API server has versions under its own, and so conflicts even for who applies by force."""
    script = Script([CONFLICT, CONFLICT, ok(TIER)])
    calico(script).apply(TIER)
    assert script.time.slept == [0.1, 0.3]
    script = Script([served("tiers"), CONFLICT, ok({})])
    calico(script).delete("Tier", "sg-local")
    assert len(script.asked) == 3


def test_a_write_that_always_races_is_said() -> None:
    """After some seconds it is somebody who writes all the time, or a tier that is in use."""
    script = Script([CONFLICT])
    with pytest.raises(MemberChanged, match="applying Tier sg-local: Conflict: the object has been modified"):
        calico(script).apply(TIER)
    assert len(script.asked) == 5


@pytest.mark.parametrize("code", [429, 500, 503])
def test_a_busy_server_is_waited_for(code: int) -> None:
    """The apply comes through when it answers again."""
    script = Script([no(code, "Busy", "later"), ok(TIER)])
    calico(script).apply(TIER)
    assert len(script.asked) == 2


def test_what_server_side_apply_leaves_is_taken_away() -> None:
    """The answer shows what somebody else added; only that is patched."""
    answer = {**TIER, "spec": {**TIER["spec"], "order": 106.0, "extra": 1}}
    script = Script([ok(answer), ok(TIER)])
    calico(script).apply(TIER)
    assert [method for method, _ in paths(script)] == ["PATCH", "PATCH"]
    assert script.asked[1].headers["Content-Type"] == "application/merge-patch+json"


def test_what_an_apply_makes_invalid_is_patched_if_it_is_there() -> None:
    """If it is not there, or the patch is no better, the server's first refusal stands."""
    invalid = no(422, "Invalid", "spec: Required value")
    other = {**TIER, "spec": {"order": 1}}
    script = Script([invalid, ok(other), ok(TIER)])
    calico(script).apply(TIER)
    assert [method for method, _ in paths(script)] == ["PATCH", "GET", "PATCH"]
    for rest in ([NOT_FOUND], [ok(TIER)], [ok(other), no(422, "Invalid", "another")]):
        with pytest.raises(Refused, match="applying Tier sg-local: Invalid: spec: Required value"):
            calico(Script([invalid, *rest])).apply(TIER)


def policy(**spec: Any) -> dict[str, Any]:
    """A policy that was compiled, with this in its spec."""
    metadata = {"name": "sg-local.a", "labels": {"projectcalico.org/tier": "sg-local"}, "annotations": {}}
    whole = {"tier": "sg-local", "order": 10, "ingress": [], "egress": [], **spec}
    return {"apiVersion": V3, "kind": "GlobalNetworkPolicy", "metadata": metadata, "spec": whole}


RULE: dict[str, Any] = {"action": "Pass", "protocol": "TCP", "destination": {"nets": ["10.0.0.0/8"], "ports": [80]}}


@pytest.mark.parametrize(
    "spec",
    [
        {"ingress": [{**RULE, "source": {}}]},
        {"ingress": [{**RULE, "source": {"nets": [], "selector": ""}, "icmp": None}]},
        {"ingress": [{**RULE, "destination": {"ports": [80], "nets": ["10.0.0.0/8"], "notNets": None}}]},
        {"ingress": [RULE], "order": 10.0, "doNotTrack": False, "preDNAT": False, "performanceHints": []},
    ],
)
def test_what_a_server_fills_in_is_no_difference(spec: dict[str, Any]) -> None:
    """Empty ends, empty lists, switches that are off, and 10 as 10.0; lists that are empty may also be missing."""
    actual = policy(**spec)
    del actual["spec"]["egress"]
    assert not differs(actual, policy(ingress=[RULE]))
    assert spelled(actual)["spec"]["egress"] == []


def test_networks_have_no_order_but_rules_and_ports_do() -> None:
    """Networks are a set; the order of rules decides."""
    nets = ["10.0.0.0/8", "192.0.2.0/24"]
    one = {**RULE, "destination": {"nets": nets}}
    other = {**RULE, "destination": {"nets": nets[::-1]}}
    assert not differs(policy(ingress=[one]), policy(ingress=[other]))
    assert differs(policy(ingress=[one, RULE]), policy(ingress=[RULE, one]))


@pytest.mark.parametrize(
    "rule",
    [
        {**RULE, "action": "Allow"},
        {**RULE, "destination": {"ports": [80]}},
        {**RULE, "destination": {**RULE["destination"], "ports": [80, 81]}},
        {**RULE, "destination": {**RULE["destination"], "notNets": ["10.1.0.0/16"]}},
        {**RULE, "icmp": {"type": 0}},
        {**RULE, "protocol": "UDP"},
    ],
)
def test_whatever_changes_what_a_rule_means_is_a_difference(rule: dict[str, Any]) -> None:
    """Also a field that was added, and a number 0, which says something."""
    assert differs(policy(ingress=[rule]), policy(ingress=[RULE]))
    assert repair(policy(ingress=[rule]), policy(ingress=[RULE])) == {"spec": {"ingress": [RULE]}}


def test_a_repair_says_only_what_differs() -> None:
    """What is right is not written, what is too much is removed, and what is right altogether needs none."""
    actual = policy(ingress=[RULE], preDNAT=True)
    actual["metadata"] = {"name": "sg-local.a", "labels": {"sg-integration/x": "", "team": "net"}}
    wanted = policy(ingress=[RULE])
    labels = {"projectcalico.org/tier": "sg-local", "sg-integration/x": None}
    assert repair(actual, wanted) == {"metadata": {"labels": labels}, "spec": {"preDNAT": None}}
    assert repair(wanted, wanted) == {}
