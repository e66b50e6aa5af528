"""Servers join by a tag that their owners set; who joins is reviewed in a pull request, and exactly those do."""

import pulumi

from sg_integration import CalicoEnforcement, ClusterIntegration, Ec2Enrollment, Instances, Nodes, VpcIntegration

config = pulumi.Config()

vpc = VpcIntegration("shop", vpc_id=config.require("vpcId"))
cluster = ClusterIntegration(
    "shop-eks",
    integration=vpc,
    node_security_group_ids=config.require_object("nodeSecurityGroupIds"),
    control_plane_security_group_id=config.require("controlPlaneSecurityGroupId"),
    nodes=Nodes.from_cluster(),
    enforcement=CalicoEnforcement(),
)
servers = Ec2Enrollment(
    "servers",
    integration=vpc,
    enforced_by=[cluster],
    select=Instances(tags={"sg-integration": "member"}),
)

pulumi.export("members", servers.members)
