"""What a resource's inputs say, decoded: numbers arrive as floats, `None` is left out, and values may not be known yet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import pulumi

from sg_integration.aws.connection import Connection
from sg_integration.aws.pacing import Pace
from sg_integration.model import identifiers
from sg_integration.model.errors import InvalidInput
from sg_integration.model.groups import Groups

_SENTINEL: Final = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"  # how older engines write a value that is not known
_HIGHEST: Final = 1000
PLACEHOLDER: Final = "not known yet"
PREVIEWING: Final = "previewing"
"""The input by which a program says that this is a preview; `check` takes it out, so that nobody sees or stores it."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What every provider of the family needs.

    Args:
        vpc_id: the VPC; empty if not known yet.
        desired: the groups to attach; groups that are not known yet count under placeholders.
        reserved: those of them that are ours alone.
        connection: how to reach AWS.
        pace: how fast to write.
        fallback: the group for a member that has none left.
        previewing: whether this is a preview.
    """

    vpc_id: str
    desired: Groups
    reserved: Groups
    connection: Connection
    pace: Pace
    fallback: str | None
    previewing: bool = False

    @property
    def known(self) -> bool:
        """Whether the groups are known."""
        return self.existing == self.desired

    @property
    def existing(self) -> Groups:
        """The groups to attach that exist already, as their ids are known."""
        return frozenset(group for group in self.desired if not group.startswith(PLACEHOLDER))


def decode(props: Mapping[str, Any]) -> Settings:
    """The settings in a resource's inputs or outputs.

    Raises:
        InvalidInput: one is malformed; the message names it.
    """
    groups = props.get("security_group_ids") or []
    listed = [PLACEHOLDER] if is_unknown(groups) else [_group(value, index) for index, value in enumerate(groups)]
    connection = {name: _text(props, name) for name in ("region", "profile", "role_arn", "endpoint_url")}
    if connection["region"]:
        identifiers.region(connection["region"], "region")
    vpc_id, fallback = props.get("vpc_id"), _text(props, "fallback_security_group_id")
    return Settings(
        vpc_id="" if vpc_id is None or is_unknown(vpc_id) else identifiers.vpc_id(vpc_id, "vpc_id"),
        desired=frozenset(listed),
        reserved=frozenset(value for value in props.get("reserved_group_ids") or [] if not is_unknown(value)),
        connection=Connection(**connection),
        pace=_pace(props.get("pace")),
        fallback=identifiers.security_group_id(fallback, "fallback_security_group_id") if fallback else None,
        previewing=props.get(PREVIEWING) is True,
    )


def is_unknown(value: object) -> bool:
    """Whether a value is not known yet."""
    return isinstance(value, pulumi.output.Unknown) or value == _SENTINEL


def has_unknown(value: Any) -> bool:
    """Whether a value, or any value in it, is not known yet."""
    if isinstance(value, Mapping):
        return any(has_unknown(each) for each in value.values())
    if isinstance(value, list):
        return any(has_unknown(each) for each in value)
    return is_unknown(value)


def can_call(props: Mapping[str, Any]) -> bool:
    """Whether all is known that a call to AWS needs."""
    return not any(is_unknown(props.get(name)) for name in ("vpc_id", "region", "profile", "role_arn", "endpoint_url"))


CLUSTER: Final = ("kubeconfig", "context", "eks_cluster_name", "region", "profile", "role_arn", "endpoint_url")
"""The inputs that say where a Kubernetes cluster is and who we are there."""


def can_reach(props: Mapping[str, Any]) -> bool:
    """Whether all is known that a call to the cluster needs."""
    return not any(is_unknown(props.get(name)) for name in CLUSTER)


def without_unknowns(document: Any) -> Any:
    """A document without the values that are not known yet."""
    if isinstance(document, Mapping):
        return {key: without_unknowns(value) for key, value in document.items() if not is_unknown(value)}
    if isinstance(document, list):
        return [without_unknowns(value) for value in document if not is_unknown(value)]
    return document


def _group(value: object, index: int) -> str:
    if is_unknown(value):
        return f"{PLACEHOLDER} {index}"
    return identifiers.security_group_id(value, f"security_group_ids[{index}]")


def _text(props: Mapping[str, Any], name: str) -> str | None:
    value = props.get(name)
    if value is None or is_unknown(value) or value == "":
        return None
    if not isinstance(value, str):
        raise InvalidInput(name, f"{value!r} is no text.")
    return value


def _pace(document: Any) -> Pace:
    if document is None or is_unknown(document):
        return Pace()
    if not isinstance(document, Mapping):
        raise InvalidInput("pace", f"{document!r} is no pace; write Pace(capacity=…, refill=…).")
    capacity, refill = document.get("capacity", 50), document.get("refill")
    if not isinstance(capacity, (int, float)) or not 1 <= capacity <= _HIGHEST or capacity != int(capacity):
        raise InvalidInput("pace", f"capacity {capacity!r} is not a whole number of writes from 1 to {_HIGHEST}.")
    if refill is not None and (not isinstance(refill, (int, float)) or not 0 < refill <= _HIGHEST):
        raise InvalidInput("pace", f"refill {refill!r} is not a number of writes a second above 0, up to {_HIGHEST}.")
    return Pace(int(capacity), None if refill is None else float(refill))
