"""The groups of integrations in a VPC, by the tags that say what each is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from sg_integration.aws.connection import Connection
from sg_integration.aws.errors import refusals
from sg_integration.aws.interfaces import tags
from sg_integration.model.groups import Groups

_ROLE: Final = "sg-integration:role"


@dataclass(frozen=True, slots=True)
class RoleGroups:
    """The reserved groups of a VPC; several integrations may have made some.

    Args:
        trust: the groups that open members to nodes.
        enforced: the groups of nodes.
        pod_default: the groups that say what every pod of a cluster may do, one for each cluster.
    """

    trust: Groups = frozenset()
    enforced: Groups = frozenset()
    pod_default: Groups = frozenset()


def role_groups(connection: Connection, vpc_id: str) -> RoleGroups:
    """The reserved groups of a VPC; one call.

    Args:
        connection: how to reach AWS.
        vpc_id: the VPC.

    Raises:
        ServiceError: AWS refused the call.
    """
    filters = [{"Name": "vpc-id", "Values": [vpc_id]}, {"Name": "tag-key", "Values": [_ROLE]}]
    with refusals(f"looking for the groups of the integration in {vpc_id}", str(connection)):
        answer = connection.client("ec2").describe_security_groups(Filters=filters)  # type: ignore[arg-type]
    roles = [(tags(each.get("Tags", [])).get(_ROLE), each["GroupId"]) for each in answer["SecurityGroups"]]
    named = ("trust", "enforced", "pod-default")
    return RoleGroups(*(frozenset(group for role, group in roles if role == wanted) for wanted in named))
