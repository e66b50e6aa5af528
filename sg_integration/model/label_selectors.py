"""Kubernetes label selectors: checked when they are written, matched here as the API server matches them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, count
from typing import Any, Final, Literal, TypeAlias, cast

from sg_integration.model.errors import InvalidInput

Operator: TypeAlias = Literal["In", "NotIn", "Exists", "DoesNotExist"]

_OPERATORS: Final = ("In", "NotIn", "Exists", "DoesNotExist")
_NAME: Final = r"[A-Za-z0-9](?:[A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?"
_SUBDOMAIN: Final = r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*"
_KEY: Final = re.compile(rf"(?:(?=[^/]{{1,253}}/){_SUBDOMAIN}/)?{_NAME}")
_VALUE: Final = re.compile(rf"(?:{_NAME})?")
_NAMESPACE: Final = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
_FORMS: Final = {"matchLabels", "matchExpressions", "match_labels", "match_expressions"}

NAMESPACE_LABEL: Final = "kubernetes.io/metadata.name"
"""The label that the API server itself puts on every namespace: its name."""


@dataclass(frozen=True, slots=True, order=True)
class Requirement:
    """One condition on one label.

    Args:
        key: the label's key.
        operator: `In`, `NotIn`, `Exists` or `DoesNotExist`; `NotIn` also holds where the label is missing.
        values: for `In` and `NotIn`, sorted.
    """

    key: str
    operator: Operator
    values: tuple[str, ...] = ()

    def matches(self, labels: Mapping[str, str]) -> bool:
        """Whether labels meet it."""
        if self.operator == "Exists":
            return self.key in labels
        if self.operator == "DoesNotExist":
            return self.key not in labels
        if self.operator == "In":
            return labels.get(self.key) in self.values
        return labels.get(self.key) not in self.values

    def document(self) -> dict[str, Any]:
        """As Kubernetes writes it."""
        values = {"values": list(self.values)} if self.values else {}
        return {"key": self.key, "operator": self.operator, **values}

    def __str__(self) -> str:
        """As kubectl writes it, except that `=` stands for one value."""
        if self.operator == "Exists":
            return self.key
        if self.operator == "DoesNotExist":
            return f"!{self.key}"
        if self.operator == "In" and len(self.values) == 1:
            return f"{self.key}={self.values[0]}"
        return f"{self.key} {'in' if self.operator == 'In' else 'notin'} ({','.join(self.values)})"


@dataclass(frozen=True, slots=True)
class LabelSelector:
    """Conditions that must all hold; none at all matches everything.

    Args:
        requirements: sorted and distinct.
    """

    requirements: tuple[Requirement, ...] = ()

    def matches(self, labels: Mapping[str, str]) -> bool:
        """Whether labels meet all conditions."""
        return all(requirement.matches(labels) for requirement in self.requirements)

    def document(self) -> dict[str, Any]:
        """As Kubernetes writes it; one value in `In` becomes `matchLabels`."""
        simple = {each.key: each.values[0] for each in self.requirements if _is_simple(each)}
        rest = [
            each.document() for each in self.requirements if not _is_simple(each) or simple[each.key] != each.values[0]
        ]
        return {**({"matchLabels": simple} if simple else {}), **({"matchExpressions": rest} if rest else {})}

    def also(self, *requirements: Requirement) -> LabelSelector:
        """This selector with more conditions."""
        return LabelSelector(tuple(sorted({*self.requirements, *requirements})))

    def example(self) -> dict[str, str] | None:
        """Labels that it matches, or None when it contradicts itself."""
        found: dict[str, str] = {}
        for each in self.requirements:
            if each.operator == "In":
                options = [value for value in each.values if self.matches_one(each.key, value)]
                if not options:
                    return None
                found[each.key] = options[0]
        for each in self.requirements:
            if each.operator == "Exists" and each.key not in found:
                found[each.key] = next(value for value in _some_values() if self.matches_one(each.key, value))
        # What is left to contradict is a label that must both be there and not be there.
        return found if self.matches(found) else None

    def matches_one(self, key: str, value: str) -> bool:
        """Whether one label's value meets all conditions on its key, as far as values decide."""
        return all(
            value in each.values if each.operator == "In" else value not in each.values
            for each in self.requirements
            if each.key == key and each.operator in ("In", "NotIn")
        )

    def __str__(self) -> str:
        """As kubectl takes it after `-l`; `everything` for no condition."""
        return ",".join(map(str, self.requirements)) or "everything"


def label_selector(value: object, where: str) -> LabelSelector:
    """A selector from what a user writes.

    Args:
        value: labels (`{"app": "web"}`), or Kubernetes' own form with `matchLabels` and `matchExpressions`.
        where: the argument, for the message.

    Raises:
        InvalidInput: it is no mapping, mixes both forms, or a key, value or operator is malformed.
    """
    if not isinstance(value, Mapping):
        raise InvalidInput(where, f'{value!r} is no label selector; write {{"app": "web"}}.')
    forms = _FORMS & set(value)
    if not forms:
        return LabelSelector(tuple(sorted(_equal(key, text, where) for key, text in value.items())))
    if set(value) - _FORMS:
        raise InvalidInput(where, f"labels and {', '.join(sorted(forms))} are mixed; put the labels into matchLabels.")
    labels = value.get("matchLabels") or value.get("match_labels") or {}
    expressions = value.get("matchExpressions") or value.get("match_expressions") or []
    if (
        not isinstance(labels, Mapping)
        or isinstance(expressions, (str, Mapping))
        or not isinstance(expressions, Sequence)
    ):
        raise InvalidInput(where, "matchLabels is a mapping and matchExpressions a list.")
    found = {_equal(key, text, f"{where}.matchLabels") for key, text in labels.items()}
    found |= {_requirement(each, f"{where}.matchExpressions[{at}]") for at, each in enumerate(expressions)}
    return LabelSelector(tuple(sorted(found)))


def namespace_name(value: object, where: str) -> str:
    """A namespace's name: at most 63 lower-case letters, digits and hyphens."""
    if not isinstance(value, str) or not _NAMESPACE.fullmatch(value):
        raise InvalidInput(
            where, f"{value!r} is not a namespace: write up to 63 lower-case letters, digits and hyphens."
        )
    return value


def in_namespace(name: str) -> LabelSelector:
    """Selects the one namespace of this name."""
    return LabelSelector((Requirement(NAMESPACE_LABEL, "In", (name,)),))


def _is_simple(requirement: Requirement) -> bool:
    return requirement.operator == "In" and len(requirement.values) == 1


def _some_values() -> Iterator[str]:
    return chain([""], map("v{}".format, count()))


def _equal(key: object, value: object, where: str) -> Requirement:
    return Requirement(_key(key, where), "In", (_value(value, f'{where}["{key}"]'),))


def _requirement(value: object, where: str) -> Requirement:
    if not isinstance(value, Mapping) or set(value) - {"key", "operator", "values"}:
        raise InvalidInput(where, f'{value!r} is no condition; write {{"key": …, "operator": …, "values": […]}}.')
    operator, values = value.get("operator"), value.get("values") or []
    if operator not in _OPERATORS:
        raise InvalidInput(f"{where}.operator", f"{operator!r} is none of {', '.join(_OPERATORS)}.")
    if isinstance(values, str) or not isinstance(values, Sequence):
        raise InvalidInput(f"{where}.values", f"{values!r} is no list.")
    if bool(values) != (operator in ("In", "NotIn")):
        raise InvalidInput(
            f"{where}.values", f"{operator} takes {'values' if operator in ('In', 'NotIn') else 'no values'}."
        )
    texts = tuple(sorted({_value(each, f"{where}.values[{at}]") for at, each in enumerate(values)}))
    return Requirement(_key(value.get("key"), f"{where}.key"), cast("Operator", operator), texts)


def _key(value: object, where: str) -> str:
    if not isinstance(value, str) or not _KEY.fullmatch(value):
        raise InvalidInput(where, f"{value!r} is no label's key, such as app or example.com/tier.")
    return value


def _value(value: object, where: str) -> str:
    if not isinstance(value, str) or not _VALUE.fullmatch(value):
        raise InvalidInput(
            where, f"{value!r} is no label's value: up to 63 letters, digits and -_. between letters or digits."
        )
    return value
