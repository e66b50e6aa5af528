"""Run a program of the documentation against Pulumi's mocks, with what it takes for granted before it."""

from __future__ import annotations

import ast
import builtins
from typing import Any
from unittest import mock

from pulumi.runtime import mocks
from pulumi.runtime.proto import callback_pb2

import sg_integration
from tests.components.conftest import Declared, run
from tests.components.pod_programs import GRANT

from .names import NAMES

_IDS = {"aws:ec2/vpc:Vpc": "vpc", "aws:ec2/instance:Instance": "i", "aws:ec2/subnet:Subnet": "subnet"}


class Documented(Declared):
    """Mocks that give what resources of other people would have."""

    def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str, dict[str, Any]]:
        """Record a resource; its id has the form of its kind, and a grant knows the mode."""
        made, state = super().new_resource(args)
        if args.typ == GRANT:
            state["mode"] = "admission"
        return f"{_IDS.get(args.typ, 'sg')}-{made.removeprefix('sg-')}", state

    def call(self, args: mocks.MockCallArgs) -> dict[str, Any]:  # type: ignore[override]  # theirs refuses
        """Every lookup finds nothing but an EKS cluster."""
        del args
        return {"endpoint": "https://eks.test", "certificateAuthorities": [{"data": "Q0E="}]}


def used(source: str) -> set[str]:
    """The names that a text uses and does not make."""
    tree = ast.parse(source)
    names = [node for node in ast.walk(tree) if isinstance(node, ast.Name)]
    made = {node.id for node in names if not isinstance(node.ctx, ast.Load)} | {"self"}
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            made.add(node.name)
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            made |= {(each.asname or each.name).partition(".")[0] for each in node.names}
        if isinstance(node, ast.arg):
            made.add(node.arg)
    return {node.id for node in names if isinstance(node.ctx, ast.Load)} - made - set(dir(builtins))


def completed(source: str) -> str:
    """A program with the lines before it that give what it takes for granted.

    Raises:
        LookupError: it uses a name that nothing gives it.
    """
    wanted, lines, known = [source], list[str](), set[str]()
    while wanted:
        for name in sorted(used(wanted.pop()) - known):
            known.add(name)
            if name in sg_integration.__all__:
                line = f"from sg_integration import {name}"
            elif name in NAMES:
                line = NAMES[name]
            else:
                raise LookupError(
                    f'it uses "{name}": make it in the program, or say in tests/docs/names.py what it is.'
                )
            lines.insert(0, line)
            wanted.append(line)
    order = {name: index for index, name in enumerate(NAMES)}
    lines.sort(key=lambda line: (not line.startswith(("from ", "import ")), order.get(line.partition(" =")[0], 0)))
    return "\n".join([*lines, source])


def execute(source: str, where: str) -> Declared:
    """Run a program of the documentation; it fails as it would fail for a reader."""
    code = compile(completed(source), where, "exec")
    with mock.patch("pulumi.runtime.resource._get_callbacks", _callbacks):
        return run(lambda: exec(code, {"__name__": "__main__"}), Documented())


async def _callbacks() -> mock.Mock:
    """Where transforms are registered: mocks have no engine that would call them, so the examples' tests do."""
    return mock.Mock(register_transform=lambda _: callback_pb2.Callback())
