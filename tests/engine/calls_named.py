"""Whether each call to AWS that a test has caused is one that an IAM policy of ours names."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from sg_integration.aws.permissions import FEATURES, ROLE, named

OURS: Final = "sg-integration"
STAND_IN: Final = "sg-integration-sandbox"
OFFICIAL: Final = ("terraform-provider-aws", "pulumi-aws")
# What the programs of the tests declare beside us, as an owner's program does.
_OWNERS: Final = frozenset(
    f"{service}:{action}"
    for service, actions in {
        "ec2": (
            "CreateVpc DeleteVpc DescribeVpcs DescribeVpcAttribute ModifyVpcAttribute DescribeRouteTables DescribeNetworkAcls "
            "CreateSubnet DeleteSubnet DescribeSubnets ModifySubnetAttribute RunInstances DescribeInstances TerminateInstances "
            "CreateNetworkInterface DeleteNetworkInterface DescribeNetworkInterfaces ModifyNetworkInterfaceAttribute"
        ),
        "rds": (
            "CreateDBInstance DescribeDBInstances ModifyDBInstance DeleteDBInstance AddTagsToResource ListTagsForResource "
            "CreateDBCluster DescribeDBClusters ModifyDBCluster DeleteDBCluster RemoveTagsFromResource "
            "CreateDBSubnetGroup DescribeDBSubnetGroups ModifyDBSubnetGroup DeleteDBSubnetGroup"
        ),
    }.items()
    for action in actions.split()
)
_BY_US: Final = named(frozenset(FEATURES) - {"groups"} | {ROLE})
_BY_PROVIDER: Final = named(frozenset({"groups"}))


def unnamed(asked: Iterable[tuple[str, str]]) -> list[str]:
    """The calls that no policy of ours names, each with who made it.

    Args:
        asked: what clients call themselves, and which actions they asked for; those of the tests themselves do not count.
    """
    return [f"{who} called {action}" for agent, action in asked if (who := _who(agent)) and not _named(who, action)]


def _who(agent: str) -> str:
    """Who it was; empty for a test."""
    words = agent.split()
    known = next((each for each in (OURS, STAND_IN) if each in words), "")
    return known or next((each for each in OFFICIAL if each in agent), "")


def _named(who: str, action: str) -> bool:
    return action in _BY_US if who == OURS else action in _BY_PROVIDER | _OWNERS
