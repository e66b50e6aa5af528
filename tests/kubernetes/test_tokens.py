"""Tokens are kept as long as they are good, fetched once for all threads, and fetched anew when they are refused."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from itertools import count

import pytest

from sg_integration.kubernetes.bearer import BearerAuth
from sg_integration.kubernetes.tokens import Token, Tokens
from sg_integration.model.errors import CredentialsMissing

from .scripted import Script, Time, no, ok

UNAUTHORIZED = no(401, "Unauthorized", "Unauthorized")


class Issuer:
    """Gives `token-1`, `token-2`, … that are good for some seconds."""

    def __init__(self, lasts: float | None = None, takes: float = 0.0) -> None:
        self.time = Time()
        self.numbers = count(1)
        self.given = 0
        self._lasts = lasts
        self._takes = takes

    def fetch(self) -> Token:
        """The next token."""
        time.sleep(self._takes)
        self.given = next(self.numbers)
        return Token(f"token-{self.given}", None if self._lasts is None else self.time.now + self._lasts)

    @property
    def tokens(self) -> Tokens:
        """Tokens of this issuer."""
        return Tokens(self.fetch, self.time.clock)


def test_a_token_is_kept_until_it_ends() -> None:
    """A second before its end it is the same, at its end another."""
    issuer = Issuer(lasts=60)
    tokens = issuer.tokens
    assert [tokens.current(), tokens.current()] == ["token-1", "token-1"]
    issuer.time.now = 59
    assert tokens.current() == "token-1"
    issuer.time.now = 60
    assert tokens.current() == "token-2"


def test_a_token_without_an_end_is_kept_until_it_is_refused() -> None:
    """What was refused is not given again; what another thread has fetched since is."""
    tokens = Issuer().tokens
    assert tokens.current() == "token-1"
    assert tokens.current(refused="token-1") == "token-2"
    assert tokens.current(refused="token-1") == "token-2"


def test_threads_share_one_fetch() -> None:
    """Sixteen threads that start at once, and then are refused at once, make two fetches."""
    issuer = Issuer(takes=0.02)
    tokens = issuer.tokens
    with ThreadPoolExecutor(16) as threads:
        assert set(threads.map(lambda _: tokens.current(), range(16))) == {"token-1"}
        assert set(threads.map(lambda _: tokens.current("token-1"), range(16))) == {"token-2"}
    assert issuer.given == 2


def test_a_refused_token_is_replaced_within_the_same_request() -> None:
    """The server refuses the first; the second is sent at once, and stays for later requests."""
    script = Script([UNAUTHORIZED, ok({})])
    api = script.api(BearerAuth(Issuer().tokens))
    for _ in range(2):
        api.request("asking", "GET", "/x")
    sent = [request.headers["Authorization"] for request in script.asked]
    assert sent == ["Bearer token-1", "Bearer token-2", "Bearer token-2"]


def test_a_new_token_that_is_refused_too_is_an_error() -> None:
    """Two tries, no more; the message says how we tried to log in, and no token."""
    script = Script([UNAUTHORIZED])
    with pytest.raises(CredentialsMissing) as caught:
        script.api(BearerAuth(Issuer().tokens)).request("listing pods", "GET", "/x")
    assert len(script.asked) == 2
    assert str(caught.value) == (
        "listing pods: Unauthorized: Unauthorized. Log in again, or correct the kubeconfig or its context. "
        "Tried: context test of a file."
    )


def test_a_token_is_never_shown() -> None:
    """Neither by repr nor by str."""
    assert "secret" not in f"{Token('secret')!r} {Token('secret')}"
