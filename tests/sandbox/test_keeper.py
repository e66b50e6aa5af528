"""Whose state is served."""

from __future__ import annotations

from pathlib import Path

import pytest

from sg_integration.sandbox import keeper
from sg_integration.sandbox.environment import Sandbox
from sg_integration.sandbox.errors import SandboxError
from sg_integration.sandbox.state import State, write_state


def test_a_dead_keepers_state_is_not_served_for_another(tmp_path: Path) -> None:
    """A state file that a killed keeper left says nothing about a program that holds the directory now."""
    with Sandbox(tmp_path, kubernetes=False):
        dead = State(pid=2**22, pids={}, urls={"aws": "http://127.0.0.1:1"}, plugins={}, path=[], env={})
        write_state(tmp_path, dead)
        with pytest.raises(SandboxError, match="no sandbox is up"):
            keeper.environment(tmp_path)
