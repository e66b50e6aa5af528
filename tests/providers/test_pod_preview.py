"""What a preview says of the live pods of a binding, and what it says when it cannot look."""

from __future__ import annotations

from typing import Any

import pytest

from sg_integration.model.errors import AccessDenied, CredentialsMissing, IntegrationError, Throttled, Unreachable
from sg_integration.model.label_selectors import in_namespace
from sg_integration.providers.pod_groups import PodGroupsProvider

from .pod_stacks import Bound, Deployed
from .pod_world import NAME, UNKNOWN, A, B, C, FakeCluster

pytestmark = pytest.mark.usefixtures("clock")

SENTINEL = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"


def test_the_same_once_more_reads_differently(cluster: FakeCluster) -> None:
    """A line that equals that of the last run says that it is news."""
    pod, made, bound = cluster.run("web-1", app="web"), Deployed(cluster), Bound("k", [A])
    for words in (f"+ {A}", f"+ {A} (once more)", f"+ {A}"):
        assert made.preview(bound)["pods"] == {pod: words}
        made.up(bound)
        cluster.annotate(pod)


def test_what_was_done_is_no_news_beside_other_news(cluster: FakeCluster) -> None:
    """Lines of the last run stay while another pod has news, so that their going is not shown as some."""
    old, made, bound = cluster.run("web-1", app="web"), Deployed(cluster), Bound("k", [A])
    made.up(bound)
    new = cluster.run("web-2", app="web")
    cluster.annotate(new)
    assert made.preview(bound)["pods"] == {old: f"+ {A}", new: f"+ {A}"}


@pytest.mark.parametrize("unknown", [UNKNOWN, SENTINEL])
@pytest.mark.parametrize(
    ("of", "words"),
    [
        (lambda one: [one], "- sg-0aaaaaaaaaaaaaaa1 + a group not known yet 0"),
        (lambda one: [A, one, one], "+ a group not known yet 1 + a group not known yet 2"),
        (lambda one: one, "- sg-0aaaaaaaaaaaaaaa1 + groups not known yet"),
    ],
)
def test_groups_that_are_not_known_yet_are_said_to_be(cluster: FakeCluster, of: Any, words: str, unknown: Any) -> None:
    """A group that is replaced hides no pod, its placeholder reads as one, and it is a change."""
    pod, made = cluster.run("web-1", app="web"), Deployed(cluster)
    made.up(Bound("k", [A]))
    news = {**Bound("k", of(unknown)).inputs(), "mode": "admission"}
    shown = made.pods.check(news)
    assert shown["pods"] == {pod: words}
    assert made.pods.changes(shown)


@pytest.mark.parametrize("name", ["binding", "mode", "kubeconfig"])
def test_without_the_cluster_or_the_pods_nothing_is_claimed(cluster: FakeCluster, name: str) -> None:
    """While the namespace, the mode or the cluster is not known nobody looks, and no pod is listed."""
    cluster.run("web-1", app="web")
    provider = PodGroupsProvider()
    found = provider.check({}, {**Bound("k", [A]).inputs(), "mode": "admission", name: UNKNOWN})
    assert not found.failures
    assert not {"pods", "summary"} & set(found.inputs or {})
    inside = {**Bound("k", [A]).inputs()["binding"], "namespaces": UNKNOWN}
    assert not provider.check({}, {"binding": inside, "mode": "admission"}).failures
    assert not cluster.asked


def test_a_large_set_is_counted(cluster: FakeCluster) -> None:
    """Of more than 300 pods 300 are listed, and the others counted by what happens to them."""
    for at in range(310):
        cluster.run(f"web-{at:03}", app="web")
    made, bound = Deployed(cluster), Bound("k", [A])
    shown = made.preview(bound)
    assert len(shown["pods"]) == 301
    assert shown["pods"][f"(10 more) + {A}"] == "as listed"
    assert shown["summary"] == "310 of 310 live pods change"
    made.up(bound)
    assert {tuple(cluster.groups(pod)) for pod in cluster.live} == {(A,)}
    assert made.up(bound) == []


def test_who_returns_to_the_node_groups_is_counted(cluster: FakeCluster) -> None:
    """A pod that is no longer selected is listed as going back, and the summary warns."""
    pod, made = cluster.run("web-1", app="web"), Deployed(cluster)
    made.up(Bound("k", [A]))
    narrowed = Bound("k", [A], pods={"app": "web", "tier": "front"})
    shown = made.preview(narrowed)
    assert shown["pods"] == {pod: f"- {A} (back to the node groups)"}
    assert "1 return to the node groups, which can widen or cut their access" in shown["summary"]
    made.up(narrowed)
    assert cluster.groups(pod) == set()


def test_who_is_left_alone_is_said(cluster: FakeCluster) -> None:
    """A pod on the node's interface, a static pod and a malformed one are listed with the reason, and not written."""
    host = cluster.run("host", host=True, app="web")
    broken = cluster.run("broken", text=f'["{A}, {B}"]', app="web")
    made, bound = Deployed(cluster), Bound("k", [C])
    shown = made.preview(bound)
    assert shown["skipped"][host].startswith("hostNetwork")
    assert "is not a JSON list of group ids" in shown["skipped"][broken]
    assert shown["summary"] == "0 of 1 live pods change; 2 are left alone"
    made.up(bound)
    assert cluster.writes == []
    assert made.up(bound) == []


def test_a_namespace_that_is_not_there_yet_is_said(cluster: FakeCluster) -> None:
    """It may come later, so it is a word of warning and no failure."""
    shown = Deployed(cluster).preview(Bound("k", [A], namespaces=in_namespace("later")))
    assert (
        shown["summary"] == f"no namespace is there that {NAME}=later matches; pods of one that comes later are bound"
    )


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (AccessDenied("listing", "Forbidden", "no"), ""),
        (CredentialsMissing("listing", "Unauthorized", "no"), "cluster_unreachable"),
        (Throttled("listing", "TooManyRequests", "busy"), ""),
        (Unreachable("listing", "ConnectError", "nobody"), "cluster_unreachable"),
        (IntegrationError("reading ConfigMap x: broken"), ""),
    ],
)
def test_what_the_cluster_refuses_is_one_line(cluster: FakeCluster, error: IntegrationError, kind: str) -> None:
    """Each refusal is a failure of one input, in its own words."""
    cluster.broken["registry"] = error
    found = PodGroupsProvider().check({}, {**Bound("k", [A]).inputs(), "mode": "admission"})
    assert [(one.property, one.reason) for one in found.failures] == [(kind, str(error))]


def test_a_preview_may_go_on_without_the_cluster(cluster: FakeCluster, capsys: pytest.CaptureFixture[str]) -> None:
    """With `warn` nothing reads as a change, it is said, and the next run that reaches the cluster does what there is."""
    pod, made, bound = cluster.run("web-1", app="web"), Deployed(cluster), Bound("k", [A])
    bound.more["cluster_unreachable"] = "warn"
    made.up(bound)
    cluster.annotate(pod)
    cluster.broken["namespaces"] = Unreachable("listing", "ConnectError", "nobody")
    shown = made.preview(bound, "admission")
    assert not made.pods.changes(shown)
    assert shown["summary"] == "1 of 1 live pods change"
    assert "as of the last update" in capsys.readouterr().out
    assert made.pods.changes(made.preview(Bound("k", [B], more=bound.more), "admission"))
    made.pods.inputs = shown
    cluster.broken.clear()
    assert made.up(bound) == ["pods"]
    assert cluster.groups(pod) == {A}


@pytest.mark.parametrize(
    ("document", "words"),
    [
        ("text", "'text' is no JSON"),
        ([1.0], "is no binding"),
        ({"key": 1.0}, "is no text"),
        ({"key": "k", "pods": {"app": 1.0}}, "1.0 is no label's value"),
    ],
)
def test_a_malformed_binding_is_refused_by_name(cluster: FakeCluster, document: Any, words: str) -> None:
    """Inputs that nobody of us can have written are a failure of `binding`, not a traceback."""
    found = PodGroupsProvider().check({}, {"binding": document, "mode": "live"})
    assert [one.property for one in found.failures] == ["binding"]
    assert words in found.failures[0].reason
    assert not cluster.asked
