"""The law of the compiler: Calico decides every packet as the security groups would."""

from __future__ import annotations

from hypothesis import HealthCheck, Phase, given, settings

from tests.policy.trial import disagreement, manifests
from tests.policy.world import World
from tests.policy.worlds import worlds

PACKETS = 100_000
"""At least so many packets are decided in every run."""


def test_calico_decides_as_the_security_groups_would() -> None:
    """Over random VPCs, for every two ends and every packet, the compiled policy and the groups agree; or the smallest world says where."""
    decided = 0

    @settings(
        max_examples=600,
        deadline=None,
        database=None,
        phases=(Phase.generate, Phase.shrink),
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )
    @given(worlds())
    def agree(world: World) -> None:
        nonlocal decided
        decided += len(world.flows)
        found = disagreement(world, manifests(world))
        assert not found, found

    agree()
    assert decided >= PACKETS
