"""The example `two-clusters-one-vpc`, on the real engine, with two real API servers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from sg_integration.sandbox.aws.calls import Call
from sg_integration.sandbox.environment import CONTROLLERS
from sg_integration.sandbox.kubernetes import EmbeddedKubernetes
from sg_integration.sandbox.kubernetes.calico_pods import seed_calico_pod
from sg_integration.sandbox.plugins.kubernetes.api import Api
from sg_integration.sandbox.plugins.kubernetes.kubeconfig import access
from sg_integration.sandbox.seed import seed_second
from sg_integration.sandbox.toolchain.obtain import obtain
from tests.sandbox.plugin_kubernetes_world import Server

from .example_stacks import ExampleStack, Shop
from .two_clusters import OneOfTwo

pytest_plugins = ("tests.engine.example_fixtures",)
EXAMPLE = "two-clusters-one-vpc"
JOINS = ("ModifyNetworkInterfaceAttribute", "ModifyDBInstance")


@pytest.fixture
def second(tmp_path: Path) -> Iterator[EmbeddedKubernetes]:
    """A second cluster."""
    bin_dir, audited = obtain(["etcd", "kube-apiserver", "kube-controller-manager"]), ("projectcalico.org",)
    directory = tmp_path / "second"
    with EmbeddedKubernetes(bin_dir=bin_dir, directory=directory, controllers=CONTROLLERS, audited=audited) as embedded:
        yield embedded


@pytest.fixture
def clusters(second: EmbeddedKubernetes, shop: Shop, embedded_kubernetes: EmbeddedKubernetes) -> list[OneOfTwo]:
    """Both, in the VPC of the shop; from now on what is written to them is logged."""
    server = Server(second.kubeconfig, Api(access(str(second.kubeconfig), context=None, cluster=None, environ={})))
    shop.seeded = seed_second(shop.env, shop.seeded, str(second.kubeconfig))
    found = [(shop.server, embedded_kubernetes, "node-"), (server, second, "batch-")]
    addresses = shop.addresses()
    for _, embedded, _ in found:
        embedded.audit.clear()
    shop.aws.clear_calls()
    return [
        OneOfTwo(each, embedded, {name: at for name, at in addresses.items() if name.startswith(prefix)})
        for each, embedded, prefix in found
    ]


def joins(shop: Shop, trust: str) -> dict[str, Call]:
    """The write by which each member got `trust`, by its address."""
    addresses = shop.addresses()
    found = {}
    for call in shop.aws.calls():
        if call.action in JOINS and trust in call.parameters.values():
            found[addresses[call.parameters.get("NetworkInterfaceId", "database")]] = call
    return found


def test_members_join_when_both_clusters_enforce_and_leave_before_either_stops(
    clusters: list[OneOfTwo], shop: Shop, capsys: pytest.CaptureFixture[str]
) -> None:
    """A cluster that cannot enforce stops every join; then all are held in both before they join, until they have left."""
    apps, batch = clusters
    both = shop.stack(EXAMPLE)
    assert {"apps", "batch", "databases", "servers"} <= both.preview().names("create")
    with batch.refusing():
        failed = both.try_up(continue_on_error=True)  # whoever does not depend on it goes on
    assert "no policies today" in failed.output
    trust = shop.group("shop-trust")
    assert apps.objects()
    assert not joins(shop, trust)

    both.up()
    _all_are_held(shop, clusters, trust)
    capsys.readouterr()
    assert not both.up().steps
    # Each cluster watches over its own nodes.
    assert "no node of this cluster" not in "".join(capsys.readouterr())
    _grows(shop, both, batch, trust)
    _leaves(shop, both, clusters)


def _all_are_held(shop: Shop, clusters: list[OneOfTwo], trust: str) -> None:
    """When each member joined, both clusters denied what nobody granted; and now they pass what is granted."""
    joined = joins(shop, trust)
    assert set(joined) == {shop.addresses()[name] for name in ("billing", "database")}
    for each in clusters:
        for address, call in joined.items():
            assert each.reaches(address, at=0.0) == [*each.nodes, "stray"]  # before anything was written
            assert each.reaches(address, call.at) == []
        assert shop.bound(each.server) == {"orders-api": True, "storefront": False}
        assert shop.reaches("orders-api", "database", 5432, each.server)
        assert not shop.reaches("storefront", "database", 5432, each.server)


def _grows(shop: Shop, both: ExampleStack, batch: OneOfTwo, trust: str) -> None:
    """A server more, and another port: both wait until the second cluster's nodes enforce again."""
    shop.launch("invoices", **{"sg-integration": "member"})
    both.change("orders_db.allow_from(orders_api)", "orders_db.allow_from(orders_api, ports.tcp(5433))")
    seed_calico_pod(batch.server.api, "batch-1", ready=False)
    failed = both.try_up()
    assert "Calico is not ready on 1 nodes that are in enforced: batch-1" in failed.output
    address = shop.addresses()["invoices"]
    assert address not in joins(shop, trust)
    seed_calico_pod(batch.server.api, "batch-1")
    both.up()
    assert batch.reaches(address, joins(shop, trust)[address].at) == []
    for server in (shop.server, batch.server):
        assert shop.reaches("orders-api", "database", 5433, server)
        assert not shop.reaches("orders-api", "database", 5432, server)


def _leaves(shop: Shop, both: ExampleStack, clusters: list[OneOfTwo]) -> None:
    """Everybody has left when the first object of either cluster goes, and nothing of ours stays."""
    before = len(shop.aws.calls())
    for each in clusters:
        each.embedded.audit.clear()
    both.destroy()
    left = [call for call in shop.aws.calls()[before:] if call.action in JOINS]
    assert len(left) == 4 + 3  # nodes, and members
    for each in clusters:
        assert each.first_removal() > max(call.answered for call in left)
        assert each.objects() == set()
        assert not any(shop.bound(each.server).values())
    assert shop.left_groups() == 0
