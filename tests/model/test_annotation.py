"""The annotation and the labels: what is read from them, what is written, and what is refused."""

from __future__ import annotations

import json
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sg_integration.model.annotation import BOUND, LABEL_PREFIX, WELL_FORMED, labelled, labels, parse, render
from sg_integration.model.errors import InvalidAnnotation

ids = st.integers(0, 16**60 - 1).map("sg-{:x}".format)
blanks = st.text(" \t\r\n", max_size=2)


@settings(max_examples=40)
@given(st.frozensets(ids, max_size=20))
def test_what_is_written_is_read_again(groups: frozenset[str]) -> None:
    """Any set of groups survives, sorted and without blanks, and is JSON."""
    text = render(groups)
    assert parse(text) == groups
    assert json.loads(text) == sorted(groups)
    assert " " not in text


@settings(max_examples=50)
@given(st.lists(ids, max_size=4), st.lists(blanks, min_size=12, max_size=12))
def test_blanks_and_repetitions_mean_nothing(groups: list[str], around: list[str]) -> None:
    """JSON's blanks may stand wherever JSON lets them."""
    inner = f"{around[0]},{around[1]}".join(f'{around[2]}"{group}"{around[3]}' for group in groups)
    assert parse(f"{around[4]}[{around[5]}{inner}{around[6]}]{around[7]}") == set(groups)


@pytest.mark.parametrize("text", [None, "", " ", "\n\t", "[]", " [ ] "])
def test_nothing_is_no_group(text: str | None) -> None:
    """No annotation, an empty one and an empty list all leave a pod to the node groups."""
    assert parse(text) == frozenset()


@pytest.mark.parametrize(
    "text",
    [
        '["sg-0a1, sg-0b2"]',
        '["sg-0a1",]',
        '["sg-0a1" "sg-0b2"]',
        '["sg-0a1"',
        "sg-0a1",
        '"sg-0a1"',
        '["sg-"]',
        '["sg-0A1"]',
        '["sg-web"]',
        f'["sg-{"a" * 61}"]',
        "['sg-0a1']",
        '["sg-0a1"]]',
        '[["sg-0a1"]]',
        '["\\u0073g-0a1"]',
        '{"sg-0a1": 1}',
        "null",
        "\f[]",
        "\xa0[]",
        "\x0b",
    ],
)
def test_anything_else_is_refused(text: str) -> None:
    """What is no JSON list of ids in plain letters is refused, with its text and what to write."""
    with pytest.raises(InvalidAnnotation, match=r'\["sg-…","sg-…"\]') as error:
        parse(text, "here")
    assert error.value.where == "here"
    assert repr(text) in str(error.value)


@given(st.text('sg-0a1"[], \t\n\f\r\x0b\xa0{}', max_size=14))
def test_whatever_the_pattern_takes_is_json(text: str) -> None:
    """The pattern, which the API server tests too, never takes what JSON does not."""
    if re.fullmatch(WELL_FORMED, text) and text.strip(" \t\r\n"):
        assert isinstance(json.loads(text), list)
        assert parse(text) == set(json.loads(text))


@settings(max_examples=40)
@given(st.frozensets(ids, max_size=20))
def test_labels_say_the_groups(groups: frozenset[str]) -> None:
    """A label for each group that Kubernetes takes as a key, and one that says that there are any."""
    written = labels(groups)
    assert labelled(written) == groups
    assert written.get(BOUND) == ("true" if groups else None)
    assert len(written) == (len(groups) + 1 if groups else 0)
    assert all(len(key.partition("/")[2]) <= 63 for key in written)
    assert labelled({**written, "app": "web", f"x{LABEL_PREFIX}sg-0": ""}) == groups
