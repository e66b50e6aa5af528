"""Which nodes are in `enforced` where Calico enforces: those on which it is ready; and what a preview says of all others."""

from __future__ import annotations

import pytest

from sg_integration import CalicoEnforcement, ClusterIntegration, Nodes, VpcIntegration
from sg_integration.sandbox.kubernetes.calico_pods import seed_calico_pod

from .enforcement_scene import NO_LIMIT, Scene, scene, small
from .stacks import EngineStack, Program

pytest_plugins = ("tests.engine.pod_fixtures",)
__all__ = ["scene"]


def of_nodes(scene: Scene, nodes: Nodes | None) -> Program:
    """A program that enforces, with some selection of nodes, and nobody else."""
    cloud = scene.fleet.cloud

    def program() -> None:
        ClusterIntegration(
            "eks", integration=VpcIntegration("prod", vpc_id=cloud.vpc_id), node_security_group_ids=[cloud.others["nodes"]],
            control_plane_security_group_id=None, nodes=nodes, enforcement=CalicoEnforcement(), guard=False, pace=NO_LIMIT,
        )  # fmt: skip

    return program


def test_a_node_joins_when_calico_is_ready_on_it_and_not_before(scene: Scene, pod_stack: EngineStack) -> None:
    """One that is not ready is passed over with the reason, and joins later; one that is in stays when its Calico restarts."""
    fleet = scene.fleet
    fleet.launch("late")
    scene.register("late")
    seed_calico_pod(scene.server.api, "late", ready=False)
    preview = pod_stack.preview(small(scene), diff=True).succeeded().output
    assert f'{fleet.interfaces["late"]}: "late ({fleet.instances["late"]}): Calico is not ready on it' in preview
    pod_stack.up(small(scene)).succeeded()
    assert fleet.groups("node-1") == {"web", "prod-enforced"}
    assert fleet.groups("late") == {"web"}
    seed_calico_pod(scene.server.api, "late")
    seed_calico_pod(scene.server.api, "node-1", ready=False)
    pod_stack.up(small(scene)).succeeded()
    assert fleet.groups("node-1") == fleet.groups("late") == {"web", "prod-enforced"}
    assert pod_stack.up(small(scene)).succeeded().counts == {}


def test_however_nodes_are_selected_only_nodes_join(scene: Scene, pod_stack: EngineStack) -> None:
    """An instance that a tag selects and that is no node of the cluster stays out, and a preview says so."""
    fleet = scene.fleet
    fleet.launch("ours", "stranger", kind="node")
    scene.register("ours")
    program = of_nodes(scene, Nodes(tags={"kind": "node"}))
    preview = pod_stack.preview(program, diff=True).succeeded().output
    assert f"stranger ({fleet.instances['stranger']}): no node of the cluster, so nothing enforces there" in preview
    pod_stack.up(program).succeeded()
    assert fleet.groups("ours") == {"web", "prod-enforced"}
    assert fleet.groups("stranger") == {"web"}


def test_a_preview_names_nodes_outside_enforced_and_strangers_inside(
    scene: Scene, pod_stack: EngineStack, capsys: pytest.CaptureFixture[str]
) -> None:
    """Also when there is nothing to do: nodes that nobody lets join, and whatever is in `enforced` and is no node."""
    program = of_nodes(scene, None)

    def said() -> str:
        """What the provider prints in a preview; the engine shows it, where the provider is a process of its own."""
        capsys.readouterr()
        pod_stack.preview(program).succeeded()
        return capsys.readouterr().out

    pod_stack.up(program).succeeded()
    assert "node-1: not in enforced: its pods reach no member until it joins" in said()
    scene.fleet.set_groups("billing", "web", "prod-enforced")
    assert f"billing ({scene.fleet.instances['billing']}): in enforced, but no node of this cluster" in said()
    scene.fleet.set_groups("billing", "web")
    scene.fleet.set_groups("node-1", "web", "prod-enforced")
    assert "in enforced" not in said()


def test_what_is_in_force_is_not_staged_while_it_holds_anybody(scene: Scene, pod_stack: EngineStack) -> None:
    """The preview refuses it and names the member; without members it is staged, and decides nothing."""
    pod_stack.up(small(scene)).succeeded()
    before = scene.objects()
    staged = small(scene, staged=True, nodes=False, members=False)
    refused = pod_stack.up(staged)
    assert refused.failed
    assert "1 members are in trust and would be open to every node" in refused.output
    assert "billing" in refused.output
    assert scene.objects() == before
    pod_stack.up(small(scene, members=False)).succeeded()
    pod_stack.up(staged).succeeded()
    assert not [each for each in scene.objects().values() if each["kind"] == "GlobalNetworkPolicy"]
