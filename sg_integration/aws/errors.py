"""Every refusal of AWS that we know, what it becomes, and what to do about it; translated in this one place."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Final

from sg_integration.model.errors import (
    AccessDenied,
    CredentialsMissing,
    GroupLimitExceeded,
    GroupNotFound,
    MemberBusy,
    MemberNotFound,
    Refused,
    ServiceError,
    Throttled,
    Unreachable,
)

Row = tuple[type[ServiceError], str]

_CREDENTIALS: Final[Row] = (CredentialsMissing, "Log in again, or correct the profile, role_arn or environment.")
_THROTTLED: Final[Row] = (Throttled, "Other callers of this account share the limit: lower pace=, or run again later.")
_GRANT: Final[Row] = (AccessDenied, "Grant {action} to the identity that runs Pulumi.")
_GONE: Final[Row] = (MemberNotFound, "It is gone; run again, and it is no longer listed.")
_FULL: Final[Row] = (
    GroupLimitExceeded,
    "Take a group off it, or raise the quota security groups per network interface (L-2AFB9258).",
)
_NO_GROUP: Final[Row] = (
    GroupNotFound,
    "The group, or another one that the member has, was deleted or is of another VPC. If it is one of ours, `pulumi up --refresh` makes it anew; else run again.",
)
_SERVICES_OWN: Final[Row] = (Refused, "A service of AWS manages it: exclude it with exclude_ids.")
_BUSY: Final[Row] = (MemberBusy, "Run again when it is available.")
_AS_IT_SAYS: Final[Row] = (Refused, "")

# EC2 answers these to calls on interfaces and groups, RDS to calls on databases; see the services' lists of error codes.
TABLE: Final[Mapping[str, Row]] = {
    "AccessDenied": _GRANT,
    "AccessDeniedException": _GRANT,
    "AuthFailure": _SERVICES_OWN,
    "CannotDelete": (Refused, "It is the VPC's default group, which stays as long as the VPC."),
    "DBClusterNotFoundFault": _GONE,
    "DBInstanceNotFound": _GONE,
    "DependencyViolation": (Refused, "Something still uses it; list the interfaces that have the group."),
    "DryRunOperation": (Refused, "The call would have been allowed."),
    "EC2ThrottledException": _THROTTLED,
    "ExpiredToken": _CREDENTIALS,
    "ExpiredTokenException": _CREDENTIALS,
    "InvalidClientTokenId": _CREDENTIALS,
    "InvalidDBClusterStateFault": _BUSY,
    "InvalidDBInstanceState": _BUSY,
    "InvalidGroup.NotFound": _NO_GROUP,
    "InvalidGroupId.Malformed": (GroupNotFound, "Write sg- and 8 or 17 hexadecimal digits."),
    "InvalidInstanceID": (Refused, "The instance has several interfaces, and the call takes one."),
    "InvalidNetworkInterfaceID.NotFound": _GONE,
    "InvalidParameterCombination": _AS_IT_SAYS,
    "InvalidParameterValue": _AS_IT_SAYS,
    "InvalidSecurityGroupID.NotFound": _NO_GROUP,
    "InvalidVpcID.NotFound": (Refused, "Correct vpc_id, or the region and the account that are asked."),
    "InvalidVPCNetworkStateFault": (Refused, "RDS found no such group in the database's VPC, or the VPC is not ready."),
    "OperationNotPermitted": _SERVICES_OWN,
    "RequestExpired": _CREDENTIALS,
    "RequestLimitExceeded": _THROTTLED,
    "SecurityGroupsPerInstanceLimitExceeded": _FULL,
    "SecurityGroupsPerInterfaceLimitExceeded": _FULL,
    "SignatureDoesNotMatch": _CREDENTIALS,
    "Throttling": _THROTTLED,
    "UnauthorizedOperation": _GRANT,
    "UnrecognizedClientException": _CREDENTIALS,
    "UnsupportedOperation": _SERVICES_OWN,
}

# What botocore finds missing before it calls anybody; the rest of its errors are about credentials.
_MISSING: Final = {
    "NoRegionError": "Pass region=, or set AWS_REGION or aws:region.",
    "InvalidRegionError": "Correct the region.",
    "ProfileNotFound": "Correct the profile, or write it into the AWS configuration.",
}
_NO_ANSWER: Final = "Look whether the region is right, and whether AWS can be reached from here."


@contextmanager
def refusals(doing: str, tried: str = "") -> Iterator[None]:
    """Turn what boto3 raises inside into errors of ours; a code that the table lacks becomes `Refused` as it is.

    Args:
        doing: what we are doing, to what.
        tried: which credentials are used, for the message when they do not work.
    """
    from botocore import exceptions  # noqa: PLC0415  only those who call need botocore
    from botocore.parsers import ResponseParserError  # noqa: PLC0415

    try:
        yield
    except exceptions.ClientError as error:
        code, words = error.response["Error"]["Code"], error.response["Error"]["Message"]
        kind, advice = _row(code, words)
        if issubclass(kind, AccessDenied):
            advice = advice.format(action=action_of(error.operation_name))
        if issubclass(kind, CredentialsMissing):
            advice = f"{advice} Tried: {tried}."
        raise kind(doing, code, words, advice) from error
    except (exceptions.ConnectionError, exceptions.HTTPClientError, ResponseParserError) as error:
        raise Unreachable(doing, type(error).__name__, str(error), f"Tried: {tried}. {_NO_ANSWER}") from error
    except exceptions.BotoCoreError as error:
        what = _MISSING.get(type(error).__name__, _CREDENTIALS[1])
        advice = f"Tried: {tried}. {what}"
        raise CredentialsMissing(doing, type(error).__name__, str(error), advice) from error


def action_of(operation: str) -> str:
    """The IAM action of an operation that we call."""
    service = "sts" if operation in {"AssumeRole", "GetCallerIdentity"} else "rds" if "DB" in operation else "ec2"
    return f"servicequotas:{operation}" if operation == "GetServiceQuota" else f"{service}:{operation}"


def _row(code: str, words: str) -> Row:
    """The table's row; three codes mean two things, and their words tell which."""
    if code == "AuthFailure" and "credentials" in words:
        return _CREDENTIALS
    if code == "InvalidParameterValue" and "exceeded limit" in words:
        return _FULL
    if code == "InvalidGroup.NotFound" and "different networks" in words:
        return GroupNotFound, "The group is of another VPC than the member."
    return TABLE.get(code, _AS_IT_SAYS)
