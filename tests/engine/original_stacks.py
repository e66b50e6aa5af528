"""What the CloudFormation stacks and the controller of the original product do in AWS, as far as it is documented."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client

    from .databases import Estate
    from .fleet import Fleet

ANYWHERE = {"IpRanges": [{"CidrIp": "0.0.0.0/0"}]}


@dataclass
class OriginalStacks:
    """The groups of the VPC's stack and of a cluster's, as they stand after the vendor's installation.

    Args:
        ec2: the client.
        trust: the id of `tigera-trust-host-enforcement`.
        enforced: the id of `tigera-has-host-enforcement`.
        pod_default: the id of `TigeraPodDefault`.
        rules: the ids of the rules of the first two, by group and direction.
    """

    ec2: EC2Client
    trust: str
    enforced: str
    pod_default: str
    rules: dict[str, str]

    @classmethod
    def make(cls, fleet: Fleet) -> OriginalStacks:
        """The three groups with exactly their rules; the one of the nodes is `nodes`."""
        ec2, vpc, known = fleet.ec2, fleet.cloud.vpc_id, fleet.cloud.others

        def group(name: str, description: str) -> str:
            made = ec2.create_security_group(GroupName=name, Description=description, VpcId=vpc)["GroupId"]
            ec2.revoke_security_group_egress(GroupId=made, IpPermissions=[_all(ANYWHERE)])
            return made

        trust = group("tigera-trust-host-enforcement", "Trust Tigera host enforcement")
        enforced = group("tigera-has-host-enforcement", "Instances with Tigera host enforcement")
        pod_default = group("tigera-cluster-old-TigeraPodDefault-1ABC", "Tigera default pod security group")
        made = cls(ec2, trust, enforced, pod_default, {})
        made._allow("trust-to", trust, enforced, "Allow to Tigera enforced hosts")
        made._allow("trust-from", trust, enforced, "Allow from Tigera enforced hosts")
        made._allow("enforced-to", enforced, trust, "Allow to the trusting SG")
        made._allow("enforced-from", enforced, trust, "Allow from the trusting SG")
        ec2.authorize_security_group_egress(GroupId=pod_default, IpPermissions=[_all(ANYWHERE)])
        for peer in (pod_default, known["nodes"], known["control-plane"]):
            made._allow("pod-default-from", pod_default, peer, "Allow from other pods")
        return made

    def controller(self, fleet: Fleet, estate: Estate, *, nodes: tuple[str, ...]) -> None:
        """Let it put its cluster's nodes into `has`, and every other instance and database of the VPC into `trust`."""
        for name, interface in fleet.interfaces.items():
            wanted = self.enforced if name in nodes else self.trust
            found = self.ec2.describe_network_interfaces(NetworkInterfaceIds=[interface])["NetworkInterfaces"][0]
            groups = [each["GroupId"] for each in found["Groups"]]
            if wanted not in groups:
                self.ec2.modify_network_interface_attribute(NetworkInterfaceId=interface, Groups=[*groups, wanted])
        for database in estate.rds.describe_db_instances()["DBInstances"]:
            ids = [each["VpcSecurityGroupId"] for each in database["VpcSecurityGroups"]]
            if database["DBSubnetGroup"]["VpcId"] == fleet.cloud.vpc_id and self.trust not in ids:
                name = database["DBInstanceIdentifier"]
                estate.rds.modify_db_instance(DBInstanceIdentifier=name, VpcSecurityGroupIds=[*ids, self.trust])

    def delete_cluster_stack(self) -> None:
        """Its one group goes; nothing in AWS has it."""
        self.ec2.delete_security_group(GroupId=self.pod_default)

    def _allow(self, key: str, group: str, peer: str, description: str) -> None:
        pair = {"UserIdGroupPairs": [{"GroupId": peer, "Description": description}]}
        outwards = key.endswith("-to")
        grant: Any = self.ec2.authorize_security_group_egress if outwards else self.ec2.authorize_security_group_ingress
        [made] = grant(GroupId=group, IpPermissions=[_all(pair)])["SecurityGroupRules"]
        self.rules[key] = made["SecurityGroupRuleId"]


def _all(peer: Any) -> Any:
    return {"IpProtocol": "-1", **peer}
