"""Label selectors: read from what users write, matched as Kubernetes matches, written as Kubernetes reads."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sg_integration.model.errors import InvalidInput
from sg_integration.model.label_selectors import (
    NAMESPACE_LABEL,
    LabelSelector,
    Requirement,
    in_namespace,
    label_selector,
    namespace_name,
)

KEYS, VALUES = ["app", "example.com/tier", "x_y.z"], ["", "a", "b-c", "V.1"]
keys, values = st.sampled_from(KEYS), st.sampled_from(VALUES)
requirements = st.one_of(
    st.builds(
        Requirement,
        keys,
        st.sampled_from(["In", "NotIn"]),
        st.sets(values, min_size=1).map(lambda found: tuple(sorted(found))),
    ),
    st.builds(Requirement, keys, st.sampled_from(["Exists", "DoesNotExist"])),
)
selectors = st.sets(requirements, max_size=4).map(lambda found: LabelSelector(tuple(sorted(found))))
labels = st.dictionaries(keys, values)


@settings(max_examples=60)
@given(selectors)
def test_a_document_is_read_again(selector: LabelSelector) -> None:
    """What is written for Kubernetes is the same selector when it is read."""
    assert label_selector(selector.document(), "here") == selector


@settings(max_examples=60)
@given(selectors, labels)
def test_an_example_matches(selector: LabelSelector, found: dict[str, str]) -> None:
    """Labels are made up that the selector matches; if none are, nothing matches."""
    example = selector.example()
    if example is None:
        assert not selector.matches(found)
    else:
        assert selector.matches(example)


@settings(max_examples=60)
@given(selectors, requirements, labels)
def test_one_more_condition_narrows(selector: LabelSelector, more: Requirement, found: dict[str, str]) -> None:
    """A selector with one more condition matches what both match."""
    assert selector.also(more).matches(found) == (selector.matches(found) and more.matches(found))


@pytest.mark.parametrize(
    ("requirement", "absent", "a", "b"),
    [
        (Requirement("k", "In", ("a",)), False, True, False),
        (Requirement("k", "NotIn", ("a",)), True, False, True),
        (Requirement("k", "Exists"), False, True, True),
        (Requirement("k", "DoesNotExist"), True, False, False),
        (Requirement("k", "In", ("",)), False, False, False),
    ],
)
def test_operators(requirement: Requirement, absent: bool, a: bool, b: bool) -> None:
    """Each operator on a label that is missing, and on two values."""
    assert [requirement.matches(found) for found in ({}, {"k": "a"}, {"k": "b"})] == [absent, a, b]


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ({}, "everything"),
        ({"app": "web", "tier": ""}, "app=web,tier="),
        ({"matchLabels": {"app": "web"}}, "app=web"),
        ({"match_labels": {"b": "2"}, "match_expressions": [{"key": "a", "operator": "Exists"}]}, "a,b=2"),
        (
            {
                "matchExpressions": [
                    {"key": "a", "operator": "NotIn", "values": ["y", "x", "y"]},
                    {"key": "b", "operator": "DoesNotExist", "values": []},
                    {"key": "c", "operator": "In", "values": ["2", "1"]},
                ]
            },
            "a notin (x,y),!b,c in (1,2)",
        ),
    ],
)
def test_what_users_write(written: dict[str, Any], said: str) -> None:
    """Plain labels and both spellings of Kubernetes' form, said again as kubectl says them."""
    assert str(label_selector(written, "here")) == said


@pytest.mark.parametrize(
    ("written", "where", "words"),
    [
        ("app=web", "here", "no label selector"),
        ({"app": 1}, 'here["app"]', "no label's value"),
        ({"app": "-"}, 'here["app"]', "no label's value"),
        ({"app": "x" * 64}, 'here["app"]', "no label's value"),
        ({"a b": "x"}, "here", "no label's key"),
        ({"/app": "x"}, "here", "no label's key"),
        ({f"{'a' * 254}/app": "x"}, "here", "no label's key"),
        ({"matchLabels": {"a": "x"}, "app": "web"}, "here", "mixed"),
        ({"matchLabels": "app"}, "here", "mapping"),
        ({"matchExpressions": {"key": "a"}}, "here", "list"),
        ({"matchExpressions": ["a"]}, "here.matchExpressions[0]", "no condition"),
        ({"matchExpressions": [{"key": "a", "operator": "Gt"}]}, "here.matchExpressions[0].operator", "none of In"),
        ({"matchExpressions": [{"key": "a", "operator": "In"}]}, "here.matchExpressions[0].values", "takes values"),
        (
            {"matchExpressions": [{"key": "a", "operator": "Exists", "values": ["x"]}]},
            "here.matchExpressions[0].values",
            "takes no values",
        ),
        (
            {"matchExpressions": [{"key": "a", "operator": "In", "values": "x"}]},
            "here.matchExpressions[0].values",
            "no list",
        ),
        ({"matchExpressions": [{"operator": "Exists"}]}, "here.matchExpressions[0].key", "no label's key"),
    ],
)
def test_what_is_refused(written: object, where: str, words: str) -> None:
    """Each refusal names the place."""
    with pytest.raises(InvalidInput, match=words) as error:
        label_selector(written, "here")
    assert error.value.where == where


def test_namespaces() -> None:
    """A namespace is selected by the label that the API server gives it; names are those of Kubernetes."""
    assert in_namespace("shop").matches({NAMESPACE_LABEL: "shop"})
    assert not in_namespace("shop").matches({NAMESPACE_LABEL: "shop-2"})
    assert namespace_name("shop-2", "here") == "shop-2"
    for bad in ("", "Shop", "-a", "a.b", "a" * 64, None):
        with pytest.raises(InvalidInput, match="not a namespace"):
            namespace_name(bad, "here")
