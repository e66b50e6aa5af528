"""What a Kubernetes API server answers when it says no, what that becomes, and what to do about it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final

from sg_integration.model.errors import (
    AccessDenied,
    CredentialsMissing,
    Refused,
    ServiceError,
    Throttled,
    Unreachable,
)

# The authorizer's own words; an admission policy's refusal has the same status, 403, and other words.
_FORBIDDEN: Final = re.compile(
    r'cannot (?P<verb>\w+) (?:resource "(?P<resource>[^"]+)" in API group "(?P<group>[^"]*)"'
    r'(?: in the namespace "(?P<namespace>[^"]+)"| at the cluster scope)?|path "(?P<path>[^"]+)")'
)
_MANAGER: Final = re.compile(r'conflict with "([^"]+)"')
_LONGEST: Final = 2000  # characters of an answer that is no Status, such as a proxy's page

_LOGIN: Final = "Log in again, or correct the kubeconfig or its context. Tried: {tried}."
_SLOWER: Final = "The API server is busy: run again later."
_NO_ANSWER: Final = "Look whether the API server can be reached from here. Tried: {tried}."


@dataclass(frozen=True, slots=True)
class Status:
    """A refusal as the API server words it.

    Args:
        code: the HTTP status.
        reason: Kubernetes' reason in one word, `AlreadyExists`.
        message: the server's own words.
        causes: the single causes, each a reason and a message.
    """

    code: int
    reason: str
    message: str
    causes: tuple[tuple[str, str], ...] = ()

    @property
    def managers(self) -> tuple[str, ...]:
        """Whose fields a server-side apply would have taken; empty if the refusal is about something else."""
        words = [message for reason, message in self.causes if reason == "FieldManagerConflict"]
        return tuple(sorted({found[1] for each in words if (found := _MANAGER.search(each))}))

    @property
    def is_authorization(self) -> bool:
        """Whether a permission is missing, rather than a policy broken."""
        return self.code == HTTPStatus.FORBIDDEN and _FORBIDDEN.search(self.message) is not None


def status(code: int, content: bytes) -> Status:
    """The refusal in an answer; what is no Status, such as a proxy's page, is quoted as it is."""
    try:
        document = json.loads(content)
    except ValueError:
        document = None
    if not isinstance(document, dict) or document.get("kind") != "Status":
        words = content.decode(errors="replace").strip()[:_LONGEST]
        return Status(code, _phrase(code), words or "the answer says no more")
    causes = (document.get("details") or {}).get("causes") or ()
    return Status(
        code,
        document.get("reason") or _phrase(code),
        document.get("message") or "the answer says no more",
        tuple((each.get("reason", ""), each.get("message", "")) for each in causes),
    )


def refusal(doing: str, found: Status, tried: str) -> ServiceError:
    """The error that a refusal becomes.

    Args:
        doing: what we were doing, to what.
        found: the refusal.
        tried: how the cluster was reached, for the message when credentials or the way there are wrong.
    """
    kind, advice = _row(found)
    return kind(doing, found.reason, found.message, advice.replace("{tried}", tried))


@contextmanager
def unreachable(doing: str, server: str, tried: str) -> Iterator[None]:
    """Turn what httpx2 and lightkube raise inside, when no answer came, into errors of ours.

    Args:
        doing: what we are doing, to what.
        server: the address of the API server.
        tried: how the cluster was reached.

    Raises:
        Unreachable: nobody answered.
        CredentialsMissing: the kubeconfig's way to log in does not work.
    """
    import httpx2  # noqa: PLC0415  only those who call need the client
    from lightkube.core.exceptions import ConfigError  # noqa: PLC0415

    try:
        yield
    except httpx2.HTTPError as error:
        words = str(error) or "no answer in time"
        doing = f"{doing}: reaching Kubernetes at {server}"
        raise Unreachable(doing, type(error).__name__, words, _NO_ANSWER.format(tried=tried)) from error
    except ConfigError as error:
        raise CredentialsMissing(doing, "ConfigError", str(error), _LOGIN.format(tried=tried)) from error


def _row(found: Status) -> tuple[type[ServiceError], str]:
    if found.code == HTTPStatus.UNAUTHORIZED:
        return CredentialsMissing, _LOGIN
    if found.is_authorization:
        return AccessDenied, _grant(_FORBIDDEN.search(found.message))
    if found.code == HTTPStatus.TOO_MANY_REQUESTS:
        return Throttled, _SLOWER
    if found.code >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return Unreachable, _NO_ANSWER
    return Refused, ""


def _grant(found: Any) -> str:
    """The rule of RBAC that is missing."""
    if found["path"]:
        return f'Grant the verb "{found["verb"]}" on the nonResourceURL {found["path"]} by a ClusterRole.'
    where = f"in namespace {found['namespace']}" if found["namespace"] else "in the whole cluster, by a ClusterRole"
    return (
        f'Grant the verb "{found["verb"]}" on "{found["resource"]}" of API group "{found["group"]}" {where} '
        "to the identity that runs Pulumi."
    )


def _phrase(code: int) -> str:
    try:
        return HTTPStatus(code).phrase.replace(" ", "")
    except ValueError:
        return f"HTTP {code}"
