"""How to reach AWS: region, credentials and endpoint, and the clients made from them."""

from __future__ import annotations

import os
import threading
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Final, Literal, overload

from sg_integration.aws import listings
from sg_integration.aws.errors import refusals
from sg_integration.model.errors import InvalidInput

if TYPE_CHECKING:
    import boto3
    from mypy_boto3_ec2 import EC2Client
    from mypy_boto3_rds import RDSClient
    from mypy_boto3_service_quotas import ServiceQuotasClient
    from mypy_boto3_sts import STSClient

# Ten tries: three, the default, give up within two seconds of throttling.
_RETRIES: Final[Any] = {"mode": "standard", "total_max_attempts": 10}
_MAKING: Final = threading.Lock()
_CLIENTS: Final[dict[tuple[object, ...], Any]] = {}


@dataclass(frozen=True, slots=True)
class Connection:
    """Where AWS is and who we are there.

    Args:
        region: the region; by default that of the profile or the environment.
        profile: a profile of the AWS configuration; by default the environment's credentials.
        role_arn: a role to assume with these credentials.
        endpoint_url: another endpoint for every service, as a sandbox has.
    """

    region: str | None = None
    profile: str | None = None
    role_arn: str | None = None
    endpoint_url: str | None = None

    def __str__(self) -> str:
        """What is tried, for messages: `profile prod, role …, region eu-west-1`."""
        name = self.profile or os.environ.get("AWS_PROFILE")
        profile = f"profile {name}" if name else "credentials of the environment"
        role = f", role {self.role_arn}" if self.role_arn else ""
        region = self.region or os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION")
        return f"{profile}{role}, {f'region {region}' if region else 'default region'}"

    @overload
    def client(self, service: Literal["ec2"]) -> EC2Client: ...
    @overload
    def client(self, service: Literal["rds"]) -> RDSClient: ...
    @overload
    def client(self, service: Literal["sts"]) -> STSClient: ...
    @overload
    def client(self, service: Literal["service-quotas"]) -> ServiceQuotasClient: ...
    def client(self, service: Any) -> Any:
        """A client of one service, the same one each time: to make one takes longer than most calls.

        Raises:
            CredentialsMissing: no region, no such profile, or no credentials.
            InvalidInput: the endpoint is no URL.
        """
        # With the environment, since credentials may come from there; a process rarely changes it, tests do.
        key = self, service, tuple(sorted(pair for pair in os.environ.items() if pair[0].startswith("AWS_")))
        with _MAKING:
            if key not in _CLIENTS:
                _CLIENTS[key] = self._new_client(service)
            return _CLIENTS[key]

    def _new_client(self, service: Any) -> Any:
        from botocore.config import Config  # noqa: PLC0415  a program that only declares must not load botocore; so below

        config = Config(retries=_RETRIES, user_agent_extra="sg-integration")
        with refusals(f"connecting to {service}", str(self)):
            session = self._session()
            try:
                client = session.client(service, endpoint_url=self.endpoint_url, config=config)
            except ValueError as error:  # botocore's own way to refuse an endpoint
                if self.endpoint_url is None or type(error) is not ValueError:
                    raise
                raise InvalidInput("endpoint_url", f"{self.endpoint_url!r} is no URL of an endpoint.") from error
            if service == "ec2":
                listings.attach(client)
            return client

    def _session(self) -> boto3.Session:
        import boto3  # noqa: PLC0415
        from botocore.credentials import AssumeRoleCredentialFetcher, DeferredRefreshableCredentials  # noqa: PLC0415
        from botocore.exceptions import NoCredentialsError  # noqa: PLC0415

        # Pulumi's aws provider reads AWS_REGION, boto3 only AWS_DEFAULT_REGION: whoever has set one for Pulumi means us too.
        region = self.region or os.environ.get("AWS_REGION")
        session = boto3.Session(profile_name=self.profile, region_name=region)
        if self.role_arn:
            core, source = session._session, session.get_credentials()
            if source is None:
                raise NoCredentialsError
            fetcher = AssumeRoleCredentialFetcher(
                partial(core.create_client, endpoint_url=self.endpoint_url),
                source,
                self.role_arn,
                extra_args={"RoleSessionName": "sg-integration"},
            )
            # boto3 takes no credentials that renew themselves, as long runs need; this is how botocore's own tools do it.
            renewing = DeferredRefreshableCredentials(fetcher.fetch_credentials, "assume-role")
            setattr(core, "_credentials", renewing)  # noqa: B010  private, and so unknown to the stubs
        return session
