"""A machine that goes down in the middle of an update or a removal, at whatever write, leaves nobody open."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from .enforcement_scene import Scene, is_bare, scene, small
from .killing import Executioner, executioner
from .merged_log import Moment
from .stacks import EngineStack, Outcome

pytest_plugins = ("tests.engine.pod_fixtures",)
__all__ = ["executioner", "scene"]

MANY = 80
UNFINISHED = "RevokeSecurityGroupEgress"
"""The writes of a group after its first one: killed there, the aws plugin makes another group the next time."""


def test_killed_at_every_write_nobody_is_open_and_the_next_run_goes_on(
    scene: Scene, pod_stack: EngineStack, executioner: Executioner
) -> None:
    """Killed at each write of `up`, then of `destroy`, nobody is in a group without all objects, and the next run goes on.

    Every index is covered, although one stack goes through it all. Each run is killed after its first write to Calico or to
    an interface, whose answer is lost, or before its second write to a group or a rule; so the run after it begins with what
    a kill at that write leaves. That a first run would have left the same, the log shows: all killed runs together write
    what one run writes that nobody kills, in the same order.
    """
    killed = again_and_again(lambda: up(pod_stack, scene), executioner)
    wanted, reserved, joined = scene.objects(), scene.reserved(), list(scene.log.moments())
    assert killed.count("CreateSecurityGroup") >= 2
    assert len(killed) > len(joined) > len(wanted) + 1
    killed = again_and_again(lambda: destroy(pod_stack), executioner)
    left = list(scene.log.moments())
    assert len(killed) > len(left) - len(joined) > len(wanted) + 1
    assert scene.breaches(left, wanted, reserved) == []
    assert is_bare(scene)

    scene.log.begin({})
    up(pod_stack, scene).succeeded()
    destroy(pod_stack).succeeded()
    assert in_words(scene.log.moments()) == in_words(left)


def test_after_a_kill_the_way_back_is_as_safe(scene: Scene, pod_stack: EngineStack, executioner: Executioner) -> None:
    """What a killed `destroy` left is made good by `up`; what a killed `up` left goes by `destroy`, also joins that no state knows."""
    up(pod_stack, scene).succeeded()
    wanted, reserved, writes = scene.objects(), scene.reserved(), len(list(scene.log.moments()))
    with executioner.after(writes // 2):
        assert destroy(pod_stack).failed
    assert 0 < len(scene.objects()) < len(wanted)
    up(pod_stack, scene).succeeded()
    assert scene.breaches(scene.log.moments(), scene.objects(), scene.reserved()) == []
    assert scene.fleet.groups("billing") == {"web", "prod-trust"}
    destroy(pod_stack).succeeded()
    for count in (writes // 2, writes):
        scene.log.begin({})
        with executioner.after(count):
            assert up(pod_stack, scene).failed
        wanted, reserved = scene.objects(), scene.reserved()
        assert bool(list(scene.log.moments())[-1].carrying(*reserved)) is (count == writes)
        destroy(pod_stack).succeeded()
        assert scene.breaches(scene.log.moments(), wanted, reserved) == []
        assert is_bare(scene)


def up(stack: EngineStack, scene: Scene) -> Outcome:
    """Bring the stack up, one write at a time."""
    return stack.up(small(scene), parallel=1)


def destroy(stack: EngineStack) -> Outcome:
    """Remove it, one write at a time."""
    return stack.destroy(parallel=1)


def again_and_again(operation: Callable[[], Outcome], executioner: Executioner) -> list[str]:
    """Run an operation until nobody kills it any more; the writes at which it was killed."""
    killed: list[str] = []
    allowed = 1
    for _ in range(MANY):
        with executioner.after(1, plugins=allowed):
            outcome = operation()
        if not executioner.killed_at:
            outcome.succeeded()
            return killed
        assert outcome.failed
        killed.append(executioner.killed_at)
        allowed = allowed + 1 if executioner.killed_at == UNFINISHED else 1
    raise AssertionError(f"it never ends: {killed}")


def in_words(moments: Iterable[Moment]) -> list[str]:
    """The writes, without the ids of groups, which differ from one run to another."""
    return [re.sub("sg-[0-9a-f]{17}", "group", each.write) for each in moments]
