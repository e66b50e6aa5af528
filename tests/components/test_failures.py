"""Who failed in any resource fails the program once, with one list."""

from __future__ import annotations

from typing import Any

import pulumi
import pytest

from sg_integration.components.failures import Failures

from .pod_programs import run


def failing(*found: Any) -> None:
    """A program in whose resources these failed."""
    failures = Failures("bound")
    for each in found:
        failures.declare(pulumi.Output.from_input(each))


def test_one_list_of_all() -> None:
    """All members of all resources stand in one error, sorted and counted, with what comes next."""
    words = r"(?s)2 members could not be bound:\n  shop/a: first\n  shop/b: second\nThe others are as previewed"
    with pytest.raises(pulumi.RunError, match=words):
        run(lambda: failing({"shop/b": "second"}, {}, {"shop/a": "first"}))


def test_nobody_failed() -> None:
    """Without a failure, or before anything is known of one, the program ends well."""
    run(lambda: failing({}, None))
    run(failing)


def test_a_resource_that_is_declared_late_counts() -> None:
    """One that is declared inside an `apply` is judged by itself."""

    def program() -> pulumi.Output[None]:
        failures = Failures("bound")
        failures.declare(pulumi.Output.from_input({}))
        late = pulumi.Output.from_input({"shop/late": "why"})
        return pulumi.Output.from_input(None).apply(lambda _: failures.declare(late))

    with pytest.raises(pulumi.RunError, match="1 member could not be bound:\n  shop/late: why"):
        run(program)
