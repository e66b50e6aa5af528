"""Bearer tokens in httpx2's terms; imports httpx2, so it is imported by those alone who connect."""

from __future__ import annotations

from collections.abc import Generator
from http import HTTPStatus

import httpx2

from sg_integration.kubernetes.tokens import Tokens


class BearerAuth(httpx2.Auth):
    """Sends the current token, and once more a new one when it is refused.

    Args:
        tokens: where they come from.
    """

    def __init__(self, tokens: Tokens) -> None:
        self._tokens = tokens

    def auth_flow(self, request: httpx2.Request) -> Generator[httpx2.Request, httpx2.Response, None]:
        """Add the token to a request."""
        token = self._tokens.current()
        request.headers["Authorization"] = f"Bearer {token}"
        response = yield request
        if response.status_code == HTTPStatus.UNAUTHORIZED:
            request.headers["Authorization"] = f"Bearer {self._tokens.current(refused=token)}"
            yield request
