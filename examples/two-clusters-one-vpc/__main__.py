"""Two clusters in one VPC: members join when the nodes of both enforce, and the two share groups."""

import pulumi

from sg_integration import (
    CalicoEnforcement,
    ClusterIntegration,
    Databases,
    Ec2Enrollment,
    Instances,
    Nodes,
    PodGroupBinding,
    RdsEnrollment,
    SecurityGroup,
    VpcIntegration,
    ports,
)

config = pulumi.Config()
vpc_id = config.require("vpcId")

# One VPC has one trust and one enforced, whatever the number of its clusters.
vpc = VpcIntegration("shop", vpc_id=vpc_id)


def integrated(name: str, node_security_group_ids: list[str], kubeconfig: pulumi.Output[str]) -> ClusterIntegration:
    return ClusterIntegration(
        name,
        integration=vpc,
        node_security_group_ids=node_security_group_ids,
        control_plane_security_group_id=config.require("controlPlaneSecurityGroupId"),
        kubeconfig=kubeconfig,
        nodes=Nodes.from_cluster(),
        enforcement=CalicoEnforcement(),
    )


apps = integrated("apps", config.require_object("appsNodeSecurityGroupIds"), config.require_secret("appsKubeconfig"))
batch = integrated(
    "batch", config.require_object("batchNodeSecurityGroupIds"), config.require_secret("batchKubeconfig")
)

orders_api = SecurityGroup("orders-api", vpc_id=vpc_id, description="Orders API pods, in both clusters")
orders_db = SecurityGroup("orders-db", vpc_id=vpc_id, description="The orders database", default_port=ports.POSTGRES)
orders_db.allow_from(orders_api)

# Whoever is in trust is open, in AWS, to the nodes of both: so both must enforce before anybody joins.
both = [apps, batch]
RdsEnrollment(
    "databases",
    integration=vpc,
    enforced_by=both,
    select=Databases(identifiers=[config.require("dbInstanceIdentifier")]),
    security_groups=[orders_db],
)
Ec2Enrollment("servers", integration=vpc, enforced_by=both, select=Instances(tags={"sg-integration": "member"}))

# A binding is of one cluster; a group may be bound in both.
for name, cluster in (("orders-api", apps), ("orders-batch", batch)):
    PodGroupBinding(
        name, cluster=cluster, namespace="shop", pod_selector={"app": "orders-api"}, security_groups=[orders_api]
    )
