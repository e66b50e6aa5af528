"""What a preview finds in a cluster, and what fails in an update or a destroy."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import SimpleNamespace
from typing import Any, Final
from unittest import mock

import pulumi

from sg_integration.components.failures import Failures
from sg_integration.components.peer import Peer
from sg_integration.kubernetes import registry
from sg_integration.kubernetes.documents import Metadata
from sg_integration.model.calico_objects import OWNER
from sg_integration.model.calico_state import TIER
from sg_integration.model.declared import tag_value
from sg_integration.model.errors import AccessDenied, IntegrationError, MemberChanged, Refused
from sg_integration.model.rules import PeerKind
from sg_integration.providers import (
    branch_interfaces,
    cluster_access,
    enforcement,
    enforcement_view,
    pod_inputs,
    pod_modes,
    tigera,
)
from sg_integration.providers.departure import wait_until_left
from sg_integration.providers.pod_groups import PodGroupsProvider
from sg_integration.providers.pod_guard import PodGuardProvider
from sg_integration.providers.reconcile import Wish
from tests.providers.carrier import Clock, Fleet, joining
from tests.providers.pod_stacks import Bound
from tests.providers.pod_world import A, FakeCluster


def member(**about: Any) -> object:
    """Why the member of a fleet failed."""
    wishes = about.pop("wishes", joining("m1", "m2"))
    return "; ".join(
        Fleet({"m1": ("web",), "m2": ("web",), **about.pop("groups", {})}, **about).run(wishes).failed.values()
    )


def overwritten() -> object:
    """Somebody else writes after each of our writes."""
    fleet = Fleet({"m1": ("web",)})
    fleet.after_write = lambda each: fleet.groups.update({each: ("web",)})
    return fleet.run(joining("m1")).failed["m1"]


def in_cluster(act: Callable[[FakeCluster], object]) -> object:
    """A provider finds a cluster in memory."""
    made = FakeCluster()
    with mock.patch.object(cluster_access, "connect", return_value=made):
        return act(made)


def guard_of_another(_made: FakeCluster) -> object:
    """Another stack declares the guard."""
    PodGuardProvider().create({"owner": "theirs"})
    return PodGuardProvider().create({"owner": "ours"})


def fight(made: FakeCluster) -> object:
    """Somebody writes the guard each time before we do."""
    made.broken["put_guard"] = MemberChanged("writing", "Conflict", "modified")
    return PodGuardProvider().create({"owner": "ours"})


def unregistered(_made: FakeCluster) -> object:
    """What registers a binding is not there."""
    return PodGroupsProvider().create({**Bound("k", [A]).inputs(), "mode": "admission"})


def waits() -> None:
    """RDS takes a group off for ever."""
    clock = Clock()
    carrier: Any = SimpleNamespace(leaving=lambda _: {"db-1": "orders"})
    wait_until_left(carrier, frozenset({"sg-1"}), say=lambda _: None, clock=clock, sleep=clock.sleep)


def failed() -> None:
    """A member failed in an update."""
    Failures("enrolled").declare(pulumi.Output.from_input({"eni-1": "why"}))


def staged() -> None:
    """Policies in force shall be staged while a database is in trust."""
    seen: Any = SimpleNamespace(trusting=("eni-1: interface of a database",))
    enforcement._refuse_staging(seen, {"staged": True}, {"fingerprint": "x"})


def unheld() -> None:
    """Members shall join while Calico is not ready on a node."""
    with mock.patch.object(enforcement, "_written_view", return_value=SimpleNamespace(unheld=["node-1"])):
        enforcement.hold({})


def undone() -> None:
    """Somebody removes what was written."""
    manifest = {"kind": TIER, "metadata": {"name": "sg-local", "labels": {}}, "spec": {"order": 106}}
    left = [SimpleNamespace(manifest=manifest)]
    with mock.patch.object(enforcement, "writes", return_value=left):
        enforcement._demand_live(mock.Mock())


def owned() -> None:
    """Another stack's integration has made the objects."""
    tier = {"kind": TIER, "metadata": {"name": "sg-local", "annotations": {OWNER: "org/shop/prod/eks"}}}
    enforcement_view._refuse_other_owner({(TIER, "sg-local"): tier}, {"owner": "org/other/prod/eks"})


def gone() -> None:
    """Calico is missing where it enforced before."""
    missing = Refused("enforcing with Calico", "CannotEnforce", "Calico is missing.")
    with mock.patch.object(enforcement, "view", side_effect=missing):
        failures = enforcement.CalicoEnforcementProvider().check({"fingerprint": "f"}, {}).failures
    raise IntegrationError(failures[0].reason)


def unserved() -> None:
    """A cluster that is not on EKS."""
    branch_interfaces._demand_served(mock.MagicMock(**{"branch_interfaces.served.return_value": False}))


def cannot() -> None:
    """The cluster has no Calico Enterprise."""
    product = mock.Mock(**{"refusal.return_value": "There is none."})
    with mock.patch.object(tigera, "Tigera", return_value=product), mock.patch.object(tigera, "cluster"):
        tigera._able({})


EXAMPLES: Final[Mapping[str, Callable[[], object]]] = {
    "a security group is a peer as": lambda: Peer("x", PeerKind.SECURITY_GROUP, "sg-1"),
    "groups are too many: with trust": lambda: tag_value(f"sg-{at}" for at in range(99)),
    "no MutatingAdmissionPolicy": lambda: pod_modes._mode(lambda: False, "admission"),
    "declares the guard of this": lambda: in_cluster(guard_of_another),
    "NotServed: it serves no": unserved,
    "so the pods would never start": lambda: branch_interfaces._demand_room(mock.Mock(), "9 groups"),
    "reading …: it has no annotation": lambda: registry._binding("ConfigMap", Metadata(name="x")),
    "CannotEnforce: …": cannot,
    "may be held by nobody now": gone,
    "OwnedByAnother:": owned,
    "StillTrusted:": staged,
    "The others are as previewed": failed,
    "…: not tried, since": lambda: member(refusals={"m1": AccessDenied("x", "UnauthorizedOperation", "No.")}),
    "last group: ours": lambda: member(
        groups={"m1": ("trust",)}, wishes={"m1": Wish("M1", frozenset(), frozenset({"trust"}))}
    ),
    "overwritten: somebody": overwritten,
    "NotFound: it is gone. Run": lambda: member(groups={"m1": ()}),
    "could not be read again": lambda: member(read_errors=[None, MemberChanged("x", "y", "No.")]),
    "not done after … minutes": waits,
    "NotReady: Calico is not": unheld,
    "NotLive: … objects are": undone,
    "NotFound: it is not in the": lambda: in_cluster(unregistered),
    "Conflict: … Look who": lambda: in_cluster(fight),
    "missing from the state": lambda: pod_inputs.known({}),
}
