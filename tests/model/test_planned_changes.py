"""What a preview becomes: on recorded previews of the real engine, and on steps of every kind."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from sg_integration.model import annotation
from sg_integration.model.bindings import Binding
from sg_integration.model.errors import InvalidInput
from sg_integration.model.label_selectors import in_namespace, label_selector
from sg_integration.model.landscape import Landscape
from sg_integration.model.landscape_document import landscape_from_document
from sg_integration.model.planned_changes import UNKNOWN, read_plan
from sg_integration.model.planned_landscape import Planned, planned
from sg_integration.model.reach import Reach
from sg_integration.model.reach_matrix import compare, matrix
from sg_integration.model.traffic import said
from tests.model.reach_scene import API, DB, ENFORCED, NODES, POD, TRUST, shop

HERE = Path(__file__).parent / "previews"
DOCS = Path(__file__).parents[2] / "docs" / "reach"
SHOP, BARE = DOCS / "shop.json", HERE / "bare.json"
AWS, OURS = "aws:ec2/securityGroup:SecurityGroup", "pulumi-python:dynamic/sg_integration:"
INGRESS, EGRESS = (f"aws:vpc/securityGroup{way}Rule:SecurityGroup{way}Rule" for way in ("Ingress", "Egress"))
ORDERS, STOREFRONT = "shop/deployment/orders-api", "shop/deployment/storefront"
DATABASE = "orders-b00cf0e375662b488"


def recorded(before: Path, preview: Path) -> tuple[dict[tuple[str, str], str], tuple[str, ...]]:
    """What a recorded preview changes, by source and destination; and what it could not know."""
    landscape = landscape_from_document(json.loads(before.read_text()))
    after = planned(landscape, read_plan(json.loads(preview.read_text()), preview.name))
    found = compare(matrix(Reach(landscape)), matrix(Reach(after.landscape))).changed()
    ends = {(w, m) if way == "out" else (m, w): change for (w, m, way), change in found.items()}
    return {pair: f"+ {said(each.becomes)} - {said(each.stops)}" for pair, each in ends.items()}, after.unknown


def test_the_first_preview_of_a_stack() -> None:
    """Before anything exists, groups, rules, members, nodes, bindings and enforcement are all taken from the preview."""
    found, unknown = recorded(BARE, HERE / "first.json")
    assert found == {(ORDERS, DATABASE): "+ tcp/5432 - -", ("billing", STOREFRONT): "+ tcp/8080 - -"}
    assert unknown == ()


def test_a_preview_of_changes() -> None:
    """A new group, a rule that goes, one that comes, a binding with one more group and a member that leaves."""
    found, unknown = recorded(SHOP, DOCS / "preview.json")
    assert found == {(STOREFRONT, DATABASE): "+ tcp/5432 - -", ("billing", STOREFRONT): "+ - - tcp/8080"}
    assert unknown == ()


def test_a_group_that_is_replaced() -> None:
    """Its pods and rules move to the new group, so what it granted before it grants still."""
    found, unknown = recorded(SHOP, HERE / "replaced.json")
    assert (ORDERS, DATABASE) not in found
    assert found[STOREFRONT, DATABASE] == "+ tcp/5432 - -"
    assert unknown == ()


def test_a_saved_plan_says_what_it_does_not_say() -> None:
    """Of a plan only what is new is whole; all else that matters is named as not known, and nothing is guessed."""
    found, unknown = recorded(SHOP, HERE / "plan.json")
    assert (STOREFRONT, DATABASE) not in found
    for name in ("pod-sg-from-servers-tcp-8080", "servers: ", "storefront-pods", "shop-eks-enforcement-settled"):
        assert any(name in each for each in unknown), name


@pytest.mark.parametrize(
    "document", [{}, [], {"steps": [1]}, {"steps": [{"op": "create"}]}, {"resourcePlans": {"u": 1}}]
)
def test_what_is_no_preview(document: Any) -> None:
    """Anything else is refused by the name of the file."""
    with pytest.raises(InvalidInput, match=r"a\.json"):
        read_plan(document, "a.json")


def urn(type_: str, name: str) -> str:
    """A resource of the stack."""
    return f"urn:pulumi:dev::shop::sg-integration:index:Thing${type_}::{name}"


def step(op: str, type_: str, name: str, old: Any = None, new: Any = None, **depends: list[str]) -> dict[str, Any]:
    """A step; `old` and `new` are inputs, `depends` the URNs behind inputs."""
    found: dict[str, Any] = {"op": op, "urn": urn(type_, name)}
    if old is not None:
        found["oldState"] = {"inputs": old, "id": old.get("id", ""), "outputs": old}
    if new is not None:
        found["newState"] = {"inputs": new, "propertyDependencies": depends}
    return found


def after(*steps: dict[str, Any], landscape: Landscape | None = None) -> Planned:
    """The shop after some steps."""
    return planned(landscape or shop(), read_plan({"steps": list(steps)}, "test"))


def rules(found: Planned) -> dict[str, list[str]]:
    """The rules of each group, by id."""
    return {each.id: [rule.id for rule in each.rules] for each in found.landscape.inputs.groups}


def port(group: str, peer: str, number: int = 80, **more: Any) -> dict[str, Any]:
    """The inputs of a rule."""
    ports = {"ipProtocol": "tcp", "fromPort": number, "toPort": number}
    return {"securityGroupId": group, "referencedSecurityGroupId": peer, **ports, **more}


def test_rules_come_go_and_change() -> None:
    """A new rule is added, one that goes is gone, one that changes keeps its id, one that is replaced gets another."""
    found = after(
        step("create", INGRESS, "new", new=port(DB, API)),
        step("delete", INGRESS, "old", {"id": "sgr-2"}),
        step("update", EGRESS, "same", {"id": "sgr-1"}, port(API, DB, 99)),
        step("replace", INGRESS, "moved", {"id": "sgr-4"}, port(NODES, API)),
        step("same", INGRESS, "quiet", {"id": "sgr-6"}, {}),
    )
    assert rules(found)[DB] == ["sgr-3", "new: new"]
    assert rules(found)[API] == ["sgr-1"]
    assert rules(found)[NODES] == ["sgr-5", "new: moved"]
    assert rules(found)[POD] == ["sgr-6", "sgr-7", "sgr-8"]
    (changed,) = next(each for each in found.landscape.inputs.groups if each.id == API).rules
    assert changed.from_port == 99
    assert found.unknown == ()


def test_what_is_retained_stays() -> None:
    """A rule and a group that Pulumi only forgets are there still."""
    kept = step("delete", INGRESS, "old", {"id": "sgr-2"})
    kept["oldState"]["retainOnDelete"] = True
    group = step("delete", AWS, "orders-api", {"id": API})
    group["oldState"]["retainOnDelete"] = True
    found = after(kept, group)
    assert "sgr-2" in rules(found)[DB]
    assert API in rules(found)


def test_new_groups_are_called_by_their_names() -> None:
    """A rule of a group that does not exist yet, or to one, finds it by what its input depends on."""
    found = after(
        step("create", AWS, "reports", new={"tags": {"Name": "reports"}}),
        step("create", INGRESS, "in", new=port(DB, UNKNOWN), referencedSecurityGroupId=[urn(AWS, "reports")]),
        step("create", EGRESS, "out", new=port(UNKNOWN, DB), securityGroupId=[urn(AWS, "reports")]),
    )
    assert rules(found)["new/reports"] == ["new: out"]
    (made,) = (each for group in found.landscape.inputs.groups for each in group.rules if each.id == "new: in")
    assert made.peer == "new/reports"
    assert found.unknown == ()


def test_a_group_that_goes_takes_its_rules_along() -> None:
    """Its rules are gone, and it is no peer any more."""
    found = after(step("delete", AWS, "orders-api", {"id": API}))
    assert API not in rules(found)
    assert matrix(Reach(found.landscape)).cells.get(("shop/deployment/api", "orders", "out")) is None


@pytest.mark.parametrize(
    ("made", "words"),
    [
        (step("create", INGRESS, "x", new=port(DB, UNKNOWN)), "x: its referencedSecurityGroupId is not known"),
        (step("create", INGRESS, "x", new=port(UNKNOWN, DB)), "x: its securityGroupId is not known"),
        (step("create", INGRESS, "x", new=port(DB, API, fromPort=UNKNOWN)), "x: what it lets pass is not known"),
        (step("create", INGRESS, "x", new=port(DB, API, cidrIpv4="10.0.0.0/8")), "x: what it lets pass is not known"),
        (step("create", INGRESS, "x", new=port("sg-0ff", API)), "x: its group sg-0ff is not in this VPC"),
        (step("create", AWS, "x", new={"ingress": [{}]}), "rules written inside a group"),
        (step("create", "aws:ec2/instance:Instance", "x", new={}), "an instance"),
        (step("create", "aws:rds/clusterInstance:ClusterInstance", "x", new={}), "born with the cluster's groups"),
        (step("create", "aws:lb/loadBalancer:LoadBalancer", "x", new={"securityGroups": [DB]}), "x (create): it has security groups"),
        (step("create", f"{OURS}PodGroups", "x", new={"binding": UNKNOWN}), "x: which pods it binds is not known"),
        (step("create", f"{OURS}Ec2Enrollment", "x", new={"members": UNKNOWN}), "x: who joins and leaves is not known"),
        (step("create", f"{OURS}Ec2Enrollment", "x", new={"security_group_ids": [TRUST], "members": {"eni-9": "gone"}}), "gone is nobody"),
    ],
)  # fmt: skip
def test_what_cannot_be_known_is_said(made: dict[str, Any], words: str) -> None:
    """An unknown input, or a resource that is not judged, is named; the landscape stays as it is there."""
    found = after(made)
    assert any(words in each for each in found.unknown), found.unknown
    assert [each.rules for each in found.landscape.inputs.groups[:6]] == [each.rules for each in shop().inputs.groups]


def test_members_join_and_leave() -> None:
    """Who joins gets the groups, who leaves loses what was attached, and gets back what it came with if nothing is left."""
    found = after(
        step(
            "update", f"{OURS}Ec2Enrollment", "servers",
            {"attached": {"eni-batch": [TRUST, DB]}, "originals": {"eni-batch": [NODES]}, "members": {}},
            {"members": {"eni-out": "bastion (i-0c)"}, "security_group_ids": [TRUST], "deferred": {"db-9": "stopped"}},
        ),
        step("delete", f"{OURS}RdsEnrollment", "databases", {"attached": {"db-AAA": [TRUST]}}),
        step("create", f"{OURS}NodeEnrollment", "nodes", new={"members": {"eni-7": "x (i-0a)"}, "security_group_ids": [API]}),
    )  # fmt: skip
    members = {each.id: each.groups for each in found.landscape.inputs.members}
    assert members["eni-out"] == {DB, TRUST}
    assert members["eni-batch"] == {NODES}
    assert members["eni-db"] == {DB}
    nodes = {each.name: each.groups for each in found.landscape.inputs.nodes}
    assert nodes["node-1"] == {NODES, ENFORCED, API}
    assert any("db-9 is deferred: stopped" in each for each in found.unknown)


def document(app: str, key: str = "k") -> dict[str, Any]:
    """A binding as its resource keeps it."""
    return {"key": key, "namespaces": {"kubernetes.io/metadata.name": "shop"}, "pods": {"app": app}}


def bindings(*some: Binding) -> Landscape:
    """The shop with bindings, and its namespace."""
    return shop(bindings=some, namespaces={"shop": {"kubernetes.io/metadata.name": "shop"}})


def groups(found: Planned) -> dict[str, set[str]]:
    """The groups that each pod's labels name."""
    return {each.pod.name: set(annotation.labelled(each.pod.labels)) for each in found.landscape.pods}


def test_bindings_come_change_and_go() -> None:
    """Pods get the union of all bindings that match; one whose binding goes has what the others give."""
    other = Binding("other", in_namespace("shop"), label_selector({"app": "web"}, ""), frozenset({DB}))
    landscape = bindings(other)
    made = step("create", f"{OURS}PodGroups", "p", new={"binding": document("web"), "security_group_ids": [API]})
    first = after(made, landscape=landscape)
    assert groups(first)["web-333"] == {API, DB}
    assert groups(first)["api-1"] == {API}
    moved = step(
        "update", f"{OURS}PodGroups", "p", {"binding": document("web"), "security_group_ids": [API]},
        {"binding": document("agent"), "security_group_ids": [API]},
    )  # fmt: skip
    assert groups(after(moved, landscape=first.landscape))["web-333"] == {DB}
    gone = step("delete", f"{OURS}PodGroups", "p", {"binding": document("web"), "security_group_ids": [API]})
    assert groups(after(gone, landscape=landscape))["web-333"] == {DB}
    assert "sg-0" not in str(after(gone, landscape=bindings()).landscape.pods[2].pod.labels)


def test_a_binding_to_a_group_that_is_to_be_made() -> None:
    """Its pods are in the new group under its name, and the compiler knows that pods have it."""
    found = after(
        step("create", AWS, "reports", new={}),
        step(
            "create", f"{OURS}PodGroups", "p", new={"binding": document("web"), "security_group_ids": [API, UNKNOWN]},
            security_group_ids=[urn(AWS, "reports")],
        ),
        landscape=bindings(),
    )  # fmt: skip
    assert groups(found)["web-333"] == {API, "new/reports"}
    assert "new/reports" in found.landscape.inputs.in_use


def test_enforcement_comes_changes_and_goes() -> None:
    """What stands afterwards is what the resource says; the one that only removes says nothing."""
    kind = f"{OURS}CalicoPolicies"
    staged = after(step("update", kind, "e", {"staged": False}, {"staged": True, "hosts": "off", "metadata": True}))
    assert staged.landscape.enforcement.standing == "staged"
    assert (staged.landscape.enforcement.hosts, staged.landscape.enforcement.metadata) == ("off", True)
    assert after(step("delete", kind, "e", {"hosts": "members"})).landscape.enforcement.standing == "none"
    assert after(step("delete", kind, "s", {"settles": "x"})).landscape.enforcement.standing == "live"
    assert (
        after(step("create", kind, "r", new={"removes": True, "hosts": "off"})).landscape.enforcement.hosts == "members"
    )


def test_reserved_groups_of_a_new_integration() -> None:
    """Groups that say by their tags what they are become trust, enforced, and the group of every pod where there was none."""
    tag = "sg-integration:role"
    steps = [
        step("create", AWS, f"x-{role}", new={"tags": {tag: role}}) for role in ("trust", "enforced", "pod-default")
    ]
    found = after(*steps).landscape
    assert "new/x-trust" in found.trust & found.inputs.reserved
    assert "new/x-enforced" in found.enforced & found.inputs.reserved
    assert found.inputs.pod_default == POD
