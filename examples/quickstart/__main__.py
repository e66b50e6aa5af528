"""Security groups for a shop's orders service and its pods, in a VPC and a cluster that are already there."""

import pulumi

from sg_integration import ClusterIntegration, PodGroupBinding, SecurityGroup, VpcIntegration, peers, ports

config = pulumi.Config()
vpc_id = config.require("vpcId")

# The two groups that join the VPC and its clusters. Nothing is in them until it is enrolled.
vpc = VpcIntegration("shop", vpc_id=vpc_id)

# What every pod of the cluster may do; kept to be read and enforced, attached to nothing. And the guard: no pod gets a group
# that nobody gave to its namespace. The cluster is the one that kubectl reaches; kubeconfig= or eks_cluster_name= says another.
cluster = ClusterIntegration(
    "shop-eks",
    integration=vpc,
    node_security_group_ids=config.require_object("nodeSecurityGroupIds"),
    control_plane_security_group_id=config.require("controlPlaneSecurityGroupId"),
)

# Groups of our own. Each connection is one ingress and one egress rule, named after its meaning.
orders_api = SecurityGroup("orders-api", vpc_id=vpc_id, description="Orders API pods")
orders_db = SecurityGroup("orders-db", vpc_id=vpc_id, description="Orders database", default_port=ports.POSTGRES)
orders_db.allow_from(orders_api)
orders_api.allow_to(peers.ANY_IPV4, ports.HTTPS)

# The orders service's pods get their group: those that run, without a rollout, and every one that comes.
PodGroupBinding(
    "orders-api",
    cluster=cluster,
    namespace="shop",
    pod_selector={"app": "orders-api"},
    security_groups=[orders_api],
)

# Somebody else's group: it may reach the database, and gets no rule of ours itself.
bastion = SecurityGroup.existing("bastion", config.require("bastionSecurityGroupId"))
orders_db.allow_from(bastion)

pulumi.export("trust", vpc.trust.id)
pulumi.export("enforced", vpc.enforced.id)
pulumi.export("pod_default", cluster.pod_default.id)
pulumi.export("orders_api", orders_api.id)
pulumi.export("orders_db", orders_db.id)
