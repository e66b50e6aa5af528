"""Whether the commands of a fence exist: each with its options, as the program that has them would read them."""

from __future__ import annotations

import contextlib
import functools
import io
import re
import shlex
import subprocess
from collections.abc import Callable, Iterator
from typing import Any, Final

import botocore.session
import yaml
from botocore import xform_name

from sg_integration import cli

from .fences import ROOT, Fence

_PLACEHOLDER: Final = re.compile(r"\$\(([^()]*)\)")
_BREAK: Final = set("|&;(){}")
_LOOP: Final = re.compile(r"^(?:for \w+ in [^;]*|do|done)$")
_REDIRECT: Final = re.compile(r"[0-9]?[<>]+.*")
_KUBECTL: Final = {
    *(
        "annotate",
        "api-resources",
        "apply",
        "auth",
        "config",
        "cordon",
        "create",
        "delete",
        "describe",
        "drain",
        "edit",
    ),
    *("get", "label", "logs", "patch", "rollout"),
}
_GIT: Final = {"clone", "checkout", "switch", "commit", "add", "push", "diff", "log", "tag"}
_AWS_OPTIONS: Final = {"query", "output", "region", "profile", "no-cli-pager", "no-paginate"}


def commands_of(fence: Fence) -> Iterator[list[str]]:
    """Each command of a fence, as words; a fence of the language `console` has output between them."""
    text = fence.text
    if fence.language == "console":
        text = "\n".join(_typed(text))
    text = re.sub(r"\\\n\s*", " ", text)
    while found := _PLACEHOLDER.search(text):  # what is asked inside of another command is a command, too
        text = f"{text[: found.start()]}x{text[found.end() :]}\n{found[1]}"
    for line in text.splitlines():
        yield from _split(line)


def has_output(fence: Fence) -> bool:
    """Whether a fence shows what a command printed."""
    return fence.language == "console" and len(_typed(fence.text)) < len(fence.text.splitlines())


def _typed(text: str) -> list[str]:
    typed: list[str] = []
    for line in text.splitlines():
        if line.startswith("$ ") or (typed and typed[-1].endswith("\\")):
            typed.append(line.removeprefix("$ "))
    return typed


def _split(line: str) -> Iterator[list[str]]:
    lexer = shlex.shlex(line, posix=True, punctuation_chars="|&;(){}")
    lexer.whitespace_split, lexer.commenters = True, "#"
    command: list[str] = []
    for word in [*lexer, ";"]:
        if set(word) <= _BREAK:
            command = command[1:] if command[:1] == ["do"] else command
            if command and not _LOOP.match(" ".join(command)):
                yield command
            command = []
        elif not (not command and re.fullmatch(r"[A-Z_]+=.*", word)) and not _REDIRECT.fullmatch(word):
            command.append(word)


def refuse(command: list[str]) -> None:
    """Fail if a command is none, or has an option that its program does not have."""
    program, *arguments = command
    name = program.rpartition("/")[2]
    assert name in _PROGRAMS, f"{name}: no test knows this program; see tests/docs/commands.py"
    _PROGRAMS[name](arguments)


def _ours(arguments: list[str]) -> None:
    said, code = io.StringIO(), 0
    try:
        with contextlib.redirect_stderr(said), contextlib.redirect_stdout(io.StringIO()):
            cli._parser().parse_args(arguments)
    except SystemExit as exit_:
        code = int(exit_.code or 0)
    assert code == 0, f"sg-integration {shlex.join(arguments)}: {said.getvalue()}"


def _make(arguments: list[str]) -> None:
    targets = set(re.findall(r"^([a-z][a-z-]*):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert {word for word in arguments if "=" not in word} <= targets, f"make {arguments}"


def _pulumi(arguments: list[str]) -> None:
    words = [word for word in arguments if not word.startswith("-")]
    flags = [word.partition("=")[0] for word in arguments if word.startswith("--") and word != "--"]
    for depth in range(min(2, len(words)), 0, -1):
        if (flagged := _pulumi_help(*words[:depth])) is not None:
            assert set(flags) <= flagged, f"pulumi {shlex.join(arguments)}: {set(flags) - flagged}"
            return
    raise AssertionError(f"pulumi {shlex.join(arguments)}: no such command")


@functools.cache
def _pulumi_help(*words: str) -> frozenset[str] | None:
    """The long options of a command of the CLI; None if there is no such command."""
    done = subprocess.run(["pulumi", *words, "--help"], capture_output=True, text=True, check=False)
    if done.returncode or not re.search(rf"^  pulumi {re.escape(' '.join(words))}\b", done.stdout, re.MULTILINE):
        return None
    return frozenset(re.findall(r"(--[a-z][a-z-]+)", done.stdout))


def _aws(arguments: list[str]) -> None:
    service, operation, *rest = arguments
    model = _service("iam" if service == "iam" else service)
    operations = {xform_name(name, "-"): name for name in model.operation_names}
    assert operation in operations, f"aws {service} {operation}: no such operation"
    shape = model.operation_model(operations[operation]).input_shape
    known = {xform_name(name, "-") for name in shape.members} if shape else set()
    given = {word[2:].partition("=")[0] for word in rest if word.startswith("--")}
    assert given <= known | _AWS_OPTIONS, f"aws {service} {operation}: {given - known}"


@functools.cache
def _service(name: str) -> Any:
    return botocore.session.get_session().get_service_model(name)


def _one_of(known: set[str]) -> Callable[[list[str]], None]:
    def check(arguments: list[str]) -> None:
        assert arguments, "a command is missing"
        assert arguments[0] in known, f"{arguments[0]} is none of {sorted(known)}"

    return check


def _script(arguments: list[str]) -> None:
    """A file of this repository, or a module."""
    if arguments[:1] != ["-m"] and arguments[:1] != ["-c"] and arguments:
        assert (ROOT / arguments[0]).exists(), f"{arguments[0]} is not there"


def _anything(_arguments: list[str]) -> None:
    """Nothing of ours, and nothing to get wrong."""


_PROGRAMS: Final[dict[str, Callable[[list[str]], None]]] = {
    "sg-integration": _ours,
    "make": _make,
    "pulumi": _pulumi,
    "aws": _aws,
    "kubectl": _one_of(_KUBECTL),
    "git": _one_of(_GIT),
    "pip": _one_of({"install", "download"}),
    "uv": _one_of({"pip", "add", "sync"}),
    "pre-commit": _one_of({"install", "run"}),
    "python": _script,
    "python3": _script,
    "pytest": _anything,
    **dict.fromkeys(("cd", "cat", "cp", "echo", "eval", "export", "true", "ruff", "mypy", "lint-imports"), _anything),
}


def is_valid_yaml(text: str) -> list[dict[str, Any]]:
    """The documents of a text in YAML that are objects of Kubernetes."""
    documents = list(yaml.safe_load_all(text))
    assert any(documents), "nothing is in it"
    return [each for each in documents if isinstance(each, dict) and {"apiVersion", "kind", "metadata"} <= each.keys()]
