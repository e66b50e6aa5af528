"""Members that failed: counted together when the program has run to its end, so that one holds up no other resource."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pulumi

from sg_integration.components import program
from sg_integration.providers.reconcile import report


@dataclass
class Failures:
    """What failed in some resources of a program.

    Args:
        doing: what could not be done, as in "3 members could not be enrolled".
    """

    doing: str
    _failures: list[pulumi.Output[dict[str, str]]] = field(default_factory=list)
    _judged: bool = False

    def declare(self, failed: pulumi.Output[dict[str, str]]) -> None:
        """Say that a resource was declared, and where it says who failed."""
        if self._judged:  # declared inside an `apply`, after the others were counted
            failed.apply(lambda found: self._judge([found]))
        elif not self._failures:
            program.at_its_end(self._judge_all)
        self._failures.append(failed)

    def _judge_all(self) -> Any:
        """When the program has run to its end, wait for all of them, and judge them together."""
        self._judged = True
        return pulumi.Output.all(*self._failures).apply(self._judge)

    def _judge(self, failures: Sequence[Mapping[str, str] | None]) -> bool:
        """Fail the program with one list of all members that failed."""
        failed = {member: why for each in failures for member, why in (each or {}).items()}
        if failed:
            raise pulumi.RunError(
                report(failed, self.doing)
                + "\nThe others are as previewed, and recorded. The next up tries these again."
            )
        return True
