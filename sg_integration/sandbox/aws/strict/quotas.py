"""The quotas that are enforced here, and what Service Quotas says of them.

Source: https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html.
"""

from __future__ import annotations

from typing import Any

from moto.servicequotas.models import ServiceQuotasBackend

from sg_integration.sandbox.aws.strict.errors import AwsError
from sg_integration.sandbox.aws.world import WORLD

RULES_PER_GROUP = 60  # for each direction and each of IPv4 and IPv6
_GROUPS_PER_INTERFACE = "L-2AFB9258"
_moto_get = ServiceQuotasBackend.get_service_quota


def mend() -> None:
    """Let Service Quotas answer with what is set here."""
    for owner, name, replacement in ((ServiceQuotasBackend, "get_service_quota", _get),):
        setattr(owner, name, replacement)


def groups_per_interface() -> int:
    """How many groups an interface may have."""
    return WORLD.settings.groups_per_interface


def check_interface_groups(count: int) -> None:
    """Refuse more groups than an interface may have."""
    if count > groups_per_interface():
        words = "The maximum number of security groups per interface has been reached."
        raise AwsError("SecurityGroupsPerInterfaceLimitExceeded", words)


def check_instance_groups(count: int) -> None:
    """Refuse more groups than an instance may have: those are its primary interface's."""
    if count > groups_per_interface():
        words = "The maximum number of security groups per instance has been reached."
        raise AwsError("SecurityGroupsPerInstanceLimitExceeded", words)


def _get(backend: Any, service_code: str, quota_code: str) -> dict[str, Any]:
    """A quota with its value here, and of the region that was asked: moto says us-east-1."""
    quota = dict(_moto_get(backend, service_code, quota_code))
    quota["QuotaArn"] = f"arn:aws:servicequotas:{backend.region_name}:{backend.account_id}:{service_code}/{quota_code}"
    if quota_code == _GROUPS_PER_INTERFACE:
        quota["Value"] = float(groups_per_interface())
    return quota
