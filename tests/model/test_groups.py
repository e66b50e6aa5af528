"""The laws of the planner, checked on every case over three groups and on random larger ones."""

from __future__ import annotations

from itertools import chain, combinations, product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sg_integration.model.groups import Groups, ordered, plan, restored

UNIVERSE = ("a", "b", "c")
SUBSETS = [frozenset(items) for items in chain.from_iterable(combinations(UNIVERSE, n) for n in range(4))]
CASES = list(product(SUBSETS, SUBSETS, SUBSETS))
some_groups = st.frozensets(st.sampled_from("abcdefgh"))


def laws(actual: Groups, desired: Groups, attached: Groups) -> None:
    """Every law for one case."""
    change = plan(actual, desired=desired, attached=attached)
    assert actual - attached <= change.result, "foreign groups survive"
    assert desired <= change.result, "what is desired is there"
    assert change.result <= actual | desired, "nothing else appears"
    assert not (attached - desired) & change.result, "what we attached and no longer desire goes"
    assert bool(change) == (change.result != actual), "no write without a difference"
    again = plan(change.result, desired=desired, attached=change.attached)
    assert not again, "a second run writes nothing"
    assert again.attached == change.attached, "a second run records the same"
    assert change.attached <= desired, "we own only what we desire"


@pytest.mark.parametrize("desired", SUBSETS, ids=lambda groups: "".join(sorted(groups)) or "none")
def test_the_laws_hold_for_every_case_over_three_groups(desired: Groups) -> None:
    """All 512 combinations of actual, desired and attached over three groups obey the laws."""
    for actual, wanted, attached in CASES:
        if wanted == desired:
            laws(actual, desired, attached)


@given(some_groups, some_groups, some_groups)
def test_the_laws_hold_for_larger_sets(actual: Groups, desired: Groups, attached: Groups) -> None:
    """Random cases over eight groups obey the laws."""
    laws(actual, desired, attached)


@given(some_groups, st.lists(some_groups, min_size=1, max_size=4))
def test_leaving_gives_the_member_back_as_it_was_found(found: Groups, wishes: list[Groups]) -> None:
    """However often the wish changed in between, leaving restores exactly the groups that were there before us."""
    actual, attached = found, frozenset[str]()
    for desired in wishes:
        change = plan(actual, desired=desired, attached=attached)
        actual, attached = change.result, change.attached
        assert attached == actual - found, "what we record is exactly what we added"
    left = plan(actual, desired=frozenset(), attached=attached)
    assert (left.result, left.attached) == (found, frozenset())


@given(some_groups, some_groups, some_groups)
def test_what_others_do_meanwhile_survives(found: Groups, desired: Groups, foreign: Groups) -> None:
    """Groups that somebody adds between our runs are there after we left."""
    joined = plan(found, desired=desired)
    left = plan(joined.result | foreign, desired=frozenset(), attached=joined.attached)
    assert foreign - joined.attached <= left.result


def test_a_reserved_group_is_ours_whoever_attached_it() -> None:
    """A group that is ours alone, found on a member without a record, is claimed, and leaves with us."""
    trust = frozenset(["trust"])
    claimed = plan(frozenset(["web", "trust"]), desired=trust, owned=trust)
    assert (bool(claimed), claimed.attached) == (False, trust)
    assert plan(claimed.result, desired=frozenset(), attached=claimed.attached).result == {"web"}


@given(st.lists(st.sampled_from("abcdefgh")), some_groups)
def test_the_written_list_keeps_places_and_has_no_twins(before: list[str], result: Groups) -> None:
    """The list that is written holds the result once each, and what stays stays in its order."""
    written = ordered(before, result)
    assert frozenset(written) == result
    assert len(written) == len(result)
    stayed = [group for group in dict.fromkeys(before) if group in result]
    assert written[: len(stayed)] == stayed


@pytest.mark.parametrize(
    ("originals", "existing", "fallback", "expected"),
    [
        ("ab", "b", "f", "b"),
        ("ab", "", "f", "f"),
        ("ab", "", None, ""),
        ("", "", "f", "f"),
    ],
)
def test_the_last_group_is_replaced_by_originals_then_fallback(
    originals: str, existing: str, fallback: str | None, expected: str
) -> None:
    """A member whose only group is ours gets its originals that exist, else the fallback, else it cannot leave."""
    assert restored(originals, frozenset(existing), fallback) == frozenset(expected)
