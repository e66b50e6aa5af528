"""The manifests of bindings: what they are called, what they carry, and how the registry is read back."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from sg_integration.model import admission, cel
from sg_integration.model.annotation import GROUPS
from sg_integration.model.bindings import EXCLUDED_NAMESPACES, Binding
from sg_integration.model.errors import InvalidInput
from sg_integration.model.label_selectors import NAMESPACE_LABEL, in_namespace, label_selector

BINDING = Binding("web-0a1b", in_namespace("shop"), label_selector({"app": "web"}, "p"), frozenset(["sg-0b", "sg-0a"]))


@pytest.mark.parametrize("make", [admission.policy, admission.policy_binding, admission.entry])
def test_each_object_registers_the_binding(make: Any) -> None:
    """All are named after the key, are found by their label, and describe the binding."""
    manifest = make(BINDING)
    assert manifest["metadata"]["name"] == admission.name(BINDING.key) == "sg-integration-web-0a1b"
    assert manifest["metadata"]["labels"] == {admission.ROLE: "binding", admission.MANAGED_BY: "sg-integration"}
    assert admission.registered(manifest) == BINDING
    assert admission.registered(make(replace(BINDING, mode="live"))).mode == "live"


def test_a_policy_fails_closed_and_takes_no_parameters() -> None:
    """A pod does not start without its groups; and a policy with `paramKind` would not see what comes later."""
    spec = admission.policy(BINDING)["spec"]
    assert (spec["failurePolicy"], spec["reinvocationPolicy"]) == ("Fail", "IfNeeded")
    assert "paramKind" not in spec
    assert spec["matchConstraints"]["resourceRules"][0]["operations"] == ["CREATE"]


def test_a_policy_acts_where_the_binding_says() -> None:
    """Namespaces without those of the cluster itself, and pods by their labels."""
    resources = admission.policy_binding(BINDING)["spec"]["matchResources"]
    elsewhere = {"key": NAMESPACE_LABEL, "operator": "NotIn", "values": list(EXCLUDED_NAMESPACES)}
    assert resources["namespaceSelector"] == {"matchLabels": {NAMESPACE_LABEL: "shop"}, "matchExpressions": [elsewhere]}
    assert resources["objectSelector"] == {"matchLabels": {"app": "web"}}


def test_an_entry_stands_where_only_administrators_write() -> None:
    """What registers a binding without a policy is in kube-system."""
    assert admission.entry(BINDING)["metadata"]["namespace"] == "kube-system"
    assert admission.annotations(["sg-0b", "sg-0a"]) == {GROUPS: '["sg-0a","sg-0b"]'}


def test_a_binding_without_groups_makes_no_policy() -> None:
    """It would mark pods as bound that have no group, and so open or close everything to them."""
    with pytest.raises(InvalidInput, match=r"binding web-0a1b: it gives no group"):
        admission.policy(replace(BINDING, groups=frozenset()))


@pytest.mark.parametrize(
    ("metadata", "words"),
    [
        ({"name": "sg-integration-x"}, "is missing"),
        ({"name": "sg-integration-x", "annotations": {admission.DOCUMENT: "{"}}, "no JSON"),
        ({"name": "sg-integration-x", "annotations": {admission.DOCUMENT: BINDING.document()}}, "is that of"),
    ],
)
def test_a_broken_entry_is_not_lost_in_silence(metadata: dict[str, Any], words: str) -> None:
    """The refusal names the object, so that somebody can delete it."""
    with pytest.raises(InvalidInput, match=f"ConfigMap sg-integration-x: .*{words}"):
        admission.registered({"kind": "ConfigMap", "metadata": metadata})


def test_texts_cannot_break_out_of_an_expression() -> None:
    """Quotes, backslashes and line breaks are escaped; a dollar means nothing in a value."""
    assert cel.text('a"] + x["\\\n') == '"a\\"] + x[\\"\\\\\\n"'
    assert cel.filled("$one in [$two]", one="$two", two="é") == '"$two" in ["é"]'
    assert cel.matches(label_selector({}, "n"), "labels") == "true"


def test_long_lists_are_portioned() -> None:
    """Every item is there once and in order, and no portion is much longer than asked for."""
    items = [f"item-{number}" for number in range(100)]
    portions = list(cel.portions(items, ", ", 50))
    assert ", ".join(portions).split(", ") == items
    assert max(map(len, portions)) < 70
    assert list(cel.portions([], ", ")) == []
