"""How long enrolling takes, how many calls and how much memory, for 300 and 3,000 interfaces. Run by `make bench`.

Pacing is off for these; a last run with the default pace shows how near it comes to the bucket's floor. With `--members N`
other numbers are measured. Where `terraform` with an aws provider is installed, the same job is to be compared with
aws_network_interface_sg_attachment; where it is not, that is said.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

import boto3

from benchmarks.processor_time import MARK, Watch
from sg_integration.sandbox.environment import Sandbox

PROGRAM = """
import pulumi
from sg_integration import Ec2Enrollment, Instances, Pace, VpcIntegration

config = pulumi.Config()
vpc = VpcIntegration("bench", vpc_id=config.require("vpcId"))
if config.get_bool("enroll"):
    pace = Pace() if config.get_bool("paced") else Pace(refill=None)
    Ec2Enrollment("members", integration=vpc, select=Instances(tags={"role": "member"}), unenforced_ok=True, pace=pace)
"""


class Bench:
    """One stack with a fleet in a sandbox of its own."""

    def __init__(self, sandbox: Sandbox, directory: Path, members: int) -> None:
        self.sandbox, self.directory, self.members = sandbox, directory, members
        self.env = {**os.environ, **sandbox.env()}
        ec2 = boto3.client(
            "ec2", endpoint_url=self.env["AWS_ENDPOINT_URL"], region_name=self.env["AWS_REGION"],
            aws_access_key_id="test", aws_secret_access_key="test",
        )  # fmt: skip
        vpc_id = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        subnet_id = ec2.create_subnet(VpcId=vpc_id, CidrBlock="10.0.0.0/17")["Subnet"]["SubnetId"]
        group = ec2.create_security_group(GroupName="web", Description="web", VpcId=vpc_id)["GroupId"]
        sandbox.aws.fleet(
            subnet_id=subnet_id, count=members, security_group_ids=[group], tags={"role": "member"}, name_prefix="app-"
        )
        (directory / "Pulumi.yaml").write_text("name: bench\nruntime: python\n")
        (directory / "__main__.py").write_text(PROGRAM)
        self.pulumi("stack", "init")
        self.pulumi("config", "set", "vpcId", vpc_id)

    def pulumi(self, *arguments: str, env: Mapping[str, str] | None = None) -> None:
        """Run a command of the stack; the benchmark ends if it fails."""
        command = ["pulumi", *arguments, "--stack", f"bench-{self.members}", "--non-interactive"]
        done = subprocess.run(
            command, cwd=self.directory, env={**self.env, **(env or {})}, capture_output=True, text=True, check=False
        )
        if done.returncode:
            sys.exit(f"{' '.join(command)} failed:\n{done.stdout}{done.stderr}")

    def timed(self, name: str, *arguments: str) -> float:
        """Run a command, and print its time, its AWS calls, and the largest the dynamic provider was."""
        self.sandbox.aws.clear_calls()
        with Watch() as peak:
            started = time.perf_counter()
            self.pulumi(*arguments, env={MARK: peak.mark})
            elapsed = time.perf_counter() - started
        calls = [call for call in self.sandbox.aws.calls() if call.service in {"ec2", "rds"}]
        writes = sum(call.action == "ModifyNetworkInterfaceAttribute" for call in calls)
        print(
            f"{self.members:6} members  {name:20}{elapsed:8.2f} s  {len(calls):6} calls ({writes} writes)"
            f"  {len(calls) / self.members:6.3f} a member  provider {peak.mib:5.0f} MiB",
            flush=True,
        )
        return elapsed


def measure(members: int) -> None:
    with tempfile.TemporaryDirectory() as directory, Sandbox(Path(directory) / "sandbox", kubernetes=False) as sandbox:
        bench = Bench(sandbox, Path(directory), members)
        bench.timed("groups only", "up", "--yes", "--skip-preview")
        bench.pulumi("config", "set", "enroll", "true")
        bench.timed("enroll", "up", "--yes", "--skip-preview")
        bench.timed("preview, no change", "preview", "--expect-no-changes")
        bench.timed("up, no change", "up", "--yes", "--skip-preview", "--expect-no-changes")
        bench.timed("destroy", "destroy", "--yes", "--skip-preview")


def measure_pace(members: int) -> None:
    with tempfile.TemporaryDirectory() as directory, Sandbox(Path(directory) / "sandbox", kubernetes=False) as sandbox:
        bench = Bench(sandbox, Path(directory), members)
        bench.pulumi("up", "--yes", "--skip-preview")
        bench.pulumi("config", "set", "enroll", "true")
        bench.pulumi("config", "set", "paced", "true")
        elapsed = bench.timed("enroll, paced", "up", "--yes", "--skip-preview")
        floor = (members - 50) / 2.5
        print(f"{'':16}the bucket's floor is {floor:.1f} s: {elapsed / floor - 1:+.1%}")


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--members", type=int, nargs="*", default=[300, 3000])
    arguments.add_argument("--paced", type=int, default=300, help="members of the run with the default pace; 0: none")
    given = arguments.parse_args()
    print(f"{os.cpu_count()} cores, Python {sys.version.split()[0]}, the AWS of the sandbox on loopback\n")
    for members in given.members:
        measure(members)
    if given.paced:
        measure_pace(given.paced)
    if not shutil.which("terraform"):
        print("\nterraform is not installed here: nothing to compare with")


if __name__ == "__main__":
    main()
