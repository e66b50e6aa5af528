"""A database that admits one service's pods and no other, and pods that a server reaches: enforced on the nodes by Calico.

This is the example of the original product's documentation, as a program. `pulumi preview --diff` shows each object that the
nodes enforce with its meaning, every node that joins `enforced`, and every member that joins `trust`, in the order in which
`pulumi up` does it: the rules are live before anybody joins.
"""

import pulumi
import pulumi_kubernetes as kubernetes

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
node_security_group_ids = config.require_object("nodeSecurityGroupIds")

vpc = VpcIntegration("shop", vpc_id=vpc_id)
cluster = ClusterIntegration(
    "shop-eks",
    integration=vpc,
    node_security_group_ids=node_security_group_ids,
    control_plane_security_group_id=config.require("controlPlaneSecurityGroupId"),
    nodes=Nodes.from_cluster(),
    enforcement=CalicoEnforcement(),
)

# A pod may reach the database if it has access-db. Nobody else may: no rule admits the nodes, nor pods without groups.
access_db = SecurityGroup("access-db", vpc_id=vpc_id, description="May reach the orders database")
db_sg = SecurityGroup("db-sg", vpc_id=vpc_id, description="The orders database", default_port=ports.POSTGRES)
db_sg.allow_from(access_db)
RdsEnrollment(
    "databases",
    integration=vpc,
    enforced_by=[cluster],
    select=Databases(identifiers=[config.require("dbInstanceIdentifier")]),
    security_groups=[db_sg],
)
PodGroupBinding(
    "orders-api", cluster=cluster, namespace="shop", pod_selector={"app": "orders-api"}, security_groups=[access_db]
)

# The other way round: a server of the VPC reaches the pods that have pod-sg, on one port.
pod_sg = SecurityGroup("pod-sg", vpc_id=vpc_id, description="Pods that servers reach", default_port=ports.tcp(8080))
servers = SecurityGroup.existing("servers", config.require("serversSecurityGroupId"))
pod_sg.allow_from(servers)
servers.allow_to(pod_sg)
Ec2Enrollment("servers", integration=vpc, enforced_by=[cluster], select=Instances(tags={"sg-integration": "member"}))
PodGroupBinding(
    "storefront", cluster=cluster, namespace="shop", pod_selector={"app": "storefront"}, security_groups=[pod_sg]
)

# Nodes that come later are born in enforced, and take no pods until Calico is ready on them: something must then take the
# taint away, see docs/enforcement.md. Karpenter would replace a node whose groups anybody else changes.
node_class = kubernetes.apiextensions.CustomResource(
    "shop-nodes",
    api_version="karpenter.k8s.aws/v1",
    kind="EC2NodeClass",
    metadata={"name": "shop"},
    spec={
        "amiSelectorTerms": [{"alias": "al2023@latest"}],
        "role": "shop-node",
        "subnetSelectorTerms": [{"tags": {"karpenter.sh/discovery": "shop"}}],
        "securityGroupSelectorTerms": [
            *({"id": group} for group in node_security_group_ids),
            {"id": vpc.enforced.id},
        ],
    },
    # A node in enforced that enforces nothing would reach every member: the rules come first and go last.
    opts=pulumi.ResourceOptions(depends_on=[cluster]),
)
kubernetes.apiextensions.CustomResource(
    "shop-pool",
    api_version="karpenter.sh/v1",
    kind="NodePool",
    metadata={"name": "shop"},
    spec={
        "template": {
            "spec": {
                "nodeClassRef": {"group": "karpenter.k8s.aws", "kind": "EC2NodeClass", "name": "shop"},
                "requirements": [{"key": "kubernetes.io/arch", "operator": "In", "values": ["amd64"]}],
                "startupTaints": [{"key": "sg-integration/calico-not-ready", "effect": "NoSchedule"}],
            }
        }
    },
    opts=pulumi.ResourceOptions(depends_on=[node_class]),
)

pulumi.export("access_db", access_db.id)
pulumi.export("db_sg", db_sg.id)
pulumi.export("pod_sg", pod_sg.id)
