"""What the stand-in knows about one resource type: the row of its table."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from sg_integration.sandbox.plugins.aws.scope import Scope
from sg_integration.sandbox.plugins.document import Document
from sg_integration.sandbox.plugins.protocol import Failure

Create: TypeAlias = Callable[[Scope, Document], str]
Finish: TypeAlias = Callable[[Scope, str, Document], None]
Read: TypeAlias = Callable[[Scope, str, Document], Document | None]
Update: TypeAlias = Callable[[Scope, str, Document, frozenset[str]], None]
Delete: TypeAlias = Callable[[Scope, str, Document], None]
Tag: TypeAlias = Callable[[Scope, str, Document, Mapping[str, str], Iterable[str]], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One resource type. Every type also has `region` and `tags`, which are the same for all.

    Args:
        token: the type's name, `aws:ec2/vpc:Vpc`.
        applied: the inputs that the stand-in applies; every other one is refused.
        create: makes it and returns its id; nothing may fail after it was made (that belongs to `finish`). The inputs
            have `tagsAll`, the tags with the provider's default ones.
        finish: the rest of the creation; may run again.
        read: its state by id (and what was last known), with `tagsAll`; nothing when it is gone.
        update: applies those of the new inputs that are named.
        delete: removes it.
        tag: sets some tags and removes others, by id and what was last known.
        gone: AWS's error codes for "there is no such thing".
        force_new: inputs whose change needs a new resource.
        kept: inputs for which AWS chooses a value when the program gives none.
        remembered: inputs that AWS never tells again (passwords, instructions for the deletion).
        imported: values of remembered inputs after an import.
        defaults: values of inputs that the program does not give, kept as if it had.
        autoname: the input that gets a generated name, and `autoname_taken_by` what makes that needless.
        canonical: input -> function that brings two values that mean the same to the same form.
        problems: what else can be wrong with the inputs.
        replaced_by: which changed inputs need a new resource for a reason of their own: state, new inputs -> names.
        seconds: how long create, update and delete may wait unless `customTimeouts` says otherwise.
    """

    token: str
    applied: frozenset[str]
    create: Create
    read: Read
    delete: Delete
    tag: Tag
    gone: frozenset[str]
    update: Update = lambda *_: None
    finish: Finish = lambda *_: None
    force_new: frozenset[str] = frozenset()
    kept: frozenset[str] = frozenset()
    remembered: frozenset[str] = frozenset()
    imported: Mapping[str, Any] = field(default_factory=dict)
    defaults: Mapping[str, Any] = field(default_factory=dict)
    autoname: str | None = None
    autoname_taken_by: frozenset[str] = frozenset()
    canonical: Mapping[str, Callable[[Any], Any]] = field(default_factory=dict)
    problems: Callable[[Document], Iterable[Failure]] = lambda *_: ()
    replaced_by: Callable[[Document, Document], Iterable[str]] = lambda *_: ()
    seconds: float = 30.0

    def same(self, name: str, one: Any, other: Any) -> bool:
        """Whether two values of an input mean the same; no value and an empty one do."""
        form = self.canonical.get(name, lambda value: value)
        return (is_empty(one) and is_empty(other)) or (
            not is_empty(one) and not is_empty(other) and bool(form(one) == form(other))
        )


def is_empty(value: Any) -> bool:
    """Whether a value says no more than its absence would."""
    return value is None or value is False or value in ("", [], {})


def unordered(values: Any) -> Any:
    """The canonical form of a list whose order and repetitions mean nothing."""
    return sorted(set(values)) if all(isinstance(value, str) for value in values) else values
