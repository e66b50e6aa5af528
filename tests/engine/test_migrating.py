"""From the original product to this one, as docs/migrating.md says: nobody loses protection, and nobody is opened."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pulumi
import pytest

from sg_integration import (
    CalicoEnforcement,
    ClusterIntegration,
    Databases,
    Ec2Enrollment,
    Instances,
    Nodes,
    Pace,
    RdsEnrollment,
    SecurityGroup,
    VpcIntegration,
    adopted,
    ports,
)
from sg_integration.sandbox.aws.server import EmbeddedAws
from tests.kubernetes.tigera_product import Product

from .databases import Estate
from .enforcement_scene import NO_LIMIT, Scene, scene
from .original_stacks import OriginalStacks
from .stacks import EngineStack, Program

pytest_plugins = ("tests.engine.pod_fixtures", "tests.engine.callbacks")
__all__ = ["scene"]

NO_PACE = Pace(refill=None)
MEMBERS = ("ModifyNetworkInterfaceAttribute", "ModifyDBInstance", "ModifyDBCluster")
HARMLESS = {"CreateTags", "ModifySecurityGroupRules"}
BOTH_WAYS = {
    "trust": {"ingress all from prod-enforced", "egress all to prod-enforced"},
    "enforced": {"ingress all from prod-trust", "egress all to prod-trust"},
}


@dataclass
class Migration:
    """A VPC with the original product in it, and a cluster with open-source Calico.

    Args:
        scene: the new cluster; `billing` is a member.
        estate: the database `orders`.
        original: the stacks' groups.
        aws: the account.
    """

    scene: Scene
    estate: Estate
    original: OriginalStacks
    aws: EmbeddedAws

    def declare(self, *, cluster: bool = False, members: str = "", temporary: bool = False) -> Program:
        """The program of docs/migrating.md: the adopted groups, and what a step adds to them.

        Args:
            cluster: with the cluster that enforces.
            members: how they are enrolled: `enforced` or `unenforced`; empty is not at all.
            temporary: with a rule that admits all nodes to the member's port.
        """
        cloud, rules = self.scene.fleet.cloud, self.original.rules
        ids = {
            "prod-trust": self.original.trust,
            "prod-trust-to-enforced-all": rules["trust-to"],
            "prod-trust-from-enforced-all": rules["trust-from"],
            "prod-enforced": self.original.enforced,
            "prod-enforced-to-trust-all": rules["enforced-to"],
            "prod-enforced-from-trust-all": rules["enforced-from"],
        }

        def program() -> None:
            stands = pulumi.ResourceOptions(transforms=[adopted(ids)])
            vpc = VpcIntegration("prod", vpc_id=cloud.vpc_id, opts=stands)
            made = [_cluster(vpc, cloud.others)] if cluster else []
            if members:
                how: Any = {"enforced_by": made, "unenforced_ok": members == "unenforced", "integration": vpc}
                Ec2Enrollment("servers", select=Instances(whole_vpc=True), pace=NO_PACE, **how)
                RdsEnrollment("databases", select=Databases(identifiers=["orders"]), pace=NO_PACE, **how)
            if temporary:
                web = SecurityGroup.existing("web", cloud.others["web"])
                web.allow_from(SecurityGroup.existing("nodes", cloud.others["nodes"]), ports.POSTGRES)

        return program

    def groups(self) -> dict[str, set[str]]:
        """Who has which groups."""
        fleet = self.scene.fleet
        return {**{name: fleet.groups(name) for name in fleet.interfaces}, "orders": self.estate.groups("orders")}

    def writes(self) -> list[str]:
        """What was written in AWS since the last look."""
        verbs = ("Create", "Delete", "Authorize", "Revoke", "Modify", "Update")
        found = [call.action for call in self.aws.calls() if call.action.startswith(verbs)]
        self.aws.clear_calls()
        return found


def _cluster(vpc: VpcIntegration, others: dict[str, str]) -> ClusterIntegration:
    return ClusterIntegration(
        "prod-eks",
        integration=vpc,
        node_security_group_ids=[others["more-nodes"]],
        control_plane_security_group_id=None,
        nodes=Nodes.from_cluster(),
        enforcement=CalicoEnforcement(),
        guard=False,
        pace=NO_LIMIT,
    )


@pytest.fixture
def migration(scene: Scene, estate: Estate, embedded_aws: EmbeddedAws) -> Migration:
    """The original product runs in a cluster with the node `old-1`; `node-1` is of the new one, which has nothing yet."""
    scene.fleet.launch("old-1")
    estate.instance("orders")
    made = Migration(scene, estate, OriginalStacks.make(scene.fleet), embedded_aws)
    made.original.controller(scene.fleet, estate, nodes=("old-1",))
    made.writes()
    return made


def test_a_new_cluster_takes_over_from_the_old_one(migration: Migration, pod_stack: EngineStack) -> None:
    """The groups are adopted, a new cluster enforces before its nodes join, the stacks go, and no member is written once."""
    fleet, before = migration.scene.fleet, migration.groups()
    assert before["billing"] == {"web", "tigera-trust-host-enforcement"}
    adopt(migration, pod_stack)
    renamed = {name: {_now(group) for group in groups} for name, groups in before.items()}
    assert migration.groups() == renamed
    the_new_cluster_joins(migration, pod_stack)
    fleet.ec2.terminate_instances(InstanceIds=[fleet.instances.pop("old-1")])
    del fleet.interfaces["old-1"]
    # What its controller had done to the new cluster's node, which it took for a member.
    assert "prod-trust" in fleet.groups("node-1")
    fleet.set_groups("node-1", "web", "prod-enforced")
    migration.original.delete_cluster_stack()
    done = pod_stack.up(migration.declare(cluster=True, members="enforced")).succeeded()
    assert done.steps == (("update", "prod-eks-enforcement"),)  # it forgets the rules of what is gone
    assert migration.groups() == {
        "node-1": {"web", "prod-enforced"}, "billing": {"web", "prod-trust"}, "orders": {"app", "prod-trust"}
    }  # fmt: skip
    pod_stack.destroy().succeeded()
    assert migration.groups() == {"node-1": {"web"}, "billing": {"web"}, "orders": {"app"}}
    assert fleet.cloud.groups() == {}


def test_one_cluster_goes_from_the_one_to_the_other(migration: Migration, pod_stack: EngineStack) -> None:
    """In place: members leave trust while the old policies stand, and join again when all of ours do; one port stays reachable."""
    scene, fleet = migration.scene, migration.scene.fleet
    product = Product(scene.server)
    product.tier("sg-remote", 105)
    product.tier("sg-local", 106)
    fleet.set_groups("node-1", "web", "tigera-has-host-enforcement")
    fleet.ec2.terminate_instances(InstanceIds=[fleet.instances.pop("old-1")])
    del fleet.interfaces["old-1"]
    pod_stack.up(migration.declare(temporary=True)).succeeded()
    migration.writes()
    pod_stack.up(migration.declare(temporary=True, members="unenforced")).succeeded()
    assert not set(migration.writes()) & set(MEMBERS)
    refused = pod_stack.preview(migration.declare(cluster=True, temporary=True))
    assert "Tier sg-remote exists and is not ours" in refused.output
    pod_stack.up(migration.declare(temporary=True)).succeeded()
    assert (fleet.groups("billing"), migration.estate.groups("orders")) == ({"web"}, {"app"})
    assert "ingress tcp 5432-5432 from nodes" in fleet.cloud.rules(fleet.web)
    for tier in ("sg-remote", "sg-local"):
        scene.server.api.request("DELETE", f"{scene.where}/tiers/{tier}")
    scene.log.begin({})
    pod_stack.up(migration.declare(cluster=True, members="enforced", temporary=True)).succeeded()
    assert scene.breaches(scene.log.moments(), scene.objects(), scene.reserved()) == []
    assert "prod-trust" in fleet.groups("billing") & migration.estate.groups("orders")
    closed = pod_stack.up(migration.declare(cluster=True, members="enforced")).succeeded()
    assert closed.names("delete") == {"web-from-nodes-tcp-5432", "web", "nodes"}


def adopt(migration: Migration, stack: EngineStack) -> None:
    """Take the groups over: nothing in AWS changes but tags and descriptions, and the preview says so."""
    preview = stack.preview(migration.declare()).succeeded()
    assert preview.counts["import"] == 6
    assert preview.counts["replace"] == preview.counts["delete"] == 0
    done = stack.up(migration.declare()).succeeded()
    assert done.counts["import"] == 6
    assert set(migration.writes()) == HARMLESS
    cloud = migration.scene.fleet.cloud
    assert {role: cloud.rules(cloud.groups()[f"prod-{role}"]) for role in BOTH_WAYS} == BOTH_WAYS
    assert cloud.groups()["prod-trust"] == migration.original.trust


def the_new_cluster_joins(migration: Migration, stack: EngineStack) -> None:
    """Its node joins when all objects stand; members have been in trust all along, and are recorded without a write."""
    scene = migration.scene
    wanted = migration.declare(cluster=True, members="enforced")
    scene.log.begin({})
    stack.up(wanted).succeeded()
    assert [action for action in migration.writes() if action in MEMBERS] == ["ModifyNetworkInterfaceAttribute"]
    assert "prod-enforced" in scene.fleet.groups("node-1")
    objects, (_, enforced) = scene.objects(), scene.reserved()
    assert objects
    for moment in scene.log.moments():
        if moment.carrying(enforced):
            assert moment.lacking(objects) == set(), moment.write
    # Both see to the same members, and find nothing to do for each other.
    migration.original.controller(scene.fleet, migration.estate, nodes=("old-1",))
    assert stack.up(wanted).succeeded().counts == {}


def _now(group: str) -> str:
    """What a group of the original's is called after it was adopted."""
    return {"tigera-trust-host-enforcement": "prod-trust", "tigera-has-host-enforcement": "prod-enforced"}.get(
        group, group
    )
