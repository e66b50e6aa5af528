"""What a row of the table of stand-in behaviours says."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Behaviour:
    """One thing that the sandbox does as the real service does, where we know it from, and the test that holds it.

    Args:
        what: the behaviour, in one sentence.
        source: the documentation that says so (address or page), or how it was measured.
        held_by: the test's node id, `tests/sandbox/test_x.py::test_y`.
    """

    what: str
    source: str
    held_by: str
