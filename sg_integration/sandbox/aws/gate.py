"""What AWS asks of every request before it looks at what is asked for: credentials, tokens, permission.

The codes and words are those of the service's own front end: EC2's differ from those of the query services (RDS, STS),
and these from those of the JSON services.
"""

from __future__ import annotations

import fnmatch
from typing import TYPE_CHECKING

from sg_integration.sandbox.aws import iam, iam_requests
from sg_integration.sandbox.aws.iam_requests import ACCOUNT, KINDS
from sg_integration.sandbox.aws.refusals import Refusal
from sg_integration.sandbox.aws.world import WORLD

if TYPE_CHECKING:
    from sg_integration.sandbox.aws.requests import AwsRequest

CALLER = f"arn:aws:iam::{ACCOUNT}:user/sandbox"
_STALE = "The security token included in the request is"
_CREDENTIALS = {
    ("expired", "ec2"): Refusal("RequestExpired", "Request has expired."),
    ("expired", "query"): Refusal("ExpiredToken", f"{_STALE} expired", 403),
    ("expired", "json"): Refusal("ExpiredTokenException", f"{_STALE} expired."),
    ("invalid", "ec2"): Refusal("AuthFailure", "AWS was not able to validate the provided access credentials", 401),
    ("invalid", "query"): Refusal("InvalidClientTokenId", f"{_STALE} invalid.", 403),
    ("invalid", "json"): Refusal("UnrecognizedClientException", f"{_STALE} invalid."),
}
_THROTTLED = {
    "ec2": Refusal("RequestLimitExceeded", "Request limit exceeded.", 503),
    "query": Refusal("Throttling", "Rate exceeded"),
    "json": Refusal("ThrottlingException", "Rate exceeded"),
}


def refusal(request: AwsRequest) -> Refusal | None:
    """The refusal of a request, in the order in which AWS asks; None when it may go on."""
    settings = WORLD.settings
    if settings.credentials != "valid":
        return _CREDENTIALS[settings.credentials, request.protocol]
    if settings.throttling is not None and not WORLD.buckets.take(request, settings.throttling):
        return _THROTTLED[request.protocol]
    return _denied(request) or _not_allowed(request)


def _denied(request: AwsRequest) -> Refusal | None:
    """AccessDenied, with the action and the resource in AWS's words."""
    action = iam_requests.action_of(request)
    for denial in WORLD.settings.deny:
        named = denial["id"] is None or denial["id"] in request.ids
        if named and fnmatch.fnmatchcase(action, str(denial["action"])):
            on = _resource(request, denial["id"] or next(iter(request.members or request.ids), None))
            return _access_denied(request, action, on)
    return None


def _not_allowed(request: AwsRequest) -> Refusal | None:
    """The same, where the caller has a policy that does not allow it."""
    policy = WORLD.settings.policies.get(request.key)
    ask = iam.refused(policy, iam_requests.asked(request)) if policy else None
    return _access_denied(request, ask.action, None if ask.arn == "*" else ask.arn) if ask else None


def _access_denied(request: AwsRequest, action: str, resource: str | None) -> Refusal:
    on = f" on resource: {resource}" if resource else ""
    text = f"User: {CALLER} is not authorized to perform: {action}{on} because no identity-based policy allows the {action} action"
    if request.protocol == "ec2":
        return Refusal("UnauthorizedOperation", f"You are not authorized to perform this operation. {text}", 403)
    code = "AccessDenied" if request.protocol == "query" else "AccessDeniedException"
    return Refusal(code, text, 403 if request.protocol == "query" else 400)


def _resource(request: AwsRequest, resource_id: str | None) -> str | None:
    """The ARN that the refusal names; None where the action is for no resource, as the describing ones of EC2."""
    scope = f"{request.region}:{ACCOUNT}"
    if request.service == "rds":
        kind = "cluster" if "DBCluster" in request.action else "db"
        return f"arn:aws:rds:{scope}:{kind}:{resource_id or '*'}"
    if request.service != "ec2" or request.action.startswith("Describe") or resource_id is None:
        return None
    return f"arn:aws:ec2:{scope}:{KINDS.get(resource_id.partition('-')[0], 'resource')}/{resource_id}"
