"""Namespaces that change under a binding: their labels go, they are about to go, or others give the same groups."""

from __future__ import annotations

import pytest

from sg_integration.model import annotation
from sg_integration.model.label_selectors import in_namespace, label_selector

from .pod_stacks import Bound, Deployed
from .pod_world import NAME, A, FakeCluster

pytestmark = pytest.mark.usefixtures("clock")


def test_a_namespace_that_loses_its_label_loses_the_groups(cluster: FakeCluster) -> None:
    """Pods of a namespace that is selected no more are listed and freed, by an update or by the end of the binding."""
    team = label_selector({"team": "web"}, "namespaces")
    cluster.spaces["shop"]["team"] = "web"
    cluster.spaces["kube-system"] = {NAME: "kube-system"}
    pod, made, bound = cluster.run("web-1", app="web"), Deployed(cluster), Bound("k", [A], namespaces=team)
    made.up(bound)
    system = cluster.run("copy", A, namespace="kube-system", app="web")
    cluster.live[system].annotations[annotation.ATTACHED] = annotation.render([A])  # type: ignore[index]
    del cluster.spaces["shop"]["team"]
    assert made.preview(bound)["pods"] == {pod: f"- {A} (back to the node groups)"}
    assert made.up(bound) == ["pods"]
    assert cluster.groups(pod) == set()
    cluster.spaces["shop"]["team"] = "web"
    made.up(bound)
    assert cluster.groups(pod) == {A}
    del cluster.spaces["shop"]["team"]
    made.destroy()
    assert cluster.groups(pod) == set()
    assert cluster.live[system].groups == {A}  # where nothing is ever bound, nothing is taken either


def test_a_pod_of_a_namespace_that_is_about_to_go_is_passed_over(cluster: FakeCluster) -> None:
    """Its labels are not known any more, and a selector of what a namespace is not would match; the same for one just made."""
    cluster.spaces["prod"] = {NAME: "prod", "env": "prod"}
    not_prod = label_selector(
        {"matchExpressions": [{"key": "env", "operator": "NotIn", "values": ["prod"]}]}, "namespaces"
    )
    pod, going = cluster.run("web-1", app="web"), cluster.run("web-1", namespace="prod", app="web")
    del cluster.spaces["prod"]  # as `Cluster.namespaces` has it
    made, bound = Deployed(cluster), Bound("k", [A], namespaces=not_prod)
    assert made.preview(bound)["pods"] == {pod: f"+ {A}"}
    made.up(bound)
    assert (cluster.groups(pod), cluster.groups(going)) == ({A}, set())
    cluster.spaces["prod"] = {NAME: "prod", "env": "prod"}
    assert made.up(bound) == []


def test_who_has_the_groups_from_another_binding_is_not_counted(cluster: FakeCluster) -> None:
    """The summary is about the pods of this binding, wherever else the same group is given."""
    everywhere = label_selector({"team": "web"}, "namespaces")
    cluster.spaces["shop"]["team"] = "web"
    cluster.spaces["other"] = {NAME: "other"}
    cluster.run("web-1", namespace="other", app="web")
    Deployed(cluster).up(Bound("other", [A], namespaces=in_namespace("other")))
    cluster.run("web-1", app="web")
    assert Deployed(cluster).preview(Bound("k", [A], namespaces=everywhere))["summary"] == "1 of 1 live pods change"
