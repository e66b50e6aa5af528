"""What works without the extra `kubernetes`, and what is said of the rest."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from hatchling.metadata.core import ProjectMetadata

from sg_integration.model.extras import PACKAGES

ROOT = Path(__file__).parents[1]
COMMAND = "pip install 'sg-integration[kubernetes]'"
# As if they were not installed: neither found nor imported.
WITHOUT = f"import sys\nsys.modules.update(dict.fromkeys({PACKAGES['kubernetes']}))\n"
MOCKS = """
import asyncio
import pulumi

class Cloud(pulumi.runtime.Mocks):
    def new_resource(self, args):
        declared.append(args.typ)
        return "sg-0123456789abcdef0", args.inputs

    def call(self, args):
        raise NotImplementedError(args.token)

declared = []
asyncio.set_event_loop(asyncio.new_event_loop())
pulumi.runtime.set_mocks(Cloud(), preview=False)

@pulumi.runtime.test
def program():
"""
AWS_PART = """
    from sg_integration import Ec2Enrollment, Instances, RdsEnrollment, Databases, SecurityGroup, VpcIntegration, peers, ports
    vpc = VpcIntegration("prod", vpc_id="vpc-0123456789abcdef0")
    db = SecurityGroup("db", vpc_id=vpc.vpc_id, default_port=ports.POSTGRES)
    db.allow_from(peers.ipv4("10.0.0.0/8"))
    Ec2Enrollment("members", integration=vpc, select=Instances(whole_vpc=True), unenforced_ok=True)
    RdsEnrollment("databases", integration=vpc, select=Databases(whole_vpc=True), unenforced_ok=True)
program()
print(*declared)
"""


def run(code: str) -> subprocess.CompletedProcess[str]:
    """Run it in a process where the packages of the extra are missing."""
    return subprocess.run([sys.executable, "-c", WITHOUT + code], capture_output=True, text=True, check=False)


def test_groups_and_members_need_no_extra() -> None:
    """A program of groups, rules and members runs where nothing of Kubernetes is installed."""
    ran = run(MOCKS + AWS_PART)
    assert ran.returncode == 0, ran.stderr
    declared = {
        "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
        "pulumi-python:dynamic/sg_integration:RdsEnrollment",
    }
    assert declared < set(ran.stdout.split())


@pytest.mark.parametrize(
    "name", ["ClusterAccess", "ClusterIntegration", "PodGroupBinding", "PodGroupGuard", "TigeraEnforcement"]
)
def test_what_needs_the_extra_says_so(name: str) -> None:
    """A name that needs the extra fails with one error, which is an ImportError and ends with the command to run."""
    ran = run(f"try:\n    from sg_integration import {name}\nexcept ImportError as error:\n    print(error)")
    missing = ", ".join(PACKAGES["kubernetes"])
    assert ran.stdout == f"{name} needs what is not installed: {missing}. Run: {COMMAND}\n", ran.stderr


@pytest.mark.parametrize("module", ["providers.pod_groups", "providers.enforcement", "kubernetes.cluster"])
def test_the_process_of_a_dynamic_provider_says_so(module: str) -> None:
    """What a stack's state names, and is loaded where the extra is missing, fails with the command to run."""
    last = run(f"import sg_integration.{module}").stderr.splitlines()[-1]
    assert last.startswith("sg_integration.model.errors.MissingExtra: What talks to a Kubernetes cluster needs")
    assert last.endswith(COMMAND)


def test_the_command_says_so() -> None:
    """A topic that asks a cluster fails with one line."""
    ran = run("from sg_integration.cli import main\nsys.exit(main(['pods']))")
    assert (ran.returncode, ran.stdout) == (1, "")
    assert ran.stderr.startswith("error: What talks to a Kubernetes cluster needs")
    assert ran.stderr.endswith(f"{COMMAND}\n")


def test_the_extra_has_what_is_asked_for() -> None:
    """The modules that are looked for are those of the packages that the extra installs."""
    extras = ProjectMetadata(str(ROOT), None).core.optional_dependencies
    packages = {each.partition("<")[0].partition(">")[0].replace("-", "_") for each in extras["kubernetes"]}
    assert packages == set(PACKAGES["kubernetes"])
