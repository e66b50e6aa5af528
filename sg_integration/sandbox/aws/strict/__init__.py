"""Strictness."""


def install() -> None:
    """Put it in."""
