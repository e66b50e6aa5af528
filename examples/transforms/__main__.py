"""Servers and a database join by their own list of groups, in the program that owns the lists."""

from __future__ import annotations

import pulumi
import pulumi_aws as aws

from sg_integration import (
    CalicoEnforcement,
    ClusterIntegration,
    Membership,
    Nodes,
    PodGroupBinding,
    SecurityGroup,
    VpcIntegration,
    ports,
)

config = pulumi.Config()
vpc_id = config.require("vpcId")
subnets = aws.ec2.get_subnets(filters=[aws.ec2.GetSubnetsFilterArgs(name="vpc-id", values=[vpc_id])])

vpc = VpcIntegration("shop", vpc_id=vpc_id)
cluster = ClusterIntegration(
    "shop-eks",
    integration=vpc,
    node_security_group_ids=config.require_object("nodeSecurityGroupIds"),
    control_plane_security_group_id=config.require("controlPlaneSecurityGroupId"),
    nodes=Nodes.from_cluster(),
    enforcement=CalicoEnforcement(),
)

orders_api = SecurityGroup("orders-api", vpc_id=vpc_id)
orders_db = SecurityGroup("orders-db", vpc_id=vpc_id, default_port=ports.POSTGRES)
orders_db.allow_from(orders_api)
PodGroupBinding(
    "orders-api", cluster=cluster, namespace="shop", pod_selector={"app": "orders-api"}, security_groups=[orders_api]
)

# Who joins, and what he gets besides trust. Nothing is attached behind anybody's back: the groups are written into the lists.
databases = Membership("databases", integration=vpc, enforced_by=[cluster], security_groups=[orders_db])
servers = Membership("servers", integration=vpc, enforced_by=[cluster])

# One resource of ours: it names its own groups, as before, and the transform adds to them.
own = SecurityGroup("orders-own", vpc_id=vpc_id)
orders = aws.rds.Instance(
    "orders",
    engine="postgres",
    instance_class="db.t3.micro",
    allocated_storage=20,
    username="orders",
    password=config.require_secret("databasePassword"),
    db_subnet_group_name=aws.rds.SubnetGroup("orders", subnet_ids=subnets.ids).name,
    vpc_security_group_ids=[own.id],
    skip_final_snapshot=True,
    opts=pulumi.ResourceOptions(transforms=[databases.transform()]),
)


class Billing(pulumi.ComponentResource):
    """A component that somebody else wrote, and that knows nothing of us: two servers, one of which is marked."""

    def __init__(self, name: str, group_ids: list[str], opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("shop:index:Billing", name, {}, opts)
        for role, tags in (("web", {"sg-integration": "member"}), ("cron", {"team": "billing"})):
            aws.ec2.Instance(
                f"{name}-{role}",
                ami="ami-12c6146b",
                instance_type="t3.micro",
                subnet_id=subnets.ids[0],
                vpc_security_group_ids=group_ids,
                tags={"Name": f"{name}-{role}", **tags},
                opts=pulumi.ResourceOptions(parent=self),
            )
        self.register_outputs({})


# The transform of a component reaches what is in it; here those join that are marked.
Billing(
    "billing",
    [config.require("serversSecurityGroupId")],
    opts=pulumi.ResourceOptions(transforms=[servers.transform(tags={"sg-integration": "member"})]),
)

pulumi.export("orders_db", orders_db.id)
pulumi.export("orders_groups", orders.vpc_security_group_ids)
