"""The example `update-plan`: what was reviewed happens, and nothing else."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from .example_stacks import Shop

pytest_plugins = ("tests.engine.example_fixtures",)


def test_what_was_reviewed_is_applied_and_nothing_else(shop: Shop, tmp_path: Path) -> None:
    """Who appears between the plan and the update stops it with a message that says so, and joins only when he was reviewed."""
    stack = shop.stack("update-plan")
    plan = str(tmp_path / "plan.json")
    script = stack.program / "comment.py"

    def comment() -> str:
        stack.preview(plan=plan)
        done = subprocess.run([sys.executable, str(script), plan], capture_output=True, text=True, check=True)
        return done.stdout

    first = comment()
    assert "billing (i-" in first
    stack.up()  # the first time without the plan: the nodes are told of groups that did not exist when it was made
    assert "Nothing." in comment()
    assert not stack.engine.up(stack._run, plan=plan).succeeded().steps

    shop.launch("reports", **{"sg-integration": "member"})
    second = comment()
    assert "reports (i-" in second
    shop.launch("stranger", **{"sg-integration": "member"})
    refused = stack.engine.up(stack._run, plan=plan)
    assert refused.failed
    assert "violates plan" in refused.output
    trust = shop.group("shop-trust")
    assert not joined(shop, trust) & {"reports", "stranger"}
    assert "stranger (i-" in comment()
    stack.engine.up(stack._run, plan=plan).succeeded()
    assert joined(shop, trust) == {"billing", "reports", "stranger"}
    stack.destroy()
    assert shop.left_groups() == 0


def joined(shop: Shop, trust: str) -> set[str]:
    """The instances that are in `trust`, by name."""
    found = shop.ec2.describe_instances(Filters=[{"Name": "instance.group-id", "Values": [trust]}])["Reservations"]
    everybody = [each for reservation in found for each in reservation["Instances"]]
    return {
        tag["Value"]
        for each in everybody
        if trust in [group["GroupId"] for group in each["NetworkInterfaces"][0]["Groups"]]
        for tag in each["Tags"]
        if tag["Key"] == "Name"
    }
