"""The example `existing-eks`: a platform's stack, one that integrates its cluster, and a team's, each on the real engine."""

from __future__ import annotations

from .example_stacks import ExampleStack, Shop

pytest_plugins = ("tests.engine.example_fixtures",)
EXAMPLE = "existing-eks"


def test_a_team_adds_bindings_to_a_cluster_that_others_own_and_integrate(shop: Shop) -> None:
    """A team's stack needs the way to the cluster alone; what its rules open and close, the integration's next update does."""
    platform = shop.stack(f"{EXAMPLE}/platform", kubeconfig=shop.server.kubeconfig.read_text())
    platform.up()
    security = shop.stack(f"{EXAMPLE}/integration", platformStack=platform.reference)
    team = shop.stack(f"{EXAMPLE}/team", platformStack=platform.reference, securityStack=security.reference)
    assert "databases" in security.preview().names("create")
    security.up()
    assert not security.up().steps
    assert not any(shop.bound().values())

    assert "shop/orders-api" in team.preview(diff=True).output
    team.up()
    assert not team.up().steps
    _opens(shop, security)
    _changes(shop, security, team)

    team.destroy()
    assert not any(shop.bound().values())
    security.destroy()
    platform.destroy()
    assert shop.left_groups() == 0


def _opens(shop: Shop, security: ExampleStack) -> None:
    """The team's pods have their group at once; the nodes deny until they are told of the rule."""
    assert shop.bound() == {"orders-api": True, "storefront": False}
    assert not shop.reaches("orders-api", "database", 5432)
    security.up()
    assert shop.reaches("orders-api", "database", 5432)
    assert not shop.reaches("storefront", "database", 5432)


def _changes(shop: Shop, security: ExampleStack, team: ExampleStack) -> None:
    """Other pods of a group that the nodes know are held at once; a rule that goes passes until they are told."""
    team.change('pod_selector={"app": "orders-api"}', "pod_selector={}")
    team.up()
    assert shop.bound() == {"orders-api": True, "storefront": True}
    assert shop.reaches("storefront", "database", 5432)
    team.change("orders_db.allow_from(orders_api)", "")
    team.up()
    assert shop.reaches("orders-api", "database", 5432)
    assert "~ objects" in security.preview(diff=True).output
    security.up()
    assert not shop.reaches("orders-api", "database", 5432)
