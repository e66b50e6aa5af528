"""What policies cost a pod's admission: one guard, many bindings, pods that match none, one or several. Prints a table."""

from __future__ import annotations

import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import Any

from sg_integration.model import admission, guard
from sg_integration.model.annotation import GROUPS
from sg_integration.model.bindings import Binding
from sg_integration.model.label_selectors import LabelSelector, in_namespace, label_selector
from sg_integration.sandbox.kubernetes import EmbeddedKubernetes
from sg_integration.sandbox.plugins.kubernetes.api import Api
from sg_integration.sandbox.plugins.kubernetes.kubeconfig import access
from sg_integration.sandbox.toolchain.obtain import obtain

NAMES, SELECTORS = 200, 20  # what the guard's list is compiled from
POLICIES = 20  # mutating policies that match none of our pods
MATCHING = (1, 2, 5)
ROUNDS, WARMING = 250, 20
APIS = "/apis/admissionregistration.k8s.io/v1"
PLACES = {
    "MutatingAdmissionPolicy": f"{APIS}/mutatingadmissionpolicies",
    "MutatingAdmissionPolicyBinding": f"{APIS}/mutatingadmissionpolicybindings",
    "ValidatingAdmissionPolicy": f"{APIS}/validatingadmissionpolicies",
    "ValidatingAdmissionPolicyBinding": f"{APIS}/validatingadmissionpolicybindings",
}
Work = dict[str, Callable[[], Any]]


def main() -> None:
    print(f"{os.cpu_count()} cores, Python {sys.version.split()[0]}; median of {ROUNDS} dry runs, in turn\n")
    bin_dir = obtain(["etcd", "kube-apiserver"])
    with (
        tempfile.TemporaryDirectory() as directory,
        EmbeddedKubernetes(bin_dir=bin_dir, directory=Path(directory)) as kubernetes,
    ):
        api = Api(access(str(kubernetes.kubeconfig), context=None, cluster=None, environ={}))
        for name in ("bench", "elsewhere"):
            body = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}
            api.request("POST", "/api/v1/namespaces", body=body)
        for namespace in ("bench", "kube-system"):
            api.request("POST", f"/api/v1/namespaces/{namespace}/pods", body=pod("kubelets"))
        work = requests(api)
        print("without any policy")
        table(measured({"create": work["create, guarded"], "status": work["status, guarded"]}))
        matching = install(api)
        wait(lambda: groups_of(api, MATCHING[-1]) == {group for each in matching for group in each.groups})
        print(
            f"\nwith {POLICIES + len(matching)} mutating policies, and a guard of {NAMES} names and {SELECTORS} selectors"
        )
        found = measured(work)
        table(found)
        first, last = MATCHING[0], MATCHING[-1]
        slope = (found[f"create, {last} match"] - found[f"create, {first} match"]) / (last - first)
        print(f"\n{'the guard adds to a new pod':36}{found['create, guarded'] - found['create, not guarded']:7.2f} ms")
        print(f"{'the guard adds to a status':36}{found['status, guarded'] - found['status, not guarded']:7.2f} ms")
        print(f"{'the first policy that matches adds':36}{found['create, 1 match'] - found['create, guarded']:7.2f} ms")
        print(f"{'each further one adds':36}{slope:7.2f} ms")


def requests(api: Api) -> Work:
    def create(namespace: str, labels: dict[str, str], annotations: dict[str, str] | None = None) -> Any:
        path = f"/api/v1/namespaces/{namespace}/pods"
        return api.request("POST", path, query={"dryRun": "All"}, body=pod("new", labels, annotations))

    def status(namespace: str) -> Any:
        path = f"/api/v1/namespaces/{namespace}/pods/kubelets/status"
        body = {"status": {"message": "as a kubelet writes it"}}
        return api.request(
            "PATCH", path, query={"dryRun": "All"}, body=body, content_type="application/merge-patch+json"
        )

    sixteen = {GROUPS: json.dumps([f"sg-{number:017x}" for number in range(16)])}
    return {
        "create, not guarded": lambda: create("kube-system", {}),
        "create, guarded": lambda: create("bench", {}),
        "create, guarded, names 16 groups": lambda: create("bench", {}, sixteen),
        **{f"create, {many} match": partial(create, "bench", labelled(many)) for many in MATCHING},
        "status, not guarded": lambda: status("kube-system"),
        "status, guarded": lambda: status("bench"),
    }


def install(api: Api) -> list[Binding]:
    """Declare everything; returns the bindings that match."""

    def bind(key: str, namespaces: LabelSelector, pods: dict[str, str], groups: Iterable[str]) -> Binding:
        return Binding(key, namespaces, label_selector(pods, "bench"), frozenset(groups))

    by_name = [bind(f"n{n}", in_namespace(f"team-{n}"), {}, [f"sg-{n:017x}"]) for n in range(NAMES - 1)]
    by_name.append(bind("all", in_namespace("bench"), {}, [f"sg-{n:017x}" for n in range(16)]))
    by_label = [
        bind(f"s{n}", label_selector({"tier": f"t{n}", "stage": "prod"}, "bench"), {}, [f"sg-{n:017x}"])
        for n in range(SELECTORS)
    ]
    others = [bind(f"o{n}", in_namespace("elsewhere"), {"app": f"a{n}"}, [f"sg-{n:08x}"]) for n in range(POLICIES)]
    matching = [bind(f"m{n}", in_namespace("bench"), {f"m{n}": "yes"}, [f"sg-{n:08x}"]) for n in range(MATCHING[-1])]
    compiled = guard.compiled([*by_name, *by_label, *others, *matching], [], {})
    for manifest in (compiled, guard.policy_binding(), guard.routes_policy(), guard.routes_binding()):
        api.request("POST", PLACES[manifest["kind"]], body=manifest)
    for each in (*others, *matching):
        for manifest in (admission.policy(each), admission.policy_binding(each)):
            api.request("POST", PLACES[manifest["kind"]], body=manifest)
    return matching


def groups_of(api: Api, many: int) -> set[str]:
    made = requests(api)[f"create, {many} match"]()
    return set(json.loads(made["metadata"].get("annotations", {}).get(GROUPS, "[]")))


def wait(ready: Callable[[], bool]) -> None:
    end = time.monotonic() + 60
    while not ready():
        if time.monotonic() > end:
            sys.exit("the policies do not act after a minute")
        time.sleep(0.5)


def measured(work: Work) -> dict[str, float]:
    """The median of each, in milliseconds; one of each in turn, so that what else the machine does hits all alike."""
    taken: dict[str, list[float]] = {title: [] for title in work}
    for turn in range(ROUNDS + WARMING):
        for title, do in work.items():
            started = time.perf_counter()
            do()
            if turn >= WARMING:
                taken[title].append((time.perf_counter() - started) * 1000)
    return {title: statistics.median(times) for title, times in taken.items()}


def table(found: dict[str, float]) -> None:
    for title, median in found.items():
        print(f"{title:36}{median:7.2f} ms", flush=True)


def labelled(many: int) -> dict[str, str]:
    return {f"m{number}": "yes" for number in range(many)}


def pod(name: str, labels: dict[str, str] | None = None, annotations: dict[str, str] | None = None) -> dict[str, Any]:
    metadata = {"name": name, "labels": labels or {}, "annotations": annotations or {}}
    spec = {"containers": [{"name": "main", "image": "main"}]}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec}


if __name__ == "__main__":
    main()
