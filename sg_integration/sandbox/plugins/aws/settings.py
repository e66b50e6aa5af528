"""The arguments of an `aws.Provider`, decoded, checked, and completed from the environment."""

from __future__ import annotations

import ipaddress
import json
import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from sg_integration.sandbox.plugins.document import is_known
from sg_integration.sandbox.plugins.errors import PluginError
from sg_integration.sandbox.plugins.names import provider_inputs
from sg_integration.sandbox.plugins.protocol import Failure

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from sg_integration.sandbox.plugins.document import Document

SDK: Final = "pulumi_aws"
SERVICES: Final = ("ec2", "rds", "sts")
_APPLIED: Final = frozenset({"region", "accessKey", "secretKey", "token", "profile", "endpoints", "defaultTags"})
# Right or wrong, these change nothing here: nothing is validated at AWS, and there is no S3.
_HARMLESS: Final = frozenset(
    {
        "skipCredentialsValidation",
        "skipMetadataApiCheck",
        "skipRegionValidation",
        "skipRequestingAccountId",
        "s3UsePathStyle",
    }
)


@dataclass(frozen=True, slots=True)
class Settings:
    """Where and as whom one provider talks.

    Args:
        region: the region of resources that name none.
        endpoints: service -> URL, loopback all of them.
        credentials: boto3's `aws_access_key_id`, `aws_secret_access_key`, `aws_session_token`, or a `profile_name`.
        default_tags: put on every resource that does not say otherwise.
    """

    region: str
    endpoints: Mapping[str, str]
    credentials: Mapping[str, str]
    default_tags: Mapping[str, str] = field(default_factory=dict)


def decoded(variables: Document) -> Document:
    """The arguments with their JSON text read: the SDK sends all that is not a string in that form."""
    return {key: _read_json(value) if key not in _STRINGS else value for key, value in variables.items()}


_STRINGS: Final = frozenset({"region", "accessKey", "secretKey", "token", "profile"})


def _read_json(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except ValueError:
        return value


def problems(variables: Document) -> Iterator[Failure]:
    """What is wrong with the (decoded) arguments of a provider."""
    for name in sorted(variables):
        if name not in provider_inputs(SDK):
            yield Failure(name, "the installed pulumi_aws has no such provider argument")
        elif name not in _APPLIED | _HARMLESS:
            yield Failure(name, f"the stand-in for pulumi-resource-aws does not apply the provider argument {name}")
    if is_known(variables):
        try:
            settings(variables)
        except PluginError as fault:
            yield Failure("", str(fault))


def settings(variables: Document) -> Settings:
    """The settings for (decoded) arguments, completed from the environment as the real provider does.

    Raises:
        PluginError: no region, no credentials, no endpoint, or an endpoint that is not loopback.
    """
    region = variables.get("region") or os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION")
    if not region:
        raise PluginError("configuring aws: no region. Set aws:region, AWS_REGION, or region= of the provider.")
    return Settings(
        region=region,
        endpoints={service: _endpoint(service, variables) for service in SERVICES},
        credentials=_credentials(variables),
        default_tags=dict((variables.get("defaultTags") or {}).get("tags") or {}),
    )


def _endpoint(service: str, variables: Document) -> str:
    given: Document = {}
    for block in variables.get("endpoints") or []:
        given.update(block)
    environment = os.environ.get(f"AWS_ENDPOINT_URL_{service.upper()}") or os.environ.get("AWS_ENDPOINT_URL")
    url = given.get(service) or environment
    if not url:
        raise PluginError(
            f"configuring aws: no endpoint for {service}. The stand-in never talks to AWS itself: set AWS_ENDPOINT_URL "
            "or endpoints= of the provider, or install the official plugin."
        )
    if not _is_loopback(url):
        raise PluginError(
            f"configuring aws: {url} is not a loopback address, and the stand-in never talks to a real account. "
            "Install the official plugin for that."
        )
    return str(url)


def _is_loopback(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _credentials(variables: Document) -> dict[str, str]:
    names = {
        "aws_access_key_id": ("accessKey", "AWS_ACCESS_KEY_ID"),
        "aws_secret_access_key": ("secretKey", "AWS_SECRET_ACCESS_KEY"),
        "aws_session_token": ("token", "AWS_SESSION_TOKEN"),
    }
    given = {name: variables[key] for name, (key, _) in names.items() if variables.get(key)}
    profile = variables.get("profile")
    if not given and not profile:
        given = {name: os.environ[key] for name, (_, key) in names.items() if os.environ.get(key)}
        profile = os.environ.get("AWS_PROFILE")
    if {"aws_access_key_id", "aws_secret_access_key"} <= given.keys():
        return given
    if profile:
        return {"profile_name": profile}
    raise PluginError(
        "configuring aws: no credentials. Any will do: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or access_key= "
        "and secret_key= of the provider."
    )
