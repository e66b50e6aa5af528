"""Checks the inputs of a resource and fills in what the real provider fills in: defaults and generated names."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any, Final

from sg_integration.sandbox.plugins.aws.settings import SDK
from sg_integration.sandbox.plugins.document import UNKNOWN
from sg_integration.sandbox.plugins.names import resource_names
from sg_integration.sandbox.plugins.protocol import Checked, Failure

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sg_integration.sandbox.plugins.aws.kind import Kind
    from sg_integration.sandbox.plugins.document import Document
    from sg_integration.sandbox.plugins.protocol import CheckRequest

# Inputs that were filled in by the provider and not given by the program, as the real provider notes them.
DEFAULTS: Final = "__defaults"
COMMON: Final = frozenset({"region", "tags"})
_SUFFIX_LENGTH: Final = 7


def check(kind: Kind, request: CheckRequest) -> Checked:
    """The inputs with defaults, and every reason to refuse them."""
    given = {key: value for key, value in request.inputs.items() if key != DEFAULTS and value is not None}
    filled = {key: value for key, value in kind.defaults.items() if key not in given}
    if kind.autoname and not (kind.autoname_taken_by | {kind.autoname}) & given.keys():
        filled[kind.autoname] = _autoname(kind.autoname, request)
    failures = [*_refused_names(kind, given), *_wrong_values(given), *kind.problems(given)]
    return Checked({**given, **filled, DEFAULTS: sorted(filled)}, tuple(failures))


def _autoname(name: str, request: CheckRequest) -> Any:
    """The generated name of before, if there is one; else the resource's name and seven digits made from the seed."""
    if name in request.old.get(DEFAULTS, []) and name in request.old:
        return request.old[name]
    digits = hashlib.sha256(request.seed or request.urn.encode()).hexdigest()[:_SUFFIX_LENGTH]
    return f"{request.name}-{digits}"


def _refused_names(kind: Kind, given: Document) -> Iterator[Failure]:
    names = resource_names(SDK, kind.token)
    for name in sorted(given):
        if name not in names.inputs:
            yield Failure(name, f"the installed pulumi_aws has no input {name} of {kind.token}")
        elif name not in kind.applied | COMMON:
            applied = ", ".join(sorted(kind.applied | COMMON))
            yield Failure(
                name,
                f"the stand-in for pulumi-resource-aws does not apply {name} of {kind.token}; it applies {applied}. "
                "Leave it out, or install the official plugin.",
            )
    for name in sorted(names.required - given.keys()):
        yield Failure(name, f"{kind.token} needs {name}")


def _wrong_values(given: Document) -> Iterator[Failure]:
    tags = given.get("tags")
    if tags is None or tags is UNKNOWN:
        return
    if not isinstance(tags, dict):
        yield Failure("tags", "tags must be a map of strings")
        return
    for key, value in tags.items():
        if value is not UNKNOWN and not isinstance(value, str):
            yield Failure(f"tags.{key}", f"a tag's value must be a string, not {value!r}")
        if key.lower().startswith(
            "aws:"
        ):  # https://docs.aws.amazon.com/tag-editor/latest/userguide/best-practices-and-strats.html
            yield Failure(f"tags.{key}", "tags whose key begins with aws: are AWS's own")
