"""The inputs of policy as a file."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from sg_integration.model.errors import InvalidInput
from sg_integration.model.policy_document import as_document, from_document
from tests.policy.shop import rule, shop
from tests.policy.world import World
from tests.policy.worlds import worlds


@settings(max_examples=20, deadline=None, database=None, suppress_health_check=list(HealthCheck))
@given(worlds())
def test_a_file_says_all_of_the_inputs(world: World) -> None:
    """What was written and read again is equal, with delegated prefixes, stale and foreign references and all."""
    assert from_document(json.loads(json.dumps(as_document(world.inputs)))) == world.inputs


MALFORMED: dict[str, dict[str, Any]] = {
    "nowhere": {"members": [{"id": "eni-1", "name": "a", "addresses": ["nowhere"], "groups": []}]},
    "10.0.0.5/24": {"members": [{"id": "eni-1", "name": "a", "addresses": ["10.0.0.5/24"], "groups": []}]},
    "10.0.0.0/28": {"nodes": [{"name": "n", "addresses": ["10.0.0.0/28"]}]},
    "10.0.0.256": {"api_server": ["10.0.0.256"]},
    "10.0.0.0/33": {"vpc_cidrs": ["10.0.0.0/33"]},
    "banana": {"prefix_lists": {"pl-1": ["banana"]}},
}


@pytest.mark.parametrize("word", MALFORMED)
def test_what_is_no_address_is_refused_by_name(word: str) -> None:
    """Of a member addresses and networks are read, of a node and the API server addresses only."""
    with pytest.raises(InvalidInput, match=word):
        from_document({**as_document(shop(rule())), **MALFORMED[word]})


def test_what_may_be_left_out() -> None:
    """Only groups, default groups and pod default are needed; a group without a name is called by its id."""
    found = from_document({"groups": [{"id": "sg-0a"}], "default_groups": ["sg-0e"], "pod_default": "sg-0d"})
    assert found == replace(shop(), groups=found.groups, in_use=frozenset())
    assert (found.groups[0].name, found.groups[0].rules) == ("sg-0a", ())
