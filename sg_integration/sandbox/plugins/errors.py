"""What a stand-in raises, and how the engine takes it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


class PluginError(Exception):
    """The request cannot be served; the text is the one line that the user reads."""


class InitializationFailed(PluginError):
    """The resource exists, but the work on it did not finish; carries the state, so that the engine does not lose it.

    Args:
        id_: the resource's id.
        outputs: what is known of its state.
        reason: the line that the user reads.
        inputs: the inputs that correspond to the outputs; only needed when raised by `read`.
    """

    def __init__(
        self, id_: str, outputs: Mapping[str, Any], reason: str, inputs: Mapping[str, Any] | None = None
    ) -> None:
        super().__init__(reason)
        self.id = id_
        self.outputs = outputs
        self.inputs = inputs
