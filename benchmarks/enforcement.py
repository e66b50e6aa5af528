"""How long enforcement takes on the engine: 2,000 groups of 60 rules, 5,000 members, 200 nodes; first update and previews.

The AWS of the sandbox runs in this very process, so that it can be filled at once; what processor time this process uses while
Pulumi runs is the simulator's. Prints a table; fails if a preview without a change takes longer than the limit. That one gets
AWS's answers from memory, since real ones cost this machine nothing: how long AWS takes for them is not in it.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from benchmarks.compile import made
from benchmarks.enforcement_cloud import Cloud
from benchmarks.processor_time import MARK, Watch, cpu
from sg_integration.model import admission
from sg_integration.model.bindings import Binding
from sg_integration.model.label_selectors import in_namespace, label_selector
from sg_integration.sandbox.environment import Sandbox
from sg_integration.sandbox.kubernetes.calico_pods import seed_calico_pod
from sg_integration.sandbox.kubernetes.definitions import install, seed_calico, seed_host_endpoints
from sg_integration.sandbox.plugins.kubernetes.api import Api
from sg_integration.sandbox.plugins.kubernetes.kubeconfig import access

LIMIT_SECONDS: Final = 10.0
GROUPS_OF_A_BINDING: Final = 5
PROGRAM: Final = """
import pulumi
from sg_integration import CalicoEnforcement, ClusterIntegration, Nodes, Pace, VpcIntegration

config = pulumi.Config()
ClusterIntegration(
    "bench",
    integration=VpcIntegration("bench", vpc_id=config.require("vpcId")),
    node_security_group_ids=[config.require("nodes")],
    control_plane_security_group_id=None,
    nodes=Nodes.from_cluster(),
    enforcement=CalicoEnforcement(),
    guard=False,
    pace=Pace(refill=None),
)
"""
BARE: Final = """
import sys
import boto3

ec2, vpc_id, groups = boto3.client("ec2"), sys.argv[1], sys.argv[2].split(",")
for action, name, values in [
    ("describe_network_interfaces", "vpc-id", [vpc_id]),
    ("describe_instances", "vpc-id", [vpc_id]),
    ("describe_security_groups", "vpc-id", [vpc_id]),
    *(("describe_security_group_rules", "group-id", groups[at : at + 200]) for at in range(0, len(groups), 200)),
]:
    filters = [{"Name": name, "Values": values}]
    for page in ec2.get_paginator(action).paginate(Filters=filters, PaginationConfig={"PageSize": 1000}):
        pass
"""
COUNTED: Final = re.compile(
    rb'^apiserver_request_total\{.*group="(?:crd\.)?projectcalico\.org".*verb="(?!WATCH)[A-Z]+".*\} (\d\S*)',
    re.MULTILINE,
)
PULUMI: Final = ("pulumi", "--stack", "bench", "--non-interactive")


def main() -> None:
    # Who is started in the background ignores interrupts, and so does whom he starts: Pulumi would wait 5 s for each of its hosts.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    inputs = made()
    print(
        f"{len(inputs.groups)} groups of {len(inputs.groups[0].rules)} rules, {len(inputs.members)} members, "
        f"{len(inputs.nodes)} nodes, {os.cpu_count()} cores, Python {sys.version.split()[0]}\n"
    )
    with (
        tempfile.TemporaryDirectory() as name,
        Sandbox(Path(name) / "sandbox", controllers=()) as sandbox,
        Cloud(inputs) as cloud,
    ):
        groups = sorted(inputs.in_use)
        stack = Stack(sandbox, cloud, Path(name) / "stack")
        stack.fill(groups)
        stack.pulumi("stack", "init")
        stack.pulumi("config", "set", "vpcId", cloud.vpc_id)
        stack.pulumi("config", "set", "nodes", *inputs.default_groups)
        print(
            f"{'':24}{'':>8}{'seconds of CPU':^36}{'requests to':^17}{'MiB':>6}\n"
            f"{'':24}{'seconds':>8}{'provider':>12}{'others':>8}{'AWS':>8}{'cluster':>8}{'AWS':>8}{'Calico':>9}"
        )
        stack.timed("bare boto3, once", sys.executable, "-c", BARE, cloud.vpc_id, ",".join(groups))
        stack.timed("up, everything new", *PULUMI, "up", "--yes", "--skip-preview")
        stack.timed("preview, no change", *PULUMI, "preview", "--expect-no-changes")
        cloud.replay.replays = True
        took, simulators = stack.timed("the same, AWS replayed", *PULUMI, "preview", "--expect-no-changes")
        cloud.replay.replays = False
        stack.timed("up, no change", *PULUMI, "up", "--yes", "--skip-preview", "--expect-no-changes")
        stack.timed("destroy", *PULUMI, "destroy", "--yes", "--skip-preview")
    print(
        f"\na preview without a change, with AWS's answers from memory, takes {took:.1f} s (limit {LIMIT_SECONDS:.0f})"
    )
    print(f"in which the simulator of AWS and the cluster used the same processor for {simulators:.1f} s")
    sys.exit(0 if took <= LIMIT_SECONDS else 1)


class Stack:
    """One stack, and what it costs whom to run commands of it."""

    def __init__(self, sandbox: Sandbox, cloud: Cloud, directory: Path) -> None:
        self._cloud, self._directory = cloud, directory
        self._env = {**os.environ, **sandbox.env()}
        own = self._env["AWS_ENDPOINT_URL"]  # of the sandbox's own AWS, which stays empty
        self._env |= {name: cloud.url for name, value in self._env.items() if value == own}
        self._api = Api(access(self._env["KUBECONFIG"], context=None, cluster=None, environ={}))
        self._cluster = [sandbox.state.pids[name] for name in ("etcd", "kube-apiserver")]
        directory.mkdir()
        (directory / "Pulumi.yaml").write_text("name: bench\nruntime: python\n")
        (directory / "__main__.py").write_text(PROGRAM)

    def fill(self, groups: list[str]) -> None:
        """Make Calico, the nodes, and what other stacks have bound: every group is some pod's."""
        install(self._api)
        seed_calico(self._api)
        for name, instance in self._cloud.nodes.items():
            spec = {"providerID": f"aws:///eu-central-1a/{instance}"}
            self._make("/api/v1/nodes", {"apiVersion": "v1", "kind": "Node", "metadata": {"name": name}, "spec": spec})
            seed_calico_pod(self._api, name)
        seed_host_endpoints(self._api, {name: [] for name in self._cloud.nodes})
        for at in range(0, len(groups), GROUPS_OF_A_BINDING):
            some = frozenset(groups[at : at + GROUPS_OF_A_BINDING])
            bound = Binding(f"team-{at}", in_namespace(f"team-{at}"), label_selector({}, "bench"), some, mode="live")
            self._make("/api/v1/namespaces/kube-system/configmaps", admission.entry(bound))

    def _make(self, where: str, manifest: dict[str, Any]) -> None:
        self._api.request("POST", where, body=manifest)

    def pulumi(self, *arguments: str) -> None:
        self._run([*PULUMI, *arguments])

    def _run(self, command: list[str], env: Mapping[str, str] | None = None) -> None:
        env = {**self._env, **(env or {})}
        done = subprocess.run(command, cwd=self._directory, env=env, capture_output=True, text=True, check=False)
        if done.returncode:
            sys.exit(f"{' '.join(command)[:200]} failed:\n{done.stdout[-5000:]}{done.stderr[-5000:]}")

    def timed(self, name: str, *command: str) -> tuple[float, float]:
        """Run a command, and print its time, what of it is whose, and what was asked; its time, and that of AWS and cluster."""
        self._cloud.replay.asked = 0
        asked, cluster, aws = self._requests(), sum(map(cpu, self._cluster)), time.process_time()
        with Watch() as watch:
            started = time.perf_counter()
            self._run(list(command), {MARK: watch.mark})
            elapsed = time.perf_counter() - started
        aws, cluster = time.process_time() - aws, sum(map(cpu, self._cluster)) - cluster
        print(
            f"{name:24}{elapsed:8.2f}{watch.provider:12.2f}{watch.others:8.2f}{aws:8.2f}{cluster:8.2f}"
            f"{self._cloud.replay.asked:8}{self._requests() - asked:9}{watch.mib:6.0f}",
            flush=True,
        )
        return elapsed, aws + cluster

    def _requests(self) -> int:
        """How many requests for what we read and write the API server has answered so far."""
        answer = self._api._pool.request("GET", f"{self._api._server}/metrics", headers=self._api._headers)
        return sum(int(float(count)) for count in COUNTED.findall(answer.data))


if __name__ == "__main__":
    main()
