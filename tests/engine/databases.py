"""Databases of a test's VPC, what groups they have, and a stack whose calls to RDS are watched."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sg_integration import Databases, Pace, RdsEnrollment, SecurityGroup, VpcIntegration

if TYPE_CHECKING:
    from mypy_boto3_rds import RDSClient

    from sg_integration.sandbox.aws.calls import Call
    from sg_integration.sandbox.aws.server import EmbeddedAws

    from .cloud import Cloud
    from .stacks import EngineStack, Outcome, Program

NO_PACE = Pace(refill=None)
WRITES = ("ModifyDBInstance", "ModifyDBCluster")
_LOGIN: Any = {"MasterUsername": "somebody", "MasterUserPassword": "something"}


@dataclass
class Estate:
    """Database instances and clusters in one VPC.

    Args:
        cloud: the VPC.
        rds: the client.
        subnets: the DB subnet group that they are in.
        app: a group that somebody else owns, which they all have.
    """

    cloud: Cloud
    rds: RDSClient
    subnets: str
    app: str

    @classmethod
    def make(cls, cloud: Cloud, rds: RDSClient) -> Estate:
        """An empty estate with a subnet group and a group `app`."""
        subnet = cloud.ec2.create_subnet(VpcId=cloud.vpc_id, CidrBlock="10.40.16.0/20")["Subnet"]["SubnetId"]
        subnets = f"subnets-{cloud.vpc_id}"
        rds.create_db_subnet_group(DBSubnetGroupName=subnets, DBSubnetGroupDescription="test", SubnetIds=[subnet])
        app = cloud.ec2.create_security_group(GroupName="app", Description="app", VpcId=cloud.vpc_id)["GroupId"]
        cloud.others["app"] = app
        return cls(cloud, rds, subnets, app)

    def instance(self, name: str, *groups: str, engine: str = "postgres", **tags: str) -> str:
        """A new instance in no cluster, with `app` or the named groups; its id."""
        made = self.rds.create_db_instance(
            DBInstanceIdentifier=name, DBInstanceClass="db.t3.micro", Engine=engine, AllocatedStorage=20,
            DBSubnetGroupName=self.subnets, VpcSecurityGroupIds=self._ids(groups), Tags=_tags(tags), **_LOGIN,
        )  # fmt: skip
        return made["DBInstance"]["DbiResourceId"]

    def cluster(self, name: str, *members: str, engine: str = "aurora-postgresql", **tags: str) -> str:
        """A new cluster with instances of these names in it; its id."""
        made = self.rds.create_db_cluster(
            DBClusterIdentifier=name, Engine=engine, DBSubnetGroupName=self.subnets,
            VpcSecurityGroupIds=[self.app], Tags=_tags(tags), **_LOGIN,
        )  # fmt: skip
        for member in members:
            self.rds.create_db_instance(
                DBInstanceIdentifier=member, DBClusterIdentifier=name, DBInstanceClass="db.r6g.large", Engine=engine,
                DBSubnetGroupName=self.subnets,
            )  # fmt: skip
        return made["DBCluster"]["DbClusterResourceId"]

    def stop(self, name: str) -> None:
        """Stop an instance."""
        self.rds.stop_db_instance(DBInstanceIdentifier=name)

    def start(self, name: str) -> None:
        """Start an instance."""
        self.rds.start_db_instance(DBInstanceIdentifier=name)

    def statuses(self, name: str) -> dict[str, str]:
        """Each group of an instance, or else of the cluster of that name, by its name: `adding`, `active`, `removing`."""
        instances = self.rds.get_paginator("describe_db_instances").paginate()
        clusters = self.rds.get_paginator("describe_db_clusters").paginate()
        shown: dict[str, Any] = {item["DBClusterIdentifier"]: item for page in clusters for item in page["DBClusters"]}
        shown |= {item["DBInstanceIdentifier"]: item for page in instances for item in page["DBInstances"]}
        names = {group_id: group for group, group_id in {**self.cloud.groups(), **self.cloud.others}.items()}
        listed = shown[name]["VpcSecurityGroups"]
        return {names.get(item["VpcSecurityGroupId"], item["VpcSecurityGroupId"]): item["Status"] for item in listed}

    def groups(self, name: str) -> set[str]:
        """The groups, by name, of an instance, or else of the cluster of that name."""
        return set(self.statuses(name))

    def set_groups(self, name: str, *groups: str) -> None:
        """What somebody else does: replace the groups of an instance."""
        self.rds.modify_db_instance(DBInstanceIdentifier=name, VpcSecurityGroupIds=self._ids(groups))

    def _ids(self, groups: tuple[str, ...]) -> list[str]:
        known = {**self.cloud.others, **self.cloud.groups()} if groups else {}
        return [known[group] for group in groups] or [self.app]


@dataclass
class WatchedStack:
    """A stack that sees every call to AWS of its operations, and that no database is written twice in one.

    Args:
        stack: the stack.
        aws: where it makes its calls.
        calls: the calls of the last operation.
    """

    stack: EngineStack
    aws: EmbeddedAws
    calls: list[Call] = field(default_factory=list, repr=False)

    def preview(self, program: Program, **options: Any) -> Outcome:
        """`pulumi preview`, which must write nothing."""
        outcome = self._watch("preview", program, options)
        assert self.tried == []
        return outcome

    def up(self, program: Program, **options: Any) -> Outcome:
        """`pulumi up`."""
        return self._watch("up", program, options)

    def destroy(self) -> Outcome:
        """`pulumi destroy`."""
        return self._watch("destroy", None, {})

    @property
    def tried(self) -> list[str]:
        """The databases that the last operation wrote or tried to write, in its order."""
        return [call.ids[-1] for call in self.calls if call.action in WRITES]

    @property
    def wrote(self) -> set[str]:
        """The databases that the last operation wrote."""
        return {call.ids[-1] for call in self.calls if call.action in WRITES and call.code is None}

    def groups_sent(self, name: str) -> set[str]:
        """The ids of the groups that the last operation wrote to a database."""
        [call] = [call for call in self.calls if call.action in WRITES and call.ids[-1] == name]
        return {value for key, value in call.parameters.items() if key.startswith("VpcSecurityGroupIds.")}

    def attached(self, enrollment: str) -> dict[str, list[str]]:
        """What the state says is attached by an enrollment: id to group ids."""
        [found] = [item for item in self.stack.resources() if item["urn"].endswith(f"::{enrollment}")]
        return dict(found["outputs"]["attached"])

    def _watch(self, operation: str, program: Program | None, options: dict[str, Any]) -> Outcome:
        before = len(self.aws.calls())
        given = () if program is None else (program,)
        outcome: Outcome = getattr(self.stack, operation)(*given, **options)
        self.calls = self.aws.calls()[before:]
        twice = {name for name, times in Counter(self.tried).items() if times > 1}
        assert not twice, f"written more than once in one {operation}: {twice}"
        refused = [call for call in self.calls if call.code == "DependencyViolation"]
        assert not refused, f"a group was deleted before it was given up: {refused}"
        return outcome


def enrolling(cloud: Cloud, select: Databases, security_groups: Mapping[str, bool] | None = None) -> Program:
    """A program that enrolls what is selected, and makes the named groups, of which members get those that are `True`."""

    def program() -> None:
        vpc = VpcIntegration("prod", vpc_id=cloud.vpc_id)
        wanted = (security_groups or {}).items()
        made = {name: SecurityGroup(name, vpc_id=cloud.vpc_id) for name, _ in wanted}
        groups = [made[name] for name, attach in wanted if attach]
        RdsEnrollment(
            "databases", integration=vpc, select=select, security_groups=groups, unenforced_ok=True, pace=NO_PACE
        )

    return program


def shown(outcome: Outcome) -> str:
    """What an operation printed, without the engine's alignment: `key: "value"`."""
    return re.sub(" +", " ", outcome.output).replace(" :", ":")


def _tags(tags: dict[str, str]) -> Any:
    return [{"Key": key, "Value": value} for key, value in tags.items()]
