"""What becomes of live pods when a binding goes."""

from __future__ import annotations

from typing import Any

import pytest

from sg_integration.model.errors import (
    IntegrationError,
    Throttled,
)
from sg_integration.providers.pod_groups import PodGroupGrantProvider

from .pod_stacks import Bound, Deployed
from .pod_world import A, C, FakeCluster

pytestmark = pytest.mark.usefixtures("clock")


def test_a_policy_that_still_stands_stops_the_way_back(cluster: FakeCluster) -> None:
    """Pods are not returned while a policy still gives the groups to new ones; the error says what to do."""
    pod, made = cluster.run("web-1", app="web"), Deployed(cluster)
    made.up(Bound("k", [A]))
    with pytest.raises(IntegrationError, match="sg-integration-k is still registered"):
        made.grant.provider.delete(made.grant.id, made.grant.outs)
    assert cluster.groups(pod) == {A}


def test_the_way_back_takes_what_bindings_gave_whoever_wrote_since(cluster: FakeCluster) -> None:
    """A pod that somebody annotated meanwhile gives back ours and keeps theirs, although another manager owns it."""
    pod, made = cluster.run("web-1", app="web"), Deployed(cluster)
    made.up(Bound("k", [A]))
    cluster.annotate(pod, A, C, manager="kubectl-annotate")
    made.destroy()
    assert cluster.groups(pod) == {C}


def test_a_way_back_that_fails_names_everybody_and_is_tried_again(cluster: FakeCluster) -> None:
    """Who cannot be returned is listed, the others are returned, and the next destroy returns the rest."""
    pods = [cluster.run(f"web-{at}", app="web") for at in range(3)]
    made = Deployed(cluster)
    made.up(Bound("k", [A]))
    for pod in pods[:2]:
        cluster.refusals[pod] = [Throttled("writing", "TooManyRequests", "busy")]
    with pytest.raises(IntegrationError, match="2 members could not be returned to the groups that remain"):
        made.destroy()
    assert [cluster.groups(pod) for pod in pods] == [{A}, {A}, set()]
    made.grant.destroy()
    assert {tuple(cluster.groups(pod)) for pod in pods} == {()}


def test_what_was_returned_is_gone_from_new_pods_too(cluster: FakeCluster) -> None:
    """The pods are listed only when new ones come without the groups."""
    made = Deployed(cluster)
    cluster.run("web-1", app="web")
    made.up(Bound("k", [A]))
    cluster.lag = 5
    late = []
    real = cluster.pods

    def pods(namespace: str | None = None, selector: str = "") -> Any:
        found = real(namespace, selector)
        late.append(cluster.run("late", app="web"))
        return found

    cluster.pods = pods  # type: ignore[method-assign]
    made.destroy()
    assert {tuple(cluster.groups(pod)) for pod in cluster.live} == {()}
    assert late


@pytest.mark.parametrize("missing", [{}, {"binding": None}, {"binding": "x"}])
def test_a_damaged_state_says_what_to_do(cluster: FakeCluster, missing: dict[str, Any]) -> None:
    """Deleting what cannot be read touches nothing."""
    with pytest.raises(IntegrationError, match="binding: "):
        PodGroupGrantProvider().delete("id", missing)
    assert not cluster.asked
