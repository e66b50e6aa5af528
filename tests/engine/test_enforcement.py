"""Enforcement by Calico on the real engine: live before anybody joins, gone after everybody left, and what it says is right."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx2
import pytest

from sg_integration import ports
from sg_integration.kubernetes.answers import Answer
from sg_integration.kubernetes.api import Api
from sg_integration.kubernetes.calico import Calico
from sg_integration.model.policy import Compiled
from sg_integration.model.policy_compile import compile_policy
from sg_integration.model.policy_inputs import PolicyInputs
from sg_integration.providers import enforcement_view
from sg_integration.sandbox.kubernetes.definitions import seed_calico
from tests.kubernetes.scripted import no

from .enforcement_scene import Scene, is_bare, scene, shop, small
from .pods import listed
from .stacks import EngineStack

pytest_plugins = ("tests.engine.pod_fixtures",)
__all__ = ["scene"]

TO_ALL = [{"action": "Pass"}]


def test_everything_is_enforced_before_it_joins_and_until_it_left(scene: Scene, pod_stack: EngineStack) -> None:
    """In the merged log of AWS and the API server nobody joins before the last object was accepted, nor stays after a first write."""
    pod = scene.pods.run("api", app="api")
    preview = pod_stack.preview(shop(scene), diff=True).succeeded()
    assert "sg-remote" in preview.output
    pod_stack.up(shop(scene)).succeeded()
    assert "prod-trust" in scene.fleet.groups("billing")
    assert "prod-enforced" in scene.fleet.groups("node-1")
    objects, reserved = scene.objects(), scene.reserved()
    group = scene.fleet.cloud.groups()["orders-api"]
    assert scene.pods.groups(pod) == listed(group)
    assert {"sg-local", "sg-remote", f"sg-local.{group}"} <= objects.keys()
    assert any("5432" in each for each in scene.said())
    assert pod_stack.preview(shop(scene)).succeeded().counts == {}
    assert pod_stack.up(shop(scene)).succeeded().counts == {}
    joined = list(scene.log.moments())
    assert joined[-1].carrying(*reserved) == {scene.fleet.interfaces[name] for name in ("node-1", "billing")}
    pod_stack.destroy().succeeded()
    assert scene.objects() == {}
    assert scene.fleet.groups("billing") == scene.fleet.groups("node-1") == {"web"}
    left = list(scene.log.moments())
    assert len(left) > len(joined) + len(objects)
    assert scene.breaches(left, objects, reserved) == []


def test_what_changes_in_aws_is_shown_and_written(scene: Scene, pod_stack: EngineStack) -> None:
    """A rule that comes or goes, and a member that is replaced, reach the nodes by one plain update, which the preview shows."""
    pod_stack.up(shop(scene)).succeeded()
    a_rule_comes_and_goes(scene, pod_stack)
    a_member_is_replaced(scene, pod_stack)
    # Another port in the program: the engine deletes the old rule last, and the nodes must not hold it any more.
    pod_stack.up(shop(scene, port=ports.HTTPS)).succeeded()
    assert any("443" in each for each in scene.said())
    assert not any("5432" in each for each in scene.said())
    assert pod_stack.up(shop(scene, port=ports.HTTPS)).succeeded().counts == {}


def a_rule_comes_and_goes(scene: Scene, stack: EngineStack) -> None:
    """Somebody adds a rule to a member's group and, after the update, takes it away."""
    api = scene.fleet.cloud.groups()["orders-api"]
    rule: Any = {"IpProtocol": "tcp", "FromPort": 9443, "ToPort": 9443, "UserIdGroupPairs": [{"GroupId": api}]}
    scene.fleet.ec2.authorize_security_group_ingress(GroupId=scene.fleet.web, IpPermissions=[rule])
    assert "9443" in stack.preview(shop(scene), diff=True).succeeded().output
    stack.up(shop(scene)).succeeded()
    assert any("9443" in each for each in scene.said())
    assert stack.up(shop(scene)).succeeded().counts == {}
    scene.fleet.ec2.revoke_security_group_ingress(GroupId=scene.fleet.web, IpPermissions=[rule])
    stack.up(shop(scene)).succeeded()
    assert not any("9443" in each for each in scene.said())


def a_member_is_replaced(scene: Scene, stack: EngineStack) -> None:
    """Its instance ends, and another one with another address comes: the nodes hold it before it joins."""
    before = scene.address("billing")
    assert before in scene.said("sg-integration-members")[0]
    old = scene.fleet.instances["billing"]
    scene.fleet.launch("billing", role="member")
    scene.fleet.ec2.terminate_instances(InstanceIds=[old])
    after = scene.address("billing")
    assert after != before
    preview = stack.preview(shop(scene), diff=True).succeeded()
    assert f"{after}/32" in preview.output
    assert scene.fleet.interfaces["billing"] in preview.output
    scene.log.begin(scene.objects())
    stack.up(shop(scene)).succeeded()
    [members] = scene.said("sg-integration-members")
    assert after in members
    assert before not in members
    assert scene.breaches(scene.log.moments(), scene.objects(), scene.reserved()) == []


def test_an_object_that_somebody_edits_is_repaired(
    scene: Scene, pod_stack: EngineStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A policy that somebody deleted and one that somebody opened are named and written again, also against a conflict.

    Before, when nothing has changed, nothing is compiled; another compiler compiles, and finds the same.
    """
    pod_stack.up(small(scene)).succeeded()
    compiled = counted(monkeypatch)
    assert pod_stack.preview(small(scene)).succeeded().counts == {}
    assert compiled == []
    with monkeypatch.context() as patch:
        patch.setattr(enforcement_view, "_compiler", lambda: "another")
        assert pod_stack.preview(small(scene)).succeeded().counts == {}
    assert compiled == [1]
    before, where = scene.objects(), f"{scene.where}/globalnetworkpolicies"
    deleted, opened = "sg-remote.hosts-members", "sg-local.pods"
    scene.server.api.request("DELETE", f"{where}/{deleted}")
    scene.server.edit(f"{where}/{opened}", {"spec": {"ingress": TO_ALL, "egress": TO_ALL}})
    preview = pod_stack.preview(small(scene), diff=True).succeeded()
    for name in (deleted, opened):
        assert f"{name}" in preview.output
    assert preview.output.count("written again") == 2
    conflicts = conflicting(monkeypatch, opened)
    pod_stack.up(small(scene)).succeeded()
    assert conflicts == [opened]
    assert {name: each["spec"] for name, each in scene.objects().items()} == {
        name: each["spec"] for name, each in before.items()
    }
    assert pod_stack.up(small(scene)).succeeded().counts == {}


def counted(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """A list that grows by one each time that policy is compiled."""
    found = list[int]()

    def counting(inputs: PolicyInputs) -> Compiled:
        found.append(1)
        return compile_policy(inputs)

    monkeypatch.setattr(enforcement_view, "compile_policy", counting)
    return found


def conflicting(monkeypatch: pytest.MonkeyPatch, name: str) -> list[str]:
    """Let the API server answer the first write of an object as it answers who lost a race; the objects that met it."""
    real, met = Api._send, list[str]()

    def send(self: Api, doing: str, request: httpx2.Request) -> Answer:
        if request.method == "PATCH" and request.url.path.endswith(f"/{name}") and not met:
            met.append(name)
            lost = no(409, "Conflict", f'Operation cannot be fulfilled on "{name}": the object has been modified')
            return Answer(doing, lost.status_code, lost.content)
        return real(self, doing, request)

    monkeypatch.setattr(Api, "_send", send)
    return met


def test_what_cannot_enforce_stops_everybody_from_joining(scene: Scene, pod_stack: EngineStack) -> None:
    """A cluster whose Calico cannot hold the rules is refused in one line, and nobody joins."""
    cases: list[tuple[dict[str, Any], str]] = [
        ({"version": "v3.28.1"}, "too old"),
        ({"auto_host_endpoints": False}, "autoCreate"),
    ]
    for what, words in cases:
        seed_calico(scene.server.api, **what)
        assert words in pod_stack.preview(small(scene)).output
        outcome = pod_stack.up(small(scene))
        assert outcome.failed
        assert words in outcome.output
    assert is_bare(scene)


def test_a_failed_write_stops_everybody_from_joining(
    scene: Scene, pod_stack: EngineStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At whatever object enforcement fails, no node and no member has joined; the next update does it all."""
    real, left = Calico.apply, [0]

    def apply(self: Calico, manifest: Any) -> None:
        left[0] -= 1
        if left[0] < 0:
            raise RuntimeError("refused here")
        real(self, manifest)

    monkeypatch.setattr(Calico, "apply", apply)
    for writes in (0, 5):
        left[0] = writes
        assert pod_stack.up(small(scene)).failed
        assert scene.fleet.groups("billing") == scene.fleet.groups("node-1") == {"web"}
    left[0] = 10**6
    pod_stack.up(small(scene)).succeeded()
    assert "prod-trust" in scene.fleet.groups("billing")


def test_a_node_that_no_state_knows_is_released_before_enforcement_goes(scene: Scene, pod_stack: EngineStack) -> None:
    """A node that a killed run left in `enforced` is out of it before the objects that held it go."""
    pod_stack.up(small(scene, members=False)).succeeded()
    scene.fleet.launch("late")
    scene.register("late")
    scene.fleet.set_groups("late", "web", "prod-enforced")
    objects, reserved = scene.objects(), scene.reserved()
    pod_stack.destroy().succeeded()
    assert scene.fleet.groups("late") == {"web"}
    assert scene.objects() == {}
    assert scene.breaches(scene.log.moments(), objects, reserved) == []


def test_a_saved_plan_holds_for_enforcement_too(scene: Scene, pod_stack: EngineStack, tmp_path: Path) -> None:
    """A plan is carried out as it was saved; what changed in AWS since then stops it, and writes nothing."""
    plan = str(tmp_path / "plan.json")
    pod_stack.up(shop(scene)).succeeded()
    rule: Any = {"IpProtocol": "tcp", "FromPort": 9443, "ToPort": 9443, "IpRanges": [{"CidrIp": "10.9.0.0/16"}]}
    for words in ("", "9443"):
        pod_stack.preview(shop(scene), plan=plan).succeeded()
        assert pod_stack.up(shop(scene), plan=plan).succeeded().counts == ({"update": 1} if words else {})
        assert any(words in each for each in scene.said())
        scene.fleet.ec2.authorize_security_group_ingress(GroupId=scene.fleet.web, IpPermissions=[rule])
        rule["FromPort"] = 9442
    pod_stack.preview(shop(scene), plan=plan).succeeded()
    scene.fleet.ec2.revoke_security_group_ingress(GroupId=scene.fleet.web, IpPermissions=[rule | {"FromPort": 9443}])
    refused = pod_stack.up(shop(scene), plan=plan)
    assert refused.failed
    assert "violates plan" in refused.output
    assert any("9443" in each for each in scene.said())
