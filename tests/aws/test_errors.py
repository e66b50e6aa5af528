"""Every refusal of AWS becomes one error of ours: its class, what we did, AWS's code and words, and what to do."""

from __future__ import annotations

import pytest
from botocore import exceptions
from botocore.parsers import ResponseParserError

from sg_integration.aws.errors import TABLE, action_of, refusals
from sg_integration.model import errors

GRANT = "Grant ec2:ModifyNetworkInterfaceAttribute to the identity that runs Pulumi."
LOGIN = "Log in again, or correct the profile, role_arn or environment. Tried: profile p, region r."
SLOWER = "Other callers of this account share the limit: lower pace=, or run again later."
GONE = "It is gone; run again, and it is no longer listed."
FULL = "Take a group off it, or raise the quota security groups per network interface (L-2AFB9258)."
NO_GROUP = "The group, or another one that the member has, was deleted or is of another VPC. If it is one of ours, `pulumi up --refresh` makes it anew; else run again."
MANAGED = "A service of AWS manages it: exclude it with exclude_ids."
BUSY = "Run again when it is available."

ROWS = {
    "AccessDenied": ("AccessDenied", GRANT),
    "AccessDeniedException": ("AccessDenied", GRANT),
    "AuthFailure": ("Refused", MANAGED),
    "CannotDelete": ("Refused", "It is the VPC's default group, which stays as long as the VPC."),
    "DBClusterNotFoundFault": ("MemberNotFound", GONE),
    "DBInstanceNotFound": ("MemberNotFound", GONE),
    "DependencyViolation": ("Refused", "Something still uses it; list the interfaces that have the group."),
    "DryRunOperation": ("Refused", "The call would have been allowed."),
    "EC2ThrottledException": ("Throttled", SLOWER),
    "ExpiredToken": ("CredentialsMissing", LOGIN),
    "ExpiredTokenException": ("CredentialsMissing", LOGIN),
    "InvalidClientTokenId": ("CredentialsMissing", LOGIN),
    "InvalidDBClusterStateFault": ("MemberBusy", BUSY),
    "InvalidDBInstanceState": ("MemberBusy", BUSY),
    "InvalidGroup.NotFound": ("GroupNotFound", NO_GROUP),
    "InvalidGroupId.Malformed": ("GroupNotFound", "Write sg- and 8 or 17 hexadecimal digits."),
    "InvalidInstanceID": ("Refused", "The instance has several interfaces, and the call takes one."),
    "InvalidNetworkInterfaceID.NotFound": ("MemberNotFound", GONE),
    "InvalidParameterCombination": ("Refused", ""),
    "InvalidParameterValue": ("Refused", ""),
    "InvalidSecurityGroupID.NotFound": ("GroupNotFound", NO_GROUP),
    "InvalidVpcID.NotFound": ("Refused", "Correct vpc_id, or the region and the account that are asked."),
    "InvalidVPCNetworkStateFault": (
        "Refused",
        "RDS found no such group in the database's VPC, or the VPC is not ready.",
    ),
    "OperationNotPermitted": ("Refused", MANAGED),
    "RequestExpired": ("CredentialsMissing", LOGIN),
    "RequestLimitExceeded": ("Throttled", SLOWER),
    "SecurityGroupsPerInstanceLimitExceeded": ("GroupLimitExceeded", FULL),
    "SecurityGroupsPerInterfaceLimitExceeded": ("GroupLimitExceeded", FULL),
    "SignatureDoesNotMatch": ("CredentialsMissing", LOGIN),
    "Throttling": ("Throttled", SLOWER),
    "UnauthorizedOperation": ("AccessDenied", GRANT),
    "UnrecognizedClientException": ("CredentialsMissing", LOGIN),
    "UnsupportedOperation": ("Refused", MANAGED),
}


def translated(error: Exception) -> errors.ServiceError:
    """What an error of boto3 becomes."""
    with pytest.raises(errors.ServiceError) as caught, refusals("attaching sg-1 to eni-1", "profile p, region r"):
        raise error
    assert caught.value.__cause__ is error
    return caught.value


def answer(code: str, words: str, operation: str = "ModifyNetworkInterfaceAttribute") -> exceptions.ClientError:
    """A refusal as botocore raises it."""
    return exceptions.ClientError({"Error": {"Code": code, "Message": words}}, operation)


@pytest.mark.parametrize("code", sorted(ROWS))
def test_each_code_has_its_error_and_its_advice(code: str) -> None:
    """The class, and the whole message: what we did, the code, AWS's words, what to do."""
    kind, advice = ROWS[code]
    error = translated(answer(code, "No."))
    assert type(error) is getattr(errors, kind)
    assert str(error) == f"attaching sg-1 to eni-1: {code}: No. {advice}".rstrip()
    assert (error.doing, error.code, error.words) == ("attaching sg-1 to eni-1", code, "No.")


def test_the_table_has_no_other_codes() -> None:
    """Every row of the table is tested."""
    assert set(TABLE) == set(ROWS)


@pytest.mark.parametrize(
    ("code", "words", "kind", "advice"),
    [
        ("AuthFailure", "AWS was not able to validate the provided access credentials", errors.CredentialsMissing, LOGIN),
        ("AuthFailure", "You do not have permission to access the specified resource.", errors.Refused, MANAGED),
        ("InvalidParameterValue", "user 1 exceeded limit 5 on the number of interface security group memberships", errors.GroupLimitExceeded, FULL),
        ("InvalidParameterValue", "Invalid value 'x' for vpc.", errors.Refused, ""),
        ("InvalidGroup.NotFound", "You have specified two resources that belong to different networks.", errors.GroupNotFound, "The group is of another VPC than the member."),
        ("InvalidGroup.NotFound", "The security group 'sg-1' does not exist", errors.GroupNotFound, NO_GROUP),
    ],
)  # fmt: skip
def test_a_code_that_means_two_things_is_told_by_its_words(
    code: str, words: str, kind: type[errors.ServiceError], advice: str
) -> None:
    """AuthFailure, InvalidParameterValue and InvalidGroup.NotFound are told apart."""
    error = translated(answer(code, words))
    assert type(error) is kind
    assert error.advice == advice


def test_a_code_that_is_not_listed_passes_as_it_is() -> None:
    """Nothing is invented: class Refused, AWS's code and words."""
    error = translated(answer("Brand.New", "Something else."))
    assert type(error) is errors.Refused
    assert str(error) == "attaching sg-1 to eni-1: Brand.New: Something else."


@pytest.mark.parametrize(
    ("operation", "action"),
    [
        ("DescribeNetworkInterfaces", "ec2:DescribeNetworkInterfaces"),
        ("DescribeDBClusters", "rds:DescribeDBClusters"),
        ("ModifyDBInstance", "rds:ModifyDBInstance"),
        ("AssumeRole", "sts:AssumeRole"),
        ("GetCallerIdentity", "sts:GetCallerIdentity"),
        ("GetServiceQuota", "servicequotas:GetServiceQuota"),
    ],
)
def test_a_missing_permission_is_named_as_iam_names_it(operation: str, action: str) -> None:
    """The message ends with the action to grant, and AWS's words, which name the resource, stay."""
    words = "User: arn:aws:iam::1:user/x is not authorized on resource: arn:aws:ec2:r:1:security-group/sg-1"
    assert action_of(operation) == action
    error = translated(answer("UnauthorizedOperation", words, operation))
    assert str(error).endswith(f"Grant {action} to the identity that runs Pulumi.")
    assert "arn:aws:ec2:r:1:security-group/sg-1." in str(error)


@pytest.mark.parametrize(
    ("error", "kind", "line"),
    [
        (exceptions.NoCredentialsError(), errors.CredentialsMissing, "NoCredentialsError: Unable to locate credentials. Tried: profile p, region r. Log in again, or correct the profile, role_arn or environment."),
        (exceptions.SSOTokenLoadError(error_msg="x"), errors.CredentialsMissing, "SSOTokenLoadError: Error loading SSO Token: x. Tried: profile p, region r. Log in again, or correct the profile, role_arn or environment."),
        (exceptions.EndpointConnectionError(endpoint_url="u"), errors.Unreachable, 'EndpointConnectionError: Could not connect to the endpoint URL: "u". Tried: profile p, region r. Look whether the region is right, and whether AWS can be reached from here.'),
        (exceptions.ConnectTimeoutError(endpoint_url="u"), errors.Unreachable, 'ConnectTimeoutError: Connect timeout on endpoint URL: "u". Tried: profile p, region r. Look whether the region is right, and whether AWS can be reached from here.'),
        (exceptions.ReadTimeoutError(endpoint_url="u"), errors.Unreachable, 'ReadTimeoutError: Read timeout on endpoint URL: "u". Tried: profile p, region r. Look whether the region is right, and whether AWS can be reached from here.'),
        (ResponseParserError("not XML"), errors.Unreachable, "ResponseParserError: not XML. Tried: profile p, region r. Look whether the region is right, and whether AWS can be reached from here."),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else "",
)  # fmt: skip
def test_what_never_reached_aws_is_one_clear_line(error: Exception, kind: type[errors.ServiceError], line: str) -> None:
    """Missing credentials and a missing answer are told apart; both say what was tried."""
    found = translated(error)
    assert type(found) is kind
    assert str(found) == f"attaching sg-1 to eni-1: {line}"


def test_other_errors_pass() -> None:
    """An error that is neither AWS's nor botocore's is a defect, and is not dressed up."""
    with pytest.raises(KeyError), refusals("attaching"):
        raise KeyError("x")


def test_the_tree_is_as_its_module_says() -> None:
    """Every error is in the module's own drawing, under its base."""
    drawn = (errors.__doc__ or "").splitlines()
    names = [name for name, value in vars(errors).items() if isinstance(value, type)]
    shown = {line.strip(" *+x").split(" ")[0] for line in drawn}
    assert {name for name in names if name != "ServiceError"} <= shown
