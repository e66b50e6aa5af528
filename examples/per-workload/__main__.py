"""A table that is the policy (policy.yaml), and a program that is a loop over it."""

from pathlib import Path

import pulumi
import yaml

from sg_integration import (
    CalicoEnforcement,
    ClusterIntegration,
    Databases,
    Ec2Enrollment,
    Instances,
    Nodes,
    Peer,
    PodGroupBinding,
    RdsEnrollment,
    SecurityGroup,
    VpcIntegration,
    peers,
    ports,
)

config = pulumi.Config()
vpc_id = config.require("vpcId")
policy = yaml.safe_load(Path(__file__).with_name("policy.yaml").read_text())

vpc = VpcIntegration("shop", vpc_id=vpc_id)
cluster = ClusterIntegration(
    "shop-eks",
    integration=vpc,
    node_security_group_ids=config.require_object("nodeSecurityGroupIds"),
    control_plane_security_group_id=config.require("controlPlaneSecurityGroupId"),
    nodes=Nodes.from_cluster(),
    enforcement=CalicoEnforcement(),
)

groups = {
    name: SecurityGroup(name, vpc_id=vpc_id)
    for kind in ("workloads", "servers", "databases")
    for name in policy[kind]
}  # fmt: skip
sources: dict[str, SecurityGroup | Peer] = {
    **groups,
    **{name: peers.ipv4(network, name=name) for name, network in policy["networks"].items()},
}

for each in policy["connections"]:
    if each["from"] not in sources or each["to"] not in groups:
        raise pulumi.RunError(f"policy.yaml: {each}: one of the two is in no table above.")
    groups[each["to"]].allow_from(sources[each["from"]], ports.tcp(each["port"]))

for name, workload in policy["workloads"].items():
    PodGroupBinding(
        name,
        cluster=cluster,
        namespace=workload["namespace"],
        pod_selector=workload["pods"],
        security_groups=[groups[name]],
    )
for name, tags in policy["servers"].items():
    Ec2Enrollment(
        name, integration=vpc, enforced_by=[cluster], select=Instances(tags=tags), security_groups=[groups[name]]
    )
for name, engines in policy["databases"].items():
    select = Databases(whole_vpc=True, engines=engines)
    RdsEnrollment(name, integration=vpc, enforced_by=[cluster], select=select, security_groups=[groups[name]])
