"""What a user selects: instances, databases, nodes; checked when it is written."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any, Final, Protocol, TypeAlias, TypeVar, runtime_checkable

from sg_integration.model.errors import InvalidInput


@runtime_checkable
class Later(Protocol):
    """A value that is known later, as an output of a program is; it is checked when it is known."""

    def apply(self, func: Any) -> Any:
        """Use the value when it is known."""


Tags: TypeAlias = "Mapping[str, str | Later | None]"
Ids: TypeAlias = "Sequence[str | Later] | Later"

_INSTANCE_ID: Final = re.compile(r"i-(?:[0-9a-f]{8}|[0-9a-f]{17})")
_EXCLUDABLE: Final = re.compile(r"(?:i|eni)-(?:[0-9a-f]{8}|[0-9a-f]{17})")
# RDS's rule for identifiers: letters, digits and single hyphens, beginning with a letter.
_IDENTIFIER: Final = re.compile(r"[a-z](?:-?[a-z0-9])*")
_EMPTY: Final = (
    "it selects nothing. Write tags, ids or whole_vpc=True, or allow_empty=True to select nothing on purpose."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Instances:
    """The EC2 instances of the VPC whose interfaces join. What is named in several ways is selected once.

    Args:
        tags: instances that have all these tags; a value of `None` means any value.
        instance_ids: these instances; one that is not in the VPC is an error.
        whole_vpc: every instance of the VPC.
        exclude_tags: but no instance that has any of these tags; `None` means any value.
        exclude_ids: but none of these instances or network interfaces.
        allow_empty: that nobody is selected is no mistake.

    Raises:
        InvalidInput: it selects nothing, or an id is malformed.
    """

    tags: Tags = field(default_factory=dict)
    instance_ids: Ids = ()
    whole_vpc: bool = False
    exclude_tags: Tags = field(default_factory=dict)
    exclude_ids: Ids = ()
    allow_empty: bool = False

    def __post_init__(self) -> None:
        _check_tags(self.tags, "Instances: tags")
        _check_tags(self.exclude_tags, "Instances: exclude_tags")
        _check_all(self.instance_ids, _INSTANCE_ID, "Instances: instance_ids", "an instance id (i-…)")
        _check_all(self.exclude_ids, _EXCLUDABLE, "Instances: exclude_ids", "an instance or network interface id")
        if not (self.tags or self.instance_ids or self.whole_vpc or self.allow_empty):
            raise InvalidInput("Instances", _EMPTY)


@dataclass(frozen=True, slots=True, kw_only=True)
class Databases:
    """The RDS databases of the VPC that join: clusters, and instances that are in no cluster.

    Args:
        identifiers: these databases (instances or clusters); one that is not in the VPC is an error.
        tags: databases that have all these tags; a value of `None` means any value.
        whole_vpc: every database of the VPC.
        engines: of what is selected, only these engines (`postgres`, `aurora-mysql`, …); empty for all.
        exclude_tags: but no database that has any of these tags; `None` means any value.
        exclude_ids: but none of these identifiers.
        allow_empty: that nobody is selected is no mistake.

    Raises:
        InvalidInput: it selects nothing, or an identifier is malformed.
    """

    identifiers: Ids = ()
    tags: Tags = field(default_factory=dict)
    whole_vpc: bool = False
    engines: Ids = ()
    exclude_tags: Tags = field(default_factory=dict)
    exclude_ids: Ids = ()
    allow_empty: bool = False

    def __post_init__(self) -> None:
        _check_tags(self.tags, "Databases: tags")
        _check_tags(self.exclude_tags, "Databases: exclude_tags")
        for name in ("identifiers", "exclude_ids"):
            _check_all(getattr(self, name), _IDENTIFIER, f"Databases: {name}", "a database identifier (lower case)")
        _check_all(self.engines, _IDENTIFIER, "Databases: engines", "an engine such as postgres")
        if not (self.tags or self.identifiers or self.whole_vpc or self.allow_empty):
            raise InvalidInput("Databases", _EMPTY)


@dataclass(frozen=True, slots=True, kw_only=True)
class Nodes:
    """The nodes of a cluster, which join `enforced`.

    Args:
        instance_ids: these instances; one that is not in the VPC is an error.
        tags: instances that have all these tags; a value of `None` means any value. On EKS:
            `{"eks:cluster-name": "prod"}`.
        exclude_ids: but none of these instances or network interfaces.
        allow_empty: that nobody is selected is no mistake, as for a cluster that has no nodes yet.
        cluster: the instances behind the cluster's Node objects; see `from_cluster`.

    Raises:
        InvalidInput: it selects nothing, or an id is malformed.
    """

    instance_ids: Ids = ()
    tags: Tags = field(default_factory=dict)
    exclude_ids: Ids = ()
    allow_empty: bool = False
    cluster: bool = False

    @classmethod
    def from_cluster(cls, *, exclude_ids: Ids = (), allow_empty: bool = False) -> Nodes:
        """The instances behind the cluster's Node objects, by `spec.providerID`.

        Nodes of Karpenter, EKS Auto Mode and Fargate are passed over, and the preview says what to do about each.

        Args:
            exclude_ids: but none of these instances or network interfaces.
            allow_empty: that the cluster has no nodes is no mistake.
        """
        return cls(cluster=True, exclude_ids=exclude_ids, allow_empty=allow_empty)

    def __post_init__(self) -> None:
        _check_tags(self.tags, "Nodes: tags")
        _check_all(self.instance_ids, _INSTANCE_ID, "Nodes: instance_ids", "an instance id (i-…)")
        _check_all(self.exclude_ids, _EXCLUDABLE, "Nodes: exclude_ids", "an instance or network interface id")
        if not (self.tags or self.instance_ids or self.cluster or self.allow_empty):
            raise InvalidInput("Nodes", _EMPTY)


Selector = TypeVar("Selector", Instances, Databases, Nodes)


def as_document(selector: Instances | Databases | Nodes) -> dict[str, Any]:
    """The selector as plain data for a resource's inputs: what says nothing is left out, ids are sorted.

    A value of `None` would be lost on the way through the engine, so a tag's value is a list of one or none.
    """
    named = ((item.name, getattr(selector, item.name)) for item in fields(selector))
    return {name: _as_data(value) for name, value in named if isinstance(value, Later) or value}


def from_document(kind: type[Selector], document: Mapping[str, Any]) -> Selector:
    """The selector that `as_document` made the document of; raises `InvalidInput` as its constructor does."""
    known = {item.name for item in fields(kind)}
    arguments: dict[str, Any] = {
        name: {key: texts[0] if texts else None for key, texts in value.items()}
        if isinstance(value, Mapping)
        else value
        for name, value in document.items()
        if name in known
    }
    return kind(**arguments)


def _as_data(value: Any) -> Any:
    if isinstance(value, (bool, Later)):
        return value
    if isinstance(value, Mapping):
        return {key: [] if text is None else [text] for key, text in value.items()}
    if any(isinstance(item, Later) for item in value):
        return list(value)
    return sorted(set(value))


def has_tags(actual: Mapping[str, str], wanted: Tags) -> bool:
    """Whether something has all the wanted tags."""
    return all(key in actual and (value is None or value == actual[key]) for key, value in wanted.items())


def has_any_tag(actual: Mapping[str, str], unwanted: Tags) -> bool:
    """Whether something has any of the unwanted tags."""
    return any(has_tags(actual, {key: value}) for key, value in unwanted.items())


def _check_tags(tags: object, where: str) -> None:
    if not isinstance(tags, Mapping):
        raise InvalidInput(
            where, f'{tags!r} is no mapping; write {{"key": "value"}}, or {{"key": None}} for any value.'
        )
    for key, value in tags.items():
        if not isinstance(key, str) or not key or not isinstance(value, (str, Later, type(None))):
            raise InvalidInput(f'{where}["{key}"]', f"{value!r} is neither a text nor None, or the key is empty.")


def _check_all(values: object, pattern: re.Pattern[str], where: str, what: str) -> None:
    if isinstance(values, Later):
        return
    if isinstance(values, str) or not isinstance(values, Sequence):
        raise InvalidInput(where, f"{values!r} is no list.")
    for index, value in enumerate(values):
        if not isinstance(value, Later) and not (isinstance(value, str) and pattern.fullmatch(value)):
            raise InvalidInput(f"{where}[{index}]", f"{value!r} is not {what}.")
