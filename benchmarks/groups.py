"""How long the engine takes for many groups and rules, and what importing costs. Run by `make bench`; prints a table."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

from sg_integration.sandbox.environment import Sandbox
from sg_integration.sandbox.seed import seed

GROUPS = 50
PROGRAM = f"""
import pulumi
from sg_integration import SecurityGroup, VpcIntegration, ports

vpc_id = pulumi.Config().require("vpcId")
VpcIntegration("bench", vpc_id=vpc_id)
groups = [SecurityGroup(f"g{{n}}", vpc_id=vpc_id, default_port=ports.HTTPS) for n in range({GROUPS})]
for one, two, three in zip(groups, groups[1:] + groups[:1], groups[2:] + groups[:2]):
    one.allow_from(two)
    one.allow_from(three)
"""


def main() -> None:
    rules = GROUPS * 2 * 2 + 4
    print(f"{GROUPS + 2} groups, {rules} rules, {os.cpu_count()} cores, Python {sys.version.split()[0]}\n")
    timed("import sg_integration", [sys.executable, "-c", "import sg_integration"], os.environ, Path.cwd())
    with tempfile.TemporaryDirectory() as directory, Sandbox(Path(directory) / "sandbox", kubernetes=False) as sandbox:
        env = {**os.environ, **sandbox.env()}
        project = Path(directory)
        (project / "Pulumi.yaml").write_text("name: bench\nruntime: python\n")
        (project / "__main__.py").write_text(PROGRAM)
        quiet(["pulumi", "stack", "init", "bench"], env, project)
        quiet(["pulumi", "config", "set", "vpcId", seed(env).vpc_id], env, project)
        for name, command in (
            ("preview", ["preview"]),
            ("up", ["up", "--yes", "--skip-preview"]),
            ("preview, no change", ["preview", "--expect-no-changes"]),
            ("up, no change", ["up", "--yes", "--skip-preview", "--expect-no-changes"]),
            ("destroy", ["destroy", "--yes", "--skip-preview"]),
        ):
            timed(f"pulumi {name}", ["pulumi", *command, "--stack", "bench"], env, project)
            if name == "up":
                print(f"{'':24}{len(sandbox.aws.calls())} AWS calls so far, the seed's included")


def timed(name: str, command: list[str], env: Mapping[str, str], directory: Path) -> None:
    started = time.perf_counter()
    quiet(command, env, directory)
    elapsed = time.perf_counter() - started
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / (1024 if sys.platform == "linux" else 1024**2)
    print(f"{name:24}{elapsed:7.2f} s   largest process so far {peak:5.0f} MiB", flush=True)


def quiet(command: list[str], env: Mapping[str, str], directory: Path) -> None:
    done = subprocess.run(command, env=env, cwd=directory, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{' '.join(command)} failed:\n{done.stdout}{done.stderr}")


if __name__ == "__main__":
    main()
