"""What a program in the documentation may use without saying where it comes from: by name, the line that gives it."""

from __future__ import annotations

from typing import Final

NAMES: Final = {
    "aws": "import pulumi_aws as aws",
    "base64": "import base64",
    "json": "import json",
    "kubernetes": "import pulumi_kubernetes as kubernetes",
    "pulumi": "import pulumi",
    "ResourceOptions": "from pulumi import ResourceOptions",
    "vpc_id": 'vpc_id = "vpc-0123456789abcdef0"',
    "config": "config = pulumi.Config()",
    "kubeconfig": 'kubeconfig = "apiVersion: v1"',
    "node_security_group_id": 'node_security_group_id = "sg-0aaaaaaaaaaaaaaa1"',
    "node_security_group_ids": "node_security_group_ids = [node_security_group_id]",
    "control_plane_security_group_id": 'control_plane_security_group_id = "sg-0aaaaaaaaaaaaaaa2"',
    "provider": 'provider = kubernetes.Provider("theirs", kubeconfig=kubeconfig)',
    "vpc": 'vpc = VpcIntegration("made-before", vpc_id=vpc_id)',
    "cluster": """\
cluster = ClusterIntegration(
    "cluster-made-before",
    integration=vpc,
    node_security_group_ids=node_security_group_ids,
    control_plane_security_group_id=control_plane_security_group_id,
    enforcement=CalicoEnforcement(),
)""",
    "access": 'access = ClusterAccess("access-made-before")',
    "orders_api": 'orders_api = SecurityGroup("orders-api-made-before", vpc_id=vpc_id)',
    "orders_db": 'orders_db = SecurityGroup("orders-db-made-before", vpc_id=vpc_id, default_port=ports.POSTGRES)',
    "billing": 'billing = SecurityGroup("billing-made-before", vpc_id=vpc_id)',
    "cluster_group": 'cluster_group = SecurityGroup.existing("cluster", "sg-0aaaaaaaaaaaaaaa3")',
}
