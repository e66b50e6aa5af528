"""The audit log of a real API server: every write of the kinds asked for, with what came of it, and nothing else."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from sg_integration.sandbox.kubernetes import EmbeddedKubernetes
from sg_integration.sandbox.kubernetes.audit import AuditLog
from sg_integration.sandbox.kubernetes.definitions import V3
from sg_integration.sandbox.plugins.kubernetes.api import Refused
from tests.kubernetes.calico_fixtures import calico_server
from tests.sandbox.plugin_kubernetes_world import Server, make_namespace

__all__ = ["calico_server"]

TIERS = f"/apis/{V3}/tiers"


def tier(order: object) -> dict[str, object]:
    """A tier."""
    return {"apiVersion": V3, "kind": "Tier", "metadata": {"name": "audited"}, "spec": {"order": order}}


def test_every_write_is_logged_with_what_came_of_it(
    calico_server: Server, embedded_kubernetes: EmbeddedKubernetes
) -> None:
    """Writes in their order, also refused ones and dry runs, with their times and the object as it stands; no reads, no other kinds."""
    log, began = embedded_kubernetes.audit, time.time()
    calico_server.api.request("GET", TIERS)
    log.clear()
    calico_server.api.request("POST", TIERS, body=tier(7))
    calico_server.get(f"{TIERS}/audited")
    make_namespace(calico_server)
    calico_server.edit(f"{TIERS}/audited", {"spec": {"order": 8}})
    with pytest.raises(Refused):
        calico_server.edit(f"{TIERS}/audited", {"spec": {"order": "first"}})
    calico_server.api.request("DELETE", f"{TIERS}/audited", query={"dryRun": "All"})
    calico_server.api.request("DELETE", f"{TIERS}/audited")
    found = log.writes()
    assert [(each.verb, each.status, each.dry_run) for each in found] == [
        ("create", 201, False),
        ("patch", 200, False),
        ("patch", 422, False),
        ("delete", 200, True),
        ("delete", 200, False),
    ]
    assert {(each.group, each.resource, each.name) for each in found} == {("projectcalico.org", "tiers", "audited")}
    assert [each.answer["spec"]["order"] for each in found[:2]] == [7, 8]
    times = [moment for each in found for moment in (each.at, each.answered)]
    assert began < times[0]
    assert times == sorted(times)
    assert times[-1] < time.time()
    log.clear()
    assert log.writes() == []


def test_without_groups_nothing_is_logged(tmp_path: Path) -> None:
    """A cluster of which nobody wants to know gets no flag."""
    assert AuditLog(tmp_path, []).start() == {}
    assert list(tmp_path.iterdir()) == []
