"""Security groups that govern pods, for a VPC and a cluster that another stack owns: the stack of whoever sees to security."""

import pulumi

from sg_integration import (
    CalicoEnforcement,
    ClusterIntegration,
    Databases,
    Nodes,
    RdsEnrollment,
    SecurityGroup,
    VpcIntegration,
)

platform = pulumi.StackReference(pulumi.Config().require("platformStack"))
vpc_id = platform.require_output("vpc_id")

vpc = VpcIntegration("shop", vpc_id=vpc_id)
cluster = ClusterIntegration(
    "shop-eks",
    integration=vpc,
    # Ids of another stack are outputs, and a rule needs a name: so each group has one here.
    node_security_group_ids={"nodes": platform.require_output("node_security_group_ids")[0]},
    control_plane_security_group_id=platform.require_output("control_plane_security_group_id"),
    kubeconfig=platform.require_output("kubeconfig"),
    nodes=Nodes.from_cluster(),
    enforcement=CalicoEnforcement(),
)

# Nobody is admitted yet: each team adds the rule for its own pods.
orders_db = SecurityGroup("orders-db", vpc_id=vpc_id, description="The orders database")
RdsEnrollment(
    "databases",
    integration=vpc,
    enforced_by=[cluster],
    select=Databases(identifiers=[platform.require_output("orders_database")]),
    security_groups=[orders_db],
)

# What teams need, besides what the platform exports. trust and enforced are not for them: no rule may name these.
pulumi.export("orders_db", orders_db.id)
