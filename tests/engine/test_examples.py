"""Every example runs on the real engine, by the command line, in the VPC that the sandbox seeds."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from sg_integration.sandbox.aws.server import EmbeddedAws
from sg_integration.sandbox.seed import seed

ROOT = Path(__file__).parents[2]
EXAMPLES = {"quickstart": ROOT, "enrollment": ROOT / "examples" / "enrollment"}


def test_every_example_is_listed() -> None:
    """No example is left untested."""
    assert {path.parent.name for path in (ROOT / "examples").glob("*/__main__.py")} == set(EXAMPLES)


@pytest.mark.parametrize("example", EXAMPLES)
def test_an_example_goes_up_and_comes_down(example: str, engine_env: dict[str, str], embedded_aws: EmbeddedAws) -> None:
    """An example is previewed, made, made again without a change, and destroyed without a trace."""
    env = {**os.environ, **engine_env, "KUBECONFIG": os.devnull}
    stack = f"example-{example}"
    configuration = EXAMPLES[example] / f"Pulumi.{stack}.yaml"

    def pulumi(*arguments: str) -> str:
        command = ["pulumi", *arguments, "--stack", stack, "--non-interactive"]
        done = subprocess.run(command, cwd=EXAMPLES[example], env=env, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    seeded = seed(env)
    embedded_aws.clear_calls()
    try:
        pulumi("stack", "init")
        pulumi("config", "set-all", "--path", *seeded.config_arguments())
        assert "to create" in pulumi("preview")
        pulumi("up", "--yes", "--skip-preview")
        pulumi("up", "--yes", "--skip-preview", "--expect-no-changes")
        pulumi("destroy", "--yes", "--skip-preview")
    finally:
        configuration.unlink(missing_ok=True)
    made = sum(call.action == "CreateSecurityGroup" and call.status == 200 for call in embedded_aws.calls())
    gone = sum(call.action == "DeleteSecurityGroup" and call.status == 200 for call in embedded_aws.calls())
    assert made == gone > 0
