"""What a stand-in package must offer to be served, and the values that pass between it and the servicer.

The engine's own words are used: *inputs* are what the program asked for (checked), *state* is what the resource was
last seen to be (its outputs). All documents are plain Python, see `document`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sg_integration.sandbox.plugins.document import Document


class DiffKind(IntEnum):
    """How a property changed; the numbers are the protocol's (`PropertyDiff.Kind`), each plus one when it replaces."""

    ADD = 0
    DELETE = 2
    UPDATE = 4


@dataclass(frozen=True, slots=True)
class Failure:
    """One reason why inputs are refused; `property` is the input's name, or empty when it is about the whole."""

    property: str
    reason: str


@dataclass(frozen=True, slots=True)
class Checked:
    """Inputs as they will be kept (defaults filled in), and what is wrong with them."""

    inputs: Mapping[str, Any]
    failures: tuple[Failure, ...] = ()


@dataclass(frozen=True, slots=True)
class CheckRequest:
    """Asks whether inputs are right; `old` are the previous inputs, `seed` makes generated names (same seed, same name)."""

    urn: str
    type_: str
    name: str
    inputs: Document
    old: Document
    seed: bytes


@dataclass(frozen=True, slots=True)
class DiffRequest:
    """Asks what changed between `state` and the new `inputs`; `ignore` are the property paths of `ignoreChanges`."""

    urn: str
    type_: str
    id: str
    inputs: Document
    old_inputs: Document
    state: Document
    ignore: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Diff:
    """The answer to a diff.

    Args:
        changed: the top-level properties that differ; none means that there is nothing to do.
        replaces: those of them that need a new resource; or paths of `detailed`, where not the whole property does.
        detailed: property path (`tags.Name`, `ingress[0].fromPort`) to the kind of change; the servicer adds "replace".
        delete_before_replace: whether the old resource must go before the new one is made.
    """

    changed: tuple[str, ...] = ()
    replaces: tuple[str, ...] = ()
    detailed: Mapping[str, DiffKind] = field(default_factory=dict)
    delete_before_replace: bool = False


@dataclass(frozen=True, slots=True)
class CreateRequest:
    """Asks for a new resource; with `preview` nothing may be written. `timeout` in seconds, 0 for the default."""

    urn: str
    type_: str
    inputs: Document
    preview: bool
    timeout: float


@dataclass(frozen=True, slots=True)
class Created:
    """A new resource: its id (may be empty in a preview) and its state; unknown outputs are `UNKNOWN` in a preview."""

    id: str
    outputs: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ReadRequest:
    """Asks how a resource stands; `inputs` and `state` are empty for an import or a lookup by id."""

    urn: str
    type_: str
    id: str
    inputs: Document
    state: Document


@dataclass(frozen=True, slots=True)
class Found:
    """A resource as it stands: state, and the inputs that would make it so (drift shows because these differ)."""

    id: str
    outputs: Mapping[str, Any]
    inputs: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class UpdateRequest:
    """Asks to change a resource in place; with `preview` nothing may be written. `timeout` in seconds, 0 for the default."""

    urn: str
    type_: str
    id: str
    inputs: Document
    old_inputs: Document
    state: Document
    preview: bool
    ignore: tuple[str, ...]
    timeout: float


@dataclass(frozen=True, slots=True)
class DeleteRequest:
    """Asks to remove a resource; one that is gone already is success. `timeout` in seconds, 0 for the default."""

    urn: str
    type_: str
    id: str
    inputs: Document
    state: Document
    timeout: float


class Connection(Protocol):
    """One configured provider; its methods are called from several threads at once.

    Each may raise `PluginError`; `create`, `read` and `update` may raise `InitializationFailed`.
    """

    def check(self, request: CheckRequest) -> Checked:
        """Check inputs and fill in defaults."""

    def diff(self, request: DiffRequest) -> Diff:
        """Compare a state with new inputs."""

    def create(self, request: CreateRequest) -> Created:
        """Make a resource, or foretell it."""

    def read(self, request: ReadRequest) -> Found | None:
        """Look how a resource stands; `None` says that it is gone."""

    def update(self, request: UpdateRequest) -> Mapping[str, Any]:
        """Change a resource in place, or foretell it; returns the whole new state."""

    def delete(self, request: DeleteRequest) -> None:
        """Remove a resource."""

    def invoke(self, token: str, args: Document) -> Mapping[str, Any]:
        """Answer a lookup."""


class Package(Protocol):
    """A provider package; one process may configure several providers of it.

    Provider arguments that are not strings (`endpoints`, `skip…`) arrive as JSON text; the package decodes them.
    """

    @property
    def name(self) -> str:
        """The package's name, as in `pulumi-resource-NAME`."""

    @property
    def version(self) -> str:
        """The version of the SDK that it stands in for."""

    def check_config(self, variables: Document) -> Checked:
        """Check a provider's arguments."""

    def diff_config(self, old: Document, new: Document) -> Diff:
        """Compare a provider's arguments."""

    def configure(self, variables: Document) -> Connection:
        """Make a provider ready for use."""
