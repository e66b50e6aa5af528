"""Token buckets, one for each action and region: who empties one is refused until it has filled up again.

Source of the documented buckets: https://docs.aws.amazon.com/ec2/latest/devguide/ec2-api-throttling.html. RDS publishes
none, so it is throttled only where a test says how.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sg_integration.sandbox.aws.clock import Clock
    from sg_integration.sandbox.aws.requests import AwsRequest

UNPAGED = ":unpaged"  # a listing with neither filter nor page has a bucket of its own
_LISTINGS = ("DescribeInstances", "DescribeNetworkInterfaces", "DescribeSecurityGroups")
_CHANGES = (
    "ModifyInstanceAttribute",
    "CreateSecurityGroup",
    "DeleteSecurityGroup",
    "AuthorizeSecurityGroupIngress",
    "AuthorizeSecurityGroupEgress",
    "RevokeSecurityGroupIngress",
    "RevokeSecurityGroupEgress",
)
_READS = (*_LISTINGS, "DescribeSecurityGroupRules", "DescribeVpcs", "DescribeSubnets")
DOCUMENTED: Mapping[str, tuple[float, float]] = {
    "ModifyNetworkInterfaceAttribute": (100, 5),
    "CreateNetworkInterface": (100, 5),
    "CreateTags": (100, 10),
    "DeleteTags": (100, 10),
    "DescribeSecurityGroupReferences": (20, 5),
    "DescribeStaleSecurityGroups": (20, 5),
    **dict.fromkeys(_CHANGES, (50, 5)),
    **dict.fromkeys(_READS, (100, 20)),
    **{action + UNPAGED: (50, 10) for action in _LISTINGS},
}


class Buckets:
    """The buckets of an account. A bucket begins full."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._left: dict[tuple[str, str], tuple[float, float]] = {}

    def take(self, request: AwsRequest, sizes: Mapping[str, tuple[float, float]]) -> bool:
        """Take a token for the request. False if there is none; an action without a bucket is never refused."""
        name = _bucket_of(request, sizes)
        if name not in sizes:
            return True
        capacity, refill = sizes[name]
        now, key = self._clock.now(), (request.region, name)
        tokens, since = self._left.get(key, (capacity, now))
        tokens = min(capacity, tokens + (now - since) * refill)
        allowed = tokens >= 1
        self._left[key] = (tokens - 1 if allowed else tokens, now)
        return allowed

    def clear(self) -> None:
        """Fill them all."""
        self._left.clear()


def _bucket_of(request: AwsRequest, sizes: Mapping[str, tuple[float, float]]) -> str:
    """The bucket's name: that of the action, unless it is a listing without filter and page and that has its own."""
    narrow = ("Filter.", "MaxResults=", "NetworkInterfaceId.", "InstanceId.", "GroupId.", "NextToken=")
    unpaged = request.action + UNPAGED
    return unpaged if unpaged in sizes and not any(word in request.body for word in narrow) else request.action
