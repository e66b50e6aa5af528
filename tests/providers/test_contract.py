"""What stands in the states of users is read for ever: types, class paths, and whole recorded states of each release."""

from __future__ import annotations

import base64
import json
import pickletools
from pathlib import Path
from typing import Any

import dill  # type: ignore[import-untyped]
import pytest
from pulumi.dynamic import Resource, ResourceProvider
from pulumi.dynamic.dynamic import serialize_provider

from sg_integration.components.branch_pods import BranchPods
from sg_integration.components.drain import Drain
from sg_integration.components.enforcement import CalicoPolicies
from sg_integration.components.enrollment import Ec2Enrollment, NodeEnrollment, RdsEnrollment
from sg_integration.components.pod_annotations import PodGroupGrant, PodGroups
from sg_integration.components.pod_guard import PodGuard
from sg_integration.components.security_group_policy import BranchInterfaces
from sg_integration.components.tigera import TigeraLive
from sg_integration.model.nodes import Node
from sg_integration.providers import enrollment, pod_grants, wishes
from sg_integration.providers.branch_interfaces import BranchInterfacesProvider, BranchPodsProvider
from sg_integration.providers.drain import DrainProvider
from sg_integration.providers.enforcement import CalicoEnforcementProvider
from sg_integration.providers.enrollment import Ec2EnrollmentProvider, EnrollmentProvider, RdsEnrollmentProvider
from sg_integration.providers.pod_groups import PodGroupGrantProvider, PodGroupsProvider
from sg_integration.providers.pod_guard import PodGuardProvider
from sg_integration.providers.pod_inputs import known
from sg_integration.providers.settings import decode
from sg_integration.providers.state import DONE, attached, originals
from sg_integration.providers.tigera import TigeraLiveProvider

from .branch_world import Eks
from .pod_stacks import patch
from .pod_world import NAME, FakeCluster
from .world import Crew

HERE = Path(__file__).parent
PINNED: dict[str, Any] = json.loads((HERE / "pinned.json").read_text())
STATES = sorted((HERE / "states").glob("*.json"))
PROVIDERS: list[type[ResourceProvider]] = [
    BranchInterfacesProvider,
    BranchPodsProvider,
    CalicoEnforcementProvider,
    DrainProvider,
    Ec2EnrollmentProvider,
    PodGroupGrantProvider,
    PodGroupsProvider,
    PodGuardProvider,
    RdsEnrollmentProvider,
    TigeraLiveProvider,
]
RESOURCES: list[type[Resource]] = [
    BranchInterfaces,
    BranchPods,
    CalicoPolicies,
    Drain,
    Ec2Enrollment,
    NodeEnrollment,
    PodGroupGrant,
    PodGroups,
    PodGuard,
    RdsEnrollment,
    TigeraLive,
]


def recorded() -> list[Any]:
    """Every resource of every recorded state."""
    return [
        pytest.param(item, id=f"{path.stem}-{item['urn'].rpartition('::')[2]}")
        for path in STATES
        for item in json.loads(path.read_text())["resources"]
    ]


def unpickled(text: str) -> Any:
    """The provider in a state."""
    return dill.loads(base64.b64decode(text))


@pytest.mark.parametrize("kind", PROVIDERS)
def test_a_provider_in_a_state_is_todays_class(kind: type[ResourceProvider]) -> None:
    """Every text that any release wrote for the class gives an instance of the class as it is installed."""
    for text in PINNED["providers"][f"{kind.__module__}.{kind.__qualname__}"]:
        assert type(unpickled(text)) is kind


@pytest.mark.parametrize("kind", PROVIDERS)
def test_a_provider_is_written_as_a_name_without_code(kind: type[ResourceProvider]) -> None:
    """What the SDK writes today is a reference of less than 200 bytes: module, class, no code and no attribute."""
    written = serialize_provider(kind())
    data = base64.b64decode(written)
    assert len(data) < 200
    texts = [argument for _, argument, _ in pickletools.genops(data) if isinstance(argument, str)]
    assert texts == [kind.__module__, kind.__qualname__]
    assert type(unpickled(written)) is kind
    assert not kind.serialize_as_secret_always


def test_every_provider_and_type_is_pinned() -> None:
    """A provider or resource of ours that is not pinned would be free to move: pin it when it is released."""
    assert set(PINNED["providers"]) == {f"{kind.__module__}.{kind.__qualname__}" for kind in PROVIDERS}
    assert PINNED["types"] == {kind.__qualname__: f"pulumi-python:{kind._resource_type_name}" for kind in RESOURCES}


def test_a_state_of_every_release_is_recorded() -> None:
    """Each recorded state has one resource of every type at least."""
    assert STATES
    for path in STATES:
        assert {item["type"] for item in json.loads(path.read_text())["resources"]} == set(PINNED["types"].values())


def of_pods(item: Any) -> bool:
    """Whether a recorded resource is about a Kubernetes cluster."""
    return str(item.values[0]["type"]).rpartition(":")[2].startswith(("Branch", "Calico", "Pod", "Tigera"))


@pytest.mark.parametrize("item", [each for each in recorded() if not of_pods(each)])
def test_a_recorded_resource_is_read_and_needs_no_change(item: dict[str, Any]) -> None:
    """Its settings are decoded, and with equal inputs there is nothing to do."""
    provider = unpickled(item["outputs"]["__provider"])
    for props in (item["inputs"], item["outputs"]):
        settings = decode(props)
        assert settings.known
        assert settings.vpc_id
        assert settings.desired
    verdict = provider.diff(item["id"], item["outputs"], item["inputs"])
    assert verdict.changes is False
    assert not verdict.replaces
    if isinstance(provider, EnrollmentProvider):
        assert wishes.to_change(item["outputs"], item["inputs"]) == {}


@pytest.mark.parametrize("item", [each for each in recorded() if "attached" in each.values[0]["outputs"]])
def test_a_recorded_enrollment_is_undone(item: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """Refreshing finds it as it is; deleting plans for each member, by name, and gives back what was there before."""
    outputs, provider = item["outputs"], unpickled(item["outputs"]["__provider"])
    ours, theirs = attached(outputs), originals(outputs)
    fleet = Crew({member: (*theirs[member], *groups) for member, groups in ours.items()})
    for name in ("NetworkInterfaces", "RdsDatabases"):
        monkeypatch.setattr(enrollment, name, lambda *_: fleet)
    planned = wishes.to_leave(outputs)
    assert {member: wish.name for member, wish in planned.items()} == outputs["members"]
    assert planned
    refreshed = provider.read(item["id"], outputs)
    assert refreshed.outs == outputs
    assert refreshed.inputs == {name: value for name, value in outputs.items() if name not in DONE}
    provider.delete(item["id"], outputs)
    assert fleet.groups == theirs


@pytest.mark.parametrize("path", STATES, ids=lambda path: path.stem)
def test_a_recorded_binding_needs_no_change_and_is_undone(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In the cluster that the record left there is nothing to do; when the binding goes its pods are as they were."""
    found = {item["type"].rpartition(":")[2]: item for item in json.loads(path.read_text())["resources"]}
    cluster, made = FakeCluster(), {name: unpickled(item["outputs"]["__provider"]) for name, item in found.items()}
    patch(monkeypatch, cluster)
    grant, pods, guard = (found[name] for name in ("PodGroupGrant", "PodGroups", "PodGuard"))
    registered = known(pods["outputs"])
    cluster.spaces["shop"] = {NAME: "shop"}
    made["PodGuard"].create(guard["inputs"])
    cluster.register(registered)
    pod_grants.refresh(cluster)  # type: ignore[arg-type]
    pod = cluster.run("web-1", app="web")
    assert list(pods["outputs"]["pods"]) == [pod]
    for name, item in (("PodGroupGrant", grant), ("PodGroups", pods), ("PodGuard", guard)):
        checked = made[name].check(item["inputs"], {**item["inputs"]})
        assert not checked.failures
        verdict = made[name].diff(item["id"], item["outputs"], checked.inputs)
        assert verdict.changes is False
        assert not verdict.replaces
    assert cluster.groups(pod) == registered.groups == set(grant["outputs"]["security_group_ids"])
    made["PodGroups"].delete(pods["id"], pods["outputs"])
    cluster.unregister(registered.key)
    made["PodGroupGrant"].delete(grant["id"], grant["outputs"])
    assert cluster.groups(pod) == set()
    made["PodGuard"].delete(guard["id"], guard["outputs"])
    assert cluster.document is None


@pytest.mark.parametrize("path", STATES, ids=lambda path: path.stem)
def test_recorded_branch_interfaces_need_no_change(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In the cluster that the record left, neither the cluster nor the pods that wait have news; both can go."""
    found = {item["type"].rpartition(":")[2]: item for item in json.loads(path.read_text())["resources"]}
    cluster = Eks()
    patch(monkeypatch, cluster)
    cluster.branch_interfaces.plugin = None
    cluster.members = [Node("node-1", "aws:///eu-central-1a/i-0123456789abcdef0")]
    cluster.write_policy(found["BranchPods"]["inputs"])
    cluster.run("web-1", app="web")
    for name in ("BranchInterfaces", "BranchPods"):
        item, provider = found[name], unpickled(found[name]["outputs"]["__provider"])
        checked = provider.check(item["inputs"], {**item["inputs"]})
        assert not checked.failures
        verdict = provider.diff(item["id"], item["outputs"], checked.inputs)
        assert verdict.changes is False
        assert not verdict.replaces
        provider.delete(item["id"], item["outputs"])
