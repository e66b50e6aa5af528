"""What is renamed keeps its rules, since AWS refuses a new rule while an equal one still stands."""

from __future__ import annotations

from collections.abc import Callable

import pulumi
import pytest

from sg_integration import ClusterIntegration, Peer, SecurityGroup, VpcIntegration, peers, ports

from .cloud import Cloud
from .stacks import EngineStack, Program


def rule_ids(cloud: Cloud) -> set[str]:
    """The ids of all rules of our groups."""
    return {rule["SecurityGroupRuleId"] for group_id in cloud.group_ids() for rule in cloud.raw_rules(group_id)}


def peer_called(cloud: Cloud, peer: Callable[[], Peer]) -> Program:
    """A group that lets a peer in."""
    return lambda: SecurityGroup("db", vpc_id=cloud.vpc_id, default_port=ports.POSTGRES).allow_from(peer())


def nodes_called(cloud: Cloud, nodes: Callable[[], object]) -> Program:
    """A cluster with its nodes' groups given in some way."""

    def program() -> None:
        ClusterIntegration(
            "eks",
            guard=False,
            integration=VpcIntegration("prod", vpc_id=cloud.vpc_id),
            node_security_group_ids=nodes(),  # type: ignore[arg-type]  # each of the ways
            control_plane_security_group_id=cloud.others["control-plane"],
        )

    return program


def platform(cloud: Cloud, name: str, *former: str) -> Program:
    """Somebody's component with two groups named after it, under a name and with aliases to former ones."""

    class Platform(pulumi.ComponentResource):
        def __init__(self) -> None:
            aliases = [pulumi.Alias(name=before) for before in former]
            super().__init__("acme:index:Platform", name, {}, pulumi.ResourceOptions(aliases=aliases))
            mine = pulumi.ResourceOptions(parent=self)
            api = SecurityGroup(f"{name}-api", vpc_id=cloud.vpc_id, tags={"Name": "api"}, opts=mine)
            db = SecurityGroup(
                f"{name}-db", vpc_id=cloud.vpc_id, default_port=ports.POSTGRES, tags={"Name": "db"}, opts=mine
            )
            db.allow_from(api)

    return lambda: pulumi.export("kept", bool(Platform()))


@pytest.mark.parametrize("change", ["address", "again", "mapping", "group", "parent"])
def test_a_new_name_keeps_the_rules(stack: EngineStack, cloud: Cloud, change: str) -> None:
    """A peer that gets a name, or another one, and a renamed parent with an alias, keep every rule in place."""
    node = cloud.others["nodes"]
    programs: dict[str, tuple[Program, Program]] = {
        "address": (
            peer_called(cloud, lambda: peers.ipv4("10.0.0.0/8")),
            peer_called(cloud, lambda: peers.ipv4("10.0.0.0/8", name="office")),
        ),
        "again": (
            peer_called(cloud, lambda: peers.ipv4("10.0.0.0/8", name="office")),
            peer_called(cloud, lambda: peers.ipv4("10.0.0.0/8", name="lab", former_names=["office"])),
        ),
        "mapping": (nodes_called(cloud, lambda: [node]), nodes_called(cloud, lambda: {"nodes": node})),
        "group": (
            nodes_called(cloud, lambda: [node]),
            nodes_called(cloud, lambda: [SecurityGroup.existing("nodes", node)]),
        ),
        "parent": (platform(cloud, "acme"), platform(cloud, "corp", "acme")),
    }
    before, after = programs[change]
    stack.up(before).succeeded()
    rules = rule_ids(cloud)
    outcome = stack.up(after).succeeded()
    assert not set(outcome.counts) - {"update"} or outcome.names("create") == {"nodes"}
    assert rule_ids(cloud) == rules
    assert stack.up(after, expect_no_changes=True).succeeded()


def test_a_rule_does_not_look_changed_because_another_group_is(stack: EngineStack, cloud: Cloud) -> None:
    """When one of two node groups is replaced, only its own rule is in the preview."""

    def program(description: str) -> Program:
        def declare() -> None:
            blue = SecurityGroup("blue", vpc_id=cloud.vpc_id, description=description)
            green = SecurityGroup("green", vpc_id=cloud.vpc_id)
            nodes_called(cloud, lambda: [blue, green])()

        return declare

    stack.up(program("one")).succeeded()
    preview = stack.preview(program("two")).succeeded()
    assert preview.names("update") == {"eks-pod-default-from-blue-all"}


def test_outputs_of_components_are_registered(stack: EngineStack, cloud: Cloud) -> None:
    """The state shows the ids of a component's groups as its outputs."""
    stack.up(nodes_called(cloud, lambda: [SecurityGroup("nodes", vpc_id=cloud.vpc_id)])).succeeded()
    outputs = {item["urn"].rpartition("::")[2]: item.get("outputs") for item in stack.resources() if not item["custom"]}
    groups = cloud.groups()
    assert outputs["prod"] == {
        "trust_security_group_id": groups["prod-trust"],
        "enforced_security_group_id": groups["prod-enforced"],
    }
    assert outputs["eks"] == {"pod_default_security_group_id": groups["eks-pod-default"]}
    assert outputs["nodes"] == {"id": groups["nodes"]}
