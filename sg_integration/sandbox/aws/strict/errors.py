"""AWS's refusals. The words are AWS's where a source shows them; programs go by the codes."""

from __future__ import annotations

from moto.core.exceptions import ServiceException


class AwsError(ServiceException):  # type: ignore[misc,unused-ignore]
    """A refusal by AWS, answered as the error document of the request's protocol.

    Args:
        code: AWS's error code, `InvalidGroup.NotFound`.
        message: AWS's words.
        status: the HTTP status; None for what the service's model says, else 400.
    """

    def __init__(self, code: str, message: str, *, status: int | None = None) -> None:
        super().__init__(code, message)
        self.status = status


def group_not_found(group_id: str) -> AwsError:
    """No such group."""
    return AwsError("InvalidGroup.NotFound", f"The security group '{group_id}' does not exist")


def different_networks() -> AwsError:
    """A group of another VPC. The code is that of a missing group; only the message tells them apart."""
    return AwsError("InvalidGroup.NotFound", "You have specified two resources that belong to different networks.")


def dependency(resource: str) -> AwsError:
    """The resource is used by another."""
    return AwsError("DependencyViolation", f"resource {resource} has a dependent object")


def invalid(message: str) -> AwsError:
    """A parameter's value is wrong."""
    return AwsError("InvalidParameterValue", message)


def missing(parameter: str) -> AwsError:
    """A parameter is not there."""
    return AwsError("MissingParameter", f"The request must contain the parameter {parameter}")
