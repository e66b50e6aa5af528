"""Declare a program against Pulumi's mocks, and look at what it registered."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextvars import Context
from dataclasses import dataclass, field
from typing import Any, NoReturn, TypeAlias

import pulumi
import pytest
from pulumi.runtime import mocks

Program: TypeAlias = Callable[[], None]


@dataclass
class Declared(mocks.Mocks):
    """What a program declared: resource name to (type, inputs), in the order in which the monitor saw it."""

    resources: dict[str, tuple[str, dict[str, Any]]] = field(default_factory=dict)

    def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str, dict[str, Any]]:
        """Record a resource; give groups ids of AWS's form."""
        self.resources[args.name] = (args.typ, dict(args.inputs))
        return f"sg-{len(self.resources):08x}", dict(args.inputs)

    def call(self, args: mocks.MockCallArgs) -> NoReturn:
        """No program here calls anything."""
        raise NotImplementedError(args.token)

    def rules(self) -> dict[str, dict[str, Any]]:
        """Inputs of the rules, by name."""
        return {name: inputs for name, (kind, inputs) in self.resources.items() if "Rule" in kind}


@pytest.fixture
def declare() -> Callable[[Program], Declared]:
    """A function that runs a program and returns what it declared."""
    return lambda program: run(program, Declared())


def run(program: Program, declared: Declared) -> Declared:
    """Run a program against mocks, and return them.

    Each run has a context of its own: Pulumi keeps its settings and the stack of a program in context variables, and a stack
    that an earlier test left there belongs to another event loop.
    """
    return Context().run(_run, program, declared)


def _run(program: Program, declared: Declared) -> Declared:
    loop = asyncio.new_event_loop()
    # A program that is meant to fail leaves outputs that nobody awaits; the first failure is the one we test.
    loop.set_exception_handler(lambda *_: None)
    asyncio.set_event_loop(loop)
    mocks.set_mocks(declared, preview=False)
    pulumi.runtime.test(program)()  # type: ignore[no-untyped-call]  # it has no annotations
    return declared
