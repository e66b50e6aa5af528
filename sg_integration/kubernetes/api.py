"""Requests to an API server: JSON in and out, tried again while that can help, lists page by page."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Iterator, Mapping
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final, Literal, TypeVar
from urllib.parse import quote

import msgspec

from sg_integration.kubernetes.answers import Answer
from sg_integration.kubernetes.documents import Page
from sg_integration.kubernetes.errors import refusal, unreachable
from sg_integration.kubernetes.retrying import Patience
from sg_integration.model.errors import ServiceError

if TYPE_CHECKING:
    import httpx2

Method = Literal["DELETE", "GET", "PATCH", "POST", "PUT"]
JSON: Final = "application/json"
APPLY: Final = "application/apply-patch+yaml"
MERGE: Final = "application/merge-patch+json"
METADATA: Final = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1"
METADATA_LIST: Final = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"
NOT_FOUND: Final = frozenset([HTTPStatus.NOT_FOUND.value])

_PAGE: Final = "1000"
_FRESH_STARTS: Final = 3  # of a list whose pages expired before it was read

Item = TypeVar("Item")


class _Expired(Exception):
    """The server has forgotten the rest of a list."""


class Api:
    """An API server; safe to use from several threads.

    Whatever we send may be sent twice: reads, dry runs, and writes that name the uid, the version or our field manager.

    Args:
        client: the configured client, with the server's address, TLS and authentication.
        tried: how the cluster is reached, for messages.
        patience: how requests are tried again.

    Attributes:
        sent: how many requests were sent, tries and pages included.
    """

    def __init__(self, client: httpx2.Client, tried: str, patience: Patience | None = None) -> None:
        self.sent = 0
        self._client = client
        self._tried = tried
        self._patience = patience or Patience()
        self._lock = threading.Lock()

    def request(
        self,
        doing: str,
        method: Method,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        body: Any = None,
        content_type: str = JSON,
        accept: str = JSON,
        allow: Collection[int] = (),
        last: bool = False,
    ) -> Answer:
        """Send one request, and again while the server is busy or the connection drops, for about 30 seconds.

        Args:
            doing: what we are doing, to what, for the message.
            method: the HTTP method.
            path: the path, from its first slash on.
            query: the query.
            body: the object to send.
            content_type: its form.
            accept: the form of the answer.
            allow: refusals that the caller wants to see rather than to be raised.
            last: let the connection end with it, so that the next request may meet another API server behind the address.

        Raises:
            ServiceError: the server refused, or did not answer.
        """
        request = self._client.build_request(
            method,
            path,
            params=dict(query or {}),
            content=None if body is None else msgspec.json.encode(body),
            headers={
                "Accept": accept,
                **({} if body is None else {"Content-Type": content_type}),
                **({"Connection": "close"} if last else {}),
            },
        )
        with unreachable(doing, str(self._client.base_url), self._tried):
            answer = self._patience.persist(lambda: self._send(doing, request))
        if HTTPStatus.OK <= answer.code < HTTPStatus.MULTIPLE_CHOICES or answer.code in allow:
            return answer
        raise self.refusal(answer)

    def served(self, api_version: str) -> list[dict[str, Any]] | None:
        """The resources of a group and version as the server lists them; None if it does not serve that.

        Raises:
            ServiceError: the server refused, or did not answer.
        """
        doing = f"asking whether the cluster serves {api_version}"
        answer = self.request(doing, "GET", f"/apis/{api_version}", allow=NOT_FOUND)
        return None if answer.code in NOT_FOUND else answer.read()["resources"]

    def refusal(self, answer: Answer) -> ServiceError:
        """The error that an answer becomes."""
        return refusal(answer.doing, answer.status, self._tried)

    def everything(
        self,
        doing: str,
        path: str,
        decode: Callable[[bytes], Page[Item]],
        *,
        query: Mapping[str, str] | None = None,
        accept: str = METADATA_LIST,
        allow: Collection[int] = (),
    ) -> list[Item]:
        """A whole list, 1,000 at a time; it starts over when the server has forgotten its pages.

        Args:
            doing: what we are doing, for the message.
            path: the path of the list.
            decode: reads a page.
            query: selectors.
            accept: the form of the answer.
            allow: refusals that mean an empty list, such as 404 for a kind that the cluster does not know.

        Raises:
            ServiceError: the server refused, or did not answer.
        """
        for left in reversed(range(_FRESH_STARTS)):
            # On the last start an expired page is raised as the server words it.
            expired = [HTTPStatus.GONE.value] if left else []
            pages = self._pages(doing, path, decode, {"limit": _PAGE, **(query or {})}, accept, allow, expired)
            try:
                return [item for page in pages for item in page.items or ()]
            except _Expired:
                continue
        raise AssertionError(doing)  # the last start returns or raises

    def _pages(
        self,
        doing: str,
        path: str,
        decode: Callable[[bytes], Page[Item]],
        query: Mapping[str, str],
        accept: str,
        allow: Collection[int],
        expired: Collection[int],
    ) -> Iterator[Page[Item]]:
        answer = self.request(doing, "GET", path, query=query, accept=accept, allow=allow)
        while answer.code not in allow:
            page = answer.read(decode)
            yield page
            if not page.rest:
                return
            query = {**query, "continue": page.rest}
            answer = self.request(doing, "GET", path, query=query, accept=accept, allow=expired)
            if answer.code in expired:
                raise _Expired

    def _send(self, doing: str, request: httpx2.Request) -> Answer:
        with self._lock:
            self.sent += 1
        response = self._client.send(request)
        wait = response.headers.get("Retry-After", "")
        return Answer(doing, response.status_code, response.content, float(wait) if wait.isdecimal() else 0.0)


def path(prefix: str, namespace: str | None, plural: str, *names: str) -> str:
    """The path of a list of objects, or of one object in it.

    Args:
        prefix: `/api/v1` or `/apis/GROUP/VERSION`.
        namespace: its namespace; None for all namespaces, or for what is in none.
        plural: the resource, `pods`.
        names: the object's name.
    """
    inside = ("namespaces", namespace) if namespace is not None else ()
    return "/".join([prefix, *(quote(part, safe="") for part in (*inside, plural, *names))])
