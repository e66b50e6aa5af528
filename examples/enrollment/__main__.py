"""Nodes, instances and a database join the integration of a VPC that is already there.

Calico enforces the groups' rules on the nodes: before any of them joins, and until all have left.
"""

import pulumi

from sg_integration import (
    CalicoEnforcement,
    ClusterIntegration,
    Databases,
    Ec2Enrollment,
    Instances,
    Nodes,
    RdsEnrollment,
    SecurityGroup,
    VpcIntegration,
    ports,
)

config = pulumi.Config()
vpc_id = config.require("vpcId")

vpc = VpcIntegration("shop", vpc_id=vpc_id)
cluster = ClusterIntegration(
    "shop-eks",
    integration=vpc,
    node_security_group_ids=config.require_object("nodeSecurityGroupIds"),
    control_plane_security_group_id=config.require("controlPlaneSecurityGroupId"),
    nodes=Nodes.from_cluster(),  # the instances behind the cluster's Node objects
    enforcement=CalicoEnforcement(),
)

# Every instance that its owner has marked; the preview lists them by name.
servers = Ec2Enrollment(
    "servers",
    integration=vpc,
    enforced_by=[cluster],
    select=Instances(tags={"sg-integration": "member"}),
)

# The orders database, which also gets a group of its own that the bastion may reach.
orders_db = SecurityGroup("orders-db", vpc_id=vpc_id, default_port=ports.POSTGRES)
orders_db.allow_from(SecurityGroup.existing("bastion", config.require("bastionSecurityGroupId")))
databases = RdsEnrollment(
    "databases",
    integration=vpc,
    enforced_by=[cluster],
    select=Databases(whole_vpc=True, engines=["postgres"]),
    security_groups=[orders_db],
)

pulumi.export(
    "members", pulumi.Output.all(servers.members, databases.members).apply(lambda found: {**found[0], **found[1]})
)
pulumi.export("skipped", servers.skipped)
