"""Clients that answer from a script, and refuse any request that is not in it word for word."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from sg_integration.aws.connection import Connection


class Script:
    """One stubbed client for each service; every expected call is made, in order."""

    def __init__(self) -> None:
        self._clients = {service: _client(service) for service in ("ec2", "rds", "sts", "service-quotas")}
        self._stubs = {service: Stubber(client) for service, client in self._clients.items()}
        self.asked: list[str] = []
        for service, stub in self._stubs.items():
            stub.activate()
            self._clients[service].meta.events.register("provide-client-params", self._note)

    def client(self, service: str) -> Any:
        """The client of a service."""
        return self._clients[service]

    def expect(self, service: str, operation: str, request: dict[str, Any], answer: dict[str, Any]) -> None:
        """The next call of the service."""
        self._stubs[service].add_response(operation, answer, request)

    def refuse(self, service: str, operation: str, code: str, words: str = "words") -> None:
        """The next call of the service is refused."""
        self._stubs[service].add_client_error(operation, code, words)

    def all_was_asked(self) -> None:
        """Every expected call was made, and none may carry out what somebody else has pending."""
        for stub in self._stubs.values():
            stub.assert_no_pending_responses()
        assert not [request for request in self.asked if "ApplyImmediately" in request]

    def _note(self, params: dict[str, Any], **_: Any) -> None:
        self.asked.append(repr(params))


def _client(service: str) -> Any:
    made: Any = boto3.client(
        service,  # type: ignore[call-overload]
        region_name="eu-central-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )
    return made


@pytest.fixture
def script(monkeypatch: pytest.MonkeyPatch) -> Iterator[Script]:
    """A script that every connection of the test plays by; it is played to its end."""
    made = Script()
    monkeypatch.setattr(Connection, "client", lambda _self, service: made.client(service))
    yield made
    made.all_was_asked()
