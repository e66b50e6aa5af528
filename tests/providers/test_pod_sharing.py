"""Previews of one deployment look once: fifty bindings ask and wait no more than one."""

from __future__ import annotations

import threading
import time

import pytest

from sg_integration.model.errors import CredentialsMissing, IntegrationError, Throttled, Unreachable
from sg_integration.providers.pod_groups import PodGroupGrantProvider, PodGroupsProvider
from sg_integration.providers.pod_sharing import Shared

from .carrier import Clock
from .pod_stacks import Bound, Deployed
from .pod_world import A, B, FakeCluster

pytestmark = pytest.mark.usefixtures("clock")


def shared(cluster: FakeCluster, clock: Clock) -> Shared:
    """The cluster as the checks see it."""
    return Shared(cluster, clock)  # type: ignore[arg-type]


def test_fifty_quiet_bindings_ask_once(cluster: FakeCluster) -> None:
    """A preview with nothing to do lists namespaces, pods and registry once, however many bindings there are."""
    cluster.run("web-1", app="web")
    made = {key: Deployed(cluster) for key in map("k-{}".format, range(50))}
    for key, each in made.items():
        each.up(Bound(key, [A]))
    Shared(cluster).forget()  # type: ignore[arg-type]
    cluster.asked.clear()
    for key, each in made.items():
        granted = each.grant.check({**Bound(key, [A]).inputs(), "wanted_mode": "auto"})
        checked = each.pods.check({**Bound(key, [A]).inputs(), "mode": granted["mode"]})
        assert not each.pods.changes(checked)
    assert cluster.asked == {"serves_admission_policies": 1, "namespaces": 1, "pods": 1, "registry": 1}


def test_news_is_looked_at_once_more(cluster: FakeCluster) -> None:
    """A registry that others saw before another stack's binding came does not make its groups look stale."""
    made = Deployed(cluster)
    made.up(Bound("k", [A]))
    news = {**Bound("k", [A]).inputs(), "mode": "admission"}
    Shared(cluster).registry()  # type: ignore[arg-type]
    cluster.register(Bound("other", [B]).binding("admission"))
    pod = cluster.run("web-1", app="web")
    assert cluster.groups(pod) == {A, B}
    assert made.pods.check(news)["pods"] == {}


def test_what_was_seen_is_good_for_seconds(cluster: FakeCluster) -> None:
    """After five seconds, or after something was written, it is looked at again; namespaces are told apart."""
    clock = Clock()
    one = shared(cluster, clock)
    for seconds, times in ((0, 1), (4.9, 1), (0.2, 2), (0, 2)):
        clock.sleep(seconds)
        one.pods("shop")
        assert cluster.asked["pods"] == times
    one.pods("other")
    one.pods()
    assert cluster.asked["pods"] == 4
    one.forget()
    one.pods("shop")
    assert cluster.asked["pods"] == 5
    one.workloads("shop")
    shared(cluster, clock).workloads("shop")
    assert cluster.asked["workloads"] == 1


@pytest.mark.parametrize("kind", [CredentialsMissing, Throttled, Unreachable])
def test_a_cluster_that_does_not_answer_is_asked_once(cluster: FakeCluster, kind: type[Unreachable]) -> None:
    """Every binding fails with the same line, and only the first has waited for it."""
    cluster.broken = dict.fromkeys(("namespaces", "serves_admission_policies"), kind("asking", "x", "no answer"))
    for _ in range(50):
        assert PodGroupGrantProvider().check({}, Bound("k", [A]).inputs()).failures[0].reason == "asking: x: no answer"
        assert PodGroupsProvider().check({}, {**Bound("k", [A]).inputs(), "mode": "live"}).failures
    assert sum(cluster.asked.values()) == 1


def test_a_cluster_that_answers_again_is_heard(cluster: FakeCluster) -> None:
    """Ten seconds later it is asked anew; an error that says something else than silence is not kept."""
    clock = Clock()
    one = shared(cluster, clock)
    cluster.broken["registry"] = Unreachable("listing", "x", "no answer")
    with pytest.raises(Unreachable):
        one.registry()
    cluster.broken.clear()
    clock.sleep(9)
    with pytest.raises(Unreachable):
        one.namespaces()
    clock.sleep(2)
    assert one.namespaces() == cluster.spaces
    cluster.broken["registry"] = IntegrationError("an entry is broken")
    with pytest.raises(IntegrationError, match="an entry is broken"):
        one.registry()
    cluster.broken.clear()
    assert one.registry() == []


def test_who_wants_the_same_waits_for_who_asks(cluster: FakeCluster) -> None:
    """Checks run side by side: one of them asks, the others take its answer."""
    real = cluster.namespaces

    def slowly() -> dict[str, dict[str, str]]:
        time.sleep(0.05)
        return real()

    cluster.namespaces = slowly  # type: ignore[method-assign]
    clock = Clock()
    threads = [threading.Thread(target=shared(cluster, clock).namespaces) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert cluster.asked["namespaces"] == 1


def test_an_update_sees_for_itself(cluster: FakeCluster) -> None:
    """Who writes does not rely on what previews saw: pods that came since are bound too."""
    made, bound = Deployed(cluster), Bound("k", [A])
    news = {**bound.inputs(), "mode": "live"}
    cluster.register(bound.binding("live"))
    checked = made.pods.check(news)
    pod = cluster.run("web-1", app="web")
    assert checked["pods"] == {}
    made.pods.provider.create(checked)
    assert cluster.groups(pod) == {A}
