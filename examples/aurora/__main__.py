"""An Aurora cluster joins the integration as a cluster, and its readers come and go."""

import pulumi
import pulumi_aws as aws

from sg_integration import (
    CalicoEnforcement,
    ClusterIntegration,
    Databases,
    Membership,
    Nodes,
    PodGroupBinding,
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
    nodes=Nodes.from_cluster(),
    enforcement=CalicoEnforcement(),
)

# Pods that have orders-clients may reach the database, and nobody else.
orders_clients = SecurityGroup("orders-clients", vpc_id=vpc_id)
orders_db = SecurityGroup("orders-db", vpc_id=vpc_id, default_port=ports.POSTGRES)
orders_db.allow_from(orders_clients)
PodGroupBinding(
    "orders-api",
    cluster=cluster,
    namespace="shop",
    pod_selector={"app": "orders-api"},
    security_groups=[orders_clients],
)

# The database itself, as any program declares one. The groups are the cluster's: its instances have no list of their own.
subnets = aws.ec2.get_subnets(filters=[aws.ec2.GetSubnetsFilterArgs(name="vpc-id", values=[vpc_id])])
own = SecurityGroup("orders-aurora", vpc_id=vpc_id)  # AWS requires a group besides those that come and go
aurora = aws.rds.Cluster(
    "orders",
    engine=aws.rds.EngineType.AURORA_POSTGRESQL,
    master_username="orders",
    master_password=config.require_secret("databasePassword"),
    db_subnet_group_name=aws.rds.SubnetGroup("orders", subnet_ids=subnets.ids).name,
    vpc_security_group_ids=[own.id],
    skip_final_snapshot=True,
)

# An instance that is added is born with the cluster's groups, trust too, and its address is known only then. So the nodes are
# told of it as soon as it is there, and not only by the next update.
members = Membership("aurora-instances", integration=vpc, enforced_by=[cluster])
instances = [
    aws.rds.ClusterInstance(
        name,
        cluster_identifier=aurora.id,
        engine=aws.rds.EngineType.AURORA_POSTGRESQL,
        instance_class="db.r6g.large",
        opts=pulumi.ResourceOptions(transforms=[members.transform()]),
    )
    for name in ["writer", *(f"reader-{number}" for number in range(1, config.get_int("readers", 1) + 1))]
]

# One member, however many instances: the cluster is written as a cluster. It joins when its first instances are there.
databases = RdsEnrollment(
    "databases",
    integration=vpc,
    enforced_by=[cluster],
    select=Databases(identifiers=[aurora.id]),
    security_groups=[orders_db],
    opts=pulumi.ResourceOptions(depends_on=instances),
)

pulumi.export("members", databases.members)
pulumi.export("orders_db", orders_db.id)
