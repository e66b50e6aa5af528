"""Run the quickstart in the sandbox, for a person to watch.

Preview, up, up again, what stands in AWS and on the pods, a pod that is killed, one that is smuggled in, destroy.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from examples.demo_commands import ROOT, preview_of_pods, pulumi, run, sg_integration_pods
from examples.demo_pods import kill_one, pods, show_pods, smuggle
from examples.demo_views import groups_in, say, show_groups, show_members
from sg_integration.sandbox import keeper
from sg_integration.sandbox.environment import Sandbox
from sg_integration.sandbox.errors import SandboxError
from sg_integration.sandbox.seed import seed

KEPT = ROOT / ".sandbox"
STACK = "sandbox"  # of the sandbox that is kept; one that is not has a stack named after its process, so that two do not meet


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--keep", action="store_true", help="leave sandbox and stack there, to play with by hand")
    started = time.monotonic()
    try:
        if arguments.parse_args().keep:
            show_and_keep()
        else:
            with tempfile.TemporaryDirectory() as directory, Sandbox(Path(directory)) as sandbox:
                show_all({**os.environ, **sandbox.env()}, sandbox.state.plugins)
    except SandboxError as error:
        print(f"\nThe demo stopped: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    print(f"\nDone in {time.monotonic() - started:.0f} s.")
    return 0


def show_and_keep() -> None:
    keeper.stop(KEPT)
    keeper.purge(KEPT)
    plugins = keeper.start(KEPT).plugins
    try:
        show_until_up(STACK, {**os.environ, **keeper.environment(KEPT)}, plugins)
    except BaseException:
        print(f"\nThe sandbox in {KEPT} is still up; .venv/bin/sg-integration sandbox down ends it.", file=sys.stderr)
        raise
    say("The sandbox stays up, and the stack in it. In another shell, here:")
    print(f"""
  eval "$(.venv/bin/sg-integration sandbox env)"
  pulumi preview -s {STACK}       # change examples/quickstart/__main__.py, and look
  pulumi up -s {STACK}
  sg-integration pods              # which groups pods have, and which bindings give them
  pulumi destroy -s {STACK}
  .venv/bin/sg-integration sandbox down --purge""")


def show_all(env: Mapping[str, str], plugins: Mapping[str, str]) -> None:
    stack = f"demo-{os.getpid()}"
    try:
        vpc_id, before = show_until_up(stack, env, plugins)
        say("And back: destroy takes away what is ours, and nothing else")
        pulumi(stack, env, "destroy", "--yes", "--skip-preview")
        show_groups(env, vpc_id)
        sg_integration_pods(env)
        if any(pods(env).values()):
            raise SandboxError("destroy left groups on pods.")
        if left := set(groups_in(env, vpc_id)) - set(before):
            raise SandboxError(f"destroy left {', '.join(left)} in {vpc_id}.")
    finally:
        with suppress(FileNotFoundError):
            (ROOT / f"Pulumi.{stack}.yaml").unlink()


def show_until_up(stack: str, env: Mapping[str, str], plugins: Mapping[str, str]) -> tuple[str, Mapping[str, str]]:
    used = ", ".join(f"{name}: {which}" for name, which in sorted(plugins.items()))
    print(f"Engine: pulumi {run(env, 'pulumi', 'version')}. Plugins: {used}.")
    seeded = seed(env)
    say(f"A VPC that somebody else owns: {seeded.vpc_id}")
    show_members(env, seeded.vpc_id)
    show_pods(env)
    show_groups(env, seeded.vpc_id)
    before = groups_in(env, seeded.vpc_id)
    with suppress(FileNotFoundError):
        (ROOT / f"Pulumi.{stack}.yaml").unlink()
    run(env, "pulumi", "stack", "init", stack, "--non-interactive")
    run(env, "pulumi", "config", "set-all", "--stack", stack, "--path", *seeded.config_arguments())
    say("Preview: what would be made, rule by rule, before anything is")
    pulumi(stack, env, "preview")
    say("And which pods gain which groups")
    preview_of_pods(stack, env)
    say("Up: make it")
    pulumi(stack, env, "up", "--yes", "--skip-preview")
    say("Up again: nothing to do")
    pulumi(stack, env, "up", "--yes", "--skip-preview", "--expect-no-changes")
    say("What stands in AWS now")
    show_groups(env, seeded.vpc_id)
    say("What stands on the pods: nothing was rolled out")
    sg_integration_pods(env)
    say("A pod is killed, and comes back with its groups")
    kill_one(env)
    sg_integration_pods(env)
    say("Somebody makes a pod with a group that nobody gave to its namespace")
    smuggle(env, seeded.bastion_security_group_id)
    return seeded.vpc_id, before


if __name__ == "__main__":
    sys.exit(main())
