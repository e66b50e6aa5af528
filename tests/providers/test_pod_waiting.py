"""Waiting until new pods are as policies say: they act late, never, or cannot be tried at all."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from sg_integration.model import guard
from sg_integration.model.bindings import Binding, Pod
from sg_integration.model.errors import AccessDenied, InvalidAnnotation, ProbeRefused, Refused, Throttled
from sg_integration.model.label_selectors import in_namespace, label_selector
from sg_integration.providers.pod_waiting import Admission

from .carrier import Clock
from .pod_stacks import Bound
from .pod_world import NAME, A, B, C, FakeCluster

HERE = Bound("k", [A]).binding("admission")


@pytest.fixture
def cluster(cluster: FakeCluster) -> FakeCluster:
    """A cluster with one namespace, in which one binding is registered and acts."""
    cluster.register(HERE)
    return cluster


def waiting(cluster: FakeCluster, clock: Clock | None = None) -> tuple[Admission, Clock, list[str]]:
    """One who waits, his clock, and what he says."""
    clock, said = clock or Clock(), list[str]()
    return Admission(cluster, said.append, clock, clock.sleep), clock, said  # type: ignore[arg-type]


def test_it_must_be_seen_three_times_in_a_row(cluster: FakeCluster) -> None:
    """Several API servers answer in turn: one that lags starts the count again."""
    admission, clock, _ = waiting(cluster)
    answers = iter([True, True, False, True, True, True])
    real = cluster.probe
    cluster.probe = lambda *args: real(*args) if next(answers) else Pod("shop", "bare")  # type: ignore[method-assign]
    admission.wait_until_given(HERE)
    assert next(answers, "over") == "over"
    assert clock.now == pytest.approx(1.0)


def test_a_refusal_starts_the_count_again(cluster: FakeCluster) -> None:
    """An API server that still refuses counts as one that does not act."""
    admission, *_ = waiting(cluster)
    answers, real = iter([True, True, False, True, True, True]), cluster.probe

    def probe(*args: Any) -> Pod:
        cluster.refusal = "" if next(answers) else f"ValidatingAdmissionPolicy '{guard.NAME}' denied"
        return real(*args)

    cluster.probe = probe  # type: ignore[method-assign,assignment]
    admission.wait_until_given(HERE)
    assert len(cluster.probes) == 6


def test_a_policy_that_takes_its_time_is_waited_for(cluster: FakeCluster) -> None:
    """Who comes later is seen as soon as it acts."""
    cluster.lag = 12
    changed = replace(HERE, groups=frozenset([B]))
    cluster.register(changed)
    admission, clock, said = waiting(cluster)
    admission.wait_until_given(changed)
    assert len(cluster.probes) == 15
    assert 2 < clock.now < 4
    assert not said


def test_a_policy_that_never_acts_fails_after_a_minute(cluster: FakeCluster) -> None:
    """The update says what it waited for, and where."""
    admission, clock, _ = waiting(cluster)
    with pytest.raises(Refused, match="trying a pod in namespace shop: NotYet: new pods do not get the groups"):
        admission.wait_until_given(replace(HERE, groups=frozenset([B])))
    assert 60 <= clock.now < 61


def test_groups_of_before_must_be_gone_from_new_pods(cluster: FakeCluster) -> None:
    """A pod that came with them after the others were listed would keep them; what another binding gives may stay."""
    now = replace(HERE, groups=frozenset([B]))
    cluster.lag = 4
    cluster.acting = {"k": replace(HERE, groups=frozenset([A, B]))}
    cluster.register(now)
    admission, *_ = waiting(cluster)
    admission.wait_until_given(now, replace(HERE, groups=frozenset([A, B])))
    assert len(cluster.probes) == 4 + 3
    cluster.lag = 0
    cluster.register(replace(HERE, key="other"))
    cluster.probes.clear()
    admission.wait_until_given(now, replace(HERE, groups=frozenset([A, B])))
    assert len(cluster.probes) == 3


def test_a_binding_that_went_is_waited_out(cluster: FakeCluster) -> None:
    """It is over when new pods have only what the others give them, also when that is the same group."""
    cluster.register(replace(HERE, key="other", groups=frozenset([A, C])))
    cluster.lag = 5
    cluster.unregister("other")
    admission, *_ = waiting(cluster)
    admission.wait_until_gone(replace(HERE, key="other", groups=frozenset([A, C])))
    assert len(cluster.probes) == 5 + 3


@pytest.mark.parametrize("what", ["given", "allowed", "gone"])
def test_another_policy_that_lets_no_pod_in_does_not_stop_it(cluster: FakeCluster, what: str) -> None:
    """After five seconds it goes on blind, and says so in that policy's words."""
    cluster.refusal = "ValidatingAdmissionPolicy 'no-latest-tags' denied request"
    admission, clock, said = waiting(cluster)
    arguments: dict[str, tuple[Any, ...]] = {"allowed": (HERE, {}), "given": (HERE,), "gone": (HERE,)}
    getattr(admission, f"wait_until_{what}")(*arguments[what])
    assert 5 <= clock.now < 6
    assert len(said) == 1
    assert "no-latest-tags" in said[0]
    assert "So it was not seen whether new pods" in said[0]


def test_our_own_guard_that_refuses_is_an_error(cluster: FakeCluster) -> None:
    """Groups that the guard does not let in would stop every pod, so nobody goes on blind."""
    cluster.refusal = f"ValidatingAdmissionPolicy '{guard.NAME}' denied: rule allowed-groups"
    admission, clock, said = waiting(cluster)
    with pytest.raises(ProbeRefused, match="rule allowed-groups"):
        admission.wait_until_given(HERE)
    assert clock.now >= 60
    waits = "waiting until new pods of shop get the groups of the binding"
    assert said == [f"{waits}: 10 s so far, 60 s at most", f"{waits}: 30 s so far, 60 s at most"]


def test_who_may_not_try_pods_waits_a_while_and_says_so(cluster: FakeCluster) -> None:
    """Without the right to make pods it waits five seconds instead."""
    cluster.broken["probe"] = AccessDenied("trying", "Forbidden", "no", 'Grant the verb "create" on "pods"')
    admission, clock, said = waiting(cluster)
    admission.wait_until_given(HERE)
    assert clock.now == 5
    assert 'Grant the verb "create"' in said[0]
    assert "5 s were waited instead" in said[0]


@pytest.mark.parametrize(
    "binding",
    [replace(HERE, namespaces=in_namespace("later")), replace(HERE, namespaces=in_namespace("kube-system"))],
)
def test_without_a_namespace_nothing_is_tried(cluster: FakeCluster, binding: Binding) -> None:
    """It waits as long as a policy takes, since a namespace may come with the next command."""
    cluster.spaces["kube-system"] = {NAME: "kube-system"}
    admission, clock, said = waiting(cluster)
    admission.wait_until_given(binding)
    assert clock.now == 2
    assert not cluster.probes
    assert not said


def test_a_namespace_that_goes_meanwhile_is_exchanged(cluster: FakeCluster) -> None:
    """Another namespace serves as well, and none at all is as if there had been none."""
    everywhere = replace(HERE, namespaces=replace(HERE.namespaces, requirements=()))
    cluster.spaces |= {"blue": {NAME: "blue"}}
    cluster.register(everywhere)
    admission, *_ = waiting(cluster)
    real = cluster.probe

    def probe(namespace: str, *rest: Any) -> Pod:
        cluster.spaces.pop("blue", None)
        return real(namespace, *rest)

    cluster.probe = probe  # type: ignore[method-assign,assignment]
    admission.wait_until_given(everywhere)
    assert [namespace for namespace, _ in cluster.probes] == ["blue", "shop", "shop", "shop"]
    cluster.probe = lambda namespace, *_: cluster.spaces.clear() or real(namespace, *_)  # type: ignore[method-assign,func-returns-value]
    admission.wait_until_given(everywhere)


def test_an_api_server_that_fails_is_an_error(cluster: FakeCluster) -> None:
    """A refusal that says nothing of policies ends it at once, in its words; so does an annotation nobody can read."""
    admission, *_ = waiting(cluster)
    cluster.broken["probe"] = Throttled("trying", "TooManyRequests", "busy")
    with pytest.raises(Throttled):
        admission.wait_until_given(HERE)
    cluster.broken.clear()
    broken = Pod("shop", "x", annotations={"aws.tigera.io/security-groups": "broken"})
    cluster.probe = lambda *_: broken  # type: ignore[method-assign]
    with pytest.raises(InvalidAnnotation):
        admission.wait_until_given(HERE)


def test_a_pod_is_tried_that_the_binding_matches(cluster: FakeCluster) -> None:
    """Its labels are an example of the selector."""
    picky = Bound("p", [B], pods={"matchExpressions": [{"key": "tier", "operator": "Exists"}]}).binding("admission")
    cluster.register(picky)
    waiting(cluster)[0].wait_until_given(picky)
    assert all("tier" in labels for _, labels in cluster.probes)


@pytest.mark.parametrize("narrowed", ["pods", "namespaces"])
def test_who_is_selected_no_more_is_waited_for_too(cluster: FakeCluster, narrowed: str) -> None:
    """A pod of the former selector that came after the pods were listed would keep the groups, and nobody would look again."""
    cluster.spaces = {"a": {NAME: "a", "team": "web"}, "b": {NAME: "b", "team": "web", "tier": "front"}}
    team, front = label_selector({"team": "web"}, "team"), label_selector({"team": "web", "tier": "front"}, "front")
    before = replace(HERE, namespaces=team)
    fewer = replace(before, pods=label_selector({"app": "web", "tier": "front"}, "pods"))
    now = fewer if narrowed == "pods" else replace(before, namespaces=front)
    cluster.register(before)
    cluster.lag = 6
    cluster.register(now)
    admission, clock, _ = waiting(cluster)
    admission.wait_until_given(now, before)
    assert cluster.acting["k"] == now
    assert len(cluster.probes) == 6 + 3
    assert clock.now < 2


def test_a_wait_that_was_in_vain_says_what_to_do(cluster: FakeCluster) -> None:
    """Somebody may have changed the policy; nothing but a refresh sees that."""
    admission, *_ = waiting(cluster)
    with pytest.raises(Refused, match="`pulumi up --refresh` mends it"):
        admission.wait_until_given(replace(HERE, groups=frozenset([B])))
