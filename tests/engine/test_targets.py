"""What `--target` does: a part of the program alone lets nobody in where nothing enforces."""

from __future__ import annotations

from .enforcement_scene import Scene, is_bare, scene, small
from .stacks import EngineStack

pytest_plugins = ("tests.engine.pod_fixtures",)
__all__ = ["scene"]


def test_a_target_lets_nobody_in_without_enforcement(scene: Scene, pod_stack: EngineStack) -> None:
    """An enrollment alone is refused as long as it has nothing to stand on; later it demands enforcement before it lets in."""
    for kind in ("Ec2Enrollment::servers", "NodeEnrollment::eks-nodes"):
        alone = pod_stack.up(small(scene), target=[f"**{kind}"])
        assert alone.failed, alone.output
        assert is_bare(scene)
    # The enforcement alone is no harm.
    pod_stack.up(small(scene), target=["**CalicoPolicies::eks-enforcement"])
    assert scene.fleet.groups("billing") == {"web"}
    pod_stack.up(small(scene)).succeeded()
    wanted = scene.objects()

    # Somebody takes an object away, and a server appears: the enrollment alone puts it back before it lets the server in.
    scene.fleet.launch("late", role="member")
    scene.server.api.request("DELETE", f"{scene.where}/globalnetworkpolicies/sg-remote.members")
    assert scene.objects().keys() < wanted.keys()
    scene.log.begin(scene.objects())
    pod_stack.up(small(scene), target=["**Ec2Enrollment::servers"]).succeeded()
    assert scene.fleet.groups("late") == {"web", "prod-trust"}
    trust, enforced = scene.reserved()
    assert scene.breaches(scene.log.moments(), wanted={name: scene.objects()[name] for name in ("sg-remote.members",)},
                          reserved=(trust, enforced)) == []  # fmt: skip
    assert wanted.keys() <= scene.objects().keys()
    pod_stack.up(small(scene)).succeeded()

    # Enforcement alone does not go as long as anybody depends on it.
    urns = {each["urn"].rpartition("::")[2]: each["urn"] for each in pod_stack.resources()}
    kept = pod_stack.destroy(target=[urns["eks-enforcement"]])
    assert kept.failed
    assert wanted.keys() <= scene.objects().keys()
    assert scene.fleet.groups("billing") == {"web", "prod-trust"}
    gone = pod_stack.destroy(target=[urns["eks-enforcement"]], target_dependents=True).succeeded()
    names = [name for _, name in gone.steps]
    assert names.index("servers") < names.index("prod-trust-drain") < names.index("eks-enforcement")
    assert scene.fleet.groups("billing") == scene.fleet.groups("late") == {"web"}
