"""The guard as a resource: what it allows, who has it, and how it comes back when somebody took it away."""

from __future__ import annotations

from typing import Any, cast

import pytest

from sg_integration.kubernetes.cluster import Cluster
from sg_integration.model import guard
from sg_integration.model.errors import IntegrationError, MemberChanged, Refused, Throttled, Unreachable
from sg_integration.providers import pod_grants
from sg_integration.providers.pod_guard import PodGuardProvider

from .pod_stacks import Bound, Deployed, Resource
from .pod_world import UNKNOWN, A, B, C, FakeCluster

pytestmark = pytest.mark.usefixtures("clock")


def declared(allowed: dict[str, Any] | None = None, owner: str = "platform", **more: Any) -> dict[str, Any]:
    """What a program says."""
    return {"owner": owner, "allowed_groups": allowed or {}, **more}


def test_what_a_namespace_may_use_is_shown_and_written(cluster: FakeCluster) -> None:
    """Bindings and what is allowed besides add up; a second run writes nothing; it goes when it is destroyed."""
    Deployed(cluster).up(Bound("k", [B, A]))
    made = Resource(PodGuardProvider())
    assert made.check(declared({"shop": [C]}))["rules"] == {"shop": f"{A}, {B}, {C}"}
    made.up(declared({"shop": [C]}))
    assert cluster.allowed("shop") == {A, B, C}
    before = cluster.document
    assert not made.up(declared({"shop": [C]}))
    assert made.up(declared({"shop": []}))
    assert cluster.document != before
    assert cluster.allowed("shop") == {A, B}
    made.destroy()
    assert cluster.document is None


@pytest.mark.usefixtures("cluster")
@pytest.mark.parametrize("allowed", [UNKNOWN, {"shop": UNKNOWN}, {"shop": [UNKNOWN]}])
def test_what_is_not_known_yet_is_a_change_and_no_failure(allowed: Any) -> None:
    """A group that is created in the same update is shown as not known."""
    made = Resource(PodGuardProvider())
    made.up(declared({"shop": [A]}))
    checked = made.check(declared(allowed))
    assert made.changes(checked)
    assert A not in str(checked["rules"])
    assert made.check(declared({"shop": [UNKNOWN]}))["rules"] == {"shop": "not known yet"}


def test_bindings_of_others_are_no_drift(cluster: FakeCluster) -> None:
    """What another stack's bindings wrote into the guard is not undone and not shown as a change."""
    made = Resource(PodGuardProvider())
    made.up(declared())
    Deployed(cluster).up(Bound("k", [A]))
    checked = made.check(declared())
    assert checked["rules"] == {"shop": A}
    assert "repair" not in checked
    assert not made.changes(checked)
    assert cluster.allowed("shop") == {A}


def test_a_guard_that_somebody_touched_is_repaired_each_time(cluster: FakeCluster) -> None:
    """One that is gone, or weakened, is written again; the preview says so, also once more, and is quiet in between."""
    made = Resource(PodGuardProvider())
    made.up(declared())
    said = []
    for weaken in (True, False, False):
        if weaken:
            assert cluster.document
            cluster.document = {**cluster.document, "spec": {**cluster.document["spec"], "validations": []}}
        else:
            cluster.document = None
        said.append(made.check(declared())["repair"])
        assert made.up(declared())
        assert cluster.document
        assert cluster.document["spec"]["validations"]
        assert not made.up(declared())
    assert said == [
        "written again: it is not as bindings say",
        "written again: it was removed",
        "written again: it was removed (once more)",
    ]


def test_a_cluster_has_one_guard(cluster: FakeCluster) -> None:
    """A second stack is told who has it, in preview and in update, and destroying the second leaves the first's."""
    Resource(PodGuardProvider()).up(declared(owner="one"))
    two = Resource(PodGuardProvider())
    with pytest.raises(IntegrationError, match="one declares the guard of this cluster. .*guard=False"):
        two.check(declared(owner="two"))
    with pytest.raises(Refused, match="one declares the guard"):
        two.provider.create(declared(owner="two"))
    two.provider.delete("id", declared(owner="two"))
    assert cluster.document is not None


def test_one_that_a_killed_run_left_is_taken_over(cluster: FakeCluster) -> None:
    """The same stack creates it again without complaint, and so does anybody when nobody is named as its owner."""
    Resource(PodGuardProvider()).up(declared({"shop": [A]}))
    Resource(PodGuardProvider()).up(declared({"shop": [B]}))
    assert cluster.allowed("shop") == {B}
    assert cluster.document
    del cluster.document["metadata"]["annotations"][guard.OWNER]
    Resource(PodGuardProvider()).up(declared(owner="other"))
    assert guard.grants(cluster.document).owner == "other"


def test_a_renamed_guard_is_its_own(cluster: FakeCluster) -> None:
    """Under another name, with aliases, it is the same guard: no other stack's, and it goes with the new name."""
    made = Resource(PodGuardProvider())
    made.up(declared(owner="before"))
    assert made.up(declared(owner="after"))
    assert guard.grants(cluster.document or {}).owner == "after"
    assert not made.up(declared(owner="after"))
    made.destroy()
    assert cluster.document is None


def test_a_guard_with_broken_annotations_can_be_destroyed(cluster: FakeCluster) -> None:
    """What cannot be read stops an update with its name, and destroy not at all."""
    made = Resource(PodGuardProvider())
    made.up(declared())
    assert cluster.document
    cluster.document["metadata"]["annotations"][f"{guard.GRANT}x"] = "broken"
    with pytest.raises(IntegrationError, match=f"annotation {guard.GRANT}x"):
        made.up(declared())
    made.destroy()
    assert cluster.document is None


def test_somebody_who_writes_it_meanwhile_loses_nothing(cluster: FakeCluster) -> None:
    """A binding that is registered while the guard is compiled stands in it at the end."""
    made, late = Resource(PodGuardProvider()), Bound("late", [C]).binding("admission")
    cluster.before_guard = lambda: cluster.register(late)
    made.up(declared())
    assert cluster.allowed("shop") == {C}


@pytest.mark.parametrize("always", ["refused", "undone"])
def test_a_fight_over_it_ends(cluster: FakeCluster, always: str) -> None:
    """When somebody writes it each time, the update fails after twenty tries and says so."""
    if always == "refused":
        cluster.broken["put_guard"] = MemberChanged("writing", "Conflict", "modified")
    else:
        keys = iter(range(99))
        late = Bound("late", [C])
        cluster.before_guard = lambda: cluster.register(late.binding("live") if next(keys) % 2 else Bound("late", [B]).binding("live"))  # fmt: skip
    with pytest.raises(Refused, match=r"writing ValidatingAdmissionPolicy .* Conflict: .* Look who else writes it\."):
        PodGuardProvider().create(declared())
    assert cluster.asked["put_guard"] == 20


@pytest.mark.parametrize("error", [Unreachable("reading", "x", "nobody"), Throttled("reading", "x", "busy")])
def test_a_cluster_that_does_not_answer_is_one_line(cluster: FakeCluster, error: IntegrationError) -> None:
    """A preview fails in the words of the error; with `warn` an unreachable cluster shows what was known."""
    made = Resource(PodGuardProvider())
    made.up(declared({"shop": [A]}))
    cluster.broken["guard"] = error
    with pytest.raises(IntegrationError, match=str(error)):
        made.check(declared())
    if isinstance(error, Unreachable):
        checked = made.check(declared({"shop": [A]}, cluster_unreachable="warn"))
        assert checked["rules"] == {"shop": A}
        assert not made.changes(checked)


def test_nobody_looks_before_the_cluster_is_known(cluster: FakeCluster) -> None:
    """With an unknown kubeconfig nothing is claimed."""
    found = PodGuardProvider().check({}, declared(kubeconfig=UNKNOWN))
    assert not found.failures
    assert "rules" not in (found.inputs or {})
    assert not cluster.asked


def test_what_a_killed_run_was_about_to_allow_is_withdrawn(cluster: FakeCluster) -> None:
    """A grant whose binding is not there at two updates in a row is taken back, and said; one that is new is left alone."""
    made = Resource(PodGuardProvider())
    made.up(declared())
    pod_grants.grant(cast("Cluster", cluster), Bound("killed", [C]).binding("admission"))
    assert cluster.allowed("shop") == {C}
    assert not made.up(declared())
    assert cluster.allowed("shop") == {C}
    checked = made.check(declared())
    assert "killed" in checked["repair"]
    assert made.up(declared())
    assert cluster.allowed("shop") == set()
    assert not made.up(declared())
