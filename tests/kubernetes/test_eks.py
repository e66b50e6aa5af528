"""A cluster of EKS is reached by boto3 alone: its address, and tokens that are signed requests for our identity."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from datetime import datetime, timezone
from typing import Any
from urllib.parse import parse_qs, urlsplit

import boto3
import pytest
from botocore.exceptions import EndpointConnectionError
from botocore.stub import Stubber

from sg_integration.kubernetes.connection import ClusterConnection, connect
from sg_integration.kubernetes.eks import EksCluster, exec_credential
from sg_integration.kubernetes.tokens import Token
from sg_integration.model import errors
from tests.sandbox.plugin_kubernetes_world import Server

SHOP = EksCluster("shop", region="eu-central-1")
ROLE = "arn:aws:iam::123456789012:role/deploy"
TRIED = "Tried: EKS cluster shop, region eu-central-1, credentials of the environment."
LOGIN = f"Log in again, or correct the profile, role_arn, region or environment. {TRIED}"


@pytest.fixture(autouse=True)
def _own_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Credentials of the environment, and nothing else of AWS."""
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIATEST")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nonexistent")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Iterator[Stubber]:
    """The service that is asked, playing a script."""
    client: Any = boto3.client("eks", region_name="eu-central-1")
    with Stubber(client) as stub:
        monkeypatch.setattr(EksCluster, "_client", lambda *_: client)
        yield stub


def described(**more: Any) -> dict[str, Any]:
    """An answer of DescribeCluster."""
    authority = {"data": "Q0E="}
    return {"cluster": {"name": "shop", "status": "ACTIVE", "certificateAuthority": authority, **more}}


def signed(token: str) -> tuple[str, dict[str, str]]:
    """The address and the query of the request in a token."""
    assert token.startswith("k8s-aws-v1.")
    assert "=" not in token
    encoded = token.removeprefix("k8s-aws-v1.")
    url = urlsplit(base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4)).decode())
    return f"{url.scheme}://{url.netloc}{url.path}", {key: value[0] for key, value in parse_qs(url.query).items()}


def test_a_cluster_has_an_address_and_a_certificate(service: Stubber) -> None:
    """One call, by the cluster's name."""
    service.add_response("describe_cluster", described(endpoint="https://x.eks.test"), {"name": "shop"})
    assert SHOP.describe() == ("https://x.eks.test", "Q0E=")


def test_a_token_is_a_signed_request_that_names_the_cluster() -> None:
    """For the region's own STS, for a minute, with the cluster's name among what is signed; good for 14 minutes."""
    before = datetime.now(timezone.utc).timestamp()
    token = SHOP.token()
    address, query = signed(token.value)
    assert address == "https://sts.eu-central-1.amazonaws.com/"
    assert query["Action"] == "GetCallerIdentity"
    assert query["X-Amz-Algorithm"] == "AWS4-HMAC-SHA256"
    assert query["X-Amz-Expires"] == "60"
    assert query["X-Amz-SignedHeaders"] == "host;x-k8s-aws-id"
    assert query["X-Amz-Credential"].startswith("AKIATEST/")
    assert token.good_until is not None
    assert 0 <= token.good_until - before - 14 * 60 < 5


def test_tokens_of_two_clusters_differ() -> None:
    """The name is part of the signature, so that a token for one is none for another."""
    (_, one), (_, other) = (signed(EksCluster(name, "eu-central-1").token().value) for name in ("shop", "bank"))
    assert one["X-Amz-Signature"] != other["X-Amz-Signature"]


def test_a_token_is_signed_by_the_role(monkeypatch: pytest.MonkeyPatch) -> None:
    """The role is assumed with the credentials of the environment, anew for each token; its session token is sent along."""
    asked: list[dict[str, Any]] = []
    real = EksCluster._client

    def client(self: EksCluster, session: boto3.Session, service: str) -> Any:
        made = real(self, session, service)
        stub = Stubber(made)
        number = len(asked)
        expires = datetime(2030, 1, 1, tzinfo=timezone.utc)
        key = {
            "AccessKeyId": f"ASIAOFTHEROLE000{number}",
            "SecretAccessKey": "s",
            "SessionToken": "of-the-role",
            "Expiration": expires,
        }
        stub.add_response("assume_role", {"Credentials": key})
        stub.activate()
        made.meta.events.register("provide-client-params.sts.AssumeRole", lambda params, **_: asked.append(params))
        return made

    monkeypatch.setattr(EksCluster, "_client", client)
    cluster = EksCluster("shop", "eu-central-1", role_arn=ROLE)
    (_, one), (_, other) = signed(cluster.token().value), signed(cluster.token().value)
    assert asked == [{"RoleArn": ROLE, "RoleSessionName": "sg-integration"}] * 2
    assert one["X-Amz-Security-Token"] == "of-the-role"
    assert one["X-Amz-Credential"] != other["X-Amz-Credential"]


def test_an_exec_credential_has_the_token_and_its_end() -> None:
    """A document as kubectl takes it from a plugin."""
    document = exec_credential(SHOP)
    assert (document["apiVersion"], document["kind"]) == ("client.authentication.k8s.io/v1", "ExecCredential")
    assert signed(document["status"]["token"])[1]["X-Amz-SignedHeaders"] == "host;x-k8s-aws-id"
    ends = datetime.strptime(document["status"]["expirationTimestamp"], "%Y-%m-%dT%H:%M:%SZ").replace(
        tzinfo=timezone.utc
    )
    assert 13 * 60 < (ends - datetime.now(timezone.utc)).total_seconds() <= 14 * 60


@pytest.mark.parametrize(
    ("code", "words", "kind", "line"),
    [
        ("ResourceNotFoundException", "No cluster found for name: shop.", errors.InvalidInput, f"eks_cluster_name: No cluster found for name: shop.; correct it, or the region. {TRIED}"),
        ("AccessDeniedException", "User: x is not authorized", errors.AccessDenied, "describing EKS cluster shop: AccessDeniedException: User: x is not authorized. Grant eks:DescribeCluster to the identity that runs Pulumi."),
        ("ExpiredTokenException", "The security token is expired", errors.CredentialsMissing, f"describing EKS cluster shop: ExpiredTokenException: The security token is expired. {LOGIN}"),
        ("UnrecognizedClientException", "The security token is invalid", errors.CredentialsMissing, f"describing EKS cluster shop: UnrecognizedClientException: The security token is invalid. {LOGIN}"),
        ("ThrottlingException", "Rate exceeded", errors.Throttled, "describing EKS cluster shop: ThrottlingException: Rate exceeded. Other callers of this account share the limit: run again later."),
        ("ServerException", "Oh", errors.Refused, "describing EKS cluster shop: ServerException: Oh"),
    ],
)  # fmt: skip
def test_each_refusal_of_eks(service: Stubber, code: str, words: str, kind: type[Exception], line: str) -> None:
    """Its class, and the whole line."""
    service.add_client_error("describe_cluster", code, words)
    with pytest.raises(errors.IntegrationError) as caught:
        SHOP.describe()
    assert type(caught.value) is kind
    assert str(caught.value) == line


def test_a_cluster_that_is_being_made(service: Stubber) -> None:
    """It has no address yet."""
    service.add_response("describe_cluster", described(status="CREATING"), {"name": "shop"})
    with pytest.raises(errors.Unreachable, match="CREATING: it has no endpoint. Run again when it is ACTIVE."):
        SHOP.describe()


def test_missing_credentials_are_one_clear_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """What botocore misses, and what was tried."""
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.setenv("HOME", "/nonexistent")
    with pytest.raises(errors.CredentialsMissing) as caught:
        SHOP.token()
    assert (
        str(caught.value)
        == f"signing a token for EKS cluster shop: NoCredentialsError: Unable to locate credentials. {LOGIN}"
    )


def test_an_aws_that_does_not_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    """No answer is not a refusal."""

    def client(*_: Any) -> Any:
        raise EndpointConnectionError(endpoint_url="https://eks")

    monkeypatch.setattr(EksCluster, "_client", client)
    with pytest.raises(
        errors.Unreachable, match="EndpointConnectionError: .* Look whether AWS can be reached from here"
    ):
        SHOP.describe()


def test_a_cluster_of_eks_is_reached_with_such_tokens(
    kubernetes_server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Address and certificate are EKS's; a token that the server refuses is signed anew."""
    document = json.loads(kubernetes_server.kubeconfig.read_text())
    target, good = document["clusters"][0]["cluster"], document["users"][0]["user"]["token"]
    values = iter(["expired", good])
    monkeypatch.setattr(EksCluster, "describe", lambda _: (target["server"], target["certificate-authority-data"]))
    monkeypatch.setattr(EksCluster, "token", lambda _: Token(next(values)))
    cluster = connect(ClusterConnection(eks_cluster_name="shop", region=kubernetes_server.kubeconfig.name))
    assert "default" in cluster.namespaces()
    assert str(cluster) == "EKS cluster shop, region kubeconfig, credentials of the environment"
