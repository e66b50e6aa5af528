"""A team's own groups and bindings, in a cluster that another stack has integrated."""

import pulumi

from sg_integration import ClusterAccess, PodGroupBinding, SecurityGroup, ports

config = pulumi.Config()
platform = pulumi.StackReference(config.require("platformStack"))
security = pulumi.StackReference(config.require("securityStack"))

# All that a binding needs of a cluster is the way to it.
cluster = ClusterAccess("shop-eks", kubeconfig=platform.require_output("kubeconfig"))

orders_api = SecurityGroup("orders-api", vpc_id=platform.require_output("vpc_id"), description="Orders API pods")
PodGroupBinding(
    "orders-api", cluster=cluster, namespace="shop", pod_selector={"app": "orders-api"}, security_groups=[orders_api]
)

# The database's group is the other stack's; this rule in it is ours, and goes with us.
orders_db = SecurityGroup.existing("orders-db", security.require_output("orders_db"), default_port=ports.POSTGRES)
orders_db.allow_from(orders_api)

pulumi.export("orders_api", orders_api.id)
