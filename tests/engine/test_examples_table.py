"""The example `per-workload`: a line of a table is a connection, on the real engine."""

from __future__ import annotations

from .example_stacks import Shop

pytest_plugins = ("tests.engine.example_fixtures",)
EXAMPLE = "per-workload"
NEW = "\n  - {from: storefront, to: orders-db, port: 5432}"


def test_a_line_of_the_table_opens_one_connection(shop: Shop) -> None:
    """The table goes up, again without a change, one line more opens what it says, and nothing of it is left."""
    table = shop.stack(EXAMPLE)
    assert {"orders-db-from-orders-api-tcp-5432", "billing"} <= table.preview().names("create")
    table.up()
    assert not table.up().steps
    assert shop.bound() == {"orders-api": True, "storefront": True}
    granted = [("orders-api", "database", 5432), ("billing", "storefront", 8080), ("storefront", "billing", 9000)]
    refused = [("storefront", "database", 5432), ("billing", "orders-api", 8080), ("orders-api", "billing", 9000)]
    for flow in granted + refused:
        assert shop.reaches(*flow) is (flow in granted), flow

    table.change("\n  - {from: billing, ", f"{NEW}\n  - {{from: billing, ", file="policy.yaml")
    rules = {"orders-db-from-storefront-tcp-5432", "storefront-to-orders-db-tcp-5432"}
    assert table.up().names("create") == rules
    assert shop.reaches("storefront", "database", 5432)
    table.change("from: office, to: billing", "from: ofice, to: billing", file="policy.yaml")
    assert "ofice" in (outcome := table.try_up()).output
    assert not outcome.counts["delete"]

    table.destroy()
    assert not any(shop.bound().values())
    assert shop.left_groups() == 0
