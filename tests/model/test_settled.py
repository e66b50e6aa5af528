"""Whether a cluster holds what is compiled now."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

from sg_integration.model import calico
from sg_integration.model.calico_state import identity, owned
from sg_integration.model.landscape import Enforcement
from sg_integration.model.policy_compile import compile_policy
from sg_integration.model.settled import differences, not_settled
from tests.model.reach_scene import shop

Standing = dict[tuple[str, str], Any]
MEMBERS, SET = ("GlobalNetworkPolicy", "sg-remote.members"), ("GlobalNetworkSet", "sg-integration-members")


def standing() -> Standing:
    """What an update leaves in the cluster of the shop, with the owner that it writes."""
    made = copy.deepcopy(calico.objects(compile_policy(shop().inputs)))
    found = {identity(each): each for each in made.values()}
    owned(made.values(), "org/shop/prod/eks")
    return found


def without_an_address(found: Standing) -> None:
    """A member came after the update."""
    found[SET]["spec"]["nets"] = found[SET]["spec"]["nets"][1:]


def with_a_rule(found: Standing) -> None:
    """A rule was revoked after the update."""
    found["GlobalNetworkPolicy", "sg-local.sg-99"] = copy.deepcopy(found[MEMBERS])


def changed_tier(found: Standing) -> None:
    """Somebody has edited a tier."""
    found["Tier", "sg-local"]["spec"]["order"] = 1000


def test_what_an_update_has_left_is_what_is_compiled() -> None:
    """Nothing differs then, whoever has written it; nor is anything compared where nothing enforces."""
    assert differences(shop(), standing()) == {}
    assert differences(shop(enforcement=Enforcement("none")), {}) == {}


@pytest.mark.parametrize(
    ("change", "name", "words"),
    [
        (lambda found: found.pop(MEMBERS), "sg-remote.members", "(members: no pod"),
        (without_an_address, "sg-integration-members", "(members whose rules"),
        (with_a_rule, "sg-local.sg-99", "no longer needed"),
        (changed_tier, "sg-local", ""),
    ],
)
def test_what_differs_is_named(change: Callable[[Standing], object], name: str, words: str) -> None:
    """What is missing, what lacks something, and what should be there no more."""
    found = standing()
    change(found)
    assert set(different := differences(shop(), found)) == {name}
    assert words in different[name]
    assert "taken over" not in different[name]


def test_the_note_counts_and_names_some() -> None:
    """Three are shown, and it says when what was said will hold."""
    said = not_settled(dict.fromkeys("abcd", "gone"))
    assert "in 4 objects (a: gone; b: gone; c: gone; and 1 more)" in said
    assert "holds when pulumi up has been run" in said
