"""Every error that we raise, as one tree.

* IntegrationError                 says what we did, to what, and what to do next
  x InvalidInput (ValueError)      the program is wrong; raised before any call
    + MissingPort                  a connection names no port, and its target has no default port
"""

from __future__ import annotations


class IntegrationError(Exception):
    """Any error of this library; catch it to tell ours from the engine's."""


class InvalidInput(IntegrationError, ValueError):
    """An argument is wrong; nothing was called and nothing was changed."""

    def __init__(self, where: str, problem: str) -> None:
        """Say which argument is wrong, and how.

        Args:
            where: the object and its argument, as in `SecurityGroup "orders-db": vpc_id`.
            problem: what is wrong with the value, and what to write instead.
        """
        super().__init__(f"{where}: {problem}")
        self.where = where
        self.problem = problem


class MissingPort(InvalidInput):
    """A connection was declared without a port, to a group that has no default port."""

    def __init__(self, where: str, source: str, target: str) -> None:
        """Name both ends of the connection.

        Args:
            where: the call, as in `SecurityGroup "orders-db": allow_from`.
            source: the name of the end that connects.
            target: the name of the end that is connected to.
        """
        super().__init__(
            where,
            f'no port says what "{source}" may reach on "{target}". '
            f'Pass a port (for example ports.HTTPS), or give "{target}" a default_port.',
        )
        self.source = source
        self.target = target
