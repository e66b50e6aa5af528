"""What enrollments of one deployment want and did is known to all of them, and to nobody else."""

from __future__ import annotations

import threading

import pytest

from sg_integration.providers import claims

A, B = frozenset({"sg-a"}), frozenset({"sg-b"})


def test_claims_add_up_by_member() -> None:
    """What several want on a member is wanted; other members are not concerned."""
    claims.claim(["m", "n"], A, by="one")
    claims.claim(["m"], B, by="two")
    assert claims.claimed("m") == A | B
    assert claims.claimed("n") == A
    assert claims.claimed("x") == frozenset()


def test_who_shares_a_member_is_told() -> None:
    """Whoever claims a member that another one claimed learns of it; claiming again oneself is no sharing."""
    assert claims.claim(["m", "n"], A, by="one") == []
    assert claims.claim(["m", "n"], A, by="one") == []
    assert claims.claim(["n", "o"], A, by="two") == ["n"]
    assert claims.claim(["m", "n"], A, by="one") == ["n"]


def test_what_was_attached_is_recorded_by_member() -> None:
    """Records add up, and claims are no records."""
    claims.record({"m": A, "n": B})
    claims.record({"m": B})
    claims.claim(["o"], A)
    assert claims.recorded("m") == A | B
    assert claims.recorded("n") == B
    assert claims.recorded("o") == frozenset()
    assert claims.claimed("m") == frozenset()


def test_forgetting_is_complete() -> None:
    """After it nobody claims, shares or recorded anything."""
    claims.claim(["m"], A, by="one")
    claims.record({"m": A})
    claims.forget()
    assert claims.claimed("m") == claims.recorded("m") == frozenset()
    assert claims.claim(["m"], A, by="two") == []


def test_asking_leaves_no_trace() -> None:
    """Who is asked about is not thereby claimed or recorded."""
    claims.claimed("m")
    claims.recorded("m")
    assert claims.claim(["m"], A, by="one") == []


def test_one_kind_is_written_by_one_at_a_time() -> None:
    """The lock of a kind is one; another kind has another."""
    assert claims.writing("database") is claims.writing("database")
    assert claims.writing("database") is not claims.writing("network interface")


def test_many_threads_lose_no_claim() -> None:
    """Four providers run at once in one process."""

    def work(number: int) -> None:
        for member in range(200):
            claims.claim([str(member)], frozenset({f"sg-{number}"}), by=str(number))

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(len(claims.claimed(str(member))) == 4 for member in range(200))


@pytest.mark.parametrize("name", ["claim", "record"])
def test_nothing_given_is_nothing_said(name: str) -> None:
    """Empty claims and records are harmless."""
    assert getattr(claims, name)(*([[], A] if name == "claim" else [{}])) in ([], None)
