"""Every refusal of a Kubernetes API server becomes one error of ours, with what to do about it."""

from __future__ import annotations

import json
from typing import Any

import httpx2
import pytest

from sg_integration.kubernetes.errors import Status, refusal, status, unreachable
from sg_integration.model import errors

TRIED = "context prod of ~/.kube/config"
LOGIN = f"Log in again, or correct the kubeconfig or its context. Tried: {TRIED}."
FORBIDDEN = 'pods is forbidden: User "dev" cannot list resource "pods" in API group ""'
TO_US = "to the identity that runs Pulumi."


@pytest.mark.parametrize(
    ("code", "reason", "words", "kind", "advice"),
    [
        (401, "Unauthorized", "Unauthorized", errors.CredentialsMissing, LOGIN),
        (403, "Forbidden", f"{FORBIDDEN} at the cluster scope", errors.AccessDenied, f'Grant the verb "list" on "pods" of API group "" in the whole cluster, by a ClusterRole {TO_US}'),
        (403, "Forbidden", f'{FORBIDDEN} in the namespace "shop"', errors.AccessDenied, f'Grant the verb "list" on "pods" of API group "" in namespace shop {TO_US}'),
        (403, "Forbidden", 'x is forbidden: User "dev" cannot create resource "pods/eviction" in API group "" in the namespace "a": RBAC: role not found', errors.AccessDenied, f'Grant the verb "create" on "pods/eviction" of API group "" in namespace a {TO_US}'),
        (403, "Forbidden", 'forbidden: User "dev" cannot get path "/apis"', errors.AccessDenied, 'Grant the verb "get" on the nonResourceURL /apis by a ClusterRole.'),
        (403, "Forbidden", 'pods "a" is forbidden: ValidatingAdmissionPolicy "x" denied request: no', errors.Refused, ""),
        (429, "TooManyRequests", "slow down", errors.Throttled, "The API server is busy: run again later."),
        (500, "InternalError", "etcd", errors.Unreachable, f"Look whether the API server can be reached from here. Tried: {TRIED}."),
        (404, "NotFound", "none", errors.Refused, ""),
        (422, "Invalid", "bad", errors.Refused, ""),
    ],
)  # fmt: skip
def test_each_refusal_has_its_error_and_its_advice(
    code: int, reason: str, words: str, kind: type[errors.ServiceError], advice: str
) -> None:
    """The class, and the whole message: what we did, the reason, the server's words, what to do."""
    error = refusal("listing pods", Status(code, reason, words), TRIED)
    assert type(error) is kind
    stop = "." if advice else ""
    assert str(error) == f"listing pods: {reason}: {words}{stop} {advice}".strip()


def test_braces_in_what_is_tried_are_harmless() -> None:
    """The advice is no template of the user's text."""
    assert "Tried: {x}." in str(refusal("asking", Status(401, "Unauthorized", "no"), "{x}"))


def test_a_status_is_read_with_its_causes() -> None:
    """Whose fields an apply would take is in the causes; other causes say nothing about that."""
    causes = [
        {"reason": "FieldManagerConflict", "message": 'conflict with "kubectl-edit" using v1', "field": ".a"},
        {"reason": "FieldManagerConflict", "message": 'conflict with "helm" with subresource "status" using v1'},
        {"reason": "FieldManagerConflict", "message": 'conflict with "helm" using v1'},
        {"reason": "FieldValueInvalid", "message": 'conflict with "nobody"'},
    ]
    document: dict[str, Any] = {"kind": "Status", "reason": "Conflict", "message": "m", "details": {"causes": causes}}
    found = status(409, json.dumps(document).encode())
    assert (found.code, found.reason, found.message) == (409, "Conflict", "m")
    assert found.managers == ("helm", "kubectl-edit")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"<html>Bad gateway</html>", "<html>Bad gateway</html>"),
        (b"", "the answer says no more"),
        (b"\xff", "\ufffd"),
        (b"[]", "[]"),
        (b'{"kind": "Status"}', "the answer says no more"),
        (b"x" * 5000, "x" * 2000),
    ],
)
def test_an_answer_that_is_no_status_is_quoted(content: bytes, words: str) -> None:
    """The reason is HTTP's own; a long page is cut."""
    assert status(502, content) == Status(502, "BadGateway", words)


def test_a_status_that_http_does_not_know() -> None:
    """Proxies invent some."""
    assert status(599, b"").reason == "HTTP 599"


@pytest.mark.parametrize(
    "kind", [kind for kind in vars(httpx2).values() if isinstance(kind, type) and issubclass(kind, httpx2.RequestError)]
)
def test_no_error_of_the_client_escapes(kind: type[httpx2.RequestError]) -> None:
    """Whatever httpx2 raises when no answer came is Unreachable, and the original is its cause."""
    error = kind("some words")
    with pytest.raises(errors.Unreachable) as caught, unreachable("asking", "https://x", TRIED):
        raise error
    assert str(caught.value).startswith(f"asking: reaching Kubernetes at https://x: {kind.__name__}: some words.")
    assert caught.value.__cause__ is error


def test_other_errors_pass() -> None:
    """A defect of ours is not dressed up as a network's."""
    with pytest.raises(KeyError), unreachable("asking", "https://x", TRIED):
        raise KeyError("x")
