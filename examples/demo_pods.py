"""What the demo does to pods behind Pulumi's back: it looks, kills, and tries to smuggle."""

from __future__ import annotations

import textwrap
import time
from collections.abc import Mapping
from typing import Any

from lightkube import ApiError, Client, KubeConfig
from lightkube.models.core_v1 import Container, PodSpec
from lightkube.models.meta_v1 import ObjectMeta
from lightkube.resources.core_v1 import Pod

from examples.demo_views import table
from sg_integration.sandbox.errors import SandboxError

NAMESPACE = "shop"
ANNOTATION = "aws.tigera.io/security-groups"
PATIENCE = 15.0


def cluster(env: Mapping[str, str]) -> Client:
    return Client(config=KubeConfig.from_file(env["KUBECONFIG"]).get())


def pods(env: Mapping[str, str], app: str = "") -> dict[str, str]:
    """The live pods of the shop: name to annotation."""
    labels: dict[str, Any] = {"app": app} if app else {}
    found = [pod.metadata for pod in cluster(env).list(Pod, namespace=NAMESPACE, labels=labels)]
    live = [each for each in found if each is not None and each.deletionTimestamp is None]
    return {str(each.name): (each.annotations or {}).get(ANNOTATION, "") for each in live}


def show_pods(env: Mapping[str, str]) -> None:
    table([("NAMESPACE", "POD", "SECURITY GROUPS"), *((NAMESPACE, *each) for each in sorted(pods(env).items()))])


def kill_one(env: Mapping[str, str]) -> None:
    """Delete one pod, and wait for the one that its Deployment makes instead: it must come with the groups."""
    before = pods(env, "orders-api")
    killed = min(before)
    cluster(env).delete(Pod, killed, namespace=NAMESPACE, grace_period=0)
    print(f"{NAMESPACE}/{killed} is deleted.\n", flush=True)
    until = time.monotonic() + PATIENCE
    while not (new := pods(env, "orders-api").keys() - before.keys()):
        if time.monotonic() > until:
            raise SandboxError(f"no pod came for {killed}.")
        time.sleep(0.1)
    if pods(env)[min(new)] != before[killed]:
        raise SandboxError(f"{min(new)} came without the groups that {killed} had.")


def smuggle(env: Mapping[str, str], security_group_id: str) -> None:
    """Try to make a pod with a group that nobody gave to its namespace."""
    metadata = ObjectMeta(name="smuggler", annotations={ANNOTATION: f'["{security_group_id}"]'})
    spec = PodSpec(containers=[Container(name="main", image="registry.k8s.io/pause:3.10")])
    print(f"pod {NAMESPACE}/smuggler, annotated {ANNOTATION}: '[\"{security_group_id}\"]'\n", flush=True)
    try:
        cluster(env).create(Pod(metadata=metadata, spec=spec), namespace=NAMESPACE)
    except ApiError as refusal:
        print(
            textwrap.fill(str(refusal.status.message), 118, break_long_words=False, break_on_hyphens=False), flush=True
        )
    else:
        raise SandboxError("the guard let a pod have a group that nobody gave to its namespace.")
