"""What the resources of a binding keep in their inputs and outputs, decoded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from sg_integration.model.bindings import Binding
from sg_integration.model.bindings import binding as decoded
from sg_integration.model.errors import InvalidInput
from sg_integration.providers.settings import PLACEHOLDER, is_unknown
from sg_integration.providers.state import Props


def binding(props: Props) -> Binding | None:
    """The binding in the inputs, with placeholders for groups that are not known yet; None while it is not known itself."""
    document = props.get("binding")
    if document is None or is_unknown(document):
        return None
    if isinstance(document, Mapping) and any(is_unknown(value) for value in document.values()):
        return None
    mode, groups = props.get("mode"), props.get("security_group_ids") or []
    listed = [
        f"{PLACEHOLDER} {at}" if is_unknown(one) else one for at, one in enumerate([] if is_unknown(groups) else groups)
    ]
    if is_unknown(groups):
        listed = [PLACEHOLDER]
    return replace(decoded(document), groups=frozenset(listed), mode="" if is_unknown(mode) or not mode else mode)


def known(props: Props) -> Binding:
    """The binding in the inputs or outputs; raises `InvalidInput` if there is none."""
    found = binding(props)
    if found is None:
        raise InvalidInput("binding", "it is missing from the state; remove the resource with `pulumi state delete`.")
    return found


def recorded(olds: Props) -> Binding | None:
    """The binding of before, or None if there was none."""
    return binding(olds) if olds.get("binding") else None


def same(olds: Props, news: Props) -> bool:
    """Whether the binding is the one of before."""
    return not differ(olds, news, ("binding", "security_group_ids", "mode", "on_conflict"))


def differ(olds: Props, news: Props, names: tuple[str, ...]) -> bool:
    """Whether one of the inputs is another, or not known yet; the order of groups means nothing."""

    def plain(props: Props, name: str) -> Any:
        value = props.get(name)
        return sorted(map(str, value)) if name == "security_group_ids" and isinstance(value, list) else value

    return any(is_unknown(news.get(name)) or plain(olds, name) != plain(news, name) for name in names)
