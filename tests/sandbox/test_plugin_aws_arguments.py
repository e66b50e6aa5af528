"""The arguments of an aws.Provider that the stand-in applies, and what it refuses."""

from __future__ import annotations

import json
from typing import Any

import pytest
from pulumi.runtime.proto import provider_pb2

from sg_integration.sandbox.plugins.aws.package import AwsPackage
from sg_integration.sandbox.plugins.aws.settings import Settings, decoded, settings
from sg_integration.sandbox.plugins.document import UNKNOWN
from sg_integration.sandbox.plugins.errors import PluginError
from tests.sandbox.plugin_aws import GROUP, arguments
from tests.sandbox.plugin_client import Client, fails, served

URL = "http://127.0.0.1:4566"


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No AWS settings in the environment."""
    for name in ("AWS_ENDPOINT_URL", "AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PROFILE", "AWS_ACCESS_KEY_ID"):
        monkeypatch.delenv(name, raising=False)


def reasons(**variables: Any) -> str:
    """Why a provider with these arguments is refused."""
    return "\n".join(f"{one.property}: {one.reason}" for one in AwsPackage().check_config(variables).failures)


def test_arguments_are_read_in_the_form_of_the_sdk() -> None:
    """Region and keys are plain, endpoints and default tags JSON text."""
    variables = arguments(URL, defaultTags={"tags": {"team": "net"}}, token="t")

    assert settings(decoded(variables)) == Settings(
        region="eu-central-1",
        endpoints={"ec2": URL, "rds": URL, "sts": URL},
        credentials={"aws_access_key_id": "test", "aws_secret_access_key": "test", "aws_session_token": "t"},
        default_tags={"team": "net"},
    )


def test_what_the_program_leaves_out_comes_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Region, credentials and endpoints come from AWS's own variables, a service's endpoint before the general one."""
    for name, value in {
        "AWS_DEFAULT_REGION": "eu-west-1",
        "AWS_ACCESS_KEY_ID": "a",
        "AWS_SECRET_ACCESS_KEY": "b",
        "AWS_ENDPOINT_URL": URL,
        "AWS_ENDPOINT_URL_RDS": "http://localhost:1",
    }.items():
        monkeypatch.setenv(name, value)

    found = settings({})

    assert found.region == "eu-west-1"
    assert found.credentials == {"aws_access_key_id": "a", "aws_secret_access_key": "b"}
    assert found.endpoints == {"ec2": URL, "rds": "http://localhost:1", "sts": URL}


def test_a_profile_is_handed_on() -> None:
    """A profile is left to boto3, which knows where profiles are."""
    variables = {key: value for key, value in arguments(URL).items() if not key.endswith("Key")}

    assert settings(decoded({**variables, "profile": "dev"})).credentials == {"profile_name": "dev"}


@pytest.mark.parametrize("missing", ["region", "endpoints", "secretKey"])
def test_what_is_missing_is_named(missing: str) -> None:
    """Without a region, an endpoint or credentials, the provider is refused, and told what to set."""
    variables = {key: value for key, value in arguments(URL).items() if key != missing}
    words = {"region": "no region", "endpoints": "no endpoint for ec2", "secretKey": "no credentials"}

    with pytest.raises(PluginError, match=words[missing]):
        settings(decoded(variables))


@pytest.mark.parametrize(
    "url", ["https://ec2.eu-central-1.amazonaws.com", "http://10.0.0.1:4566", "http://127.0.0.1.evil.org"]
)
def test_an_endpoint_that_is_not_loopback_is_refused(url: str) -> None:
    """The stand-in never talks to anything but this machine, whatever the address looks like."""
    assert f"{url} is not a loopback address" in reasons(**arguments(url))


@pytest.mark.parametrize("url", ["http://localhost:1", "http://127.8.0.1:1", "http://[::1]:1"])
def test_every_loopback_address_is_accepted(url: str) -> None:
    """localhost, all of 127.0.0.0/8, and ::1 are this machine."""
    assert reasons(**arguments(url)) == ""


def test_arguments_that_are_not_applied_are_refused() -> None:
    """An argument that the SDK has but that the stand-in would ignore is refused by name, and so is an invented one."""
    text = reasons(**arguments(URL, assumeRoles=[{"roleArn": "x"}], nonsense="x"))

    assert "assumeRoles: the stand-in for pulumi-resource-aws does not apply" in text
    assert "nonsense: the installed pulumi_aws has no such provider argument" in text


def test_arguments_that_cannot_matter_are_accepted() -> None:
    """The skip arguments and the S3 path style change nothing here, and are accepted as the real provider accepts them."""
    skips = ("skipCredentialsValidation", "skipMetadataApiCheck", "skipRegionValidation", "skipRequestingAccountId")

    assert reasons(**arguments(URL, s3UsePathStyle=True, **dict.fromkeys(skips, True))) == ""


def test_arguments_that_are_not_known_yet_are_not_judged() -> None:
    """In a preview whose endpoint is made by the same program, nothing is refused for it."""
    assert reasons(**{**arguments(URL), "endpoints": UNKNOWN}) == ""


def test_a_refused_provider_refuses_its_resources() -> None:
    """Configure itself fails on an endpoint that is not loopback, so that no call can follow."""
    with served(AwsPackage()) as port:
        client = Client(port)
        with fails("not a loopback address"):
            client.configure(**arguments("https://example.org"))
        with fails("before that provider was configured"):
            client.check(GROUP, {})


def test_the_check_of_a_provider_keeps_what_the_engine_put_there() -> None:
    """CheckConfig answers all arguments as they came, the engine's version among them."""
    with served(AwsPackage()) as port:
        news = {**arguments(URL), "version": "7.51.1"}
        request = provider_pb2.CheckRequest(urn="urn:pulumi:a::b::pulumi:providers:aws::c")
        request.news.update(news)
        answer = Client(port).stub.CheckConfig(request)

    assert dict(answer.inputs) == news
    assert list(answer.failures) == []


def test_a_changed_provider_is_changed_in_place() -> None:
    """A change of the provider's arguments replaces nothing by itself: each resource shows what it means for it."""
    diff = AwsPackage().diff_config({"region": "a", "x": 1}, {"region": "b", "x": 1})

    assert (diff.changed, diff.replaces) == (("region",), ())


def test_json_that_is_none_stays_as_it_is() -> None:
    """An argument that is neither JSON nor one of the plain ones is kept for the message that refuses it."""
    assert decoded({"stsRegion": "eu-west-1", "s3UsePathStyle": json.dumps(True)}) == {
        "stsRegion": "eu-west-1",
        "s3UsePathStyle": True,
    }
