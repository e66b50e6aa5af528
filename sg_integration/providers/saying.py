"""How a dynamic provider speaks: what it prints, the engine shows as a message; `pulumi.log` does not reach it from here."""

from __future__ import annotations


def say(line: str) -> None:
    """Show a line to the person who runs Pulumi."""
    print(line, flush=True)  # noqa: T201  the one way there is
