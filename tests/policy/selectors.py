"""Calico's label selectors, read from its documentation: has(), ==, !=, in, not in, starts with, !, &&, ||, (), all()."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import cache

Labels = Mapping[str, str]
Matcher = Callable[[Labels], bool]

TOKEN = re.compile(
    r"""\s*(?:(?P<call>has|all|global)\s*\(\s*(?P<argument>[^)\s]*)\s*\)
    |(?P<operator>&&|\|\||==|!=|!|\(|\)|\{|\}|,)
    |(?P<word>not\s+in\b|in\b)
    |(?P<text>'[^']*'|"[^"]*")
    |(?P<key>[A-Za-z0-9_./-]+))""",
    re.VERBOSE,
)


@cache
def selector(text: str) -> Matcher:
    """The function that a selector stands for; an empty one selects everything.

    Raises:
        ValueError: it is none.
    """
    reader = _Reader(text)
    if not reader.tokens:
        return lambda _: True
    matcher = reader.either()
    if reader.tokens:
        raise ValueError(f"{text!r}: {reader.tokens[0]} is too much")
    return matcher


class _Reader:
    """Reads a selector from the left; && binds tighter than ||, ! tighter than both."""

    def __init__(self, text: str) -> None:
        self.tokens: list[tuple[str, str]] = []
        position = 0
        while text[position:].strip():
            match = TOKEN.match(text, position)
            if not match:
                raise ValueError(f"{text!r}: what is {text[position:]!r}?")
            kind = str(match.lastgroup if match.lastgroup != "argument" else "call")
            value = match.group("call") + ":" + match.group("argument") if kind == "call" else match.group(kind)
            self.tokens.append((kind, value))
            position = match.end()

    def take(self, *wanted: str) -> str:
        """The next token, if it is one of these; else nothing."""
        if self.tokens and (self.tokens[0][1] in wanted or self.tokens[0][0] in wanted):
            return self.tokens.pop(0)[1]
        return ""

    def need(self, *wanted: str) -> str:
        """The next token, which must be one of these."""
        found = self.take(*wanted)
        if not found:
            raise ValueError(f"one of {wanted} was expected before {self.tokens[:1]}")
        return found

    def either(self) -> Matcher:
        """Terms with || between them."""
        found = self.both()
        while self.take("||"):
            found = _or(found, self.both())
        return found

    def both(self) -> Matcher:
        """Terms with && between them."""
        found = self.term()
        while self.take("&&"):
            found = _and(found, self.term())
        return found

    def term(self) -> Matcher:
        """One condition."""
        if self.take("!"):
            negated = self.term()
            return lambda labels: not negated(labels)
        if self.take("("):
            found = self.either()
            self.need(")")
            return found
        call = self.take("call")
        if call:
            return _called(*call.split(":", 1))
        return self.comparison(self.need("key"))

    def comparison(self, key: str) -> Matcher:
        """What comes behind a label's key; != and `not in` also hold where the label is missing."""
        operator = self.need("==", "!=", "word")
        if operator in ("==", "!="):
            value = self.need("text")[1:-1]
            return (
                (lambda labels: labels.get(key) == value)
                if operator == "=="
                else (lambda labels: labels.get(key) != value)
            )
        self.need("{")
        values = {self.need("text")[1:-1]}
        while self.take(","):
            values.add(self.need("text")[1:-1])
        self.need("}")
        return (
            (lambda labels: labels.get(key) in values)
            if operator == "in"
            else (lambda labels: labels.get(key) not in values)
        )


def _called(name: str, argument: str) -> Matcher:
    if name == "has":
        return lambda labels: argument in labels
    if name == "all" and not argument:
        return lambda _: True
    raise ValueError(f"{name}({argument}) is not known here")


def _or(one: Matcher, other: Matcher) -> Matcher:
    return lambda labels: one(labels) or other(labels)


def _and(one: Matcher, other: Matcher) -> Matcher:
    return lambda labels: one(labels) and other(labels)
