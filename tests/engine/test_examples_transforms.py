"""The example `transforms`: whose list it is writes it, and no refresh, no edit and no update of anybody takes our groups away."""

from __future__ import annotations

from typing import Any

from .example_stacks import Shop
from .test_examples_aurora import databases, held, in_trust

pytest_plugins = ("tests.engine.example_fixtures", "tests.engine.callbacks")


def servers(shop: Shop) -> dict[str, bool]:
    """Whether each server of the program is in `trust`."""
    trust = shop.group("shop-trust")
    of_the_shop: Any = [
        {"Name": "vpc-id", "Values": [shop.seeded.vpc_id]},
        {"Name": "instance-state-name", "Values": ["running"]},
    ]
    found = shop.ec2.describe_instances(Filters=of_the_shop)
    return {
        tags["Name"]: trust in [group["GroupId"] for group in each["NetworkInterfaces"][0]["Groups"]]
        for reservation in found["Reservations"]
        for each in reservation["Instances"]
        for tags in [{tag["Key"]: tag["Value"] for tag in each["Tags"]}]
        if tags["Name"].startswith("billing-")
    }


def test_members_join_where_their_lists_are_owned(shop: Shop) -> None:
    """Those that are meant join, and are held at once; a refresh sees no drift; an edit of the list keeps our groups."""
    stack = shop.stack("transforms", databasePassword="in-the-sandbox")
    assert {"orders", "billing-web", "billing-cron"} <= stack.preview().names("create")
    stack.up()
    assert servers(shop) == {"billing-web": True, "billing-cron": False}
    assert {"orders-own", "orders-db", "shop-trust"} in databases(shop).values()
    assert in_trust(shop) <= held(shop)
    assert not stack.up().steps

    stack.engine.refresh().succeeded()
    assert not stack.up().steps

    stack.change(
        "vpc_security_group_ids=[own.id]", "vpc_security_group_ids=[own.id, config.require('serversSecurityGroupId')]"
    )
    assert stack.up().names("update") == {"orders"}
    assert {"orders-own", "orders-db", "shop-trust", "shop-servers"} in databases(shop).values()

    gone = [name for _, name in stack.destroy().steps]
    assert max(gone.index("orders"), gone.index("billing-web")) < gone.index("shop-eks-enforcement")
    assert shop.left_groups() == 0
