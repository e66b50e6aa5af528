"""What the guard says to the owner of a namespace, whose Role allows every verb on every resource in it, on a real API server."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from sg_integration.model.annotation import ATTACHED, GROUPS, LABEL_PREFIX, labels
from tests.kubernetes.policies import Guarded, as_user, guarded, refused, says
from tests.sandbox.plugin_kubernetes_world import Server

OWNER, NAME = "owner-of-a-namespace", "every-verb-on-everything"
RULE = "rule in-the-whole-cluster"


@pytest.fixture(scope="module")
def guard(kubernetes_server: Server) -> Iterator[Guarded]:
    """The guard, and an owner of the team's namespace; both go with it or with the namespace."""
    with guarded(kubernetes_server) as world:
        place = f"/apis/rbac.authorization.k8s.io/v1/namespaces/{world.team}"
        everything = [{"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]}]
        role = {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": NAME}
        subject = {"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": OWNER}
        world.server.api.request(
            "POST", f"{place}/roles", body={"metadata": {"name": NAME, "namespace": world.team}, "rules": everything}
        )
        given = {"metadata": {"name": NAME, "namespace": world.team}, "roleRef": role, "subjects": [subject]}
        world.server.api.request("POST", f"{place}/rolebindings", body=given)
        yield world


@pytest.mark.parametrize("route", ["", "/status"])
@pytest.mark.parametrize(
    "change",
    [
        {"annotations": says("sg-0a1", "sg-0bad")},
        {"annotations": says("sg-0bad"), "labels": labels(["sg-0bad"])},
        {"annotations": {ATTACHED: '["sg-0bad"]'}},
        {"labels": {f"{LABEL_PREFIX}sg-0bad": ""}},
        {"labels": {f"{LABEL_PREFIX}sg-0badX": ""}},
    ],
)
def test_an_owner_gives_his_running_pods_no_group_of_others(guard: Guarded, route: str, change: dict[str, Any]) -> None:
    """Whoever holds every verb in his namespace holds `use` there, too: still only what bindings give there can be added."""
    path = guard.live() + route
    refusal = refused(lambda: guard.change(as_user(guard.server, OWNER), path, change))
    assert refusal.code == 403
    assert f"namespace {guard.team}, pod " in str(refusal)
    assert RULE in str(refusal)
    assert "sg-0bad: no binding" in str(refusal)
    assert "ClusterRoleBinding" in str(refusal)


def test_an_owner_takes_groups_away_and_gives_back_what_is_bound(guard: Guarded) -> None:
    """In his own namespace, with a Role that allows it, he moves between what bindings give there; what was there stays."""
    path, owner = guard.live(), as_user(guard.server, OWNER)
    bare = guard.change(
        owner, path, {"annotations": {GROUPS: None, ATTACHED: None}, "labels": dict.fromkeys(labels(["sg-0a1"]))}
    )
    assert bare["labels"] == {"app": "web"}
    guard.change(guard.server.api, path, {"annotations": says("sg-0f7"), "labels": labels(["sg-0f7"])})
    both = guard.change(owner, path, {"annotations": says("sg-0a1", "sg-0f7"), "labels": labels(["sg-0a1"])})
    assert both["annotations"] == says("sg-0a1", "sg-0f7")
    assert {f"{LABEL_PREFIX}sg-0a1", f"{LABEL_PREFIX}sg-0f7"} <= set(both["labels"])
