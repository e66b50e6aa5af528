"""What a person sees of a long update on the real engine: how long it will take, how far it is, and how long it took."""

from __future__ import annotations

import re

from sg_integration import Ec2Enrollment, Instances, Pace, VpcIntegration

from .cloud import Cloud
from .fleet import Fleet
from .stacks import EngineStack, Outcome

MEMBERS = 60


def lines(outcome: Outcome) -> list[str]:
    """What the engine printed at its end of who joins."""
    diagnostics = outcome.output.rpartition("Diagnostics:")[2]
    return [each.strip() for each in diagnostics.splitlines() if " trust: " in each]


def test_a_long_update_is_foretold_and_followed(process_stack: EngineStack, cloud: Cloud) -> None:
    """60 interfaces at a slow pace: the preview says how long, the update how far after 10 seconds, and how long it was."""
    fleet = Fleet.make(cloud)
    fleet.launch(*(f"app-{number}" for number in range(MEMBERS)), role="member")

    def program(pace: Pace) -> None:
        vpc = VpcIntegration("prod", vpc_id=fleet.cloud.vpc_id)
        select = Instances(tags={"role": "member"})
        Ec2Enrollment("members", integration=vpc, unenforced_ok=True, select=select, pace=pace)

    preview = process_stack.preview(lambda: program(Pace(capacity=1, refill=0.5))).succeeded()
    assert lines(preview) == [
        "members of trust: 60 network interfaces to write, about 2 min at 0.5 writes a second (pace)"
    ]
    done = process_stack.up(lambda: program(Pace(capacity=1, refill=5.4))).succeeded()
    how_far, in_all = lines(done)
    assert re.fullmatch(r"joining trust: 5\d of 60 network interfaces, about [1-3] s left", how_far)
    assert re.fullmatch(r"joining trust: 60 of 60 network interfaces, 1\d s in all", in_all)
    assert how_far in done.output.partition("Diagnostics:")[0]  # while it went on, and not only at the end
