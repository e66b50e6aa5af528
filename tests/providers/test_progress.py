"""What a long run says: nothing if it is short, else how far it is, how long the rest takes, and how long it took."""

from __future__ import annotations

from contextlib import suppress
from functools import partial
from itertools import count
from typing import Any

import pytest

from sg_integration.aws.pacing import Pace
from sg_integration.providers import enforcement, wishes
from sg_integration.providers.progress import Progress, foretell, named
from sg_integration.providers.reconcile import Wish

from .carrier import Clock

TRUST, NONE = frozenset({"sg-1"}), frozenset[str]()
GROUP, OTHER = "sg-0123456789abcdef0", "sg-0fedcba9876543210"


def run(items: int, seconds: float, fails_at: int | None = None) -> list[str]:
    """What a run of so many items says, each of which takes so many seconds."""
    clock, said = Clock(), list[str]()
    with suppress(KeyError), Progress("doing", items, "things", say=said.append, clock=clock) as progress:
        for at in range(items):
            if at == fails_at:
                raise KeyError(at)
            clock.sleep(seconds)
            progress.step()
    return said


@pytest.mark.parametrize(("items", "seconds"), [(0, 1), (1, 300), (9, 1), (10, 1), (99, 0.1)])
def test_nothing_is_said_when_there_is_nothing_left_to_wait_for(items: int, seconds: float) -> None:
    """A run of at most ten seconds, or one that ends with its first item, is silent."""
    assert run(items, seconds) == []


def test_a_run_that_ends_with_an_error_says_how_far_it_came() -> None:
    """The last line counts what was done before the error."""
    assert run(40, 1, 20) == [
        "doing: 10 of 40 things, about 30 s left",
        "doing: stopped at 20 of 40 things, 20 s in all",
    ]


def test_an_update_that_the_pace_holds_up_for_a_minute_is_foretold() -> None:
    """2,950 writes are about 19 minutes; 199 are less than a minute, and without a pace nothing is held up."""
    said: list[str] = []
    foretell("members of trust", 2950, "network interfaces", Pace(), said.append)
    foretell("members of trust", 199, "network interfaces", Pace(), said.append)
    foretell("members of trust", 100_000, "network interfaces", Pace(refill=None), said.append)
    assert said == ["members of trust: 2,950 network interfaces to write, about 19 min at 2.5 writes a second (pace)"]


@pytest.mark.parametrize(
    ("every", "words"),
    [
        ([Wish("a", TRUST)], "joining trust"),
        ([Wish("a", NONE, TRUST)], "leaving trust"),
        ([Wish("a", TRUST), Wish("b", NONE, TRUST)], "joining and leaving trust"),
        ([Wish("a", TRUST, TRUST)], "changing the groups"),
        ([], "changing the groups"),
    ],
)
def test_a_line_says_what_is_done(every: list[Wish], words: str) -> None:
    """Who joins, who leaves, or both; who only gets another group does neither."""
    assert wishes.in_words({str(at): wish for at, wish in enumerate(every)}, "trust") == words


def inputs(*members: str, group: str = GROUP, **more: object) -> dict[str, object]:
    """The inputs of an enrollment."""
    return {"security_group_ids": [group], "members": dict.fromkeys(members, "name"), **more}


@pytest.mark.parametrize(
    ("olds", "news", "writes"),
    [
        ({}, inputs("a", "b", "in"), 2),  # one has the group already
        (inputs("a", "b"), inputs("a", "b"), 0),
        (inputs("a", "b"), inputs("b", "c", "in"), 2),  # one leaves, one joins, one was in
        (inputs("a", "b"), inputs("a", "b", repair={"a": "lost it"}), 1),
        (inputs("a", repair={"a": "lost it"}), inputs("a", repair={"a": "lost it"}), 0),  # that was repaired
        (inputs("a", "b", group=OTHER), inputs("a", "b"), 2),
        ({}, inputs("a", "b", deferred={"b": "stopped"}), 1),
    ],
)
def test_how_many_writes_an_update_takes_is_known_before(
    olds: dict[str, object], news: dict[str, object], writes: int
) -> None:
    """Joiners without the group, leavers, repairs, and everybody when the group is another one; not who waits."""
    assert wishes.foretold(olds, news, {"in": (GROUP,)}) == writes


def test_many_names_are_cut_short() -> None:
    """Five of them, sorted, and how many more."""
    assert named(["b", "a"]) == "a, b"
    assert named([f"db-{number}" for number in range(7)]) == "db-0, db-1, db-2, db-3, db-4 and 2 more"


def test_objects_of_calico_are_counted_as_they_are_written(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A large cluster's policy takes minutes: each write is a step, and all of them are made."""
    made: list[object] = []
    monkeypatch.setattr(enforcement, "Progress", partial(Progress, clock=count().__next__))
    monkeypatch.setattr(enforcement, "carry_out", lambda _, write: made.append(write))
    todo: Any = range(15)
    enforcement._carry_out_all(Any, todo, "writing what Calico enforces")  # type: ignore[arg-type]
    assert made == list(todo)
    assert capsys.readouterr().out.splitlines() == [
        "writing what Calico enforces: 10 of 15 objects, about 6 s left",
        "writing what Calico enforces: 15 of 15 objects, 16 s in all",
    ]
