"""Every message that the code can raise or show, read from its syntax: what is fixed in it, with `…` for the rest."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

import sg_integration

ROOT: Final = Path(sg_integration.__file__).parent
GAP: Final = "…"
_TWO: Final = 2  # where, and what

# Which argument of a class is its message; the first ones say where, and what was done.
_INPUT: Final = (
    "InvalidInput",
    "Unenforced",
    "InvalidAnnotation",
    "__init__",
)  # the last is how a subclass words itself
_PLAIN: Final = (
    "IntegrationError", "SandboxError", "NotReady", "PortTaken", "Unavailable", "PluginError", "RunError", "TypeError",
)  # fmt: skip
_SERVICE: Final = (
    "ServiceError", "MemberError", "MemberNotFound", "MemberBusy", "MemberChanged", "MemberOwned", "WouldLeaveNoGroups",
    "Refused", "AccessDenied", "CredentialsMissing", "GroupLimitExceeded", "GroupNotFound", "ProbeRefused", "Throttled",
    "Unreachable",
)  # fmt: skip
# What is shown, or raised elsewhere, in these modules' words: by module, the functions that word it; none for all.
_WORDING: Final[Mapping[str, tuple[str, ...]]] = {
    "model/reasons.py": (),
    "model/nodes.py": ("skip_reason",),
    "model/enforced_nodes.py": (),
    "model/bindings.py": ("left_alone",),
    "kubernetes/calico_survey.py": (),
    "kubernetes/tigera.py": (),
    "providers/pod_writing.py": ("_pod", "_template", "_attempt"),
}


@dataclass(frozen=True, order=True)
class Message:
    """A message of the code.

    Args:
        words: what is fixed in it.
        where: the first place that says so, `aws/errors.py:12`.
    """

    words: str
    where: str


@cache
def messages() -> tuple[Message, ...]:
    """All of them, each once, in the order of the files."""
    found: dict[str, Message] = {}
    for path in sorted(ROOT.rglob("*.py")):
        tree, name = ast.parse(path.read_text()), path.relative_to(ROOT).as_posix()
        constants = _constants(tree)
        found_here = (
            *_raised(tree, constants),
            *_worded(tree, constants, name),
            *_words_of_classes(tree, constants, name),
        )
        for node, words in found_here:
            told = plain(words)
            if re.search(r"\w{2}", told.replace(GAP, "")):
                found.setdefault(told, Message(told, f"{name}:{node.lineno}"))
    return tuple(found.values())


def plain(words: str) -> str:
    """Words with single spaces and single gaps."""
    gaps = re.sub(rf"{GAP}(?:\s*{GAP})+", GAP, " ".join(words.split()))
    return gaps.strip()


def pattern(words: str) -> re.Pattern[str]:
    """What matches a message that was really raised."""
    return re.compile(".*?".join(re.escape(each).replace(r"\ ", r"\s+") for each in words.split(GAP)), re.DOTALL)


def _constants(tree: ast.Module) -> dict[str, ast.expr]:
    """The module's own texts, by name."""
    found: dict[str, ast.expr] = {}
    for node in tree.body:
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value is not None:
            found[node.target.id] = node.value
        elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            found[node.targets[0].id] = node.value
    return {name: value for name, value in found.items() if isinstance(value, (ast.Constant, ast.JoinedStr, ast.BinOp))}


def _raised(tree: ast.AST, texts_by_name: Mapping[str, ast.expr]) -> Iterator[tuple[ast.Call, str]]:
    """The messages of errors that are made; a local name that stands for one text stands for it there."""
    known = {**texts_by_name, **_locals(tree)} if isinstance(tree, ast.FunctionDef) else texts_by_name
    for node in _own(tree):
        if isinstance(node, ast.FunctionDef):
            yield from _raised(node, known)
        elif isinstance(node, ast.Call):
            yield from _made(node, known)
        elif isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call) and ast.unparse(node.exc.func) == "kind":
            yield node.exc, text(node.exc.args[0], known)  # its class was chosen before


def _words_of_classes(tree: ast.Module, constants: Mapping[str, ast.expr], name: str) -> Iterator[tuple[ast.expr, str]]:
    """What the classes of errors say of themselves."""
    for node in ast.walk(tree) if name == "model/errors.py" else ():
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "super().__init__":
            yield node, text(node.args[-1], constants)


def _own(tree: ast.AST) -> Iterator[ast.AST]:
    """What is in a tree, with the functions in it, but not what is in those."""
    for node in ast.iter_child_nodes(tree):
        yield node
        if not isinstance(node, ast.FunctionDef):
            yield from _own(node)


def _locals(function: ast.FunctionDef) -> dict[str, ast.expr]:
    """The texts that have a name in a function, if it has no other meaning there."""
    found: dict[str, list[ast.expr]] = {}
    for node in ast.walk(function):
        if isinstance(node, ast.Assign):
            for name, value in _pairs(node.targets[0], node.value):
                found.setdefault(ast.unparse(name), []).append(value)
    once = {name: values[0] for name, values in found.items() if len(values) == 1}
    return {name: value for name, value in once.items() if isinstance(value, (ast.Constant, ast.JoinedStr))}


def _pairs(target: ast.expr, value: ast.expr) -> Iterator[tuple[ast.expr, ast.expr]]:
    """What is given to what, also where several are at once."""
    if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
        yield from zip(target.elts, value.elts, strict=True)
    else:
        yield target, value


def _made(node: ast.Call, constants: Mapping[str, ast.expr]) -> Iterator[tuple[ast.Call, str]]:
    """The message of an error, if a call makes one."""
    name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
    texts = [text(each, constants) for each in node.args]
    if name in _INPUT and len(texts) == _TWO:
        yield node, texts[1]
    elif name in _PLAIN and texts:
        yield node, texts[0]
    elif name in _SERVICE and len(texts) > 1:
        # The code is in it where it is ours; that of a service is a gap.
        yield node, (f"{texts[1]}: " if texts[1] != GAP else "") + _sentences(texts[2:4])


def _worded(tree: ast.Module, constants: Mapping[str, ast.expr], name: str) -> Iterator[tuple[ast.expr, str]]:
    """What functions of the modules that word reasons return, their public texts, and why a member failed."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and "failed[" in ast.unparse(node.targets[0]):
            yield node.value, text(node.value, constants)
    if name not in _WORDING:
        return
    for function in ast.walk(tree):
        if isinstance(function, ast.FunctionDef) and (not _WORDING[name] or function.name in _WORDING[name]):
            returns = [node.value for node in ast.walk(function) if isinstance(node, ast.Return) and node.value]
            for value in (each for one in returns for each in _alternatives(one)):
                yield value, text(value, constants)
    values = [value for key, value in constants.items() if not key.startswith("_")]
    values += [
        value for node in tree.body for each in ast.walk(node) if isinstance(each, ast.Dict) for value in each.values
    ]
    yield from ((value, text(value, constants)) for value in values if " " in text(value, constants))


def _sentences(texts: list[str]) -> str:
    """The words and the advice, with the full stop between them that `ServiceError` puts there."""
    said = texts[0].strip() if texts else ""
    stop = "" if len(texts) == 1 or said.endswith((".", "!", "?", GAP)) else "."
    return " ".join([said + stop, *texts[1:]])


def _alternatives(node: ast.expr) -> Iterator[ast.expr]:
    """What an expression may be."""
    if isinstance(node, ast.IfExp):
        yield from (*_alternatives(node.body), *_alternatives(node.orelse))
    elif isinstance(node, ast.BoolOp):
        yield from (each for value in node.values for each in _alternatives(value))
    elif isinstance(node, (ast.Constant, ast.JoinedStr, ast.Name)):
        yield node


def text(node: ast.expr, constants: Mapping[str, ast.expr]) -> str:
    """What is fixed in an expression."""
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else GAP
    if isinstance(node, ast.JoinedStr):
        return "".join(text(each, constants) for each in node.values)
    if isinstance(node, ast.FormattedValue):
        return text(node.value, constants) if isinstance(node.value, ast.Name) else GAP
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        return text(node.left, constants) + text(node.right, constants)
    if isinstance(node, ast.Name) and node.id in constants:
        others = {name: value for name, value in constants.items() if name != node.id}
        return text(constants[node.id], others)
    return GAP
