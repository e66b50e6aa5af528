"""The guard as a document: the same for the same bindings, recorded so that it can be compiled again, and compared by meaning."""

from __future__ import annotations

import copy
import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sg_integration.model import guard
from sg_integration.model.bindings import EXCLUDED_NAMESPACES, Binding
from sg_integration.model.errors import InvalidInput
from sg_integration.model.label_selectors import NAMESPACE_LABEL, LabelSelector, in_namespace, label_selector

SHOP = Binding("shop", in_namespace("shop"), label_selector({"app": "web"}, "p"), frozenset(["sg-0b", "sg-0a"]))
FRONT = Binding("front", label_selector({"tier": "front"}, "n"), LabelSelector(), frozenset(["sg-0c"]))
LEGACY = Binding("old", in_namespace("legacy"), LabelSelector(), frozenset(["sg-0d"]))
MANY = [SHOP, FRONT, LEGACY, replace(SHOP, key="again", groups=frozenset(["sg-0e"])), replace(FRONT, key="f2")]
some = st.lists(st.sampled_from(MANY), max_size=4)


@settings(max_examples=40)
@given(some, some, st.dictionaries(st.sampled_from(["a", "b"]), st.sampled_from(MANY)), st.randoms())
def test_the_same_bindings_make_the_same_guard(
    registry: list[Binding], allowed: list[Binding], pending: dict[str, Binding], rng: Any
) -> None:
    """Order and repetition mean nothing, and what is recorded on a guard compiles to the same guard."""
    compiled = guard.compiled(registry, allowed, pending, owner="me")
    again = guard.compiled(
        rng.sample(registry, len(registry)), [*reversed(allowed), *allowed], dict(reversed(pending.items())), owner="me"
    )
    assert json.dumps(again) == json.dumps(compiled)
    found = guard.grants(compiled)
    assert (set(found.allowed), dict(found.pending), found.owner) == (set(allowed), pending, "me")
    assert guard.compiled(registry, found.allowed, found.pending, owner=found.owner) == compiled


def test_rules_say_what_is_allowed_where() -> None:
    """Namespaces by name and by selector, groups together, and never those of the cluster itself."""
    hidden = Binding("k", in_namespace("kube-system"), LabelSelector(), frozenset(["sg-0f"]))
    empty = replace(SHOP, key="none", namespaces=in_namespace("nowhere"), groups=frozenset())
    compiled = guard.compiled([*MANY, hidden, empty], [], {})
    assert guard.rules(compiled) == {
        "legacy": ["sg-0d"],
        "shop": ["sg-0a", "sg-0b", "sg-0e"],
        "tier=front": ["sg-0c"],
    }
    assert "sg-0f" not in json.dumps(compiled)


def test_a_pending_grant_adds_to_what_is_registered() -> None:
    """While a binding changes, both its old and its new groups may be used."""
    soon = replace(SHOP, groups=frozenset(["sg-0f"]))
    compiled = guard.compiled([SHOP], [], {SHOP.key: soon})
    assert guard.rules(compiled) == {"shop": ["sg-0a", "sg-0b", "sg-0f"]}
    assert guard.differs(compiled, guard.compiled([SHOP], [], {}))


def test_the_guard_is_everywhere_but_where_nothing_is_bound() -> None:
    """Both policies fail closed, deny, and leave out only the cluster's own namespaces."""
    for made, bound in (
        (guard.compiled([], [], {}), guard.policy_binding()),
        (guard.routes_policy(), guard.routes_binding()),
    ):
        assert made["spec"]["failurePolicy"] == "Fail"
        assert bound["spec"]["policyName"] == made["metadata"]["name"] == bound["metadata"]["name"]
        assert bound["spec"]["validationActions"] == ["Deny"]
        (only,) = bound["spec"]["matchResources"]["namespaceSelector"]["matchExpressions"]
        assert only == {"key": NAMESPACE_LABEL, "operator": "NotIn", "values": list(EXCLUDED_NAMESPACES)}


def test_every_rule_has_a_message_of_its_own() -> None:
    """In both policies, also where the long message cannot be said."""
    for made in (guard.compiled([], [], {}), guard.routes_policy()):
        for rule in made["spec"]["validations"]:
            assert rule["message"].startswith("rule ")
            assert "namespace" in rule["messageExpression"] or "variables.where" in rule["messageExpression"]
            assert rule["reason"] in ("Forbidden", "Invalid")


@pytest.mark.parametrize(
    ("path", "value", "differs"),
    [
        (("metadata", "resourceVersion"), "7", False),
        (("metadata", "annotations", "team"), "platform", False),
        (("metadata", "labels", "team"), "platform", False),
        (("spec", "matchConditions"), [], False),
        (("spec", "paramKind"), None, False),
        (("status",), {"observedGeneration": 1}, False),
        (("metadata", "annotations", guard.OWNER), "other", True),
        (("metadata", "annotations", f"{guard.GRANT}x"), "{}", True),
        (("metadata", "labels", "sg-integration/role"), "x", True),
        (("spec", "failurePolicy"), "Ignore", True),
        (("spec", "matchConditions"), [{"name": "never", "expression": "false"}], True),
        (("spec", "matchConstraints", "excludeResourceRules"), [{"resources": ["pods"]}], True),
        (("spec", "validations"), [], True),
    ],
)
def test_what_counts_as_a_difference(path: tuple[str, ...], value: Any, differs: bool) -> None:
    """Our metadata and the whole spec; not what the server adds, nor what others note on the object."""
    desired = guard.compiled([SHOP], [LEGACY], {}, owner="me")
    actual = copy.deepcopy(desired)
    inner: Any = actual
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = value
    assert guard.differs(actual, desired) == guard.differs(desired, actual) == differs
    assert guard.differs({}, desired)


@pytest.mark.parametrize(
    ("key", "text"),
    [(guard.ALLOWED, "{"), (guard.ALLOWED, "{}"), (guard.ALLOWED, "[1]"), (f"{guard.GRANT}x", "[]")],
)
def test_a_broken_record_is_named(key: str, text: str) -> None:
    """Nobody's grant is lost in silence."""
    with pytest.raises(InvalidInput, match=f"sg-integration-guard: annotation {key}"):
        guard.grants({"metadata": {"annotations": {key: text}}})


def test_no_guard_grants_nothing() -> None:
    """An empty document, and a guard without annotations."""
    assert guard.grants({}) == guard.grants({"metadata": {"name": "x"}}) == guard.Grants()
    assert "annotations" not in guard.policy([], annotations={})["metadata"]


def test_rights_for_templates_are_asked_for() -> None:
    """Bindings in mode `template` write workloads; without them the identity does not need it."""
    plain, more = guard.rights([]), guard.rights([], templates=True)
    assert [each["kind"] for each in plain] == ["ClusterRole", "Role"], "who binds them himself gets the roles alone"
    kinds = {kind for rule in more[0]["rules"] for kind in rule["resources"]}
    assert kinds - {kind for rule in plain[0]["rules"] for kind in rule["resources"]} == {
        "cronjobs",
        "daemonsets",
        "deployments",
        "statefulsets",
    }


def test_rights_are_given_to_subjects() -> None:
    """Users and groups have an API group in RBAC, service accounts have none."""
    subjects = [{"kind": "User", "name": "ci"}, {"kind": "ServiceAccount", "name": "bot", "namespace": "ops"}]
    *_, everywhere, inside = guard.rights(subjects)
    assert (everywhere["kind"], inside["kind"], inside["metadata"]["namespace"]) == (
        "ClusterRoleBinding",
        "RoleBinding",
        "kube-system",
    )
    assert everywhere["subjects"] == inside["subjects"]
    assert everywhere["subjects"] == [{"apiGroup": "rbac.authorization.k8s.io", **subjects[0]}, subjects[1]]


def test_a_guard_allows_what_it_was_compiled_from() -> None:
    """A binding that it was compiled with is allowed, by name and by selector; one without, or with one group more, is not."""
    compiled = guard.compiled([SHOP, FRONT], [], {})
    assert guard.allows(compiled, SHOP)
    assert guard.allows(compiled, FRONT)
    assert not guard.allows(compiled, LEGACY)
    assert not guard.allows(compiled, replace(SHOP, groups=SHOP.groups | {"sg-0f"}))


def test_a_guard_that_says_too_little_refuses_nothing() -> None:
    """Where there are too many namespaces to list, or somebody took the list away, nothing can be told from it."""
    many = [replace(SHOP, key=f"k{at}", namespaces=in_namespace(f"namespace-{at}")) for at in range(4_000)]
    assert guard.allows(guard.compiled(many, [], {}), many[0])
    compiled = guard.compiled([SHOP], [], {})
    for text in (None, "no JSON", "[]"):
        found = copy.deepcopy(compiled)
        annotations = found["metadata"]["annotations"]
        annotations.pop(guard.RULES)
        if text is not None:
            annotations[guard.RULES] = text
        assert guard.allows(found, SHOP)
