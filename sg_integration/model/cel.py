"""Fragments of CEL, the language of Kubernetes' admission policies, from what we know in Python."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from string import Template
from typing import Final

from sg_integration.model.label_selectors import LabelSelector, Requirement

LONGEST: Final = 60_000
"""How many characters an expression may have; the API server parses at most 100,000."""


def text(value: str) -> str:
    """A string literal; CEL has the escapes of JSON, except surrogates, which are not written here."""
    return json.dumps(value, ensure_ascii=False)


def texts(values: Iterable[str]) -> str:
    """A list literal of strings."""
    return f"[{', '.join(map(text, values))}]"


def filled(expression: str, **names: str) -> str:
    """An expression with a string literal for each `$name` in it."""
    return Template(expression).substitute({name: text(value) for name, value in names.items()})


def annotation(key: str, of: str = "object") -> str:
    """An annotation's value, or an empty string; it cannot fail, also where there are no annotations at all."""
    return f'{of}.metadata.?annotations[?{text(key)}].orValue("")'


def label(key: str, of: str = "object") -> str:
    """A label's value, or an empty string, in the same way."""
    return f'{of}.metadata.?labels[?{text(key)}].orValue("")'


def matches(selector: LabelSelector, labels: str) -> str:
    """Whether a selector matches, as `LabelSelector.matches` says it.

    Args:
        selector: the selector.
        labels: the expression of a map of labels.
    """
    return " && ".join(_holds(each, labels) for each in selector.requirements) or "true"


def portions(items: Iterable[str], separator: str, longest: int = LONGEST) -> Iterator[str]:
    """Items joined to expressions, none much longer than `longest` characters."""
    some: list[str] = []
    size = 0
    for item in items:
        if some and size + len(item) > longest:
            yield separator.join(some)
            some, size = [], 0
        some.append(item)
        size += len(item) + len(separator)
    if some:
        yield separator.join(some)


def _holds(requirement: Requirement, labels: str) -> str:
    key = text(requirement.key)
    if requirement.operator == "Exists":
        return f"{key} in {labels}"
    if requirement.operator == "DoesNotExist":
        return f"!({key} in {labels})"
    among = f"({key} in {labels} && {labels}[{key}] in {texts(requirement.values)})"
    return among if requirement.operator == "In" else f"!{among}"
