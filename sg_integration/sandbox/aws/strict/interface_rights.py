"""Whose interface it is: those of services, of operators and of other accounts are not ours to change.

Sources: https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/requester-managed-eni.html; AuthFailure and its words as in
https://github.com/cloud-custodian/cloud-custodian/issues/3406. What AWS says of an operator's interface is inferred.
"""

from __future__ import annotations

from typing import Any

from sg_integration.sandbox.aws.strict.errors import AwsError
from sg_integration.sandbox.aws.strict.interface_view import attachment, operator_of


def check_ours(interface: Any) -> None:
    """Refuse to change an interface that is not the account's own."""
    operator = operator_of(interface)
    if operator.get("Managed"):
        words = f"The network interface '{interface.id}' is managed by {operator.get('Principal') or 'a service'}"
        raise AwsError("OperationNotPermitted", f"{words} and cannot be modified.")
    account = interface.ec2_backend.account_id
    holder = (attachment(interface) or {}).get("InstanceOwnerId", account)
    if interface.requester_managed or interface.owner_id != account or holder != account:
        raise AwsError("AuthFailure", "You do not have permission to access the specified resource.")
