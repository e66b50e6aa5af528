"""A landscape as a file: what is written is read again, and files of `compile` are read, too."""

from __future__ import annotations

import json
from typing import Any

import pytest

from sg_integration.model.bindings import Binding
from sg_integration.model.errors import InvalidInput
from sg_integration.model.label_selectors import in_namespace, label_selector
from sg_integration.model.landscape import Enforcement, aliases
from sg_integration.model.landscape_document import as_landscape_document, landscape_from_document
from sg_integration.model.policy_document import as_document, from_document
from tests.model.reach_scene import API, shop


def test_what_is_written_is_read_again() -> None:
    """Nothing is lost on the way through a file."""
    bound = Binding("k", in_namespace("shop"), label_selector({"app": "api"}, ""), frozenset({API}), "live")
    landscape = shop(
        enforcement=Enforcement("staged", "off", metadata=True, failsafe_inbound=("tcp/22",)),
        namespaces={"shop": {"a": "b"}}, bindings=(bound,), objects=frozenset({"sg-local"}), notes=("a note",),
    )  # fmt: skip
    document = json.loads(json.dumps(as_landscape_document(landscape)))
    assert landscape_from_document(document) == landscape
    assert from_document(document) == landscape.inputs


def test_a_file_of_compile_is_read() -> None:
    """It has no pods, and Calico is taken to enforce."""
    found = landscape_from_document(json.loads(json.dumps(as_document(shop().inputs))))
    assert found.inputs == shop().inputs
    assert (found.pods, found.enforcement, found.objects) == ((), Enforcement(), None)


@pytest.mark.parametrize(
    "part",
    [
        {"pods": [{}]},
        {"pods": 1},
        {"enforcement": {"standing": "maybe"}},
        {"enforcement": {"nothing": 1}},
        {"bindings": [{"pods": 1}]},
        {"known_as": []},
    ],
)
def test_a_broken_file_is_refused(part: dict[str, Any]) -> None:
    """A part that is not what is written is refused."""
    with pytest.raises(InvalidInput):
        landscape_from_document({**as_document(shop().inputs), **part})


def test_names_that_stand_for_several() -> None:
    """A name may have several parties, each once; no name is no name."""
    assert aliases([("a", "1"), ("a", "2"), ("a", "1"), ("", "3")]) == {"a": ("1", "2")}
