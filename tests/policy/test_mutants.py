"""Tests of the tests: a compiler that is wrong in one way is caught by the law of equivalence."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, Phase, find, settings

from sg_integration.model import calico_remote, policy_compile, policy_rules
from sg_integration.model.policy_rules import Reader
from tests.policy.mutants import MUTANTS, Manifest, Mutant
from tests.policy.trial import disagreement, manifests
from tests.policy.world import World
from tests.policy.worlds import worlds

SEARCH = settings(
    max_examples=300,
    deadline=None,
    database=None,
    derandomize=True,
    phases=(Phase.generate,),
    suppress_health_check=list(HealthCheck),
)


def caught(change: Callable[[list[Manifest]], list[Manifest]]) -> World:
    """A world in which the two evaluators disagree; raises `NoSuchExample` if none is found."""
    return find(worlds(), lambda world: bool(disagreement(world, change(manifests(world)))), settings=SEARCH)


@pytest.mark.parametrize("mutant", MUTANTS.values(), ids=MUTANTS)
def test_what_a_wrong_compiler_writes_is_caught(mutant: Mutant) -> None:
    """Each way of being wrong shows in some world."""
    assert caught(mutant)


COMPILERS: dict[str, Callable[[pytest.MonkeyPatch], None]] = {
    "compiles stale, foreign and reserved peers": lambda patch: patch.setattr(
        Reader, "_group_problem", lambda *_: None
    ),
    "does not know protocols by number": lambda patch: patch.setattr(policy_rules, "_NAMES", {}),
    "forgets the VPC's resolver": lambda patch: patch.setattr(policy_compile, "unfiltered", lambda _: ()),
    "forgets the other groups of nodes": lambda patch: patch.setattr(
        policy_compile, "_node_groups", lambda inputs: inputs.default_groups
    ),
    "holds what the cluster needs inside a prefix": lambda patch: patch.setattr(
        policy_compile, "without", lambda wider, _: (wider,)
    ),
    "takes the node groups for those of every node only": lambda patch: patch.setattr(
        calico_remote, "_node", lambda grant, _, wording: wording.remote(grant, {})
    ),
}


@pytest.mark.parametrize("break_it", COMPILERS.values(), ids=COMPILERS)
def test_a_wrong_compiler_is_caught(
    break_it: Callable[[pytest.MonkeyPatch], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each broken part of the compiler shows in some world."""
    policy_rules.traffic.cache_clear()
    break_it(monkeypatch)
    found = caught(list)
    policy_rules.traffic.cache_clear()
    assert found
