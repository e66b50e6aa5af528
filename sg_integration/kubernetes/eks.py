"""EKS without the aws command: where a cluster is, and tokens for it, by boto3 alone."""

from __future__ import annotations

import base64
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any, Final

from sg_integration.kubernetes.tokens import Token
from sg_integration.model.errors import AccessDenied, CredentialsMissing, InvalidInput, Refused, Throttled, Unreachable

if TYPE_CHECKING:
    import boto3

_VALID: Final = 14 * 60.0  # seconds; EKS takes a token for 15 minutes
_SIGNED_FOR: Final = 60  # seconds; what EKS's own tools write, and its authenticator accepts
_PREFIX: Final = "k8s-aws-v1."
_HEADER: Final = "x-k8s-aws-id"
_RETRIES: Final[Any] = {"mode": "standard", "total_max_attempts": 10}
_DENIED: Final = ("AccessDenied", "AccessDeniedException", "UnauthorizedOperation")
_NO_CLUSTER: Final = "ResourceNotFoundException"
_LOGIN: Final = "Log in again, or correct the profile, role_arn, region or environment. Tried: {tried}."


@dataclass(frozen=True)
class EksCluster:
    """A cluster of EKS, and who we are in AWS when we ask for it.

    Args:
        name: the cluster's name.
        region: its region; by default that of the profile or the environment.
        profile: a profile of the AWS configuration; by default the environment's credentials.
        role_arn: a role to assume with these credentials.
        endpoint_url: another endpoint for EKS and STS, as a sandbox has.
    """

    name: str
    region: str | None = None
    profile: str | None = None
    role_arn: str | None = None
    endpoint_url: str | None = None

    def __str__(self) -> str:
        """What is tried, for messages: `EKS cluster shop, region eu-west-1, profile prod`."""
        region = self.region or os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION")
        profile = self.profile or os.environ.get("AWS_PROFILE")
        parts = [
            f"EKS cluster {self.name}",
            f"region {region}" if region else "default region",
            f"profile {profile}" if profile else "credentials of the environment",
            *([f"role {self.role_arn}"] if self.role_arn else []),
        ]
        return ", ".join(parts)

    def describe(self) -> tuple[str, str]:
        """The address of its API server, and the certificate to trust there, in base64.

        Raises:
            InvalidInput: there is no such cluster.
            ServiceError: AWS refused, or the cluster has no address yet.
        """
        doing = f"describing EKS cluster {self.name}"
        with self._refusals(doing, "eks:DescribeCluster"):
            found = self._client(self._session(), "eks").describe_cluster(name=self.name)["cluster"]
        if not found.get("endpoint"):
            raise Unreachable(doing, found["status"], "it has no endpoint", "Run again when it is ACTIVE.")
        return found["endpoint"], found["certificateAuthority"]["data"]

    def token(self) -> Token:
        """A token: the signed request for our own identity, which the cluster sends to AWS to learn who we are.

        Raises:
            ServiceError: there are no credentials, or AWS refused them.
        """
        made = time.time()
        with self._refusals(f"signing a token for EKS cluster {self.name}", "sts:AssumeRole"):
            sts = self._client(self._session(), "sts")
            # The header ties the token to the one cluster; it must be among what is signed.
            sts.meta.events.register("before-sign.sts.GetCallerIdentity", self._name_cluster)
            url = sts.generate_presigned_url("get_caller_identity", ExpiresIn=_SIGNED_FOR, HttpMethod="GET")
        return Token(_PREFIX + base64.urlsafe_b64encode(url.encode()).decode().rstrip("="), made + _VALID)

    def _name_cluster(self, request: Any, **_: Any) -> None:
        request.headers[_HEADER] = self.name

    def _client(self, session: boto3.Session, service: Any) -> Any:
        from botocore.config import Config  # noqa: PLC0415  only those who connect need botocore; so below

        config = Config(retries=_RETRIES, user_agent_extra="sg-integration", signature_version="v4")
        return session.client(service, endpoint_url=self.endpoint_url, config=config)

    def _session(self) -> boto3.Session:
        import boto3  # noqa: PLC0415

        region = self.region or os.environ.get("AWS_REGION")  # as Pulumi's aws provider reads it
        session = boto3.Session(profile_name=self.profile, region_name=region)
        if not self.role_arn:
            return session
        # Assumed anew for each token, so these credentials need not renew themselves.
        role = self._client(session, "sts").assume_role(RoleArn=self.role_arn, RoleSessionName="sg-integration")
        return boto3.Session(
            aws_access_key_id=role["Credentials"]["AccessKeyId"],
            aws_secret_access_key=role["Credentials"]["SecretAccessKey"],
            aws_session_token=role["Credentials"]["SessionToken"],
            region_name=session.region_name,
        )

    @contextmanager
    def _refusals(self, doing: str, action: str) -> Iterator[None]:
        """Turn what boto3 raises inside into errors of ours."""
        from botocore import exceptions  # noqa: PLC0415

        try:
            yield
        except exceptions.ClientError as error:
            raise self._refusal(doing, action, error.response["Error"]) from error
        except (exceptions.ConnectionError, exceptions.HTTPClientError) as error:
            advice = f"Tried: {self}. Look whether AWS can be reached from here."
            raise Unreachable(doing, type(error).__name__, str(error), advice) from error
        except exceptions.BotoCoreError as error:
            raise CredentialsMissing(doing, type(error).__name__, str(error), _LOGIN.format(tried=self)) from error

    def _refusal(self, doing: str, action: str, found: Any) -> Exception:
        code, words = found["Code"], found["Message"]
        if code == _NO_CLUSTER:
            return InvalidInput("eks_cluster_name", f"{words}; correct it, or the region. Tried: {self}.")
        if code in _DENIED:
            return AccessDenied(doing, code, words, f"Grant {action} to the identity that runs Pulumi.")
        if "Throttl" in code:
            advice = "Other callers of this account share the limit: run again later."
            return Throttled(doing, code, words, advice)
        if "Token" in code or code == "UnrecognizedClientException" or "Signature" in code or "Credential" in words:
            return CredentialsMissing(doing, code, words, _LOGIN.format(tried=self))
        return Refused(doing, code, words)


def exec_credential(cluster: EksCluster) -> dict[str, Any]:
    """A token in the form in which a credential plugin answers, version v1.

    Args:
        cluster: for which one.

    Raises:
        ServiceError: there are no credentials, or AWS refused them.
    """
    token = cluster.token()
    ends = datetime.fromtimestamp(token.good_until or 0.0, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    return {
        "apiVersion": "client.authentication.k8s.io/v1",
        "kind": "ExecCredential",
        "spec": {},
        "status": {"expirationTimestamp": ends, "token": token.value},
    }
