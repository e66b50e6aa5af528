"""`sg-integration eks-token`, which needs no network: a token is a request that is signed and not sent."""

from __future__ import annotations

import base64
import json
from urllib.parse import parse_qs, urlsplit

import pytest

from sg_integration.cli import main


def test_a_token_is_a_signed_question_for_our_identity(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What is printed is an ExecCredential whose token is a presigned GetCallerIdentity for that cluster."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    assert main(["eks-token", "--cluster-name", "shop", "--region", "eu-central-1"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["apiVersion"], found["kind"]) == ("client.authentication.k8s.io/v1", "ExecCredential")
    encoded = found["status"]["token"].removeprefix("k8s-aws-v1.")
    url = urlsplit(base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4)).decode())
    query = parse_qs(url.query)
    assert query["Action"] == ["GetCallerIdentity"]
    assert "x-k8s-aws-id" in query["X-Amz-SignedHeaders"][0]
    assert found["status"]["expirationTimestamp"]
