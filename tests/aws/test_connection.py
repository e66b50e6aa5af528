"""How a client is made: region, profile, role, endpoint and retries; and what is said when it cannot be."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from botocore.stub import Stubber

from sg_integration.aws.connection import Connection
from sg_integration.model.errors import CredentialsMissing, InvalidInput

ROLE = "arn:aws:iam::123456789012:role/enroll"
CONFIG = "[profile prod]\nregion = us-west-2\naws_access_key_id = from-profile\naws_secret_access_key = x\n"


@pytest.fixture(autouse=True)
def _own_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Only this configuration: one profile and no credentials in the environment."""
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PROFILE", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_ENDPOINT_URL"):  # fmt: skip
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "config").write_text(CONFIG)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")


def key_of(client: Any) -> str:
    """The access key that a client signs with."""
    return str(client._request_signer._credentials.access_key)


@pytest.mark.parametrize(
    ("connection", "environment", "region"),
    [
        (Connection(region="eu-west-1"), {"AWS_REGION": "x-1"}, "eu-west-1"),
        (Connection(), {"AWS_REGION": "eu-west-2", "AWS_DEFAULT_REGION": "eu-west-3"}, "eu-west-2"),
        (Connection(), {"AWS_DEFAULT_REGION": "eu-west-3"}, "eu-west-3"),
        (Connection(profile="prod"), {}, "us-west-2"),
    ],
    ids=["argument", "AWS_REGION", "AWS_DEFAULT_REGION", "profile"],
)
def test_the_region_is_found_as_pulumi_finds_it(
    monkeypatch: pytest.MonkeyPatch, connection: Connection, environment: dict[str, str], region: str
) -> None:
    """The argument, then AWS_REGION, then boto3's own ways."""
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert connection.client("ec2").meta.region_name == region


def test_a_profile_gives_its_credentials() -> None:
    """The named profile's key signs."""
    assert key_of(Connection(profile="prod").client("rds")) == "from-profile"


def test_an_endpoint_is_used_for_every_service() -> None:
    """The endpoint given is the client's; without one AWS's own is."""
    for service in ("ec2", "rds", "sts", "service-quotas"):
        there = Connection(region="eu-west-1", endpoint_url="http://127.0.0.1:1").client(service)
        assert there.meta.endpoint_url == "http://127.0.0.1:1"
    assert Connection(region="eu-west-1").client("ec2").meta.endpoint_url == "https://ec2.eu-west-1.amazonaws.com"


def test_throttling_is_survived_by_ten_tries() -> None:
    """Clients retry in standard mode ten times, and say who calls."""
    config: Any = Connection(region="eu-west-1").client("ec2").meta.config
    assert config.retries["mode"] == "standard"
    assert config.retries["total_max_attempts"] == 10
    assert "sg-integration" in config.user_agent_extra


def test_a_role_is_assumed_at_the_endpoint_that_was_given(monkeypatch: pytest.MonkeyPatch) -> None:
    """The role's credentials sign; STS is asked at our endpoint, with the profile's credentials, and only when needed."""
    import botocore.session  # noqa: PLC0415

    asked: list[dict[str, Any]] = []
    answer = {"AccessKeyId": "of-the-role-0000", "SecretAccessKey": "x", "SessionToken": "y", "Expiration": "2999-01-01T00:00:00Z"}  # fmt: skip
    real = botocore.session.Session.create_client

    def create(self: Any, service: str, *args: Any, **kwargs: Any) -> Any:
        client = real(self, service, *args, **kwargs)
        if service == "sts":
            asked.append({"url": client.meta.endpoint_url, "key": kwargs["aws_access_key_id"]})
            stub = Stubber(client)
            request = {"RoleArn": ROLE, "RoleSessionName": "sg-integration"}
            stub.add_response("assume_role", {"Credentials": answer}, request)
            stub.activate()
        return client

    monkeypatch.setattr(botocore.session.Session, "create_client", create)
    client = Connection(profile="prod", role_arn=ROLE, endpoint_url="http://127.0.0.1:1").client("ec2")
    assert asked == []
    assert key_of(client) == "of-the-role-0000"
    assert asked == [{"url": "http://127.0.0.1:1", "key": "from-profile"}]


@pytest.mark.parametrize(
    ("connection", "line"),
    [
        (
            Connection(),
            (
                "connecting to ec2: NoRegionError: You must specify a region. Tried: credentials of the environment, "
                "default region. Pass region=, or set AWS_REGION or aws:region."
            ),
        ),
        (
            Connection(region="eu-west-1", profile="typo"),
            (
                "connecting to ec2: ProfileNotFound: The config profile (typo) could not be found. Tried: profile typo, "
                "region eu-west-1. Correct the profile, or write it into the AWS configuration."
            ),
        ),
        (
            Connection(region="eu-west-1", role_arn=ROLE),
            (
                "connecting to ec2: NoCredentialsError: Unable to locate credentials. Tried: credentials of the environment, "
                f"role {ROLE}, region eu-west-1. Log in again, or correct the profile, role_arn or environment."
            ),
        ),
        (
            Connection(region="not a region"),
            (
                "connecting to ec2: InvalidRegionError: Provided region_name 'not a region' doesn't match a supported format. "
                "Tried: credentials of the environment, region not a region. Correct the region."
            ),
        ),
    ],
    ids=["no region", "no such profile", "a role without credentials", "a bad region"],
)
def test_what_is_missing_is_said_in_one_line(connection: Connection, line: str) -> None:
    """The line says what botocore misses, what was tried, and what to do."""
    with pytest.raises(CredentialsMissing) as caught:
        connection.client("ec2")
    assert str(caught.value) == line


@pytest.mark.parametrize("url", ["127.0.0.1", "http://"])
def test_an_endpoint_that_is_no_url_is_bad_input(url: str) -> None:
    """The error names the argument."""
    with pytest.raises(InvalidInput, match=f"^endpoint_url: '{url}' is no URL of an endpoint"):
        Connection(region="eu-west-1", endpoint_url=url).client("ec2")


@pytest.mark.parametrize(
    ("connection", "environment", "words"),
    [
        (Connection(), {}, "credentials of the environment, default region"),
        (Connection(region="r-1", profile="p", role_arn="a"), {"AWS_PROFILE": "no"}, "profile p, role a, region r-1"),
        (Connection(), {"AWS_PROFILE": "e", "AWS_REGION": "r-2"}, "profile e, region r-2"),
        (Connection(), {"AWS_DEFAULT_REGION": "r-3"}, "credentials of the environment, region r-3"),
    ],
)
def test_what_is_tried_is_named(
    monkeypatch: pytest.MonkeyPatch, connection: Connection, environment: dict[str, str], words: str
) -> None:
    """A connection reads as the profile, the role and the region that are really used."""
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert str(connection) == words
