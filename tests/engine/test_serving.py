"""Plugins in the test's process are, to each operation, as good as new ones."""

from __future__ import annotations

import os

import pytest

from sg_integration.providers import claims

from .serving import served_here


def test_an_operation_knows_nothing_of_the_one_before() -> None:
    """What enrollments of one deployment claimed and attached is unknown in the next."""
    with served_here({}):
        claims.claim(["eni-1"], frozenset({"sg-1"}))
        claims.record({"eni-1": frozenset({"sg-1"})})
        assert claims.claimed("eni-1") == claims.recorded("eni-1") == {"sg-1"}
    with served_here({}):
        assert claims.claimed("eni-1") == claims.recorded("eni-1") == frozenset()


def test_what_a_module_keeps_and_nobody_forgets_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A registry that is new in a module of the providers fails the next operation, with its name."""
    registry: dict[str, str] = {}
    monkeypatch.setattr(claims, "_REGISTRY", registry, raising=False)
    with served_here({}):
        registry["eni-1"] = "sg-1"
    with pytest.raises(AssertionError, match=r"sg_integration\.providers\.claims\._REGISTRY"), served_here({}):
        pass


def test_plugins_get_the_environment_of_their_operation(monkeypatch: pytest.MonkeyPatch) -> None:
    """Settings of AWS are the stack's while it runs, and the test's own before and after."""
    monkeypatch.setenv("AWS_REGION", "eu-west-1")
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    with served_here({"AWS_REGION": "eu-west-2", "AWS_PROFILE": "stack", "PATH": "/nowhere"}):
        assert (os.environ["AWS_REGION"], os.environ["AWS_PROFILE"]) == ("eu-west-2", "stack")
        assert os.environ["PATH"] != "/nowhere"
    assert (os.environ["AWS_REGION"], os.environ.get("AWS_PROFILE")) == ("eu-west-1", None)
