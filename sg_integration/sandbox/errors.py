"""The errors that the sandbox raises on purpose; each message says what to do."""

from __future__ import annotations


class SandboxError(Exception):
    """An expected failure: shown to a person as it is, without a traceback."""


class NotReady(SandboxError):
    """A program ended, or did not answer, before it was ready; the message holds the end of its log."""


class PortTaken(NotReady):
    """Somebody took the port between choosing it and listening on it; starting again on another one helps."""
