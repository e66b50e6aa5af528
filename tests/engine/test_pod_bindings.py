"""Bindings of groups to pods, on the real engine and a real API server with its controllers."""

from __future__ import annotations

from collections.abc import Callable

from sg_integration import ClusterAccess
from tests.sandbox.plugin_kubernetes_world import eventually

from .pods import A, B, C, Pods, binding, declare, listed
from .stacks import EngineStack

pytest_plugins = ("tests.engine.pod_fixtures",)


def test_live_pods_are_bound_without_a_rollout_and_new_ones_as_they_come(pods: Pods, pod_stack: EngineStack) -> None:
    """Live pods get the groups as previewed, a killed one comes back with them, no rollout happens, and all ends as it began."""
    pods.deploy("web", app="web")
    other = pods.run("other", app="other")
    first, second = (name for name in pods.names() if name != other)
    preview = pod_stack.preview(binding(pods, A), diff=True).succeeded()
    assert f"{first}" in preview.output
    assert f"+ {A}" in preview.output
    assert other not in preview.output
    assert "2 of 2 live pods change" in preview.output
    assert '"admission"' in preview.output
    assert pods.groups(first) is None
    pod_stack.up(binding(pods, A)).succeeded()
    assert [pods.groups(pod) for pod in (first, second, other)] == [listed(A), listed(A), None]
    assert pods.deployment("web")["metadata"]["generation"] == 1
    assert pod_stack.up(binding(pods, A)).succeeded().counts == {}
    pods.kill(first)
    assert eventually(lambda: len(pods.names()) == 3 and first not in pods.names())
    assert {pods.groups(pod) for pod in pods.names() if pod != other} == {listed(A)}
    assert pod_stack.preview(binding(pods, A), diff=True).succeeded().counts == {}
    pod_stack.destroy().succeeded()
    assert {pods.groups(pod) for pod in pods.names()} == {None}
    assert pods.policies() == []
    assert pods.deployment("web")["metadata"]["generation"] == 1


def test_bindings_of_two_stacks_add_up(pods: Pods, new_pod_stack: Callable[..., EngineStack]) -> None:
    """A pod that two stacks bind has the sorted union, also when it is new; destroying one leaves the other's groups."""
    one, two = new_pod_stack("one"), new_pod_stack("two")
    pod = pods.run("web-1", app="web", tier="front")
    two.up(binding(pods, C, B)).succeeded()
    one.up(binding(pods, A, pod_selector={"tier": "front"})).succeeded()
    assert pods.groups(pod) == listed(A, B, C)
    assert pods.groups(pods.run("web-2", app="web", tier="front")) == listed(A, B, C)
    assert two.up(binding(pods, B, C)).succeeded().counts == {}
    two.destroy().succeeded()
    assert pods.groups(pod) == listed(A)
    assert pods.groups(pods.run("web-3", app="web", tier="front")) == listed(A)
    assert one.up(binding(pods, A, pod_selector={"tier": "front"})).succeeded().counts == {}


def test_two_new_bindings_of_one_program_on_one_pod(pods: Pods, pod_stack: EngineStack) -> None:
    """Bindings that are written at the same time take nothing from each other."""
    names = [pods.run(f"web-{at}", app="web") for at in range(10)]

    def program() -> None:
        access = ClusterAccess("cluster")
        for name, group in (("a", A), ("b", B), ("c", C)):
            declare(pods, group, name=name, access=access)

    pod_stack.up(program).succeeded()
    assert {pods.groups(pod) for pod in names} == {listed(A, B, C)}
    assert pod_stack.up(program).succeeded().counts == {}


def test_other_groups_and_other_pods_are_swapped(pods: Pods, pod_stack: EngineStack) -> None:
    """The preview shows what each pod gains and loses, and who returns to the node groups; a pod no longer selected is freed."""
    front, back = pods.run("front", app="web", tier="front"), pods.run("back", app="web", tier="back")
    pod_stack.up(binding(pods, A, B)).succeeded()
    swapped = binding(pods, B, C, pod_selector={"tier": "front"})
    preview = pod_stack.preview(swapped, diff=True).succeeded()
    assert f"- {A} + {C}" in preview.output
    assert f"- {A} - {B} (back to the node groups)" in preview.output
    assert "1 return to the node groups, which can widen or cut their access" in preview.output
    pod_stack.up(swapped).succeeded()
    assert (pods.groups(front), pods.groups(back)) == (listed(B, C), None)
    assert pods.groups(pods.run("front-2", app="web", tier="front")) == listed(B, C)
    assert pods.groups(pods.run("back-2", app="web", tier="back")) is None
    # What was done is no news.
    again = pod_stack.preview(binding(pods, B, pod_selector={"tier": "front"}), diff=True).succeeded()
    assert f"- {C}" in again.output
    assert back not in again.output


def test_what_somebody_else_wrote_stays(pods: Pods, pod_stack: EngineStack) -> None:
    """A group that a person gave a pod survives a binding that comes and goes."""
    pod = pods.run("web-1", app="web", annotation=listed(B))
    pod_stack.up(binding(pods, A, on_conflict="force")).succeeded()
    late = pods.run("web-2", app="web", annotation=listed(B))
    assert [pods.groups(each) for each in (pod, late)] == [listed(A, B)] * 2
    pod_stack.destroy().succeeded()
    assert [pods.groups(each) for each in (pod, late)] == [listed(B)] * 2


def test_a_pod_that_lost_its_groups_gets_them_again(pods: Pods, pod_stack: EngineStack) -> None:
    """A plain update repairs a pod whose annotation or labels somebody took away, and the preview says so each time."""
    pod = pods.run("web-1", app="web")
    pod_stack.up(binding(pods, A)).succeeded()
    for words in (f"+ {A}", f"+ {A} (once more)"):
        pods.annotate(pod, None)
        preview = pod_stack.preview(binding(pods, A), diff=True).succeeded()
        assert words in preview.output
        pod_stack.up(binding(pods, A)).succeeded()
        assert pods.groups(pod) == listed(A)
    assert pod_stack.preview(binding(pods, A), diff=True).succeeded().counts == {}


def test_another_owner_of_the_annotation_is_named(pods: Pods, pod_stack: EngineStack) -> None:
    """A pod whose annotation another manager owns fails alone, by name; with force it is taken over, and nothing is lost."""
    pod, free = pods.run("web-1", app="web"), pods.run("web-2", app="web")
    pods.annotate(pod, listed(B))
    outcome = pod_stack.up(binding(pods, A))
    assert outcome.failed
    assert "kubectl-annotate" in outcome.output
    assert "on_conflict" in outcome.output
    assert pods.groups(free) == listed(A)
    pod_stack.up(binding(pods, A, on_conflict="force")).succeeded()
    assert pods.groups(pod) == listed(A, B)
    assert pod_stack.preview(binding(pods, A, on_conflict="force"), diff=True).succeeded().counts == {}


def test_who_is_left_alone_is_said(pods: Pods, pod_stack: EngineStack) -> None:
    """A pod on the node's interface and one whose annotation is no list stay as they are, and the preview says why."""
    host = pods.run("host", app="web", host=True)
    broken = pods.run("broken", app="web", annotation=f'["{A}, {B}"]')
    preview = pod_stack.preview(binding(pods, C), diff=True).succeeded()
    assert "hostNetwork: it has the node's own interface and groups" in preview.output
    assert "is not a JSON list of group ids" in preview.output
    pod_stack.up(binding(pods, C)).succeeded()
    assert pods.groups(host) is None
    found = pods.server.get(f"/api/v1/namespaces/{pods.namespace}/pods/{broken.partition('/')[2]}")
    assert found is not None
    assert found["metadata"]["annotations"]["aws.tigera.io/security-groups"] == f'["{A}, {B}"]'


def test_namespaces_by_label_and_such_as_come_later(pods: Pods, pod_stack: EngineStack) -> None:
    """A namespace that is labelled so later needs no update; that none is there yet is said."""
    by_label = binding(pods, A, namespace_selector={"team": pods.namespace})
    preview = pod_stack.preview(by_label, diff=True).succeeded()
    assert "pods of one that comes later are bound" in preview.output
    pod_stack.up(by_label).succeeded()
    later = pods.another(team=pods.namespace)
    assert pods.groups(pods.run("web-1", namespace=later, app="web")) == listed(A)
    assert pods.groups(pods.run("web-1", app="web")) is None
