"""The guard, on the real engine and a real API server: what bindings give is allowed, and nothing else."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import pytest

from sg_integration import ClusterAccess, PodGroupGuard, SecurityGroup
from sg_integration.sandbox.plugins.kubernetes.api import Refused
from tests.sandbox.plugin_kubernetes_world import eventually

from .pods import A, B, C, Pods, declare, listed
from .stacks import EngineStack, Program

pytest_plugins = ("tests.engine.pod_fixtures",)


def guarded(pods: Pods, *groups: str, allowed: str = "", subjects: tuple[dict[str, str], ...] = ()) -> Program:
    """A program with a guard and, if there are groups, a binding."""

    def program() -> None:
        access = ClusterAccess("cluster")
        legacy = {pods.namespace: [SecurityGroup.existing("legacy", allowed)]} if allowed else {}
        PodGroupGuard("guard", cluster=access, allowed_groups=legacy, subjects=subjects)
        if groups:
            declare(pods, *groups, access=access)

    return program


def refused(pods: Pods, name: str, annotation: str) -> str:
    """The words in which a pod is refused; it must be, at the latest when the guard acts."""
    words: list[str] = []
    numbers = itertools.count()

    def is_refused() -> bool:
        try:
            pods.run(f"{name}-{next(numbers)}", app="web", annotation=annotation)
        except Refused as refusal:
            words.append(str(refusal))
            return True
        return False

    assert eventually(is_refused)
    return words[-1]


def test_a_namespace_may_use_what_is_bound_there_and_nothing_else(pods: Pods, pod_stack: EngineStack) -> None:
    """The preview says what each namespace may use; a pod with another group is refused, by namespace, group and rule."""
    preview = pod_stack.preview(guarded(pods, A, allowed=B), diff=True).succeeded()
    assert pods.namespace in preview.output
    pod_stack.up(guarded(pods, A, allowed=B)).succeeded()
    words = refused(pods, "smuggler", listed(C))
    assert pods.namespace in words
    assert C in words
    assert "allowed-groups" in words
    assert pods.groups(pods.run("web", app="web")) == listed(A)
    assert pods.groups(pods.run("legacy", app="web", annotation=listed(B))) == listed(A, B)
    assert pod_stack.up(guarded(pods, A, allowed=B)).succeeded().counts == {}


def test_a_binding_of_another_stack_is_allowed_from_its_first_pod_to_its_last(
    pods: Pods, new_pod_stack: Callable[..., EngineStack]
) -> None:
    """Whatever stack declares it, a binding's groups are allowed before pods get them, and no more when it is gone."""
    platform, team = new_pod_stack("platform"), new_pod_stack("team")
    platform.up(guarded(pods)).succeeded()
    live = pods.run("live", app="web")

    def bound(*groups: str) -> Program:
        return lambda: declare(pods, *groups)

    team.up(bound(A)).succeeded()
    assert pods.groups(live) == listed(A)
    assert pods.groups(pods.run("new", app="web")) == listed(A)
    team.up(bound(B)).succeeded()
    assert pods.groups(pods.run("newer", app="web")) == listed(B)
    assert A in refused(pods, "late", listed(A))
    assert platform.up(guarded(pods)).succeeded().counts == {}  # what the team bound is no drift
    team.destroy().succeeded()
    assert B in refused(pods, "later", listed(B))
    assert pods.groups(live) is None


def test_a_guard_that_comes_later_knows_the_bindings_that_are_there(
    pods: Pods, new_pod_stack: Callable[..., EngineStack]
) -> None:
    """A guard that is declared after bindings of other stacks refuses none of their pods."""
    team, platform = new_pod_stack("team"), new_pod_stack("platform")
    team.up(lambda: declare(pods, A)).succeeded()
    preview = platform.preview(guarded(pods), diff=True).succeeded()
    assert A in preview.output
    platform.up(guarded(pods)).succeeded()
    assert C in refused(pods, "smuggler", listed(C))
    assert pods.groups(pods.run("web", app="web")) == listed(A)


def test_a_guard_that_somebody_removed_is_repaired(pods: Pods, pod_stack: EngineStack) -> None:
    """A plain update writes a guard again that was deleted by hand, and the preview says so."""
    pod_stack.up(guarded(pods, A)).succeeded()
    path = "/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies/sg-integration-guard"
    pods.server.api.request("DELETE", path)
    preview = pod_stack.preview(guarded(pods, A), diff=True).succeeded()
    assert "written again: it was removed" in preview.output
    pod_stack.up(guarded(pods, A)).succeeded()
    assert C in refused(pods, "smuggler", listed(C))
    assert pod_stack.up(guarded(pods, A)).succeeded().counts == {}


def test_a_cluster_has_one_guard(pods: Pods, new_pod_stack: Callable[..., EngineStack]) -> None:
    """A second stack that declares the guard is told who has it, and what to do."""
    new_pod_stack("one").up(guarded(pods)).succeeded()
    outcome = new_pod_stack("two").preview(guarded(pods))
    assert outcome.failed
    assert "one-guard" in outcome.output
    assert "guard=False" in outcome.output


@pytest.mark.parametrize("who", ["ci", "dev"])
def test_only_the_named_subjects_may_change_a_running_pod(pods: Pods, pod_stack: EngineStack, who: str) -> None:
    """Who is a subject of the guard may annotate a running pod; who may only patch pods may not."""
    pod_stack.up(guarded(pods, A, subjects=({"kind": "User", "name": "ci"},))).succeeded()
    pod = pods.run("web", app="web")
    refused(pods, "smuggler", listed(C))  # the guard acts
    pods.may_patch("dev")
    if who == "ci":
        pods.annotate_as(who, pod, listed(B))
        return
    with pytest.raises(Refused, match="only-the-integration"):
        pods.annotate_as(who, pod, listed(B))
    assert pods.groups(pod) == listed(A)


def test_a_policy_that_comes_back_is_allowed_again(pods: Pods, pod_stack: EngineStack) -> None:
    """When a binding's policy was deleted and the guard narrowed meanwhile, the refresh that makes it again tells the guard."""
    pod_stack.up(guarded(pods, A)).succeeded()
    (name,) = pods.policies()
    for kind in ("mutatingadmissionpolicybindings", "mutatingadmissionpolicies"):
        pods.server.api.request("DELETE", f"/apis/admissionregistration.k8s.io/v1/{kind}/{name}")
    pod_stack.up(guarded(pods, A))  # which narrows the guard, and may say that the policy is missing
    pod_stack.up(guarded(pods, A), refresh=True).succeeded()
    numbers = itertools.count()
    assert eventually(lambda: pods.groups(pods.run(f"web-{next(numbers)}", app="web")) == listed(A))
    assert pod_stack.up(guarded(pods, A)).succeeded().counts == {}
