"""The IAM actions that the product calls, in one place; a test holds that no other is called."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

EC2_ACTIONS: Final[Mapping[str, str]] = {
    "ec2:DescribeNetworkInterfaces": "to list a VPC, and to read a member again just before it is changed",
    "ec2:DescribeInstances": "to select by instance tags, and to name members",
    "ec2:DescribeSecurityGroups": "to see that a group is of the VPC, and which groups of before still exist",
    "ec2:ModifyNetworkInterfaceAttribute": "to attach and to take away; on network-interface/*, security-group/* and instance/*",
    "ec2:DescribeVpcs": "to know a VPC's addresses, and so its resolver's, which AWS never filters",
    "ec2:DescribeSecurityGroupRules": "to compile the rules that nodes hold",
    "ec2:DescribeStaleSecurityGroups": "to see which references to other VPCs are stale; only where there are such",
    "ec2:GetManagedPrefixListEntries": "to know the addresses of prefix lists that rules name",
    "servicequotas:GetServiceQuota": "to see whether a full interface may have another group (optional)",
}
RDS_ACTIONS: Final[Mapping[str, str]] = {
    "rds:DescribeDBInstances": "to list databases",
    "rds:DescribeDBClusters": "to list clusters",
    "rds:DescribeDBSubnetGroups": "to learn the VPC of a cluster without instances",
    "rds:ModifyDBInstance": "to attach and to take away; no condition can narrow it to groups",
    "rds:ModifyDBCluster": "to attach and to take away; no condition can narrow it to groups",
}
STS_ACTIONS: Final[Mapping[str, str]] = {
    "sts:GetCallerIdentity": "to know interfaces of other accounts while the groups do not exist yet (needs no grant)",
    "sts:AssumeRole": "when role_arn is given",
}
