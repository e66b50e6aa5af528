"""How long binding live pods takes, and a preview over many that changes nothing; with the guard on. Prints a table."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sg_integration.kubernetes import connection
from sg_integration.kubernetes.api import Api as OurApi
from sg_integration.model.bindings import Binding
from sg_integration.model.label_selectors import in_namespace, label_selector
from sg_integration.providers.pod_groups import PodGroupGrantProvider, PodGroupsProvider
from sg_integration.providers.pod_sight import Scope, decide, look
from sg_integration.providers.pod_writing import PodWriter
from sg_integration.sandbox.environment import Sandbox
from sg_integration.sandbox.plugins.kubernetes.api import Api
from sg_integration.sandbox.plugins.kubernetes.kubeconfig import access

PODS, BOUND = 5000, 2000
GROUPS = ("sg-0aaaaaaaaaaaaaaa1", "sg-0bbbbbbbbbbbbbbb2")
PROGRAM = """
import pulumi
from sg_integration import ClusterAccess, PodGroupBinding, PodGroupGuard, SecurityGroup

cluster = ClusterAccess("bench")
PodGroupGuard("guard", cluster=cluster)
group = SecurityGroup.existing("web", pulumi.Config().require("group"))
PodGroupBinding("web", cluster=cluster, namespace="bench", pod_selector={"app": "web"}, security_groups=[group])
"""


def main() -> None:
    print(
        f"{os.cpu_count()} cores, Python {sys.version.split()[0]}; {PODS} pods, {BOUND} of them bound, the guard on\n"
    )
    with tempfile.TemporaryDirectory() as name, Sandbox(Path(name) / "sandbox") as sandbox:
        directory = Path(name) / "stack"
        directory.mkdir()
        (directory / "Pulumi.yaml").write_text("name: bench\nruntime: python\n")
        (directory / "__main__.py").write_text(PROGRAM)
        env = {**os.environ, **sandbox.env()}
        os.environ.update(env)
        fill(Api(access(env["KUBECONFIG"], context=None, cluster=None, environ={})))

        def pulumi(*arguments: str) -> None:
            command = ["pulumi", *arguments, "--stack", "bench", "--non-interactive"]
            done = subprocess.run(command, cwd=directory, env=env, capture_output=True, text=True, check=False)
            if done.returncode:
                sys.exit(f"{' '.join(command)} failed:\n{done.stdout}{done.stderr}")

        pulumi("stack", "init")
        pulumi("config", "set", "group", GROUPS[0])
        for title, command in (
            ("preview, everything new", "preview"),
            (f"up, {BOUND} live pods bound", "up"),
            ("preview, no change", "preview"),
            ("up, no change", "up"),
        ):
            with timed(title):
                pulumi(command, *(["--yes"] if command == "up" else []), "--diff")
        inside(env)
        with timed(f"destroy, {BOUND} pods returned"):
            pulumi("destroy", "--yes")


def fill(api: Api) -> None:
    """Make the pods."""
    api.request(
        "POST", "/api/v1/namespaces", body={"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "bench"}}
    )

    def make(number: int) -> None:
        labels = {"app": "web" if number < BOUND else "other"}
        spec = {"containers": [{"name": "main", "image": "none"}]}
        body = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": f"p{number}", "labels": labels}, "spec": spec}
        api.request("POST", "/api/v1/namespaces/bench/pods", body=body)

    with timed(f"(making {PODS} pods)"), ThreadPoolExecutor(8) as pool:
        list(pool.map(make, range(PODS)))


def inside(env: dict[str, str]) -> None:
    """The same without the engine: what a binding's own part of it takes."""
    found = Binding("none", in_namespace("bench"), label_selector({"app": "web"}, "bench"), frozenset(GROUPS))
    cluster = connection.connect(connection.ClusterConnection(kubeconfig=env["KUBECONFIG"]))
    (there,) = cluster.registry()
    props: dict[str, Any] = {
        "kubeconfig": env["KUBECONFIG"], "security_group_ids": sorted(there.groups), "on_conflict": "fail", "mode": "admission",
        "binding": {"key": there.key, "namespaces": there.namespaces.document(), "pods": there.pods.document()},
    }  # fmt: skip
    with counted() as requests, timed("  of which the checks of a binding, no change", requests):
        PodGroupGrantProvider().check({}, {**props, "wanted_mode": "auto"})
        PodGroupsProvider().check(props, props)
    scope = Scope(found.key, found)
    print(f"  ({len(decide(look(cluster, scope)).pods)} pods are to get another group now)")
    with counted() as requests, timed(f"  writing {BOUND} live pods", requests):
        failed = PodWriter(cluster, scope).run()
    if failed:
        sys.exit(f"{len(failed)} failed: {next(iter(failed.items()))}")
    print(f"  largest memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MiB")


@contextmanager
def counted() -> Iterator[list[int]]:
    """Count our requests."""
    real, count = OurApi._send, [0]

    def send(self: OurApi, *arguments: Any, **named: Any) -> Any:
        count[0] += 1
        return real(self, *arguments, **named)

    OurApi._send = send  # type: ignore[method-assign]
    try:
        yield count
    finally:
        OurApi._send = real  # type: ignore[method-assign]


@contextmanager
def timed(what: str, requests: list[int] | None = None) -> Iterator[None]:
    """Print how long something takes, and with how many requests."""
    started = time.perf_counter()
    yield
    asked = f"{requests[0]:6} requests" if requests else ""
    print(f"{what:48}{time.perf_counter() - started:8.2f} s{asked}", flush=True)


if __name__ == "__main__":
    main()
