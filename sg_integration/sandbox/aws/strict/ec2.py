"""EC2 with all its strict families."""

from __future__ import annotations

from moto.ec2.responses import EC2Response

from sg_integration.sandbox.aws.strict.instances import InstanceActions
from sg_integration.sandbox.aws.strict.interfaces import InterfaceActions
from sg_integration.sandbox.aws.strict.prefix_lists import PrefixListActions
from sg_integration.sandbox.aws.strict.response import StrictResponse
from sg_integration.sandbox.aws.strict.rule_edits import RuleEdits
from sg_integration.sandbox.aws.strict.security_groups import GroupActions
from sg_integration.sandbox.aws.strict.stale_groups import StaleGroups
from sg_integration.sandbox.aws.strict.tags import TagActions
from sg_integration.sandbox.aws.strict.vpcs import SubnetActions, VpcActions


class StrictEC2(
    GroupActions,
    RuleEdits,
    InterfaceActions,
    InstanceActions,
    TagActions,
    StaleGroups,
    PrefixListActions,
    VpcActions,
    SubnetActions,
    EC2Response,
    StrictResponse,
):
    """moto's EC2, refusing what AWS refuses."""
