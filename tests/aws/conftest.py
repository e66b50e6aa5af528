"""Every call of these tests is in a script."""

from __future__ import annotations

from .script import script

__all__ = ["script"]
