"""Which nodes are in `enforced` where Calico enforces: those on which it is ready; and what a preview says of all others."""

from __future__ import annotations

import pytest

from sg_integration import Nodes
from sg_integration.sandbox.kubernetes.calico_pods import seed_calico_pod

from .enforcement_scene import Scene, scene, small
from .stacks import EngineStack

pytest_plugins = ("tests.engine.pod_fixtures",)
__all__ = ["scene"]


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
    fleet.launch("new", role="member")
    refused = pod_stack.up(small(scene))
    assert refused.failed
    assert "Calico is not ready on 1 nodes that are in enforced: node-1" in refused.output
    assert fleet.groups("new") == {"web"}
    seed_calico_pod(scene.server.api, "node-1")
    pod_stack.up(small(scene)).succeeded()
    assert fleet.groups("new") == {"web", "prod-trust"}


def test_however_nodes_are_selected_only_nodes_join(scene: Scene, pod_stack: EngineStack) -> None:
    """An instance that a tag selects and that is no node of the cluster stays out, and a preview says so."""
    fleet = scene.fleet
    fleet.launch("ours", "stranger", kind="node")
    scene.register("ours")
    program = small(scene, select=Nodes(tags={"kind": "node"}), members=False)
    preview = pod_stack.preview(program, diff=True).succeeded().output
    assert f"stranger ({fleet.instances['stranger']}): no node of the cluster, so nothing enforces there" in preview
    pod_stack.up(program).succeeded()
    assert fleet.groups("ours") == {"web", "prod-enforced"}
    assert fleet.groups("stranger") == {"web"}


def test_a_preview_names_nodes_outside_enforced_and_strangers_inside(
    scene: Scene, pod_stack: EngineStack, capsys: pytest.CaptureFixture[str]
) -> None:
    """Also when there is nothing to do: nodes that nobody lets join, and whatever is in `enforced` and is no node."""
    program = small(scene, nodes=False, members=False)

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


def test_a_policy_of_somebody_elses_in_our_tiers_is_refused(scene: Scene, pod_stack: EngineStack) -> None:
    """What it allows, nobody would be asked about; the preview names it, and writes nothing."""
    spec = {"tier": "sg-local", "order": -10, "types": ["Egress"], "egress": [{"action": "Allow"}]}
    labels = {"projectcalico.org/tier": "sg-local"}  # which Calico itself puts there
    body = {
        "apiVersion": "projectcalico.org/v3",
        "kind": "GlobalNetworkPolicy",
        "metadata": {"name": "sg-local.allow-all", "labels": labels},
        "spec": spec,
    }
    pod_stack.up(small(scene)).succeeded()
    scene.server.api.request("POST", f"{scene.where}/globalnetworkpolicies", body=body)
    assert (
        "Policy sg-local.allow-all (1 such) is in one of our tiers and not ours"
        in pod_stack.preview(small(scene)).output
    )
    scene.server.api.request("DELETE", f"{scene.where}/globalnetworkpolicies/sg-local.allow-all")
    assert pod_stack.up(small(scene)).succeeded().counts == {}
