"""What comes before the admission policy: the guard's leave, and how it is given up again."""

from __future__ import annotations

import threading

import pytest

from sg_integration.model import guard
from sg_integration.model.errors import (
    AccessDenied,
    IntegrationError,
    MemberChanged,
    ProbeRefused,
    Unreachable,
)
from sg_integration.model.label_selectors import in_namespace
from sg_integration.providers import pod_grants, pod_guard
from sg_integration.providers.pod_groups import PodGroupGrantProvider

from .carrier import Clock
from .pod_stacks import Bound, Deployed, Resource, patch
from .pod_world import A, B, C, FakeCluster

pytestmark = pytest.mark.usefixtures("clock")


@pytest.fixture
def guarded(clock: Clock, cluster: FakeCluster) -> Resource:
    """The guard of the cluster."""
    del clock  # asked for because it comes first: with it providers find the cluster
    made = Resource(pod_guard.PodGuardProvider())
    made.up({"owner": "platform", "allowed_groups": {}})
    assert cluster.document
    return made


def pending(cluster: FakeCluster) -> set[str]:
    """The keys of the bindings that the guard allows although they are not registered."""
    return set(guard.grants(cluster.document or {}).pending)


@pytest.mark.usefixtures("guarded")
def test_the_guard_allows_from_before_the_first_pod_to_after_the_last(cluster: FakeCluster) -> None:
    """Groups are allowed when the policy comes; those of before until it has gone; then nothing that is not bound."""
    made = Deployed(cluster)
    made.grant.up({**Bound("k", [A]).inputs(), "wanted_mode": "auto"})
    assert cluster.allowed("shop") == {A}
    assert pending(cluster) == {"k"}
    made.up(Bound("k", [A]))
    assert pending(cluster) == set()
    made.grant.up({**Bound("k", [B]).inputs(), "wanted_mode": "auto"})
    assert cluster.allowed("shop") == {A, B}
    cluster.register(Bound("k", [B]).binding("admission"))
    pod_grants.refresh(cluster)  # type: ignore[arg-type]  # as another stack does
    assert cluster.allowed("shop") == {A, B}
    made.up(Bound("k", [B]))
    assert cluster.allowed("shop") == {B}
    made.destroy()
    assert cluster.allowed("shop") == set()
    assert pending(cluster) == set()


@pytest.mark.usefixtures("guarded")
def test_a_renamed_binding_leaves_no_grant(cluster: FakeCluster) -> None:
    """The grant of a killed run under the old key goes with the first run under the new one."""
    made = Deployed(cluster)
    made.up(Bound("before", [A]))
    pod_grants.grant(cluster, Bound("before", [A, C]).binding("admission"))  # type: ignore[arg-type]
    made.up(Bound("after", [B]))
    assert pending(cluster) == set()


@pytest.mark.usefixtures("guarded")
def test_a_grant_that_never_acts_is_withdrawn(cluster: FakeCluster, clock: Clock) -> None:
    """When the guard does not take the groups in in a minute, the update fails in its words, and they stay forbidden."""
    cluster.before_guard = lambda: cluster.broken.update(probe=_denied())
    with pytest.raises(IntegrationError, match=guard.NAME):
        Deployed(cluster).up(Bound("k", [A]))
    assert 60 <= clock.now < 70
    assert cluster.allowed("shop") == set()


@pytest.mark.usefixtures("guarded")
def test_a_withdrawal_that_fails_hides_nothing(cluster: FakeCluster, capsys: pytest.CaptureFixture[str]) -> None:
    """The error is why the grant failed; that it still stands is said beside it."""
    cluster.before_guard = lambda: cluster.broken.update(
        probe=Unreachable("trying", "ConnectError", "first"), guard=Unreachable("reading", "ConnectError", "second")
    )
    with pytest.raises(Unreachable, match="first"):
        Deployed(cluster).up(Bound("k", [A]))
    assert "second" in capsys.readouterr().out


@pytest.mark.usefixtures("guarded")
def test_another_way_to_the_same_cluster_writes_nothing(cluster: FakeCluster) -> None:
    """A kubeconfig with another token is no reason to open the guard anew, or to try pods."""
    made = Deployed(cluster)
    made.up(Bound("k", [A]))
    cluster.probes.clear()
    before = cluster.document
    assert made.up(Bound("k", [A], more={"context": "other"})) == ["grant"]
    assert cluster.document == before
    assert not cluster.probes


def test_another_cluster_is_granted_anew(monkeypatch: pytest.MonkeyPatch, cluster: FakeCluster) -> None:
    """The same binding in a cluster that does not have it yet is let in there before its policy comes."""
    other = FakeCluster()
    patch(monkeypatch, cluster, other)
    made = Deployed(cluster)
    made.up(Bound("k", [A]))
    Resource(pod_guard.PodGuardProvider()).up({"owner": "x", "kubeconfig": "1"})
    made.grant.up({**Bound("k", [A], more={"kubeconfig": "1"}).inputs(), "wanted_mode": "auto"})
    assert pending(other) == {"k"}


def test_without_a_guard_nothing_is_waited_for(cluster: FakeCluster, clock: Clock) -> None:
    """Where nothing is guarded a grant writes nothing and tries nothing."""
    made = Resource(PodGroupGrantProvider())
    made.up({**Bound("k", [A]).inputs(), "wanted_mode": "auto"})
    assert not cluster.probes
    assert cluster.document is None
    assert clock.now == 0
    assert cluster.asked["serves_admission_policies"] == 1


def test_a_guard_that_came_after_the_grant_knows_the_binding(cluster: FakeCluster) -> None:
    """A guard that is made at the same time, and knew of no policy then, lets the groups in before pods get them."""
    pod, made = cluster.run("web-1", app="web"), Deployed(cluster)
    made.grant.up({**Bound("k", [A]).inputs(), "wanted_mode": "auto"})
    Resource(pod_guard.PodGuardProvider()).up({"owner": "platform"})
    assert cluster.allowed("shop") == set()
    made.up(Bound("k", [A]))
    assert cluster.allowed("shop") == {A}
    assert cluster.groups(pod) == {A}


@pytest.mark.usefixtures("guarded")
def test_bindings_that_write_the_guard_at_once_all_stand_in_it(cluster: FakeCluster) -> None:
    """Writers of one process and of others take nothing from each other."""
    theirs = iter(range(3))
    busy = threading.local()

    def another_stack() -> None:
        if not getattr(busy, "is_writing", False) and next(theirs, None) is not None:
            busy.is_writing = True
            namespace = in_namespace("shop")
            document = pod_grants.compiled(
                cluster,  # type: ignore[arg-type]
                cluster.document,
                lambda found: {
                    **found,
                    f"theirs-{len(found)}": Bound("theirs", [C], namespaces=namespace).binding("live"),
                },
            )
            real, cluster.before_guard = cluster.before_guard, lambda: None
            cluster.put_guard(document)
            cluster.before_guard = real
            busy.is_writing = False

    cluster.before_guard = another_stack
    keys = [f"k-{at}" for at in range(8)]
    threads = [
        threading.Thread(target=pod_grants.grant, args=(cluster, Bound(key, [A]).binding("admission"))) for key in keys
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(keys) <= pending(cluster)
    assert cluster.allowed("shop") == {A, C}


@pytest.mark.usefixtures("guarded")
def test_a_guard_that_is_always_written_by_somebody_else_is_said(cluster: FakeCluster) -> None:
    """After twenty tries the grant fails in the API server's words."""
    cluster.broken["put_guard"] = MemberChanged("writing the guard", "Conflict", "modified", "run again.")
    with pytest.raises(MemberChanged, match="modified"):
        Deployed(cluster).up(Bound("k", [A]))
    assert cluster.asked["put_guard"] == 1 + 20


def test_a_guard_that_may_not_be_read_is_said(cluster: FakeCluster) -> None:
    """A missing permission fails the update with the rule that is missing."""
    cluster.broken["guard"] = AccessDenied("reading the guard", "Forbidden", "no", 'Grant the verb "get"')
    with pytest.raises(AccessDenied, match='Grant the verb "get"'):
        Deployed(cluster).up(Bound("k", [A]))


def _denied() -> IntegrationError:
    return ProbeRefused("trying a pod in namespace shop", "Invalid", f"ValidatingAdmissionPolicy '{guard.NAME}' denied")
