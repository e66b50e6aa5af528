"""Every error that we raise, as one tree.

* IntegrationError                 says what we did, to what, and what to do next
  x InvalidInput (ValueError)      the program is wrong; raised before any call
    + MissingPort                  a connection names no port, and its target has no default port
    + Unenforced                   members would be open to every node
    + InvalidAnnotation            a pod's annotation is not a JSON list of group ids
  x MissingExtra (ImportError)     packages are not installed that only some parts need
  x MemberError                    about one member; nothing was changed on it
    + MemberNotFound               it is gone
    + MemberBusy                   it takes no change now; try again later
    + MemberChanged                somebody else changes it at the same time
    + MemberOwned                  another field manager owns what we would write
    + WouldLeaveNoGroups           ours is its only group, and AWS requires one
  x Refused                        AWS or Kubernetes said no
    + AccessDenied                 names what to grant
    + CredentialsMissing           there are none, or they are expired or wrong
    + GroupLimitExceeded           the member is full
    + GroupNotFound                a group does not exist, or not in this VPC
    + ProbeRefused                 the cluster admits no pod such as the one we tried
    + Throttled                    too many calls in this account and region
    + Unreachable                  there was no answer
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


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

    def __init__(self, where: str, source: str, target: str, *, has_default: bool = True) -> None:
        """Name both ends of the connection.

        Args:
            where: the call, as in `SecurityGroup "orders-db": allow_from`.
            source: the name of the end that connects.
            target: the name of the end that is connected to.
            has_default: whether the target is a group, which can have a default port.
        """
        super().__init__(
            where,
            f'no port says what "{source}" may reach on "{target}". Pass a port (for example ports.HTTPS)'
            + (f', or give "{target}" a default_port.' if has_default else "."),
        )
        self.source = source
        self.target = target


class Unenforced(InvalidInput):
    """Members would join `trust` while nothing enforces the rules on the nodes."""


class InvalidAnnotation(InvalidInput):
    """A pod's annotation is not a JSON list of group ids."""


class MissingExtra(IntegrationError, ImportError):
    """Packages are not installed that only some parts of the library need."""

    def __init__(self, what: str, extra: str, missing: Sequence[str]) -> None:
        """Name what needs them, and the command that installs them.

        Args:
            what: who needs them.
            extra: the extra that has them.
            missing: the modules that are not there.
        """
        listed = ", ".join(missing)
        super().__init__(f"{what} needs what is not installed: {listed}. Run: pip install 'sg-integration[{extra}]'")
        self.extra = extra


class ServiceError(IntegrationError):
    """A service would not do what we asked.

    Args:
        doing: what we did, to what: `attaching sg-0a1 to network interface eni-9f (web-1)`.
        code: the service's error code.
        words: what the service said.
        advice: what to do next.
    """

    def __init__(self, doing: str, code: str, words: str, advice: str = "") -> None:
        """Compose the message: what we did, the code, the service's words, what to do."""
        said = words.strip()
        stop = "" if said.endswith((".", "!", "?")) or not advice else "."
        super().__init__(" ".join(f"{doing}: {code}: {said}{stop} {advice}".split()))
        self.doing = doing
        self.code = code
        self.words = words
        self.advice = advice


class MemberError(ServiceError):
    """About one member; nothing was changed on it, and the others are not affected."""


class MemberNotFound(MemberError):
    """The member is gone: success when it leaves, a failure when it joins."""


class MemberBusy(MemberError):
    """The member takes no change in its present state."""


class MemberChanged(MemberError):
    """Somebody else changes the member at the same time."""


class MemberOwned(MemberError):
    """Another field manager owns what we would write on the member, and says something else."""


class WouldLeaveNoGroups(MemberError):
    """Ours is the member's only group; AWS requires one."""


class Refused(ServiceError):
    """The service said no."""


class AccessDenied(Refused):
    """A permission is missing; the message names the action and the resource."""


class CredentialsMissing(Refused):
    """There are no credentials, or they are expired or wrong."""


class GroupLimitExceeded(Refused):
    """The member has as many groups as the quota allows."""


class GroupNotFound(Refused):
    """A group does not exist, or not in this VPC."""


class ProbeRefused(Refused):
    """The cluster would admit no such pod in that namespace, whatever its groups."""


class Throttled(Refused):
    """Too many calls in this account and region, also after retries."""


class Unreachable(Refused):
    """The service could not be reached, or gave no answer, also after retries."""
