"""What a user may select, what is refused when it is written, and how it travels through the engine."""

from __future__ import annotations

import asyncio
from typing import Any

import pulumi
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sg_integration.model.errors import InvalidInput
from sg_integration.model.selectors import (
    Databases,
    Instances,
    Later,
    Nodes,
    as_document,
    from_document,
    has_any_tag,
    has_tags,
)

ID, ENI = "i-0123456789abcdef0", "eni-0123456789abcdef0"
EMPTY = "it selects nothing. Write tags, ids or whole_vpc=True, or allow_empty=True to select nothing on purpose."


class Output:
    """A value that is known later."""

    def apply(self, func: Any) -> Any:
        """Use it."""
        return func


LATER = Output()


@pytest.mark.parametrize("kind", [Instances, Databases, Nodes])
def test_selecting_nothing_must_be_meant(kind: Any) -> None:
    """Without tags, ids or whole_vpc it is refused; excluding alone selects nothing; allow_empty says it is meant."""
    alone = {"exclude_ids": ["x" if kind is Databases else "i-12345678"]}
    nothing: list[dict[str, Any]] = [{}, {"tags": {}}, alone]
    for arguments in nothing:
        with pytest.raises(InvalidInput) as caught:
            kind(**arguments)
        assert str(caught.value) == f"{kind.__name__}: {EMPTY}"
    assert kind(allow_empty=True).allow_empty


@pytest.mark.parametrize(
    ("kind", "arguments", "line"),
    [
        (Instances, {"instance_ids": ["i-1"]}, "Instances: instance_ids[0]: 'i-1' is not an instance id (i-…)."),
        (Instances, {"instance_ids": [ID, ENI]}, f"Instances: instance_ids[1]: '{ENI}' is not an instance id (i-…)."),
        (Instances, {"instance_ids": [ID + "\n"]}, f"Instances: instance_ids[0]: '{ID}\\n' is not an instance id (i-…)."),
        (Instances, {"instance_ids": ID}, f"Instances: instance_ids: '{ID}' is no list."),
        (Instances, {"instance_ids": {ID}}, f"Instances: instance_ids: {{'{ID}'}} is no list."),
        (Instances, {"instance_ids": [None]}, "Instances: instance_ids[0]: None is not an instance id (i-…)."),
        (Instances, {"whole_vpc": True, "exclude_ids": ["sg-12345678"]}, "Instances: exclude_ids[0]: 'sg-12345678' is not an instance or network interface id."),
        (Instances, {"tags": ["role"]}, "Instances: tags: ['role'] is no mapping; write {\"key\": \"value\"}, or {\"key\": None} for any value."),
        (Instances, {"tags": {"role": 3}}, 'Instances: tags["role"]: 3 is neither a text nor None, or the key is empty.'),
        (Instances, {"tags": {"": "x"}}, "Instances: tags[\"\"]: 'x' is neither a text nor None, or the key is empty."),
        (Instances, {"whole_vpc": True, "exclude_tags": {"a": []}}, 'Instances: exclude_tags["a"]: [] is neither a text nor None, or the key is empty.'),
        (Nodes, {"instance_ids": ["x"]}, "Nodes: instance_ids[0]: 'x' is not an instance id (i-…)."),
        (Nodes, {"tags": {"a": 1}}, 'Nodes: tags["a"]: 1 is neither a text nor None, or the key is empty.'),
        (Nodes, {"allow_empty": True, "exclude_ids": ["x"]}, "Nodes: exclude_ids[0]: 'x' is not an instance or network interface id."),
        (Databases, {"identifiers": ["Orders"]}, "Databases: identifiers[0]: 'Orders' is not a database identifier (lower case)."),
        (Databases, {"identifiers": ["a--b"]}, "Databases: identifiers[0]: 'a--b' is not a database identifier (lower case)."),
        (Databases, {"whole_vpc": True, "exclude_ids": ["a-"]}, "Databases: exclude_ids[0]: 'a-' is not a database identifier (lower case)."),
        (Databases, {"whole_vpc": True, "engines": ["Postgres"]}, "Databases: engines[0]: 'Postgres' is not an engine such as postgres."),
        (Databases, {"tags": "x"}, "Databases: tags: 'x' is no mapping; write {\"key\": \"value\"}, or {\"key\": None} for any value."),
        (Databases, {"whole_vpc": True, "exclude_tags": {"a": 1}}, 'Databases: exclude_tags["a"]: 1 is neither a text nor None, or the key is empty.'),
    ],
)  # fmt: skip
def test_what_is_malformed_is_refused_where_it_is(kind: Any, arguments: dict[str, Any], line: str) -> None:
    """The error names the argument, its place and what is wrong."""
    with pytest.raises(InvalidInput) as caught:
        kind(**arguments)
    assert str(caught.value) == line


@pytest.mark.parametrize(
    "made",
    [
        lambda: Instances(instance_ids=["i-12345678", ID], exclude_ids=[ENI, ID, "eni-12345678"]),
        lambda: Databases(identifiers=["orders", "a1-b2"], engines=["custom-oracle-ee", "aurora-postgresql"]),
        lambda: Instances(tags={"role": None, "Name": ""}),
        lambda: Instances(instance_ids=(ID,)),
    ],
)
def test_what_is_well_formed_is_accepted(made: Any) -> None:
    """Short and long ids, interfaces among the exclusions, tags of any value, tuples."""
    assert made()


@pytest.mark.parametrize(
    "arguments",
    [
        {"instance_ids": LATER},
        {"instance_ids": [ID, LATER]},
        {"tags": {"role": LATER}},
        {"whole_vpc": True, "exclude_ids": LATER, "exclude_tags": {"a": LATER}},
    ],
)
def test_what_is_known_later_is_accepted_and_passed_on(arguments: dict[str, Any]) -> None:
    """Values of other resources stand in the document as they are, for the engine to fill in."""
    document = as_document(Instances(**arguments))
    assert all(name in document for name in arguments)
    flat = repr(document)
    assert flat.count(repr(LATER)) == sum(repr(value).count(repr(LATER)) for value in arguments.values())


def test_an_output_of_a_program_is_known_later() -> None:
    """Pulumi's own outputs are recognised, also as the only thing that is selected."""
    future: asyncio.Future[Any] = asyncio.new_event_loop().create_future()
    output: Any = pulumi.Output(set(), future, future)
    assert isinstance(output, Later)
    assert as_document(Instances(instance_ids=output)) == {"instance_ids": output}
    assert not isinstance("i-1", Later)


def test_what_was_known_later_is_checked_when_it_is_known() -> None:
    """A malformed value that an output turned out to have is refused as if it had been written."""
    with pytest.raises(InvalidInput, match=r"^Instances: instance_ids\[0\]: 'typo'"):
        from_document(Instances, {"instance_ids": ["typo"]})
    with pytest.raises(InvalidInput, match=f"^Databases: {EMPTY}"):
        from_document(Databases, {"identifiers": []})


def test_a_document_is_plain_and_says_only_what_was_said() -> None:
    """Ids are sorted and once each, a tag's value is a list of one or none, and what is empty is left out."""
    select = Instances(tags={"role": "member", "env": None}, instance_ids=[ID, "i-12345678", ID])
    assert as_document(select) == {"tags": {"role": ["member"], "env": []}, "instance_ids": [ID, "i-12345678"]}
    assert as_document(Instances(whole_vpc=True)) == {"whole_vpc": True}


def test_a_document_of_a_later_release_is_read_as_far_as_it_is_known() -> None:
    """A field that this release does not know is left aside."""
    assert from_document(Instances, {"whole_vpc": True, "by_moon": [1]}) == Instances(whole_vpc=True)


texts = st.dictionaries(st.text(min_size=1, max_size=5), st.none() | st.text(max_size=5), max_size=3)
instance_ids = st.lists(st.from_regex(r"\Ai-[0-9a-f]{8}\Z"), max_size=3, unique=True).map(sorted)
identifiers = st.lists(st.from_regex(r"\A[a-z](-?[a-z0-9]){0,5}\Z"), max_size=3, unique=True).map(sorted)
machines: dict[str, Any] = {"tags": texts, "instance_ids": instance_ids, "exclude_ids": instance_ids}
anything = st.one_of(
    st.builds(Instances, **machines, whole_vpc=st.booleans(), exclude_tags=texts, allow_empty=st.just(True)),
    st.builds(Nodes, **machines, allow_empty=st.just(True)),
    st.builds(
        Databases, tags=texts, identifiers=identifiers, engines=identifiers, exclude_ids=identifiers,
        exclude_tags=texts, whole_vpc=st.booleans(), allow_empty=st.just(True),
    ),
)  # fmt: skip


@settings(max_examples=50)
@given(anything)
def test_a_selector_comes_back_from_its_document(select: Instances | Nodes | Databases) -> None:
    """Through the document, every field is as it was; lists are as equal as the engine makes them."""
    kind: Any = type(select)
    back = from_document(kind, as_document(select))
    assert as_document(back) == as_document(select)
    assert {
        name: list(value) if isinstance(value, (list, tuple)) else value for name, value in fields(back).items()
    } == {name: list(value) if isinstance(value, (list, tuple)) else value for name, value in fields(select).items()}


def fields(select: Any) -> dict[str, Any]:
    """Every field of a selector."""
    return {name: getattr(select, name) for name in type(select).__dataclass_fields__}


@pytest.mark.parametrize(
    ("wanted", "all_of", "any_of"),
    [
        ({}, True, False),
        ({"a": "1"}, True, True),
        ({"a": None}, True, True),
        ({"a": "2"}, False, False),
        ({"b": None}, False, False),
        ({"a": "1", "b": None}, False, True),
        ({"a": "1", "c": ""}, True, True),
    ],
)
def test_tags_match(wanted: dict[str, str | None], all_of: bool, any_of: bool) -> None:
    """Wanted tags are needed all, unwanted ones suffice each; None is any value, an empty text only itself."""
    actual = {"a": "1", "c": ""}
    assert has_tags(actual, wanted) is all_of
    assert has_any_tag(actual, wanted) is any_of
