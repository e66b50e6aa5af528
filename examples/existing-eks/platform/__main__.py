"""Stands for the stack that a platform team has already: it makes the VPC and the cluster, and exports what others need.

Here it makes nothing and exports what its configuration says, so that it runs in the sandbox. Of yours only the outputs matter.
"""

import pulumi

config = pulumi.Config()

pulumi.export("vpc_id", config.require("vpcId"))
pulumi.export("node_security_group_ids", config.require_object("nodeSecurityGroupIds"))
pulumi.export("control_plane_security_group_id", config.require("controlPlaneSecurityGroupId"))
pulumi.export("orders_database", config.require("dbInstanceIdentifier"))
pulumi.export("kubeconfig", config.require_secret("kubeconfig"))  # a secret stays one for whoever reads it
