"""Enforcement that is tried out first, and Calico without its own API server, on the real engine."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from sg_integration.kubernetes.answers import Answer
from sg_integration.kubernetes.api import Api
from sg_integration.model.errors import Unreachable
from sg_integration.sandbox.aws.server import EmbeddedAws
from sg_integration.sandbox.kubernetes import EmbeddedKubernetes
from sg_integration.sandbox.kubernetes.definitions import CRD_V1, V3, install, remove
from tests.sandbox.plugin_kubernetes_world import Server

from .cloud import Cloud
from .enforcement_scene import Scene, in_scene, is_bare, scene, small
from .merged_log import MergedLog
from .stacks import EngineStack

pytest_plugins = ("tests.engine.pod_fixtures",)
__all__ = ["scene"]

REAL, STAGED = "GlobalNetworkPolicy", "StagedGlobalNetworkPolicy"


def kinds(scene: Scene) -> set[str]:
    """The kinds of our objects."""
    return {each["kind"] for each in scene.objects().values()}


def test_staged_policies_decide_nothing_and_become_real_in_one_update(scene: Scene, pod_stack: EngineStack) -> None:
    """Staged, no policy acts and nobody joins; then all act before anybody joins, and the staged ones go at last."""
    tried = small(scene, staged=True, nodes=False, members=False)
    pod_stack.up(tried).succeeded()
    assert kinds(scene) == {"Tier", "GlobalNetworkSet", STAGED}
    assert pod_stack.up(tried).succeeded().counts == {}
    staged = {name for name, each in scene.objects().items() if each["kind"] == STAGED}
    preview = pod_stack.preview(small(scene), diff=True).succeeded()
    assert "sg-local.pods" in preview.output
    scene.log.begin(scene.objects())
    pod_stack.up(small(scene)).succeeded()
    assert kinds(scene) == {"Tier", "GlobalNetworkSet", REAL}
    moments = list(scene.log.moments())
    assert scene.breaches(moments, scene.objects(), scene.reserved()) == []
    writes = [each.write for each in moments if not each.write.startswith("eni-")]
    gone = [at for at, write in enumerate(writes) if write.startswith("delete")]
    assert {writes[at].partition(" ")[2] for at in gone} == staged
    assert gone == list(range(len(writes) - len(gone), len(writes)))
    assert pod_stack.up(small(scene)).succeeded().counts == {}


def test_a_cluster_that_is_not_reached_lets_a_preview_go_on_and_nobody_join(
    scene: Scene, pod_stack: EngineStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Told to warn, a preview shows what was known; an update lets nobody join until the cluster answers again."""
    warned = small(scene, cluster_unreachable="warn")
    pod_stack.up(warned).succeeded()
    scene.fleet.launch("late", role="member")
    with monkeypatch.context() as patch:
        patch.setattr(Api, "_send", _no_answer)
        assert pod_stack.preview(small(scene)).failed
        pod_stack.preview(warned).succeeded()
        assert pod_stack.up(warned).failed
        assert scene.fleet.groups("late") == {"web"}
        assert "prod-trust" in scene.fleet.groups("billing")
    pod_stack.up(warned).succeeded()
    assert "prod-trust" in scene.fleet.groups("late")
    assert scene.address("late") in " ".join(scene.said("sg-integration-members"))


def _no_answer(_self: Api, doing: str, _request: object) -> Answer:
    raise Unreachable(doing, "ConnectError", "nobody answers.")


@pytest.fixture
def bare_calico(
    cloud: Cloud, kubernetes_server: Server, embedded_aws: EmbeddedAws, embedded_kubernetes: EmbeddedKubernetes
) -> Iterator[Scene]:
    """A scene in a cluster without Calico's own API server; afterwards it has one again."""
    install(kubernetes_server.api, calico_in=[CRD_V1])
    remove(kubernetes_server.api, calico_in=[V3])
    try:
        with in_scene(kubernetes_server, cloud, MergedLog(embedded_aws, embedded_kubernetes), CRD_V1) as made:
            yield made
    finally:
        install(kubernetes_server.api)
        remove(kubernetes_server.api, calico_in=[CRD_V1])


def test_without_calicos_own_api_server_the_kinds_behind_it_are_written(
    bare_calico: Scene, pod_stack: EngineStack
) -> None:
    """In crd.projectcalico.org/v1 alone: enforced before anybody joins, nothing to do the second time, and all gone at last."""
    pod_stack.up(small(bare_calico)).succeeded()
    objects, reserved = bare_calico.objects(), bare_calico.reserved()
    assert {each["apiVersion"] for each in objects.values()} == {CRD_V1}
    assert pod_stack.up(small(bare_calico)).succeeded().counts == {}
    assert "prod-trust" in bare_calico.fleet.groups("billing")
    pod_stack.destroy().succeeded()
    assert is_bare(bare_calico)
    assert bare_calico.breaches(bare_calico.log.moments(), objects, reserved) == []
