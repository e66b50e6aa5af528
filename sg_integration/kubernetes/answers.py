"""What an API server said: the object in it, or the refusal."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeVar

import msgspec

from sg_integration.kubernetes.errors import Status, status
from sg_integration.model.errors import Unreachable

Decoded = TypeVar("Decoded")

_QUOTED: Final = 200  # characters of an answer that is not of Kubernetes


@dataclass(frozen=True, slots=True)
class Answer:
    """What the API server said.

    Args:
        doing: what was asked.
        code: the HTTP status.
        content: the body.
        retry_after: how many seconds it wants us to wait; 0 if it says nothing.
    """

    doing: str
    code: int
    content: bytes
    retry_after: float = 0.0

    def read(self, decode: Callable[[bytes], Decoded] = msgspec.json.decode) -> Decoded:
        """The object in it.

        Raises:
            Unreachable: it is nothing of Kubernetes; somebody else answered.
        """
        try:
            return decode(self.content)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            words = f"{error}: {self.content[:_QUOTED].decode(errors='replace')!r}"
            advice = "Look whether the kubeconfig's server is an API server, and what proxy is in between."
            raise Unreachable(self.doing, "DecodeError", words, advice) from error

    @property
    def status(self) -> Status:
        """The refusal in it."""
        return status(self.code, self.content)
